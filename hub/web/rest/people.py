"""Registration and one's own account."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, StringConstraints

from hub.accounts.models import Account
from hub.accounts.passwords import SHORTEST, is_common
from hub.errors import Code
from hub.ids import AccountId
from hub.web.problems import answers
from hub.web.rest.asking import RECENTLY, SIGNED_IN, Asked, Body, By, Email, Name, Token
from hub.web.rest.conditions import REPLACES, OnlyIf
from hub.web.rest.pacing import Counted, counted

router = APIRouter(tags=["accounts"])


def _hard_to_guess(password: str) -> str:
    if is_common(password):
        raise ValueError("is one of the most common passwords; choose one that nobody else would")
    return password


Password = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=1000), AfterValidator(_hard_to_guess)]
"""A new one."""


class Registration(Body):
    email: Email
    password: Password
    display_name: Name
    invitation_token: Token | None = None


class Accepted(BaseModel):
    status: Literal["accepted"] = "accepted"


class Me(BaseModel):
    id: AccountId
    email: str
    display_name: str
    verified: bool
    created_at: datetime

    @classmethod
    def of(cls, account: Account) -> "Me":
        return cls(
            id=account.id,
            email=account.email,
            display_name=account.display_name,
            verified=account.verified,
            created_at=account.created_at,
        )


class MePatch(Body):
    display_name: Name


class PasswordChange(Body):
    current_password: Annotated[str, StringConstraints(max_length=1000)]
    new_password: Password


@router.post(
    "/accounts",
    status_code=202,
    operation_id="register",
    summary="Create an account",
    description="The answer is the same whether or not the address has an account already; the letter to it says more.",
    responses=answers(Code.INVALID, Code.TOO_LARGE, Code.REGISTRATION_CLOSED, Code.RATE_LIMITED, Code.UNAVAILABLE),
    dependencies=[counted("registrations_per_network")],
)
async def register(accounts: Asked, body: Registration) -> Accepted:
    await accounts.people.register(body.email, body.password, body.display_name, body.invitation_token)
    return Accepted()


@router.get("/me", operation_id="getMe", summary="Your account", responses=answers(*SIGNED_IN))
async def get_me(accounts: Asked, actor: By) -> Me:
    return Me.of(await accounts.people.me(actor))


@router.patch(
    "/me",
    operation_id="updateMe",
    summary="Change how you are called",
    responses=answers(*SIGNED_IN, Code.INVALID, Code.TOO_LARGE, *REPLACES),
)
async def update_me(accounts: Asked, actor: By, body: MePatch, only_if: OnlyIf) -> Me:
    return Me.of(await accounts.people.rename_me(actor, body.display_name, only_if.on(Me.of)))


@router.put(
    "/me/password",
    status_code=204,
    operation_id="changePassword",
    summary="Choose another password; your other devices are logged out",
    responses=answers(*SIGNED_IN, Code.INVALID, Code.TOO_LARGE, Code.CREDENTIALS_WRONG, Code.UNAVAILABLE),
)
async def change_password(accounts: Asked, rates: Counted, actor: By, body: PasswordChange) -> None:
    async with rates.failures(proofs_per_account=actor.account):
        await accounts.sessions.change_password(actor, body.current_password, body.new_password)


@router.delete(
    "/me",
    status_code=204,
    operation_id="deleteMe",
    summary="Delete your account",
    description="Your sessions end and you leave every organization, so none may have you as its only owner. What you "
    "wrote into folders stays there.",
    responses=answers(*SIGNED_IN, *RECENTLY, Code.LAST_OWNER, Code.CONFLICT),
)
async def delete_me(accounts: Asked, actor: By) -> None:
    await accounts.people.delete_me(actor)
