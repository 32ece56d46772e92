"""Log-in, refresh, and the devices that are logged in."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints, model_validator

from hub.accounts import models
from hub.accounts.sessions import Opened
from hub.errors import Code
from hub.ids import AccountId, SessionId
from hub.web.problems import answers
from hub.web.rest import pacing
from hub.web.rest.asking import BODY, PAGED, SIGNED_IN, Asked, Body, By, Device, Email, Listed, Wanted
from hub.web.rest.pacing import Counted, Origin, secret_tried

router = APIRouter(prefix="/sessions", tags=["sessions"])


Otp = Annotated[str, StringConstraints(max_length=40)]
"""A code of an authenticator or a recovery code, perhaps with spaces in it."""


class LogIn(Body):
    email: Email
    password: Annotated[str, StringConstraints(max_length=1000)]
    device: Device = Field("", description="What its owner calls the device")
    otp: Otp | None = Field(None, description="Where the account has a second factor: one of its codes")


class Refresh(Body):
    refresh_token: Annotated[str, StringConstraints(max_length=200)]


class Proof(Body):
    """One of the two."""

    password: Annotated[str, StringConstraints(max_length=1000)] | None = None
    otp: Otp | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.password is None) == (self.otp is None):
            raise ValueError("must have either password or otp")
        return self


class Session(BaseModel):
    id: SessionId
    device: str
    created_at: datetime
    last_used_at: datetime = Field(description="When it last got new tokens")
    expires_at: datetime = Field(description="When it ends unless it gets new tokens before")

    @classmethod
    def of(cls, session: models.Session) -> "Session":
        return cls(
            id=session.id,
            device=session.device,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
        )


class ListedSession(Session):
    current: bool = Field(description="Whether it is the one that asks")


class AccountInSession(BaseModel):
    id: AccountId
    email: str
    display_name: str


class OpenedSession(BaseModel):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = Field(description="Seconds")
    refresh_token: str = Field(description="Good for one refresh, which answers the next one")
    session: Session
    account: AccountInSession

    @classmethod
    def of(cls, opened: Opened) -> "OpenedSession":
        account = opened.account
        return cls(
            access_token=opened.access_token,
            expires_in=opened.expires_in_s,
            refresh_token=opened.refresh_token,
            session=Session.of(opened.session),
            account=AccountInSession(id=account.id, email=account.email, display_name=account.display_name),
        )


@router.post(
    "",
    status_code=201,
    operation_id="logIn",
    summary="Log in",
    description="Where letters are sent, the account's address has to be confirmed: `unverified` says that it is not. "
    "`second-factor-required`: the password was right; ask again with `otp`, a code of the authenticator or a recovery "
    "code.",
    responses=answers(
        Code.INVALID,
        Code.TOO_LARGE,
        Code.CREDENTIALS_WRONG,
        Code.SECOND_FACTOR_REQUIRED,
        Code.SECOND_FACTOR_WRONG,
        Code.ACCOUNT_DISABLED,
        Code.UNVERIFIED,
        Code.RATE_LIMITED,
        Code.UNAVAILABLE,
    ),
)
async def log_in(accounts: Asked, rates: Counted, origin: Origin, body: LogIn) -> OpenedSession:
    async with pacing.log_in(rates, origin, body.email):
        known = await accounts.sessions.identify(body.email, body.password)
    async with pacing.second_factor(rates, known.account, body.otp):
        return OpenedSession.of(await accounts.sessions.log_in(known, body.device, body.otp))


@router.post(
    "/refresh",
    operation_id="refresh",
    summary="New tokens for a refresh token",
    description="A lost reply may be asked for again within a minute. Any other second use ends the session.",
    responses=answers(
        Code.INVALID, Code.TOO_LARGE, Code.TOKEN_INVALID, Code.SESSION_ENDED, Code.ACCOUNT_DISABLED, Code.RATE_LIMITED
    ),
    dependencies=[secret_tried()],
)
async def refresh(accounts: Asked, rates: Counted, origin: Origin, body: Refresh) -> OpenedSession:
    await pacing.refresh(rates, origin, body.refresh_token)
    return OpenedSession.of(await accounts.sessions.refresh(body.refresh_token))


@router.post(
    "/reauthenticate",
    status_code=204,
    operation_id="reauthenticate",
    summary="Say again who you are",
    description="For ten minutes from then on this session may do what asks for a recent log-in.",
    responses=answers(*SIGNED_IN, *BODY, Code.CREDENTIALS_WRONG, Code.SECOND_FACTOR_WRONG, Code.UNAVAILABLE),
)
async def reauthenticate(accounts: Asked, rates: Counted, actor: By, body: Proof) -> None:
    async with (
        rates.failures(proofs_per_account=actor.account),
        pacing.second_factor(rates, actor.account, body.otp),
    ):
        await accounts.sessions.reauthenticate(actor, body.password, body.otp)


@router.get("", operation_id="listSessions", summary="Your logged-in devices", responses=answers(*SIGNED_IN, *PAGED))
async def list_sessions(accounts: Asked, actor: By, wanted: Wanted) -> Listed[ListedSession]:
    page = await accounts.sessions.mine(actor, wanted)
    return Listed.of(
        page,
        lambda session: ListedSession(**Session.of(session).model_dump(), current=session.id == actor.session),
    )


@router.delete(
    "",
    status_code=204,
    operation_id="endOtherSessions",
    summary="Log all your other devices out",
    responses=answers(*SIGNED_IN, Code.INVALID),
)
async def end_other_sessions(
    accounts: Asked,
    actor: By,
    keep: Annotated[Literal["current"], Query(description="The session that asks goes on, and no other")],
) -> None:
    await accounts.sessions.end_others(actor)


@router.delete("/current", status_code=204, operation_id="logOut", summary="Log out", responses=answers(*SIGNED_IN))
async def log_out(accounts: Asked, actor: By) -> None:
    await accounts.sessions.end(actor, actor.session)


@router.delete(
    "/{session}",
    status_code=204,
    operation_id="endSession",
    summary="Log another device out",
    responses=answers(*SIGNED_IN, Code.NOT_FOUND),
)
async def end_session(accounts: Asked, actor: By, session: SessionId) -> None:
    await accounts.sessions.end(actor, session)
