"""The second factor of one's own account."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from hub.accounts.second_factors import RECOVERY_CODES
from hub.errors import Code
from hub.web.problems import answers
from hub.web.rest.asking import BODY, RECENTLY, SIGNED_IN, Asked, Body, By

router = APIRouter(prefix="/me/second-factor", tags=["accounts"])


class SecondFactor(BaseModel):
    enabled: bool
    recovery_codes_left: int


class Begun(BaseModel):
    secret: str = Field(description="As people type it into an authenticator: base32")
    uri: str = Field(description="The same as an authenticator reads it from a picture: otpauth://")


class Confirmation(Body):
    otp: Annotated[str, StringConstraints(max_length=20)] = Field(description="A code of the authenticator")


class RecoveryCodes(BaseModel):
    recovery_codes: Sequence[str] = Field(description="Each good once, in the place of a code of the authenticator")


@router.get(
    "", operation_id="getSecondFactor", summary="Whether you have a second factor", responses=answers(*SIGNED_IN)
)
async def get_second_factor(accounts: Asked, actor: By) -> SecondFactor:
    state = await accounts.second_factors.mine(actor)
    return SecondFactor(enabled=state.enabled, recovery_codes_left=state.recovery_codes_left)


@router.post(
    "",
    status_code=201,
    operation_id="beginSecondFactor",
    summary="A secret for your authenticator",
    description="Log-in asks for nothing more until you confirm it. Asked again, it answers another one.",
    responses=answers(*SIGNED_IN, *RECENTLY, Code.CONFLICT),
)
async def begin_second_factor(accounts: Asked, actor: By) -> Begun:
    begun = await accounts.second_factors.begin(actor)
    return Begun(secret=begun.secret, uri=begun.uri)


@router.put(
    "",
    operation_id="confirmSecondFactor",
    summary="Turn your second factor on, with the first code of your authenticator",
    description=f"The answer is {RECOVERY_CODES} recovery codes, which are never shown again.",
    responses=answers(*SIGNED_IN, *RECENTLY, *BODY, Code.CONFLICT, Code.SECOND_FACTOR_WRONG),
)
async def confirm_second_factor(accounts: Asked, actor: By, body: Confirmation) -> RecoveryCodes:
    return RecoveryCodes(recovery_codes=await accounts.second_factors.confirm(actor, body.otp))


@router.delete(
    "",
    status_code=204,
    operation_id="removeSecondFactor",
    summary="Turn your second factor off",
    responses=answers(*SIGNED_IN, *RECENTLY, Code.CONFLICT),
)
async def remove_second_factor(accounts: Asked, actor: By) -> None:
    await accounts.second_factors.remove(actor)


@router.post(
    "/recovery-codes",
    operation_id="makeRecoveryCodes",
    summary="New recovery codes in place of those that you have",
    description="They are never shown again.",
    responses=answers(*SIGNED_IN, *RECENTLY, Code.CONFLICT),
)
async def make_recovery_codes(accounts: Asked, actor: By) -> RecoveryCodes:
    return RecoveryCodes(recovery_codes=await accounts.second_factors.new_recovery_codes(actor))
