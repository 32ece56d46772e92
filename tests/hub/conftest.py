from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from asking_hub import Hub, hub_in
from hypothesis import settings

from hub.database import Database
from loadtest.backends import Backend, postgres, valkey

# A slow machine is no failure.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    """A hub nobody has an account on yet. Its clock stands still until a test moves it."""
    async with hub_in(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A real PostgreSQL, one for all tests."""
    with postgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A real Valkey, one for all tests."""
    with valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


_databases = count(1)


@pytest.fixture
async def postgres_url(postgres_server: Backend) -> str:
    """An empty PostgreSQL database of the test's own."""
    name = f"test_{next(_databases)}"
    connection = await asyncpg.connect(postgres_server.url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return postgres_server.url.rpartition("/")[0] + f"/{name}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the test's own: the test is run on each kind there is."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'hub.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
