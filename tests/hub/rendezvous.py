"""Transactions that get in each other's way, every time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from eventually import eventually
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.database import Database
from hub.database.sqlite import Sqlite

T = TypeVar("T")


async def waiting(database: Database) -> int:
    """Transactions that wait for another one: on SQLite to begin, on PostgreSQL for a lock."""
    backend: Any = database._backend
    if isinstance(backend, Sqlite):
        return len(backend._writer._waiters or ())
    async with database.read() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return int((await connection.execute(text(query))).scalar_one())


class Rendezvous:
    """Each transaction is held before its commit until all the others have decided too, or wait.

    So if anything decides by what another is about to change, it shows.
    """

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self._database = database
        self._write = database.write
        self._expected = self._decided = 0
        monkeypatch.setattr(database, "write", self._meet)

    async def of(self, *requests: Awaitable[T]) -> list[T]:
        """The answers of requests that make one write transaction each."""
        self._expected, self._decided = len(requests), 0
        answers = await asyncio.gather(*requests)
        self._expected = 0
        return answers

    @asynccontextmanager
    async def _meet(self) -> AsyncIterator[AsyncConnection]:
        async with self._write() as connection:
            try:
                yield connection
            finally:
                self._decided += 1
            await eventually("all the others have decided, or wait", self._all_met)

    async def _all_met(self) -> bool:
        return self._decided + await waiting(self._database) >= self._expected
