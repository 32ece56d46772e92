"""Databases for tests, of both kinds. One is migrated; the others are copies of it, which take no time."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg

from hub.database import migrate
from loadtest.backends import Backend


class Databases(ABC):
    """Of one kind. Each is known by its address, as the hub's settings take it."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._template: str | None = None

    async def new(self) -> str:
        """Migrated, and empty otherwise."""
        if self._template is None:
            self._template = await self.bare()
            await migrate(self._template)
        return await self.copy(self._template)

    @asynccontextmanager
    async def lent(self, template: str | None = None) -> AsyncIterator[str]:
        """A new one, or a copy of `template`; gone afterwards."""
        url = await self.copy(template) if template else await self.new()
        yield url
        await self.drop(url)

    @abstractmethod
    async def bare(self) -> str:
        """Without tables."""

    @abstractmethod
    async def copy(self, template: str) -> str:
        """Of one that nobody has open."""

    @abstractmethod
    async def drop(self, url: str) -> None: ...


class SqliteFiles(Databases):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    async def bare(self) -> str:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return f"sqlite+aiosqlite:///{folder / 'hub.sqlite3'}"

    async def copy(self, template: str) -> str:
        url = await self.bare()
        shutil.copyfile(file_of(template), file_of(url))
        return url

    async def drop(self, url: str) -> None:
        shutil.rmtree(file_of(url).parent)


class PostgresServer(Databases):
    def __init__(self, server: Backend) -> None:
        super().__init__()
        self._server = server

    async def bare(self) -> str:
        return await self._create("template1")

    async def copy(self, template: str) -> str:
        return await self._create(template.rpartition("/")[2])

    async def drop(self, url: str) -> None:
        await self._do(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    async def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        await self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"{self._server.url.rpartition('/')[0]}/{name}"

    async def _do(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite+aiosqlite:///"))
