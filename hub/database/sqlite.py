"""SQLite, inside this process: one file, one hub, one writer at a time.

The rule: a commit is on disk when it returns, and a write transaction holds the lock from its first moment.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.database import migrations
from hub.database.backups import back_up
from hub.database.failures import DatabaseBusy, WrongShape

# At DEBUG it writes every statement with its values, and some of them are secrets.
logging.getLogger("aiosqlite").setLevel(logging.WARNING)

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
READERS = 8
"""Connections kept open; WAL lets readers run beside the one writer."""


class Sqlite:
    """One hub's connections to it."""

    alone = True
    """A file's lock is not lost while the process lives."""

    def __init__(self, engine: AsyncEngine, lock: IO[str]) -> None:
        self._file = Path(str(engine.url.database))
        self._engine = engine
        self._lock = lock
        self._swift_engine = create_engine(engine.url.set(drivername="sqlite"), pool_size=1, hide_parameters=True)
        self._swift_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        # SQLite has one writer. Waiting here is fair and costs nothing; waiting in SQLite polls.
        self._writer = asyncio.Lock()
        for each in (engine.sync_engine, self._swift_engine):
            _speak_sqlite(each)

    @classmethod
    def open(cls, url: str) -> Self:
        """Raises DatabaseBusy where another process has the file, OSError where its folder cannot be written."""
        path = make_url(url).database
        assert path, "expected a file: several connections share it"
        lock = _lock_beside(Path(path))
        return cls(create_async_engine(url, pool_size=READERS, max_overflow=0, hide_parameters=True), lock)

    async def prepare(self) -> str | None:
        """Brings the tables to the shape this version works with, after a backup. Returns their shape before.

        Raises WrongShape.
        """
        return await asyncio.get_running_loop().run_in_executor(self._swift_thread, self._migrate)

    def _migrate(self) -> str | None:
        with self._swift_engine.begin() as connection:
            found = migrations.shape(connection)
        if not migrations.is_behind(found):
            return found
        if found:
            back_up(self._file, found)
        # Whoever changes a table here makes it anew; dropping the old one would empty all that refer to it.
        engine = create_engine(self._swift_engine.url, poolclass=NullPool, hide_parameters=True)
        _speak_sqlite(engine, foreign_keys=False)
        with engine.execution_options(writes=True).begin() as connection:
            migrations.migrate(connection)
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise WrongShape(f"a row of {broken[0]} refers to nothing in {broken[2]}")
        return found

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._writer, self._engine.execution_options(writes=True).begin() as connection:
            yield connection

    async def write_at_once(self, work: Callable[[Connection], T]) -> T:
        """In another thread, without the asynchronous driver, which changes threads several times a statement.

        A short transaction takes a fifth of the 3 ms that it takes by `writing`.
        """

        def transaction() -> T:
            with self._swift_engine.execution_options(writes=True).begin() as connection:
                return work(connection)

        async with self._writer:
            return await asyncio.get_running_loop().run_in_executor(self._swift_thread, transaction)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._swift_thread, self._swift_engine.dispose)
        self._swift_thread.shutdown()
        await self._engine.dispose()
        self._lock.close()


def place(url: str) -> str:
    """The file, to name it to the operator."""
    return str(make_url(url).database)


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


def _speak_sqlite(engine: Engine, *, foreign_keys: bool = True) -> None:
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
            f"foreign_keys={foreign_keys:d}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
