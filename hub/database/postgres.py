"""PostgreSQL: a database that several hubs may share.

The rule: a commit is on the server's disk when it returns, whatever the server's default says; and a hub that no Redis
joins to others has the database for itself.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.database import migrations
from hub.database.refusals import DatabaseBusy, WrongShape

T = TypeVar("T")

CONNECTIONS: Final = 10
"""Kept open by a hub; PostgreSQL allows 100 in all unless it is told otherwise."""
CONNECTS_WITHIN_S: Final = 5
ANSWERS_WITHIN_S: Final = 30
"""A server that is reached and says nothing must not keep anybody for ever."""
HUBS_LOCK: Final = 0x7465616D
"""Advisory lock: shared by hubs that are joined by Redis, exclusive for one that is not."""
MIGRATION_LOCK: Final = HUBS_LOCK + 1
YIELDS_AFTER_S: Final = 10


class Postgres:
    """One hub's connections to it."""

    def __init__(self, engine: AsyncEngine, lock: AsyncConnection) -> None:
        self._engine = engine
        self._lock = lock
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    async def open(cls, url: str, shared: bool) -> Self:
        """Raises DatabaseBusy where the lock is taken."""
        engine = _engine(url, answers_within_s=ANSWERS_WITHIN_S)
        try:
            lock = await engine.execution_options(isolation_level="AUTOCOMMIT").connect()
            how = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
            mine = (await lock.exec_driver_sql(f"SELECT {how}({HUBS_LOCK})")).scalar_one()
        except BaseException:
            await engine.dispose()
            raise
        if not mine:
            await lock.close()
            await engine.dispose()
            raise DatabaseBusy(f"another hub is using {place(url)}, and no Redis joins it with this one")
        return cls(engine, lock)

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
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._lock.close()
        await self._engine.dispose()


async def migrate(url: str) -> str | None:
    """Brings the tables to the shape this version works with, while hubs may be using them; returns their shape before.

    Raises WrongShape.
    """
    engine = _engine(url, answers_within_s=None)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            # A table that a hub is long in reading of: everybody else would queue up behind us.
            await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{YIELDS_AFTER_S}s'")
            found = await connection.run_sync(migrations.shape)
            if migrations.is_behind(found):
                await connection.run_sync(migrations.migrate)
            return found
    finally:
        await engine.dispose()


def _engine(url: str, *, answers_within_s: float | None) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,  # a server that was restarted is no reason to fail
        hide_parameters=True,
        connect_args={
            "timeout": CONNECTS_WITHIN_S,
            "command_timeout": answers_within_s,
            "server_settings": {"application_name": "teammarks", "synchronous_commit": "on"},
        },
    )


def place(url: str) -> str:
    """Host and name of the database, to tell the operator; never the password."""
    parts = make_url(url)
    return f"{parts.database} on {parts.host}:{parts.port or 5432}"
