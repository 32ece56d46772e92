"""Commits that nobody answers for: what became of them is looked up. PostgreSQL alone is so far away."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from eventually import eventually
from folders import Folders
from members import A, B

from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.ids import AccountId, DocumentId


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def administrator(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def end_who_waits(administrator: asyncpg.Connection, event: str) -> None:
    async def ended() -> bool:
        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = $1"
        return bool(await administrator.fetchval(query, event))

    await eventually(f"a commit that waits for {event}", ended)


async def test_a_commit_that_was_done_though_nobody_answered_is_acknowledged(
    store: CrdtStore,
    folders: Folders,
    ann: AccountId,
    folder: DocumentId,
    administrator: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # A commit is done, then waits for a standby that does not exist, and there its connection is ended.
    await administrator.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await administrator.execute("SELECT pg_reload_conf()")
    try:
        appended = asyncio.create_task(store.append(folder, [Entry(A, ann), Entry(B, ann)]))
        await end_who_waits(administrator, "SyncRep")
    finally:
        await administrator.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await administrator.execute("SELECT pg_reload_conf()")
    assert await appended == [1, 2]
    assert await folders.log(folder) == [(1, A), (2, B)]
    assert "looking whether its updates are there" in caplog.text


async def test_a_commit_that_was_not_done_and_not_answered_is_done_again(
    store: CrdtStore,
    folders: Folders,
    ann: AccountId,
    folder: DocumentId,
    administrator: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # A constraint that is checked at the end of the transaction waits for us, and there its connection is ended.
    await administrator.execute("SELECT pg_advisory_lock(1)")
    await administrator.execute(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'"
    )
    await administrator.execute(
        "CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON updates DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION wait()"
    )
    appended = asyncio.create_task(store.append(folder, [Entry(A, ann), Entry(B, ann)]))
    await end_who_waits(administrator, "advisory")
    await administrator.execute("SELECT pg_advisory_unlock(1)")
    assert await appended == [1, 2]
    assert await folders.log(folder) == [(1, A), (2, B)]
    assert "looking whether its updates are there" in caplog.text
