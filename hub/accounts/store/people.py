"""Accounts in the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.addresses import Address
from hub.accounts.models import Account
from hub.accounts.store.rows import Found
from hub.ids import AccountId, new_id
from hub.schema import accounts, counters


@dataclass(frozen=True, slots=True)
class Credentials:
    """What log-in needs to know about an address."""

    account: Account
    password_hash: str
    disabled: bool


async def by_address(connection: AsyncConnection, email_key: str) -> Credentials | None:
    row = (await connection.execute(select(accounts).where(accounts.c.email_key == email_key))).one_or_none()
    return _credentials(row) if row else None


async def held(connection: AsyncConnection, account: AccountId) -> Credentials | None:
    """As they are until this transaction ends. None: it has been deleted."""
    query = select(accounts).where(accounts.c.id == account).with_for_update(key_share=True)
    row = (await connection.execute(query)).one_or_none()
    return _credentials(row) if row else None


async def hold_whole(connection: AsyncConnection, account: AccountId) -> None:
    """Nothing comes to refer to it until this transaction ends, which may so take it away."""
    await connection.execute(select(accounts.c.id).where(accounts.c.id == account).with_for_update())


async def credentials(connection: AsyncConnection, account: AccountId) -> Credentials:
    return _credentials((await connection.execute(select(accounts).where(accounts.c.id == account))).one())


async def is_admin(connection: AsyncConnection, account: AccountId) -> bool:
    """Of the whole hub."""
    return bool(await connection.scalar(select(accounts.c.is_admin).where(accounts.c.id == account)))


async def take_turn(connection: AsyncConnection) -> None:
    """Waits for everybody who took theirs before, until their transactions end."""
    turn = counters.c.name == "registrations"
    await connection.execute(update(counters).where(turn).values(value=counters.c.value + 1))


async def anybody(connection: AsyncConnection) -> bool:
    return await connection.scalar(select(accounts.c.id).limit(1)) is not None


async def one(connection: AsyncConnection, account: AccountId) -> Account | None:
    row = (await connection.execute(select(accounts).where(accounts.c.id == account))).one_or_none()
    return _account(row) if row else None


async def add(
    connection: AsyncConnection, address: Address, display_name: str, password_hash: str, now: datetime
) -> AccountId:
    """Raises IntegrityError where the address is taken."""
    account = AccountId(new_id())
    await connection.execute(
        insert(accounts).values(
            id=account,
            email=address.written,
            email_key=address.key,
            display_name=display_name,
            password_hash=password_hash,
            created_at=now,
        )
    )
    return account


async def touch(connection: AsyncConnection, account: AccountId) -> None:
    """Writes what is there already, for a commit that costs what another one costs."""
    await connection.execute(update(accounts).where(accounts.c.id == account).values(id=account))


async def rename(connection: AsyncConnection, account: AccountId, display_name: str) -> None:
    await connection.execute(update(accounts).where(accounts.c.id == account).values(display_name=display_name))


async def verify(connection: AsyncConnection, account: AccountId, now: datetime) -> None:
    """Its address has been proved to be its own, now if not before."""
    await connection.execute(
        update(accounts).where(accounts.c.id == account, accounts.c.verified_at.is_(None)).values(verified_at=now)
    )


async def set_address(connection: AsyncConnection, account: AccountId, address: Address, now: datetime) -> None:
    """To one that has been proved. Raises IntegrityError where another account has it."""
    await connection.execute(
        update(accounts)
        .where(accounts.c.id == account)
        .values(email=address.written, email_key=address.key, verified_at=now)
    )


async def remove(connection: AsyncConnection, account: AccountId) -> None:
    """With its sessions, and all else that refers to it. It must have left every organization."""
    await connection.execute(delete(accounts).where(accounts.c.id == account))


async def set_password_hash(connection: AsyncConnection, account: AccountId, old: str, new: str) -> None:
    """Replaces `old` only: a password that changed meanwhile stays."""
    await connection.execute(
        update(accounts).where(accounts.c.id == account, accounts.c.password_hash == old).values(password_hash=new)
    )


def _credentials(row: Found) -> Credentials:
    return Credentials(_account(row), row.password_hash, row.disabled_at is not None)


def _account(row: Found) -> Account:
    return Account(AccountId(row.id), row.email, row.display_name, row.verified_at is not None, row.created_at)
