"""The database, opened once: transactions for readers and writers, and a lock that keeps a stray second hub out.

The rule: what a write decides by still holds when it commits. SQLite has one writer, whose transaction begins with its
lock; on PostgreSQL there are many, and a write locks the rows that its decision stands on (`FOR SHARE`, `FOR NO KEY
UPDATE`), words that SQLite reads past. So one code path serves both.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Self, TypeVar

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.database.busy import DatabaseBusy
from hub.database.postgres import Postgres
from hub.database.sqlite import Sqlite
from hub.errors import Code, TeammarksError
from hub.schema import metadata

__all__ = ["Database", "DatabaseBusy"]

T = TypeVar("T")

ATTEMPTS: Final = 3
"""At a transaction that others got in the way of; it is done again as a whole."""
IN_THE_WAY: Final = frozenset({"40001", "40P01"})
"""SQLSTATE of serialization_failure and deadlock_detected: rolled back, and worth another try."""


class Database:
    """An open database. Make one with `Database.open`; close it last."""

    def __init__(self, backend: Sqlite | Postgres) -> None:
        self._backend = backend

    @classmethod
    async def open(cls, url: str, *, shared: bool = False) -> Self:
        """`url`: `sqlite+aiosqlite:///PATH` or `postgresql+asyncpg://…`. `shared`: with other hubs, joined by Redis.

        Raises DatabaseBusy where a hub that is not joined has it, OSError where it cannot be reached or used.
        """
        opened = Sqlite.open(url) if make_url(url).get_backend_name() == "sqlite" else await Postgres.open(url, shared)
        self = cls(opened)
        try:
            with _failures_named():
                async with self._backend.writing() as connection:
                    await connection.run_sync(metadata.create_all)
        except TeammarksError as error:
            await self.close()
            raise OSError(f"cannot use the database {opened.place}: {error}") from error
        return self

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing."""
        with _failures_named():
            async with self._backend.reading() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction. Commits on leaving, or not at all."""
        with _failures_named():
            async with self._backend.writing() as connection:
                yield connection

    async def write_at_once(self, work: Callable[[Connection], T]) -> T:
        """A write transaction done in one go, for SQLite off the event loop. Not to be cancelled.

        `work` changes nothing but the database: it is done again if other hubs' transactions got in its way.
        """
        with _failures_named():
            for _ in range(ATTEMPTS - 1):
                try:
                    return await self._backend.write_at_once(work)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in IN_THE_WAY:
                        raise
            return await self._backend.write_at_once(work)

    async def close(self) -> None:
        await self._backend.close()


@contextmanager
def _failures_named() -> Iterator[None]:
    """Turns a driver's failure into STORAGE, which tells nobody about our tables and may be retried."""
    try:
        yield
    except IntegrityError:
        raise  # a broken constraint is an answer, and its caller knows which
    # Before there is a connection, failures come as the driver and the system raise them.
    except (DBAPIError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        cause = getattr(error, "orig", error)
        raise TeammarksError(
            Code.STORAGE,
            "The hub cannot reach its storage; nothing was changed. Try again shortly.",
            inside=f"{type(error).__name__}: {cause}",
            retry=True,
        ) from error
