from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from asking_hub import Hub, hub_in
from databases import Databases, PostgresServer, SqliteFiles
from folders import LONG_AGO, Folders
from hypothesis import settings
from members import QUICK

from hub.bus import LocalBus
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.ids import AccountId, DocumentId
from hub.metrics import Metrics
from hub.rooms import Rooms
from loadtest.backends import Backend, postgres, valkey

# A slow machine is no failure.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")


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


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Backend) -> Databases:
    return PostgresServer(postgres_server)


@pytest.fixture(params=["sqlite", "postgres"], scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """The test is run on each kind there is."""
    kind: Databases = request.getfixturevalue(
        {"sqlite": "sqlite_files", "postgres": "postgres_databases"}[request.param]
    )
    return kind


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A migrated and otherwise empty database of the test's own."""
    async with databases.lent() as url:
        yield url


@pytest.fixture
async def sqlite_url(sqlite_files: Databases) -> AsyncIterator[str]:
    """The same, for tests that mean SQLite alone or do not care."""
    async with sqlite_files.lent() as url:
        yield url


@pytest.fixture
async def postgres_url(postgres_databases: Databases) -> AsyncIterator[str]:
    """The same, for tests that mean PostgreSQL."""
    async with postgres_databases.lent() as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def hub(database_url: str, tmp_path: Path) -> AsyncIterator[Hub]:
    """A hub nobody has an account on yet. Its clock stands still until a test moves it."""
    async with hub_in(tmp_path / "data", database_url) as opened:
        yield opened


# What stands below accounts and sockets


@pytest.fixture
async def store(database: Database) -> AsyncIterator[CrdtStore]:
    opened = CrdtStore(database, LONG_AGO.timestamp, Metrics())
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def rooms(store: CrdtStore) -> AsyncIterator[Rooms]:
    opened = Rooms(store, LocalBus(), QUICK, Metrics())
    yield opened
    await opened.close()


@pytest.fixture
def folders(database: Database) -> Folders:
    return Folders(database)


@pytest.fixture
async def ann(folders: Folders) -> AccountId:
    return await folders.person()


@pytest.fixture
async def folder(folders: Folders, ann: AccountId) -> DocumentId:
    """One that Ann may write."""
    return await folders.folder(ann)
