"""API tokens in the database. They are kept as SHA-256 only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import ApiToken, Pins, Slice
from hub.accounts.store.rows import Found, sliced
from hub.ids import AccountId, ApiTokenId, OrganizationId, TeamId, new_id
from hub.schema import accounts, api_tokens
from hub.scopes import Scope


@dataclass(frozen=True, slots=True)
class Held:
    """A token, and whose it is."""

    token: ApiToken
    account: AccountId
    email_key: str
    disabled: bool


async def add(
    connection: AsyncConnection,
    account: AccountId,
    name: str,
    scopes: frozenset[Scope],
    pins: Pins,
    secret_hash: bytes,
    now: datetime,
    expires_at: datetime,
) -> ApiToken:
    made = ApiToken(ApiTokenId(new_id()), name, scopes, pins, now, expires_at, None)
    await connection.execute(
        insert(api_tokens).values(
            id=made.id,
            account_id=account,
            name=name,
            secret_hash=secret_hash,
            scopes=sorted(scopes),
            organizations=sorted(pins.organizations),
            teams=sorted(pins.teams),
            created_at=now,
            expires_at=expires_at,
        )
    )
    return made


async def of_account(
    connection: AsyncConnection, account: AccountId, wanted: Slice, now: datetime
) -> Sequence[ApiToken]:
    """Those that have not expired."""
    query = select(api_tokens).where(api_tokens.c.account_id == account, api_tokens.c.expires_at > now)
    return [_token(row) for row in await connection.execute(sliced(query, api_tokens.c.id, wanted))]


async def count(connection: AsyncConnection, account: AccountId) -> int:
    query = select(func.count()).select_from(api_tokens).where(api_tokens.c.account_id == account)
    return await connection.scalar(query) or 0


async def by_secret(connection: AsyncConnection, secret_hash: bytes) -> Held | None:
    return await _one(connection, api_tokens.c.secret_hash == secret_hash)


async def by_id(connection: AsyncConnection, token: ApiTokenId) -> Held | None:
    return await _one(connection, api_tokens.c.id == token)


async def note_use(connection: AsyncConnection, token: ApiTokenId, now: datetime) -> None:
    await connection.execute(update(api_tokens).where(api_tokens.c.id == token).values(last_used_at=now))


async def remove(connection: AsyncConnection, account: AccountId, token: ApiTokenId) -> bool:
    """False: the account has no such token."""
    gone = await connection.execute(
        delete(api_tokens).where(api_tokens.c.id == token, api_tokens.c.account_id == account)
    )
    return gone.rowcount == 1


async def remove_expired(connection: AsyncConnection, account: AccountId, now: datetime) -> None:
    await connection.execute(
        delete(api_tokens).where(api_tokens.c.account_id == account, api_tokens.c.expires_at <= now)
    )


async def remove_all(connection: AsyncConnection, account: AccountId) -> None:
    await connection.execute(delete(api_tokens).where(api_tokens.c.account_id == account))


async def _one(connection: AsyncConnection, condition: ColumnElement[bool]) -> Held | None:
    query = select(api_tokens, accounts.c.email_key, accounts.c.disabled_at).join(accounts).where(condition)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Held(_token(row), AccountId(row.account_id), row.email_key, row.disabled_at is not None)


def _token(row: Found) -> ApiToken:
    return ApiToken(
        id=ApiTokenId(row.id),
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes)),
        pins=Pins(frozenset(map(OrganizationId, row.organizations)), frozenset(map(TeamId, row.teams))),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
