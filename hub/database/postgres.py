"""PostgreSQL: a database that several hubs may share.

The rule: a commit is on the server's disk when it returns, whatever the server's default says; and a hub that no Redis
joins to others has the database for itself.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Self, TypeVar

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.database.busy import DatabaseBusy

T = TypeVar("T")

CONNECTIONS: Final = 10
"""Kept open by a hub; PostgreSQL allows 100 in all unless it is told otherwise."""
CONNECTS_WITHIN_S: Final = 5
ANSWERS_WITHIN_S: Final = 30
"""A server that is reached and says nothing must not keep anybody for ever."""
HUBS_LOCK: Final = 0x7465616D
"""Advisory lock: shared by hubs that are joined by Redis, exclusive for one that is not."""


class Postgres:
    """`place`: host and name of the database, to tell the operator; never the password."""

    def __init__(self, engine: AsyncEngine, lock: AsyncConnection) -> None:
        self.place = _place(engine)
        self._engine = engine
        self._lock = lock
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @classmethod
    async def open(cls, url: str, shared: bool) -> Self:
        """Raises DatabaseBusy where the lock is taken, OSError where there is no answer."""
        engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,  # a server that was restarted is no reason to fail
            hide_parameters=True,
            connect_args={
                "timeout": CONNECTS_WITHIN_S,
                "command_timeout": ANSWERS_WITHIN_S,
                "server_settings": {"application_name": "teammarks", "synchronous_commit": "on"},
            },
        )
        try:
            lock = await engine.execution_options(isolation_level="AUTOCOMMIT").connect()
            how = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
            mine = (await lock.exec_driver_sql(f"SELECT {how}({HUBS_LOCK})")).scalar_one()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            await engine.dispose()
            raise OSError(f"cannot use the database {_place(engine)}: {error or 'no answer'}") from error
        except OSError as error:
            await engine.dispose()
            raise OSError(f"cannot reach the database {_place(engine)}: {error.strerror or error}") from error
        if not mine:
            await lock.close()
            await engine.dispose()
            raise DatabaseBusy(f"another hub is using {_place(engine)}, and no Redis joins it with this one")
        return cls(engine, lock)

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


def _place(engine: AsyncEngine) -> str:
    return f"{engine.url.database} on {engine.url.host}:{engine.url.port or 5432}"
