"""What every REST operation shares: the accounts it asks, who asks, which part of a list, and strict bodies."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import core_schema

from hub.accounts import Accounts, api_secret, audit
from hub.accounts.addresses import Address, address
from hub.accounts.models import Actor, Page, Slice
from hub.errors import Code, TeammarksError
from hub.scopes import not_for_tokens
from hub.web.rest import pacing

S = TypeVar("S")
T = TypeVar("T")

MAX_PAGE = 200

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="accessToken")
_program = HTTPBearer(auto_error=False, bearerFormat="tmp_…", scheme_name="apiToken")


async def _accounts(request: Request) -> Accounts:
    audit.origin.set(audit.Origin(audit.Source.VISITOR, address=_address(request)))
    accounts = request.app.state.accounts
    assert isinstance(accounts, Accounts), "the application holds them"
    return accounts


Asked = Annotated[Accounts, Depends(_accounts)]


def _address(request: Request) -> str | None:
    """The client's. The server has put what a trusted proxy says in its place."""
    return request.client.host[:45] if request.client else None


async def _authenticated(
    request: Request,
    accounts: Asked,
    rates: pacing.Counted,
    origin: pacing.Origin,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    if credentials is None:
        raise TeammarksError(Code.UNAUTHENTICATED, "Log in first: this needs an access token.")
    token = credentials.credentials
    try:
        if api_secret.is_meant(token):
            actor = await accounts.api_tokens.authenticate(token)
        else:
            actor = await accounts.sessions.authenticate(token)
    except TeammarksError as error:
        if error.code is Code.TOKEN_INVALID:
            # Afterwards: colleagues on the same network, whose tokens are right, are not to be refused for it.
            await rates.take(secrets_per_network=origin)
        raise
    source = audit.Source.TOKEN if actor.token else audit.Source.ACCOUNT
    audit.origin.set(audit.Origin(source, actor.account, actor.session, _address(request)))
    return actor


async def _actor(actor: Annotated[Actor, Depends(_authenticated)], rates: pacing.Counted) -> Actor:
    await rates.take(requests_per_account=actor.account)
    return actor


Anyone = Annotated[Actor, Depends(_actor)]
"""For what concerns `By` and `ByAny` alike."""


async def _by(actor: Anyone) -> Actor:
    if actor.token:
        raise not_for_tokens()
    return actor


async def _by_any(actor: Anyone, described: Annotated[object, Depends(_program)]) -> Actor:
    return actor


async def _passing(actor: Annotated[Actor, Depends(_authenticated)]) -> Actor:
    if actor.token:
        raise not_for_tokens()
    return actor


By = Annotated[Actor, Depends(_by)]
"""Somebody who is logged in, and no program of theirs."""
ByAny = Annotated[Actor, Depends(_by_any)]
"""Somebody who is logged in, or a program with an API token. Only for what `rights` decides on."""

Passing = Annotated[Actor, Depends(_passing)]
"""Somebody who is logged in and asks another service, of which every picture on a page is a request."""


async def _send(actor: Anyone, rates: pacing.Counted) -> None:
    await rates.take(letters_per_account=actor.account)


SENDS = Depends(_send)
"""For operations by which an account has letters sent to others."""

SIGNED_IN = (
    Code.UNAUTHENTICATED,
    Code.TOKEN_INVALID,
    Code.TOKEN_EXPIRED,
    Code.SESSION_ENDED,
    Code.ACCOUNT_DISABLED,
    Code.TOKEN_NOT_ALLOWED,
    Code.RATE_LIMITED,
)
"""What every operation with an actor can be refused for."""
RECENTLY = (Code.RECENT_LOGIN_REQUIRED,)
"""What an operation can be refused for that asks for a recent log-in."""
PAGED = (Code.INVALID,)
BODY = (Code.INVALID, Code.TOO_LARGE)
HERE = (Code.NOT_FOUND, Code.FORBIDDEN, Code.ORGANIZATION_SUSPENDED)
"""What an operation on a place can be refused for, by what the actor is to it."""


async def _wanted(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Items at most")] = 50,
    cursor: Annotated[str | None, Query(pattern=UUID, description="`next_cursor` of the page before")] = None,
) -> Slice:
    return Slice(limit, cursor)


Wanted = Annotated[Slice, Depends(_wanted)]


class Body(BaseModel):
    """What a client sends: nothing unknown in it, and nothing turned into what it was not."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Listed(BaseModel, Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null: this is the last")

    @classmethod
    def of(cls, page: Page[S], shown: Callable[[S], T]) -> "Listed[T]":
        return cls(items=[shown(item) for item in page.items], next_cursor=page.next_cursor)


# Embeddings, overrides and isolates: they turn round the words of whoever shows the text. RTL letters need none.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _composed(value: object) -> object:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def _on_one_line(text: str) -> str:
    if _TURNS.search(text) or {unicodedata.category(character) for character in text} & {"Cc", "Zl", "Zp"}:
        raise ValueError("must not have line breaks or control characters")
    return text


def _to_be_seen(text: str) -> str:
    if all(unicodedata.category(character)[0] in "CZ" for character in text):
        raise ValueError("must not be empty")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=100),
    BeforeValidator(_composed),
    AfterValidator(_on_one_line),
    AfterValidator(_to_be_seen),
]
"""Of a person, an organization or a team."""


def kept() -> Any:
    """The default of a name in a merge patch: what is left out stays as it is. Not one to be sent."""
    return Field("", json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


Device = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    BeforeValidator(_composed),
    AfterValidator(_on_one_line),
]
"""What the owner of a session calls where it is; may be empty."""

Token = Annotated[str, StringConstraints(max_length=200)]
"""An invitation's."""

Id = Annotated[str, StringConstraints(pattern=UUID), Field(json_schema_extra={"format": "uuid"})]

Email = Annotated[
    Address,
    GetPydanticSchema(
        lambda source, handler: core_schema.no_info_after_validator_function(
            address, core_schema.str_schema(max_length=320)
        )
    ),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 320}),
]
