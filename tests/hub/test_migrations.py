"""The database's shape: made step by step, and never at the cost of what is in it."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from databases import Databases, file_of
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from hub import schema
from hub.database import Database, WrongShape, migrate, migrations
from hub.database.migrations import HEAD
from hub.database.migrations.versions import v1_1

VERSION_0_1 = (Path(__file__).parent / "version_0_1.sql").read_text(encoding="utf-8")


@pytest.fixture
async def bare(databases: Databases) -> AsyncIterator[str]:
    """A database without tables."""
    url = await databases.bare()
    yield url
    await databases.drop(url)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """To the database as it is, past everything of ours."""
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


def described(connection: Connection) -> dict[str, Any]:
    """Every table: columns, keys, indexes and checks, in an order of their own."""

    def plain(things: Any) -> list[str]:
        return sorted(str(sorted((key, str(value)) for key, value in thing.items())) for thing in things)

    found = inspect(connection)
    return {
        table: [
            plain(found.get_columns(table)),
            plain([found.get_pk_constraint(table)]),
            plain(found.get_foreign_keys(table)),
            plain(found.get_unique_constraints(table)),
            plain(found.get_indexes(table)),
            plain(found.get_check_constraints(table)),
        ]
        for table in found.get_table_names()
        if table != "alembic_version"
    }


async def contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables that version 0.1 had."""
    async with connected(url) as connection:
        return {
            table.name: sorted(tuple(row) for row in await connection.execute(select(table)))
            for table in v1_1.tables.sorted_tables
        }


def made_by_0_1(url: str) -> None:
    with closing(sqlite3.connect(file_of(url))) as connection:
        connection.executescript(VERSION_0_1)


async def set_shape(url: str, shape: str) -> None:
    async with connected(url) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :shape"), {"shape": shape})


def test_there_is_one_newest_step_and_the_hub_knows_it() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_heads() == [HEAD]


async def test_all_steps_together_make_the_tables_of_the_schema(bare: str, databases: Databases) -> None:
    await migrate(bare)
    by_the_schema = await databases.bare()
    async with connected(by_the_schema) as connection:
        await connection.run_sync(schema.metadata.create_all)
        wanted = await connection.run_sync(described)
    async with connected(bare) as connection:
        assert await connection.run_sync(described) == wanted
        assert (
            await connection.run_sync(
                lambda it: compare_metadata(
                    MigrationContext.configure(it, opts={"compare_type": True}), schema.metadata
                )
            )
            == []
        )
    await databases.drop(by_the_schema)


async def test_each_step_keeps_what_was_there(bare: str) -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    steps = [step.revision for step in script.walk_revisions()][::-1]
    async with connected(bare) as connection:
        await connection.run_sync(lambda it: migrations.migrate(it, steps[0]))
        for table in v1_1.tables.sorted_tables:
            await connection.execute(insert(table), SAMPLE[table.name])
    before = await contents(bare)
    for step in steps[1:]:
        async with connected(bare) as connection:
            await connection.run_sync(lambda it, to=step: migrations.migrate(it, to))  # type: ignore[misc]
            assert await connection.run_sync(migrations.shape) == step
        assert await contents(bare) == before
    await (await Database.open(bare)).close()


async def test_a_current_database_is_left_alone(database_url: str) -> None:
    done = await migrate(database_url)
    assert (done.before, done.after) == (HEAD, HEAD)


@pytest.mark.parametrize(("shape", "works"), [("1.999", True), ("2.1", False)])
async def test_a_newer_database_is_used_within_its_era_and_refused_beyond(
    database_url: str, shape: str, works: bool
) -> None:
    await set_shape(database_url, shape)
    if works:
        await (await Database.open(database_url)).close()
        assert (await migrate(database_url)).after == shape
    else:
        with pytest.raises(WrongShape, match=r"of shape 2\.1.*use a newer version"):
            await Database.open(database_url)
        with pytest.raises(WrongShape):
            await migrate(database_url)


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE invoices (id INTEGER)"],
        ["CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('ae1027a6acf')"],
    ],
)
async def test_somebody_elses_database_is_refused_and_left_alone(bare: str, statements: list[str]) -> None:
    async with connected(bare) as connection:
        for statement in statements:
            await connection.execute(text(statement))
        before = await connection.run_sync(described)
    for use in (Database.open, migrate):
        with pytest.raises(WrongShape, match="not Teammarks"):
            await use(bare)
    async with connected(bare) as connection:
        assert await connection.run_sync(described) == before


# SQLite: at start, after a backup


@pytest.fixture
async def old(sqlite_files: Databases) -> AsyncIterator[str]:
    """A database made and filled by version 0.1."""
    url = await sqlite_files.bare()
    made_by_0_1(url)
    yield url
    await sqlite_files.drop(url)


def backups(url: str) -> list[Path]:
    return sorted(path for path in file_of(url).parent.iterdir() if "backup" in path.name)


async def test_a_database_of_version_0_1_is_adopted_with_all_that_is_in_it(old: str, sqlite_url: str) -> None:
    before = await contents(old)
    await (await Database.open(old)).close()
    assert await contents(old) == before
    async with connected(old) as connection, connected(sqlite_url) as current:
        assert await connection.run_sync(described) == await current.run_sync(described)
        assert await connection.run_sync(migrations.shape) == HEAD


async def test_before_its_shape_changes_a_database_is_copied(old: str) -> None:
    before = await contents(old)
    file_of(old).chmod(0o600)
    await (await Database.open(old)).close()
    (backup,) = backups(old)
    assert backup.name == "hub.sqlite3.backup-1.1"
    assert backup.stat().st_mode & 0o777 == 0o600
    assert await contents(f"sqlite+aiosqlite:///{backup}") == before


async def test_a_database_that_is_new_or_current_is_not_copied(sqlite_files: Databases) -> None:
    url = await sqlite_files.bare()
    for _ in range(2):
        await (await Database.open(url)).close()
    assert backups(url) == []


async def test_of_many_backups_the_newest_are_kept(old: str) -> None:
    for number in range(5):
        path = file_of(old).with_name(f"hub.sqlite3.backup-0.{number}")
        path.touch()
        os.utime(path, (number, number))
    await (await Database.open(old)).close()
    assert [path.name for path in backups(old)] == [
        "hub.sqlite3.backup-0.3",
        "hub.sqlite3.backup-0.4",
        "hub.sqlite3.backup-1.1",
    ]


async def test_a_migration_that_fails_leaves_the_database_as_it_was(old: str) -> None:
    with closing(sqlite3.connect(file_of(old))) as connection:
        connection.execute("CREATE TABLE counters (in_the_way INTEGER)")
    before = await contents(old)
    with pytest.raises(OSError, match="counters already exists"):
        await Database.open(old)
    assert await contents(old) == before
    async with connected(old) as connection:
        assert await connection.run_sync(migrations.shape) == "1.1"
        assert not {"alembic_version", "secrets"} & set(await connection.run_sync(described))


# PostgreSQL: by a command of its own


async def test_a_hub_refuses_an_empty_postgresql_database_and_says_what_to_do(postgres_databases: Databases) -> None:
    url = await postgres_databases.bare()
    with pytest.raises(WrongShape, match="has no tables yet; run `teammarks migrate`"):
        await Database.open(url)
    await postgres_databases.drop(url)


async def test_a_hub_refuses_a_postgresql_database_that_is_behind(postgres_url: str) -> None:
    await set_shape(postgres_url, "1.1")
    with pytest.raises(WrongShape, match=r"is of shape 1\.1 and this version works with .*; run `teammarks migrate`"):
        await Database.open(postgres_url)


async def test_a_database_is_migrated_while_hubs_use_it(postgres_databases: Databases) -> None:
    url = await postgres_databases.new()
    hub = await Database.open(url)
    async with hub.read() as connection:
        await connection.execute(select(schema.accounts))
        assert (await migrate(url)).after == HEAD
    await hub.close()
    await postgres_databases.drop(url)


@pytest.mark.slow
async def test_two_who_migrate_at_once_do_it_once(postgres_databases: Databases, tmp_path: Path) -> None:
    url = await postgres_databases.bare()
    said = await asyncio.gather(*(asyncio.to_thread(migrated, url, tmp_path) for _ in range(3)))
    assert sorted("empty" in each for each in said) == [False, False, True]
    await (await Database.open(url)).close()
    await postgres_databases.drop(url)


def migrated(url: str, data: Path) -> str:
    """What `teammarks migrate` says."""
    environment = {**os.environ, "TEAMMARKS_DATABASE_URL": url, "TEAMMARKS_DATA_DIR": str(data)}
    command = [sys.executable, "-m", "hub", "migrate"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout


NOW = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLE: dict[str, dict[str, Any]] = {
    "accounts": {
        "id": "ann",
        "email": "Ann@example.org",
        "email_key": "ann@example.org",
        "display_name": "Ann",
        "password_hash": "-",
        "created_at": NOW,
    },
    "sessions": {
        "id": "laptop",
        "account_id": "ann",
        "device": "Laptop",
        "generation": 3,
        "refresh_secret": b"secret",
        "rotated_at": NOW,
        "created_at": NOW,
        "expires_at": NOW,
    },
    "organizations": {"id": "acme", "name": "Acme", "created_at": NOW},
    "organization_members": {"organization_id": "acme", "account_id": "ann", "role": "owner", "created_at": NOW},
    "teams": {"id": "team", "organization_id": "acme", "name": "Endpoints", "created_at": NOW},
    "memberships": {
        "team_id": "team",
        "account_id": "ann",
        "organization_id": "acme",
        "can_read": True,
        "can_write": True,
        "is_manager": False,
        "created_at": NOW,
    },
    "invitations": {
        "id": "invitation",
        "organization_id": "acme",
        "email": "bob@example.org",
        "email_key": "bob@example.org",
        "role": "member",
        "token_hash": b"hash",
        "invited_by": "ann",
        "created_at": NOW,
        "expires_at": NOW,
    },
    "invitation_teams": {"invitation_id": "invitation", "team_id": "team", "can_write": True, "is_manager": False},
    "documents": {"id": "team", "head": 1},
    "updates": {"document_id": "team", "seq": 1, "payload": b"\x01\x02", "account_id": "ann", "stored_at": NOW},
    "snapshots": {"document_id": "team", "seq": 1, "state": b"\x01\x02", "made_at": NOW},
}
"""A row of each table that version 0.1 had."""
