"""Several stores on one log: on PostgreSQL those of several hubs, each with connections of its own."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import asyncpg
import pytest
from eventually import eventually
from folders import LONG_AGO, Folders
from histories import one, updates, view
from rendezvous import Rendezvous, waiting
from sqlalchemy import Connection, select
from sqlalchemy import func as sql
from sqlalchemy.util import await_only

from hub import commits, crdt_store, schema
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.document import Document
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.metrics import Metrics

HUBS = 3
DOCUMENTS = 6
WRITERS = 12
APPENDS = 40
KILLED = 60
SEED = 20_261_124


@pytest.fixture
async def hubs(database_url: str) -> AsyncIterator[list[Database]]:
    """As many databases opened as there may be hubs on one: SQLite has one."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(1 if database_url.startswith("sqlite") else HUBS):
            opened.append(await Database.open(database_url, shared=True))
            stack.push_async_callback(opened[-1].close)
        yield opened


@pytest.fixture
async def stores(hubs: list[Database]) -> AsyncIterator[list[CrdtStore]]:
    async with AsyncExitStack() as stack:
        opened = []
        for number in range(HUBS):
            opened.append(CrdtStore(hubs[number % len(hubs)], LONG_AGO.timestamp, Metrics()))
            await opened[-1].start()
            stack.push_async_callback(opened[-1].close)
        yield opened


@pytest.fixture
def database(hubs: list[Database]) -> Database:
    return hubs[0]


def entries(author: AccountId, *payloads: bytes) -> list[Entry]:
    return [Entry(payload, author) for payload in payloads]


A, B = one("a", "1", 1), one("b", "2", 2)


class Writing:
    """Writers on all stores and documents, each with payloads of its own that it never sends twice."""

    def __init__(self, stores: list[CrdtStore], documents: list[DocumentId], author: AccountId) -> None:
        self._stores = stores
        self._documents = documents
        self._author = author
        self.acknowledged: dict[tuple[DocumentId, int], bytes] = {}
        self.failed = 0
        self.on_answer: Callable[[], None] = lambda: None

    async def all(self) -> None:
        await asyncio.gather(*(self._one(number) for number in range(WRITERS)))

    async def _one(self, number: int) -> None:
        chance = Random(SEED + number)
        for turn in range(APPENDS):
            store, document = chance.choice(self._stores), chance.choice(self._documents)
            payloads = [f"{number} {turn} {n}".encode() for n in range(chance.randint(1, 3))]
            try:
                outcomes = await store.append(document, entries(self._author, *payloads))
            except TeammarksError:
                self.failed += 1
            else:
                for outcome, payload in zip(outcomes, payloads, strict=True):
                    assert isinstance(outcome, int)
                    assert (document, outcome) not in self.acknowledged
                    self.acknowledged[document, outcome] = payload
            self.on_answer()

    async def check(self, folders: Folders) -> None:
        """Every acknowledged payload is in the log at its number, the numbers have no gap, and nothing is twice."""
        kept = {}
        for document in self._documents:
            log = await folders.log(document)
            assert [seq for seq, _ in log] == list(range(1, len(log) + 1))
            kept |= {(document, seq): payload for seq, payload in log}
        assert self.acknowledged.items() <= kept.items()
        assert max(Counter(kept.values()).values()) == 1


async def test_hubs_that_write_the_same_documents_at_once_leave_no_gap_and_give_no_number_twice(
    stores: list[CrdtStore], folders: Folders, ann: AccountId
) -> None:
    writing = Writing(stores, [await folders.folder(ann) for _ in range(DOCUMENTS)], ann)
    await writing.all()
    await writing.check(folders)
    assert writing.failed == 0


async def test_hubs_that_commit_the_same_documents_never_wait_for_each_other_in_a_circle(
    stores: list[CrdtStore],
    hubs: list[Database],
    folders: Folders,
    ann: AccountId,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    documents = [await folders.folder(ann) for _ in range(DOCUMENTS)]
    one_of_them = select(schema.documents).where(schema.documents.c.id == documents[DOCUMENTS // 2]).with_for_update()

    async def all_wait() -> bool:
        return await waiting(hubs[0]) == HUBS

    for _ in range(5):
        async with hubs[0].write() as connection:
            await connection.execute(one_of_them)
            appended = asyncio.gather(
                *(store.append(document, entries(ann, A)) for store in stores for document in documents)
            )
            await eventually("hubs that have begun to take documents, and wait for one", all_wait)
        await appended
    assert "done again" not in caplog.text


async def test_hubs_whose_connections_are_killed_while_they_write_keep_all_that_they_acknowledged(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with AsyncExitStack() as stack:
        hubs = [await Database.open(postgres_url, shared=True) for _ in range(HUBS)]
        stores = [CrdtStore(hub, LONG_AGO.timestamp, Metrics()) for hub in hubs]
        for hub, store in zip(hubs, stores, strict=True):
            stack.push_async_callback(hub.close)
            await store.start()
            stack.push_async_callback(store.close)
        killer = await asyncpg.connect(postgres_url)
        stack.push_async_callback(killer.close)
        folders = Folders(hubs[0])
        ann = await folders.person()
        writing = Writing(stores, [await folders.folder(ann) for _ in range(DOCUMENTS)], ann)
        answer = asyncio.Event()
        writing.on_answer = answer.set
        written = asyncio.create_task(writing.all())
        killed = 0
        while killed < KILLED and not written.done():
            await answer.wait()
            answer.clear()
            killed += await killer.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE state <> 'idle'"
                " AND datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) victim"
            )
        await written
        await writing.check(folders)
        assert killed > KILLED / 2


# The fence


class Paused:
    """Stores stop after they have proven their writers' rights, until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._loop = asyncio.get_running_loop()
        self._go = asyncio.Event()
        self._take_heads = commits._take_heads
        self.reached = asyncio.Event()
        monkeypatch.setattr(commits, "_take_heads", self._pause)

    def let_go(self) -> None:
        self._go.set()

    def _pause(self, connection: Connection, ids: set[str]) -> dict[str, int]:
        self._loop.call_soon_threadsafe(self.reached.set)
        if connection.dialect.is_async:
            await_only(self._go.wait())
        else:
            asyncio.run_coroutine_threadsafe(self._go.wait(), self._loop).result()
        return self._take_heads(connection, ids)


@pytest.mark.parametrize("how", ["downgraded", "disabled"])
async def test_a_removal_waits_for_the_update_that_was_allowed_and_nothing_lands_after_it(
    stores: list[CrdtStore],
    hubs: list[Database],
    folders: Folders,
    folder: DocumentId,
    ann: AccountId,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused = Paused(monkeypatch)
    appended = asyncio.create_task(stores[-1].append(folder, entries(ann, A)))
    await paused.reached.wait()
    remove = folders.disable(ann) if how == "disabled" else folders.set_access(folder, ann, can_write=False)
    removed = asyncio.create_task(remove)

    async def removal_waits_or_is_done() -> bool:
        return removed.done() or await waiting(hubs[0]) > 0

    await eventually("the removal", removal_waits_or_is_done)
    in_the_log_at_removal = len(await folders.log(folder)) if removed.done() else 1
    paused.let_go()
    await asyncio.gather(appended, removed)
    assert len(await folders.log(folder)) == in_the_log_at_removal
    assert await stores[0].append(folder, entries(ann, B)) == [Code.FORBIDDEN]
    assert await stores[-1].append(folder, entries(ann, B)) == [Code.FORBIDDEN]


# Compaction


async def snapshot(database: Database, folder: DocumentId) -> int:
    async with database.read() as connection:
        found = await connection.scalar(select(schema.snapshots.c.seq).where(schema.snapshots.c.document_id == folder))
        return found or 0


async def test_the_tail_stays_short_while_all_hubs_write_and_compact(
    stores: list[CrdtStore],
    hubs: list[Database],
    folder: DocumentId,
    ann: AccountId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crdt_store, "COMPACT_ROWS", 10)
    history = updates(Random(SEED), edits=150)
    for store in stores:
        await store.open(folder)
    for number, update in enumerate(history):
        (seq,) = await stores[number % HUBS].append(folder, entries(ann, update))
        assert isinstance(seq, int)
        if number % 10 == 0:
            # Each hub counts what it has written itself.
            async def short(head: int = seq) -> bool:
                return head - await snapshot(hubs[0], folder) <= (10 + 1) * HUBS

            await eventually("a short tail", short)
    expected = Document()
    expected.apply(history)
    opened = await stores[0].open(folder)
    assert (opened.head, view(opened.document.doc)) == (len(history), view(expected.doc))


async def test_hubs_that_make_the_first_snapshot_at_the_same_moment_make_one(
    stores: list[CrdtStore],
    hubs: list[Database],
    folder: DocumentId,
    ann: AccountId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await stores[0].append(folder, entries(ann, A, B))
    database: Any = hubs[0]
    together = Rendezvous(database, monkeypatch)
    for store in stores:
        monkeypatch.setattr(store, "_database", database)
    assert await together.of(*(store.compact(folder) for store in stores)) == [2] * HUBS
    async with database.read() as connection:
        assert await connection.scalar(select(sql.count()).select_from(schema.snapshots)) == 1
    expected = Document()
    expected.apply([A, B])
    assert view((await stores[0].open(folder)).document.doc) == view(expected.doc)


async def test_compacting_twice_changes_nothing(
    stores: list[CrdtStore], hubs: list[Database], folder: DocumentId, ann: AccountId
) -> None:
    await stores[0].append(folder, entries(ann, A, B))
    assert [await store.compact(folder) for store in stores] == [2] * HUBS
    assert await snapshot(hubs[0], folder) == 2
