"""API tokens: what programs use in one's own name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from hub.accounts import models
from hub.accounts.api_tokens import LONGEST
from hub.errors import Code
from hub.ids import ApiTokenId, OrganizationId, TeamId
from hub.scopes import Scope
from hub.web.problems import answers
from hub.web.rest.asking import BODY, PAGED, RECENTLY, SIGNED_IN, Asked, Body, By, Id, Listed, Name, Wanted
from hub.web.rest.once import ONCE, REPEATABLE, Once

router = APIRouter(route_class=Once, prefix="/me/tokens", tags=["accounts"])

MOST_PINS = 50


class PinsBody(Body):
    organizations: Annotated[list[Id], Field(max_length=MOST_PINS)] = Field(
        default=[], description="Good in these, and in all of their teams"
    )
    teams: Annotated[list[Id], Field(max_length=MOST_PINS)] = Field(default=[], description="Good in these")


class TokenBody(Body):
    name: Name
    scopes: Annotated[list[Annotated[Scope, Field(strict=False)]], Field(min_length=1, max_length=len(Scope))]
    expires_at: Annotated[AwareDatetime, Field(strict=False)] = Field(
        description=f"Within {LONGEST.days} days: one that nobody remembers must not open anything for ever"
    )
    pins: PinsBody = Field(PinsBody(), description="Neither organizations nor teams: good everywhere")


class Pins(BaseModel):
    organizations: Sequence[OrganizationId]
    teams: Sequence[TeamId]


class ApiToken(BaseModel):
    id: ApiTokenId
    name: str
    scopes: Sequence[Scope]
    pins: Pins
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute; null: never yet")

    @classmethod
    def of(cls, token: models.ApiToken) -> "ApiToken":
        return cls(
            id=token.id,
            name=token.name,
            scopes=sorted(token.scopes),
            pins=Pins(organizations=sorted(token.pins.organizations), teams=sorted(token.pins.teams)),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
        )


class MadeToken(ApiToken):
    secret: str = Field(description="What a program sends as `Authorization: Bearer`; it is never shown again")


@router.get("", operation_id="listTokens", summary="Your API tokens", responses=answers(*SIGNED_IN, *PAGED))
async def list_tokens(accounts: Asked, actor: By, wanted: Wanted) -> Listed[ApiToken]:
    return Listed.of(await accounts.api_tokens.mine(actor, wanted), ApiToken.of)


@router.post(
    "",
    status_code=201,
    operation_id="makeToken",
    summary="Make an API token",
    description="A program that has it can do what you can, of that what its scopes say, where it is pinned to.",
    responses=answers(
        *SIGNED_IN, *RECENTLY, *BODY, Code.NOT_FOUND, Code.ORGANIZATION_SUSPENDED, Code.CONFLICT, *REPEATABLE
    ),
    dependencies=[ONCE],
)
async def make_token(accounts: Asked, actor: By, body: TokenBody) -> MadeToken:
    pins = models.Pins(frozenset(map(OrganizationId, body.pins.organizations)), frozenset(map(TeamId, body.pins.teams)))
    made, secret = await accounts.api_tokens.create(actor, body.name, frozenset(body.scopes), pins, body.expires_at)
    return MadeToken(**ApiToken.of(made).model_dump(), secret=secret)


@router.delete(
    "/{token}",
    status_code=204,
    operation_id="deleteToken",
    summary="Delete an API token; nothing is open to it from then on",
    responses=answers(*SIGNED_IN, Code.NOT_FOUND),
)
async def delete_token(accounts: Asked, actor: By, token: ApiTokenId) -> None:
    await accounts.api_tokens.delete(actor, token)
