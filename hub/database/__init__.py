"""The database, opened once: transactions for readers and writers, and a lock that keeps a stray second hub out.

The rule: what a write decides by still holds when it commits. SQLite has one writer, whose transaction begins with its
lock; on PostgreSQL there are many, and a write locks the rows that its decision stands on (`FOR SHARE`, `FOR NO KEY
UPDATE`), words that SQLite reads past. So one code path serves both.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.database import postgres, sqlite
from hub.database.failures import FAILURES, CommitUnanswered, DatabaseBusy, WrongShape, cause
from hub.database.migrations import HEAD, is_behind
from hub.database.postgres import Postgres
from hub.database.sqlite import Sqlite
from hub.errors import Code, TeammarksError

__all__ = ["CommitUnanswered", "Database", "DatabaseBusy", "Migrated", "WrongShape", "cause", "migrate"]

T = TypeVar("T")


class Database:
    """An open database. Make one with `Database.open`; close it last."""

    def __init__(self, backend: Sqlite | Postgres) -> None:
        self._backend = backend

    @classmethod
    async def open(cls, url: str, *, shared: bool = False) -> Self:
        """`url`: `sqlite+aiosqlite:///PATH` or `postgresql+asyncpg://…`. `shared`: with other hubs, joined by Redis.

        SQLite is brought to the shape that this version works with; PostgreSQL must have it. Raises DatabaseBusy where
        a hub that is not joined has it, WrongShape, OSError where it cannot be reached or used.
        """
        with _failures_told(url):
            opened = Sqlite.open(url) if _is_sqlite(url) else await Postgres.open(url, shared)
            try:
                await opened.prepare()
            except BaseException:
                await opened.close()
                raise
        return cls(opened)

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

        `work` changes nothing but the database: it is done again if it failed through no fault of its own. Raises
        CommitUnanswered where nobody knows whether it was committed; only PostgreSQL is so far away.
        """
        with _failures_named():
            return await self._backend.write_at_once(work)

    @property
    def alone(self) -> bool:
        """False: another hub that is not joined with this one may be using the database."""
        return self._backend.alone

    async def close(self) -> None:
        await self._backend.close()


@dataclass(frozen=True, slots=True)
class Migrated:
    """`before`: the shape it had; None: it was empty. `place`: which database, to tell the operator."""

    place: str
    before: str | None

    @property
    def after(self) -> str:
        return self.before if self.before and not is_behind(self.before) else HEAD


async def migrate(url: str) -> Migrated:
    """Brings a database to the shape this version works with. Raises as `Database.open` does."""
    with _failures_told(url):
        if not _is_sqlite(url):
            return Migrated(postgres.place(url), await postgres.migrate(url))
        opened = Sqlite.open(url)
        try:
            return Migrated(sqlite.place(url), await opened.prepare())
        finally:
            await opened.close()


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


@contextmanager
def _failures_told(url: str) -> Iterator[None]:
    """To the operator, with the database's name: whatever a database that is opened may fail with."""
    place = sqlite.place(url) if _is_sqlite(url) else postgres.place(url)
    try:
        yield
    except WrongShape as error:
        raise WrongShape(f"cannot use the database {place}: {error}") from error
    except (*FAILURES, sqlite3.Error) as error:
        if isinstance(error, OSError) and error.filename:
            raise  # it tells of a file
        raise OSError(f"cannot use the database {place}: {cause(error)}") from error


@contextmanager
def _failures_named() -> Iterator[None]:
    """Turns a driver's failure into STORAGE, which tells nobody about our tables and may be retried."""
    try:
        yield
    except IntegrityError:
        raise  # a broken constraint is an answer, and its caller knows which
    except FAILURES as error:
        raise TeammarksError(
            Code.STORAGE,
            "The hub cannot reach its storage; nothing was changed. Try again shortly.",
            inside=f"{type(error).__name__}: {cause(error)}",
            retry=True,
        ) from error
