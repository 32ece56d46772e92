"""What a client asks before anybody logs in, and the keys that gateways verify access tokens with."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub import __version__
from hub.settings import Registration
from hub.web.edge import MAX_BODY_BYTES
from hub.web.rest.asking import MAX_PAGE, Asked

router = APIRouter(tags=["meta"])
outside = APIRouter(tags=["meta"])


class Limits(BaseModel):
    body_bytes: int = MAX_BODY_BYTES
    page_items: int = MAX_PAGE


class Meta(BaseModel):
    name: Literal["Teammarks hub"] = "Teammarks hub"
    version: str = __version__
    registration: Registration = Field(
        description="Who may create an account; `open` until the first one is made, whatever is set"
    )
    verification: bool = Field(description="Whether log-in asks for an address that was confirmed by mail")
    providers: list[str] = Field(default_factory=list, description="Other services that one can log in with")
    limits: Limits = Limits()


class PublishedKey(BaseModel):
    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class KeySet(BaseModel):
    """A JSON Web Key Set, RFC 7517."""

    keys: list[PublishedKey]


@router.get("/meta", operation_id="getMeta", summary="What this hub is and allows")
async def get_meta(accounts: Asked) -> Meta:
    return Meta(registration=await accounts.people.registration(), verification=accounts.sessions.to_be_verified)


@outside.get("/.well-known/jwks.json", operation_id="getKeys", summary="The keys that verify access tokens")
async def get_keys(accounts: Asked) -> KeySet:
    return KeySet.model_validate(accounts.published_keys)
