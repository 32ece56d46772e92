"""PostgreSQL: a database that several hubs may share.

The rule: a commit is on the server's disk when it returns, whatever the server's default says; and of a commit that
nobody answered for, nobody says that it failed.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, NullPool
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.database import migrations
from hub.database.failures import FAILURES, CommitUnanswered, WrongShape
from hub.database.hubs_lock import HubsLock

log = logging.getLogger(__name__)

T = TypeVar("T")

CONNECTIONS: Final = 10
"""Kept open by a hub, besides one for the log and one for the lock. PostgreSQL allows 100 in all unless it is told
otherwise."""
CONNECTS_WITHIN_S: Final = 5
ANSWERS_WITHIN_S: Final = 30
"""A server that is reached and says nothing must not keep anybody for ever."""
SESSION: Final = {
    "application_name": "teammarks",
    "synchronous_commit": "on",
    # A hub that stands still or whose machine is gone must not keep its locks from the others for long.
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
MIGRATION_LOCK: Final = 0x7465616E
"""Advisory lock of whoever is changing the tables."""
YIELDS_AFTER_S: Final = 10
ATTEMPTS: Final = 3
"""At a transaction that failed through no fault of its own; it is done again as a whole."""
TRIED_AGAIN: Final = ("40001", "40P01", "57P")
"""How the SQLSTATE begins of what is rolled back and worth another try: serialization_failure, deadlock_detected, and
a server or an administrator that ended the session."""


class Postgres:
    """One hub's connections to it."""

    def __init__(self, engine: AsyncEngine, log_engine: AsyncEngine, lock: HubsLock) -> None:
        self._engine = engine
        self._log_engine = log_engine
        self._lock = lock
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    async def open(cls, url: str, shared: bool) -> Self:
        """Raises DatabaseBusy where the lock is taken."""
        lock = await HubsLock.take(_engine(url, poolclass=NullPool), place(url), shared=shared)
        # A server that was restarted is no reason to fail, so a connection is tried before it is used; but the log is
        # in haste, and does a failed transaction again.
        return cls(
            _engine(url, pool_size=CONNECTIONS, max_overflow=0, pool_pre_ping=True),
            _engine(url, pool_size=1, max_overflow=0),
            lock,
        )

    @property
    def alone(self) -> bool:
        return self._lock.held

    async def prepare(self) -> None:
        """Raises WrongShape where this version cannot work with the tables: other hubs may be using them."""
        async with self.reading() as connection:
            found = await connection.run_sync(migrations.shape)
        if migrations.is_behind(found):
            has = f"is of shape {found} and this version works with {migrations.HEAD}" if found else "has no tables yet"
            raise WrongShape(f"it {has}; run `teammarks migrate`")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._reading.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            yield connection

    async def write_at_once(self, work: Callable[[Connection], T]) -> T:
        """Raises CommitUnanswered. Does `work` again if it failed before its commit through no fault of its own."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._write_at_once(work)
            except DBAPIError as error:
                if not (error.connection_invalidated or _sqlstate(error).startswith(TRIED_AGAIN)):
                    raise
                log.info("a transaction is done again: %s", error.orig)
        return await self._write_at_once(work)

    async def _write_at_once(self, work: Callable[[Connection], T]) -> T:
        async with self._log_engine.connect() as connection, connection.begin() as transaction:
            result = await connection.run_sync(work)
            try:
                await transaction.commit()
            except FAILURES as error:
                # The server's own refusals come in these classes; anything else may have come after the deed.
                if _sqlstate(error)[:2] in ("23", "40"):
                    raise
                raise CommitUnanswered(result) from error
            return result

    async def close(self) -> None:
        await self._log_engine.dispose()
        await self._engine.dispose()
        await self._lock.release()


async def migrate(url: str) -> str | None:
    """Brings the tables to the shape this version works with, while hubs may be using them; returns their shape before.

    Raises WrongShape.
    """
    engine = _engine(url, answers_within_s=None, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        # A table that a hub is long in reading of: everybody else would queue up behind us.
        await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{YIELDS_AFTER_S}s'")
        found = await connection.run_sync(migrations.shape)
        if migrations.is_behind(found):
            await connection.run_sync(migrations.migrate)
        return found


def _engine(url: str, *, answers_within_s: float | None = ANSWERS_WITHIN_S, **pool: Any) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        hide_parameters=True,
        connect_args={
            "timeout": CONNECTS_WITHIN_S,
            "command_timeout": answers_within_s,
            "server_settings": SESSION,
        },
        **pool,
    )


def _sqlstate(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def place(url: str) -> str:
    """Host and name of the database, to tell the operator; never the password."""
    parts = make_url(url)
    return f"{parts.database} on {parts.host}:{parts.port or 5432}"
