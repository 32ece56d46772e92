"""The database, opened once: transactions for readers and writers, and a lock that keeps a second hub out.

The rule: every write runs in a transaction that took its lock at the beginning (SQLite `BEGIN IMMEDIATE`), so that
what it reads first still holds when it writes.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.errors import Code, TeammarksError
from hub.schema import metadata

# At DEBUG it writes every statement with its values, and some of them are secrets.
logging.getLogger("aiosqlite").setLevel(logging.INFO)

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
READERS = 8
"""SQLite connections kept open; WAL lets readers run beside the one writer."""


class DatabaseBusy(Exception):
    """Another hub holds this data. Its text is for the operator."""


class Database:
    """An open database. Make one with `Database.open`; close it last."""

    def __init__(self, engine: AsyncEngine, lock: IO[str] | None) -> None:
        self._engine = engine
        self._lock = lock
        self._swift_engine = create_engine(engine.url.set(drivername="sqlite"), pool_size=1, hide_parameters=True)
        _speak_sqlite(self._swift_engine)
        self._swift_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        # SQLite has one writer. Waiting here is fair and costs nothing; waiting in SQLite polls.
        self._writer = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open, locking the file and making missing tables.

        Raises DatabaseBusy where another process has it, OSError where the folder cannot be written.
        """
        path = make_url(url).database
        lock = _lock_beside(Path(path)) if path and path != ":memory:" else None
        engine = create_async_engine(url, pool_size=READERS, max_overflow=0, hide_parameters=True)
        _speak_sqlite(engine.sync_engine)
        try:
            async with engine.execution_options(writes=True).begin() as connection:
                await connection.run_sync(metadata.create_all)
        except DBAPIError as error:
            await cls(engine, lock).close()
            raise OSError(f"cannot use the database {path}: {error.orig}") from error
        return cls(engine, lock)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing."""
        with _failures_named():
            async with self._engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds the write lock from its first moment. Commits on leaving, or not at all."""
        with _failures_named():
            async with self._writer, self._engine.execution_options(writes=True).begin() as connection:
                yield connection

    async def write_at_once(self, work: Callable[[Connection], T]) -> T:
        """A write transaction done in one go, off the event loop. Not to be cancelled.

        `write` changes threads several times for each statement: 3 ms for a short transaction; this takes a fifth.
        """

        def transaction() -> T:
            with self._swift_engine.execution_options(writes=True).begin() as connection:
                return work(connection)

        with _failures_named():
            async with self._writer:
                return await asyncio.get_running_loop().run_in_executor(self._swift_thread, transaction)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._swift_thread, self._swift_engine.dispose)
        self._swift_thread.shutdown()
        await self._engine.dispose()
        if self._lock:
            self._lock.close()


@contextmanager
def _failures_named() -> Iterator[None]:
    """Turns a driver's failure into STORAGE, which tells nobody about our tables and may be retried."""
    try:
        yield
    except IntegrityError:
        raise  # a broken constraint is an answer, and its caller knows which
    except DBAPIError as error:
        raise TeammarksError(
            Code.STORAGE,
            "The hub cannot reach its storage; nothing was changed. Try again shortly.",
            inside=f"{type(error).__name__}: {error.orig}",
            retry=True,
        ) from error


def _lock_beside(database: Path) -> IO[str]:
    """An open, locked file beside the database; the system releases it however this process ends."""
    # Everybody's folders and password hashes are in it.
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = open(database.with_name(database.name + ".lock"), "a+", encoding="ascii")  # noqa: SIM115 - held open
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise DatabaseBusy(f"another hub (process {holder}) is using {database}") from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _speak_sqlite(engine: Engine) -> None:
    """Durability and locking as the promise needs them, on every SQLite connection."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        # The driver must not open transactions by itself: `begin` below does, with the lock we want.
        connection.isolation_level = None
        cursor = connection.cursor()
        # FULL: a commit is on disk when it returns. That is what an acknowledgement means.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
