"""Sessions in the database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import Session, Slice
from hub.accounts.store.rows import Found, sliced
from hub.ids import AccountId, SessionId, new_id
from hub.schema import accounts, sessions


@dataclass(frozen=True, slots=True)
class Refreshable:
    """A session with what decides over its refresh token, locked until the transaction ends."""

    session: Session
    account: AccountId
    generation: int
    secret: bytes
    ended: bool


@dataclass(frozen=True, slots=True)
class Alive:
    """What every request asks about its token's session."""

    account: AccountId
    email_key: str
    proved_at: datetime
    ended: bool
    disabled: bool


async def add(
    connection: AsyncConnection, account: AccountId, device: str, secret: bytes, now: datetime, expires_at: datetime
) -> Session:
    session = SessionId(new_id())
    await connection.execute(
        insert(sessions).values(
            id=session,
            account_id=account,
            device=device,
            generation=0,
            refresh_secret=secret,
            rotated_at=now,
            created_at=now,
            expires_at=expires_at,
        )
    )
    return Session(session, device, now, now, expires_at)


async def alive(connection: AsyncConnection, session: SessionId, now: datetime) -> Alive | None:
    row = (
        await connection.execute(
            select(
                sessions.c.account_id,
                sessions.c.revoked_at,
                sessions.c.expires_at,
                sessions.c.created_at,
                sessions.c.proved_at,
                accounts.c.disabled_at,
                accounts.c.email_key,
            )
            .join_from(sessions, accounts)
            .where(sessions.c.id == session)
        )
    ).one_or_none()
    if row is None:
        return None
    return Alive(
        account=AccountId(row.account_id),
        email_key=row.email_key,
        proved_at=row.proved_at or row.created_at,
        ended=_ended(row, now),
        disabled=row.disabled_at is not None,
    )


async def refreshable(connection: AsyncConnection, session: SessionId, now: datetime) -> Refreshable | None:
    row = (
        await connection.execute(select(sessions).where(sessions.c.id == session).with_for_update(key_share=True))
    ).one_or_none()
    if row is None:
        return None
    return Refreshable(_session(row), AccountId(row.account_id), row.generation, row.refresh_secret, _ended(row, now))


async def rotate(
    connection: AsyncConnection, known: Refreshable, generation: int, now: datetime, expires_at: datetime
) -> Session:
    """Compare and swap: to `generation`, from the one that `known` says."""
    changed = await connection.execute(
        update(sessions)
        .where(sessions.c.id == known.session.id, sessions.c.generation == known.generation)
        .values(generation=generation, rotated_at=now, expires_at=expires_at)
    )
    assert changed.rowcount == 1, "the row is locked since `known` was read"
    return replace(known.session, last_used_at=now, expires_at=expires_at)


async def prove(connection: AsyncConnection, account: AccountId, session: SessionId, now: datetime) -> bool:
    """Its person has just said again who they are. False: this account has no such session that still lives."""
    changed = await connection.execute(
        update(sessions).where(sessions.c.id == session, *_living(account, now)).values(proved_at=now)
    )
    return changed.rowcount == 1


async def revoke(
    connection: AsyncConnection, account: AccountId, session: SessionId, because: str, now: datetime
) -> bool:
    """False: this account has no such session that still lives."""
    changed = await connection.execute(
        update(sessions)
        .where(sessions.c.id == session, *_living(account, now))
        .values(revoked_at=now, revoked_because=because)
    )
    return changed.rowcount == 1


async def revoke_others(
    connection: AsyncConnection, account: AccountId, kept: SessionId, because: str, now: datetime
) -> int:
    """How many lived until now."""
    changed = await connection.execute(
        update(sessions)
        .where(sessions.c.id != kept, *_living(account, now))
        .values(revoked_at=now, revoked_because=because)
    )
    return changed.rowcount


async def of_account(
    connection: AsyncConnection, account: AccountId, wanted: Slice, now: datetime
) -> Sequence[Session]:
    query = sliced(select(sessions).where(*_living(account, now)), sessions.c.id, wanted)
    return [_session(row) for row in await connection.execute(query)]


def _living(account: AccountId, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (sessions.c.account_id == account, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)


def _ended(row: Found, now: datetime) -> bool:
    return row.revoked_at is not None or row.expires_at <= now


def _session(row: Found) -> Session:
    return Session(SessionId(row.id), row.device, row.created_at, row.rotated_at, row.expires_at)
