"""Second factors and their recovery codes in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ids import AccountId
from hub.schema import recovery_codes, second_factors


@dataclass(frozen=True, slots=True)
class SecondFactor:
    sealed: bytes
    """The secret that the hub shares with the authenticator."""
    confirmed: bool
    """It is asked for."""
    last_step: int | None
    """That of the newest code that was used."""


async def held(connection: AsyncConnection, account: AccountId) -> SecondFactor | None:
    """As it is until this transaction ends."""
    query = select(second_factors).where(second_factors.c.account_id == account).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return SecondFactor(row.secret, row.confirmed_at is not None, row.last_step) if row else None


async def is_confirmed(connection: AsyncConnection, account: AccountId) -> bool:
    query = select(second_factors.c.account_id).where(
        second_factors.c.account_id == account, second_factors.c.confirmed_at.is_not(None)
    )
    return await connection.scalar(query) is not None


async def begin(connection: AsyncConnection, account: AccountId, sealed: bytes) -> None:
    """In place of the one that the account has."""
    await remove(connection, account)
    await connection.execute(insert(second_factors).values(account_id=account, secret=sealed))


async def confirm(connection: AsyncConnection, account: AccountId, now: datetime) -> None:
    await connection.execute(
        update(second_factors).where(second_factors.c.account_id == account).values(confirmed_at=now)
    )


async def set_last_step(connection: AsyncConnection, account: AccountId, step: int) -> None:
    await connection.execute(
        update(second_factors).where(second_factors.c.account_id == account).values(last_step=step)
    )


async def remove(connection: AsyncConnection, account: AccountId) -> bool:
    """With its recovery codes. False: there was none."""
    gone = await connection.execute(delete(second_factors).where(second_factors.c.account_id == account))
    return gone.rowcount == 1


async def set_recovery_codes(connection: AsyncConnection, account: AccountId, hashes: Iterable[bytes]) -> None:
    """In place of those that the account has. It has a second factor."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account))
    await connection.execute(
        insert(recovery_codes), [{"account_id": account, "code_hash": code_hash} for code_hash in hashes]
    )


async def use_recovery_code(connection: AsyncConnection, account: AccountId, code_hash: bytes) -> bool:
    """False: the account has no such code, or has it no more."""
    used = await connection.execute(
        delete(recovery_codes).where(recovery_codes.c.account_id == account, recovery_codes.c.code_hash == code_hash)
    )
    return used.rowcount == 1


async def recovery_codes_left(connection: AsyncConnection, account: AccountId) -> int:
    query = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.account_id == account)
    return await connection.scalar(query) or 0
