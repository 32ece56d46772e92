from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from hub.database import Database, DatabaseBusy
from hub.errors import Code, TeammarksError
from hub.ids import new_id
from hub.schema import documents, teams


def address(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'hub.sqlite3'}"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(address(tmp_path))
    yield database
    await database.close()


async def test_a_second_hub_on_the_same_data_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseBusy, match="another hub"):
        await Database.open(address(tmp_path))


async def test_data_can_be_opened_again_after_it_was_closed(tmp_path: Path) -> None:
    first = await Database.open(address(tmp_path))
    await first.close()
    second = await Database.open(address(tmp_path))
    await second.close()


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


async def test_a_commit_is_on_disk_when_it_returns(database: Database) -> None:
    async with database.write() as connection:
        full = 2
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == full
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE t (x INTEGER)"))
            _ = 1 / 0
    async with database.read() as connection:
        tables = await connection.execute(text("SELECT name FROM sqlite_master WHERE name = 't'"))
        assert tables.all() == []


async def test_a_reference_to_nothing_is_an_integrity_error(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(insert(documents).values(id=new_id(), head=0))


async def test_a_failing_database_is_told_without_its_tables(database: Database) -> None:
    with pytest.raises(TeammarksError) as caught:
        async with database.read() as connection:
            await connection.execute(text("SELECT * FROM no_such_table"))
    assert caught.value.code is Code.STORAGE
    assert caught.value.retry
    assert "no_such_table" not in caught.value.safe


async def test_a_reader_sees_one_state_while_a_writer_commits(database: Database) -> None:
    async with database.read() as reader:
        assert (await reader.execute(select(teams))).all() == []
        async with database.write() as writer:
            await writer.execute(text("CREATE TABLE t (x INTEGER)"))
        tables = await reader.execute(text("SELECT name FROM sqlite_master WHERE name = 't'"))
        assert tables.all() == []
