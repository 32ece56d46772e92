"""Transactions that get in each other's way, every time.

Each is held before its commit until all the others have decided too, or wait: on SQLite for their turn to begin, on
PostgreSQL for a row that one of us holds. So if anything decides by what another is about to change, it shows.
"""

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


class Rendezvous:
    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self._database = database
        self._write = database.write
        self._expected = self._called = self._begun = self._ended = 0
        monkeypatch.setattr(database, "write", self._meet)

    async def of(self, *requests: Awaitable[T]) -> list[T]:
        """The answers of requests that make one write transaction each."""
        self._expected = len(requests)
        self._called = self._begun = self._ended = 0
        answers = await asyncio.gather(*requests)
        self._expected = 0
        return answers

    @asynccontextmanager
    async def _meet(self) -> AsyncIterator[AsyncConnection]:
        self._called += 1
        async with self._write() as connection:
            self._begun += 1
            try:
                yield connection
            finally:
                self._ended += 1
            await eventually("all the others have decided, or wait", self._all_met)

    async def _all_met(self) -> bool:
        return self._ended + await self._waiting() >= self._expected

    async def _waiting(self) -> int:
        backend: Any = self._database._backend
        if isinstance(backend, Sqlite):
            return self._called - self._begun
        async with self._database.read() as connection:
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return int((await connection.execute(text(waiting))).scalar_one())
