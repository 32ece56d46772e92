"""Tokens that were sent by mail, in the database. They are kept as SHA-256 only, until they are used."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.addresses import Address
from hub.ids import AccountId
from hub.schema import mailed_tokens


class Purpose(StrEnum):
    """The only thing that a token is good for."""

    VERIFY = "verify"
    CHANGE_ADDRESS = "change-address"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a purpose, no secret


LIFETIME: Final = {
    Purpose.VERIFY: timedelta(days=1),
    Purpose.CHANGE_ADDRESS: timedelta(days=1),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
}
"""As the letters say."""
_EXPIRED_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True)
class MailedToken:
    hash: bytes
    purpose: Purpose
    account: AccountId
    address: Address | None
    """That the account is to have."""


async def add(
    connection: AsyncConnection,
    purpose: Purpose,
    account: AccountId | None,
    now: datetime,
    address: Address | None = None,
) -> str:
    """The token. One for no account opens nothing, and takes as long to make.

    Each time a few that have expired are cleared away.
    """
    expired = (
        select(mailed_tokens.c.token_hash)
        .where(mailed_tokens.c.expires_at <= now)
        .limit(_EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await connection.execute(delete(mailed_tokens).where(mailed_tokens.c.token_hash.in_(expired)))
    token = secrets.token_urlsafe(32)
    await connection.execute(
        insert(mailed_tokens).values(
            token_hash=_hashed(token),
            purpose=purpose,
            account_id=account,
            email=address and address.written,
            email_key=address and address.key,
            expires_at=now + LIFETIME[purpose],
        )
    )
    return token


async def found(connection: AsyncConnection, token: str, now: datetime, *purposes: Purpose) -> MailedToken | None:
    """None for one that was never made, was used or has expired, and for one of another purpose, which stays good."""
    query = select(mailed_tokens).where(
        mailed_tokens.c.token_hash == _hashed(token),
        mailed_tokens.c.purpose.in_(purposes),
        mailed_tokens.c.account_id.is_not(None),
        mailed_tokens.c.expires_at > now,
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    address = Address(row.email, row.email_key) if row.email else None
    return MailedToken(row.token_hash, Purpose(row.purpose), AccountId(row.account_id), address)


async def use(connection: AsyncConnection, token: MailedToken) -> bool:
    """False: somebody else has used it."""
    used = await connection.execute(delete(mailed_tokens).where(mailed_tokens.c.token_hash == token.hash))
    return used.rowcount == 1


async def void(connection: AsyncConnection, account: AccountId, *purposes: Purpose) -> None:
    """Those that the account has, of these purposes."""
    await connection.execute(
        delete(mailed_tokens).where(mailed_tokens.c.account_id == account, mailed_tokens.c.purpose.in_(purposes))
    )


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
