import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from eventually import eventually
from rendezvous import waiting
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from hub.database import Database, DatabaseBusy, hubs_lock, postgres
from hub.errors import Code, TeammarksError
from hub.ids import new_id
from hub.schema import counters, documents

COUNT = update(counters).values(value=counters.c.value + 1)


def address(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'hub.sqlite3'}"


async def counted(database: Database) -> int:
    async with database.read() as connection:
        return await connection.scalar(select(counters.c.value)) or 0


async def test_a_second_hub_on_the_same_data_is_refused(database: Database, database_url: str) -> None:
    with pytest.raises(DatabaseBusy, match="another hub"):
        await Database.open(database_url)


async def test_data_can_be_opened_again_after_it_was_closed(database_url: str) -> None:
    for _ in range(2):
        await (await Database.open(database_url)).close()


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as connection:
            await connection.execute(COUNT)
            _ = 1 / 0
    assert await counted(database) == 0


async def test_a_transaction_at_once_that_fails_leaves_nothing(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(COUNT)
        _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        await database.write_at_once(work)
    assert await counted(database) == 0


async def test_a_transaction_at_once_answers_what_its_work_does(database: Database) -> None:
    assert await database.write_at_once(lambda connection: connection.execute(COUNT).rowcount) == 1
    assert await counted(database) == 1


async def test_a_reference_to_nothing_is_an_integrity_error(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(insert(documents).values(id=new_id(), head=0))
    with pytest.raises(IntegrityError):
        await database.write_at_once(lambda it: it.execute(insert(documents).values(id=new_id(), head=0)))


async def test_a_failing_database_is_told_without_its_tables(database: Database) -> None:
    with pytest.raises(TeammarksError) as caught:
        async with database.read() as connection:
            await connection.execute(text("SELECT * FROM no_such_table"))
    assert caught.value.code is Code.STORAGE
    assert caught.value.retry
    assert "no_such_table" not in caught.value.safe


async def test_a_reader_sees_one_state_while_a_writer_commits(database: Database) -> None:
    async with database.read() as reader:
        assert await reader.scalar(select(counters.c.value)) == 0
        async with database.write() as writer:
            await writer.execute(COUNT)
        assert await reader.scalar(select(counters.c.value)) == 0
    assert await counted(database) == 1


async def test_a_reader_writes_nothing_on_postgresql(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    with pytest.raises(TeammarksError, match="read-only transaction"):
        async with database.read() as connection:
            await connection.execute(COUNT)
    await database.close()


# SQLite


async def test_a_folder_that_cannot_be_used_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="ascii")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        await Database.open(address(tmp_path / "file" / "below"))


async def test_a_file_that_is_no_database_is_an_os_error_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "hub.sqlite3"
    file.write_bytes(b"bookmarks, but not in SQLite. " * 40)
    before = file.read_bytes()
    with pytest.raises(OSError, match="cannot use the database"):
        await Database.open(address(tmp_path))
    assert file.read_bytes() == before


async def test_a_commit_is_on_disk_when_it_returns(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    async with database.write() as connection:
        full = 2
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == full
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
    await database.close()


# PostgreSQL


@pytest.fixture
async def administrator(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def end_all(administrator: asyncpg.Connection, where: str = "true") -> None:
    """Every connection to this database but the administrator's, or those of them that a condition holds for."""
    ended = await administrator.fetchval(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"
    )
    assert ended, "expected somebody to end"


LOCK_HOLDER = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"


async def test_a_server_that_does_not_answer_is_an_os_error_that_names_it_without_the_password() -> None:
    with pytest.raises(OSError, match=r"cannot use the database hub on 127\.0\.0\.1:1: .+") as caught:
        await Database.open("postgresql://teammarks:secret@127.0.0.1:1/hub")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "together"), [(True, True, True), (True, False, False), (False, True, False)]
)
async def test_hubs_share_a_database_if_all_of_them_are_joined(
    postgres_url: str, first: bool, second: bool, together: bool
) -> None:
    one = await Database.open(postgres_url, shared=first)
    if together:
        await (await Database.open(postgres_url, shared=second)).close()
    else:
        with pytest.raises(DatabaseBusy, match="no Redis joins it"):
            await Database.open(postgres_url, shared=second)
    await one.close()


async def test_a_commit_is_on_the_servers_disk_when_it_returns_whatever_the_servers_default(
    postgres_url: str, administrator: asyncpg.Connection
) -> None:
    name = await administrator.fetchval("SELECT current_database()")
    await administrator.execute(f"ALTER DATABASE {name} SET synchronous_commit = 'off'")
    database = await Database.open(postgres_url)
    async with database.write() as connection:
        assert await connection.scalar(text("SHOW synchronous_commit")) == "on"
    assert await database.write_at_once(lambda it: it.scalar(text("SHOW synchronous_commit"))) == "on"
    await database.close()


async def test_connections_that_were_ended_are_replaced_unnoticed(
    postgres_url: str, administrator: asyncpg.Connection
) -> None:
    database = await Database.open(postgres_url)
    for number in range(1, 4):
        await database.write_at_once(lambda connection: connection.execute(COUNT))
        assert await counted(database) == number
        await end_all(administrator)
    await database.close()


async def test_a_hub_that_stands_still_in_a_transaction_does_not_keep_its_locks(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres.SESSION, "idle_in_transaction_session_timeout", "100ms")
    async with AsyncExitStack() as stack:
        still, other = [await Database.open(postgres_url, shared=True) for _ in range(2)]
        for hub in (still, other):
            stack.push_async_callback(hub.close)
        with pytest.raises(TeammarksError) as caught:
            async with still.write() as connection:
                await connection.execute(COUNT)
                async with other.write() as its:
                    await its.execute(COUNT)
        assert caught.value.code is Code.STORAGE
        assert await counted(other) == 1


async def test_the_hubs_lock_is_taken_again_after_it_was_lost(
    postgres_url: str, administrator: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs_lock, "LOOKS_EVERY_S", 0.02)
    database = await Database.open(postgres_url)
    await end_all(administrator, LOCK_HOLDER)

    async def held() -> bool:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        return bool(await administrator.fetchval(query))

    await eventually("the lock", held)
    await eventually("the hub to know", lambda: database.alone)
    with pytest.raises(DatabaseBusy):
        await Database.open(postgres_url)
    await database.close()


async def test_a_hub_that_came_while_the_lock_was_lost_is_complained_of_until_it_goes(
    postgres_url: str,
    administrator: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(hubs_lock, "LOOKS_EVERY_S", 0.02)
    database = await Database.open(postgres_url)
    other = await asyncpg.connect(postgres_url)
    coming = asyncio.create_task(other.execute(f"SELECT pg_advisory_lock({hubs_lock.LOCK})"))

    async def at_the_door() -> bool:
        return await waiting(database) == 1

    await eventually("another hub at the door", at_the_door)
    await end_all(administrator, LOCK_HOLDER)
    await coming
    await eventually("a complaint", lambda: "another hub that is not joined" in caplog.text)
    assert not database.alone
    await database.write_at_once(lambda connection: connection.execute(COUNT))
    await other.close()
    await eventually("the lock", lambda: database.alone)
    assert "is held again" in caplog.text
    await database.close()
