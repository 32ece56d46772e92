"""What every store of the log must keep, whatever database it stands on."""

import asyncio
from random import Random

import pytest
from eventually import eventually
from folders import LONG_AGO, Folders
from histories import one, updates, view
from sqlalchemy import func as sql
from sqlalchemy import insert, select, text, update

from hub import crdt_store, schema
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.document import Document
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.metrics import Metrics

POISON = bytes.fromhex("010101002800090001610177017800")
"""Well-formed, and yet the library cannot apply it beside `one("k", …, client=9)`: its parent is a plain value."""

LYING_IN_WAIT = bytes.fromhex("0101c9f599ba0f02a803f599ba0f000177017800")
"""Harmless until the updates have come that it pretends to follow; then the library panics."""
VICTIMS = [
    bytes.fromhex(update)
    for update in (
        "0101838eacc90d002801016e026b320177017800",
        "0101838eacc90d010801016f017c0000000000",
        "0102c9f599ba0f002701016e026b31012800c9f599ba0f0001710177017a00",
        "0001c9f599ba0f010002",
        "0101c9f599ba0f02a8c9f599ba0f000177017800",
    )
]


def entries(author: AccountId, *payloads: bytes) -> list[Entry]:
    return [Entry(payload, author) for payload in payloads]


A, B, C = one("a", "1", 1), one("b", "2", 2), one("c", "3", 3)


# Appending


async def test_numbers_run_from_one_without_a_gap(store: CrdtStore, folder: DocumentId, ann: AccountId) -> None:
    assert await store.append(folder, entries(ann, A, B)) == [1, 2]
    assert await store.append(folder, entries(ann, C)) == [3]


async def test_what_is_stored_is_what_was_received(
    store: CrdtStore, folders: Folders, folder: DocumentId, ann: AccountId
) -> None:
    await store.append(folder, entries(ann, A, B, A))
    assert await folders.log(folder) == [(1, A), (2, B), (3, A)]


async def test_documents_are_numbered_each_for_itself(store: CrdtStore, folders: Folders, ann: AccountId) -> None:
    one_folder, another = await folders.folder(ann), await folders.folder(ann)
    await store.append(one_folder, entries(ann, A))
    assert await store.append(another, entries(ann, B)) == [1]


async def test_appends_made_at_once_share_commits_and_still_have_numbers_of_their_own(
    store: CrdtStore, folders: Folders, ann: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await folders.folder(ann) for _ in range(5)]
    batches: list[int] = []
    commit = store._commits._store

    def counted(batch: list[object], *rest: object) -> object:
        batches.append(len(batch))
        return commit(batch, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(store._commits, "_store", counted)
    outcomes = await asyncio.gather(*(store.append(id_, entries(ann, A)) for _ in range(20) for id_ in ids))
    assert len(batches) <= 2
    assert sorted(outcomes) == sorted([[seq] for seq in range(1, 21)] * 5)


async def test_a_writer_without_access_harms_nobody_else_in_the_batch(
    store: CrdtStore, folders: Folders, ann: AccountId
) -> None:
    reader, stranger = await folders.person(), await folders.person()
    folder = await folders.folder(ann, readers=(reader,))
    outcomes = await asyncio.gather(
        store.append(folder, entries(ann, A)),
        store.append(folder, [Entry(B, reader), Entry(B, ann), Entry(B, stranger)]),
        store.append(folder, entries(ann, C)),
    )
    assert outcomes == [[1], [Code.FORBIDDEN, 2, Code.FORBIDDEN], [3]]


async def test_a_deleted_document_harms_no_other_in_the_batch(
    store: CrdtStore, folders: Folders, ann: AccountId
) -> None:
    gone, folder = await folders.folder(ann), await folders.folder(ann)
    await folders.delete(gone)
    outcomes = await asyncio.gather(store.append(gone, entries(ann, A)), store.append(folder, entries(ann, A)))
    assert outcomes == [[Code.NOT_FOUND], [1]]


async def test_nothing_of_a_removed_writer_lands_after_the_removal(
    store: CrdtStore, folders: Folders, folder: DocumentId, ann: AccountId
) -> None:
    appended = [asyncio.create_task(store.append(folder, entries(ann, A))) for _ in range(50)]
    await folders.set_access(folder, ann, can_write=False)
    length_at_removal = len(await folders.log(folder))
    await asyncio.gather(*appended)
    assert await store.append(folder, entries(ann, A)) == [Code.FORBIDDEN]
    assert len(await folders.log(folder)) == length_at_removal


async def test_a_disabled_account_writes_nothing(
    store: CrdtStore, folders: Folders, folder: DocumentId, ann: AccountId
) -> None:
    await folders.disable(ann)
    assert await store.append(folder, entries(ann, A)) == [Code.FORBIDDEN]


async def test_a_document_whose_numbers_are_broken_harms_no_other_in_the_batch(
    store: CrdtStore, folders: Folders, database: Database, ann: AccountId
) -> None:
    broken, folder = await folders.folder(ann), await folders.folder(ann)
    async with database.write() as connection:
        row = {"document_id": broken, "seq": 1, "payload": A, "account_id": ann, "stored_at": LONG_AGO}
        await connection.execute(insert(schema.updates).values(row))
    failing, fine = await asyncio.gather(
        store.append(broken, entries(ann, A)), store.append(folder, entries(ann, A)), return_exceptions=True
    )
    assert isinstance(failing, TeammarksError)
    assert failing.code is Code.STORAGE
    assert fine == [1]


async def test_a_failed_commit_is_reported_and_the_next_one_works(
    store: CrdtStore, folders: Folders, database: Database, folder: DocumentId, ann: AccountId
) -> None:
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE updates RENAME TO elsewhere"))
    with pytest.raises(TeammarksError) as failure:
        await store.append(folder, entries(ann, A))
    assert failure.value.code is Code.STORAGE
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO updates"))
    assert await store.append(folder, entries(ann, A)) == [1]


async def test_one_who_stops_waiting_takes_nothing_from_the_others(
    store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    impatient = asyncio.create_task(store.append(folder, entries(ann, A)))
    patient = asyncio.create_task(store.append(folder, entries(ann, B)))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == [2]


async def test_closing_stores_what_was_handed_in(
    database: Database, folders: Folders, folder: DocumentId, ann: AccountId
) -> None:
    store = CrdtStore(database, LONG_AGO.timestamp, Metrics())
    await store.start()
    appended = [asyncio.create_task(store.append(folder, entries(ann, A))) for _ in range(10)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*appended)
    assert len(await folders.log(folder)) == 10


# Opening


async def test_a_document_opens_as_it_was_written(store: CrdtStore, folder: DocumentId, ann: AccountId) -> None:
    history = updates(Random(1))
    await store.append(folder, entries(ann, *history))
    opened = await store.open(folder)
    expected = Document()
    expected.apply(history)
    assert (opened.head, view(opened.document.doc)) == (len(history), view(expected.doc))


async def test_an_unknown_document_is_not_found(store: CrdtStore) -> None:
    with pytest.raises(TeammarksError) as failure:
        await store.open(DocumentId("no such document"))
    assert failure.value.code is Code.NOT_FOUND


async def test_a_deleted_document_is_not_found(store: CrdtStore, folders: Folders, folder: DocumentId) -> None:
    await folders.delete(folder)
    with pytest.raises(TeammarksError) as failure:
        await store.open(folder)
    assert failure.value.code is Code.NOT_FOUND


async def test_what_came_after_a_number_can_be_read(store: CrdtStore, folder: DocumentId, ann: AccountId) -> None:
    await store.append(folder, entries(ann, A, B, C))
    head, rows = await store.after(folder, 1)
    assert (head, [(row.seq, row.payload) for row in rows]) == (3, [(2, B), (3, C)])


async def test_a_row_that_does_not_load_is_put_aside_and_the_document_opens(
    store: CrdtStore, folders: Folders, folder: DocumentId, ann: AccountId
) -> None:
    await store.append(folder, entries(ann, A, b"nonsense", B))
    opened = await store.open(folder)
    assert opened.quarantined == {2}
    assert view(opened.document.doc) == ({"a": "1", "b": "2"}, [])
    assert [row.seq for row in (await store.after(folder, 0))[1]] == [1, 3]
    assert (await store.open(folder)).quarantined == frozenset()
    assert len(await folders.log(folder)) == 3


async def test_a_forged_row_that_lies_in_wait_is_put_aside_and_not_the_one_it_waits_for(
    store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    await store.append(folder, entries(ann, LYING_IN_WAIT, *VICTIMS))
    expected = Document()
    expected.apply(VICTIMS)
    opened = await store.open(folder)
    assert opened.quarantined == {1}
    assert view(opened.document.doc) == view(expected.doc)


async def test_poison_in_the_midst_of_others_costs_none_of_them(
    store: CrdtStore, folder: DocumentId, ann: AccountId, caplog: pytest.LogCaptureFixture
) -> None:
    history = updates(Random(4), edits=40)
    log = [one("k", "v", 9), *history[:10], POISON, *history[10:25], b"nonsense", POISON, *history[25:]]
    await store.append(folder, entries(ann, *log))
    expected = Document()
    expected.apply([one("k", "v", 9), *history])
    opened = await store.open(folder)
    assert opened.quarantined == {12, 28, 29}
    assert view(opened.document.doc) == view(expected.doc)
    assert "[12, 28, 29] do not load and are put aside" in caplog.text


# Compaction


async def test_compaction_that_meets_poison_puts_it_aside_and_folds_the_rest(
    store: CrdtStore, folders: Folders, folder: DocumentId, ann: AccountId, caplog: pytest.LogCaptureFixture
) -> None:
    await store.append(folder, entries(ann, one("k", "v", 9)))
    await store.compact(folder)
    await store.append(folder, entries(ann, B, POISON, C))
    assert await store.compact(folder) == 4
    assert "[3] do not load and are put aside" in caplog.text
    expected = Document()
    expected.apply([one("k", "v", 9), B, C])
    opened = await store.open(folder)
    assert (opened.quarantined, view(opened.document.doc)) == (frozenset(), view(expected.doc))
    assert len(await folders.log(folder)) == 4


async def tail(database: Database, folder: DocumentId) -> int:
    """Rows that opening has to replay."""
    async with database.read() as connection:
        snapshot = await connection.scalar(
            select(schema.snapshots.c.seq).where(schema.snapshots.c.document_id == folder)
        )
        rows = select(sql.count()).where(schema.updates.c.document_id == folder, schema.updates.c.seq > (snapshot or 0))
        return await connection.scalar(rows) or 0


async def test_a_compacted_document_opens_the_same(store: CrdtStore, folder: DocumentId, ann: AccountId) -> None:
    history = updates(Random(2), edits=30)
    half = len(history) // 2
    await store.append(folder, entries(ann, *history[:half]))
    assert await store.compact(folder) == half
    await store.append(folder, entries(ann, *history[half:]))
    expected = Document()
    expected.apply(history)
    opened = await store.open(folder)
    assert (opened.head, view(opened.document.doc)) == (len(history), view(expected.doc))


async def test_an_update_whose_ground_is_missing_survives_compaction(
    store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    history = updates(Random(3), replicas=2, edits=30)
    await store.append(folder, entries(ann, *history[::-1][: len(history) // 2]))
    await store.compact(folder)
    await store.append(folder, entries(ann, *history[: len(history) - len(history) // 2]))
    expected = Document()
    expected.apply(history)
    assert view((await store.open(folder)).document.doc) == view(expected.doc)


async def test_a_newer_snapshot_is_never_replaced_by_an_older(
    store: CrdtStore, database: Database, folder: DocumentId, ann: AccountId
) -> None:
    await store.append(folder, entries(ann, A, B, C))
    await store.compact(folder)
    async with database.write() as connection:
        await connection.execute(update(schema.documents).values(head=2))  # as a slower hub still sees it
    await store.compact(folder)
    async with database.read() as connection:
        assert await connection.scalar(select(schema.snapshots.c.seq)) == 3


async def test_a_long_tail_is_folded_into_a_snapshot_by_itself(
    store: CrdtStore, database: Database, folder: DocumentId, ann: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crdt_store, "COMPACT_ROWS", 10)
    await store.open(folder)
    for client in range(1, 31):
        await store.append(folder, entries(ann, one("k", "v", client)))

    async def short() -> bool:
        return await tail(database, folder) <= 10

    await eventually("a snapshot", short)
    assert (await store.open(folder)).head == 30


async def test_compaction_keeps_the_rows_of_the_log(
    store: CrdtStore, folders: Folders, folder: DocumentId, ann: AccountId
) -> None:
    await store.append(folder, entries(ann, A, B))
    await store.compact(folder)
    assert await folders.log(folder) == [(1, A), (2, B)]


async def test_compacting_nothing_writes_nothing(store: CrdtStore, database: Database, folder: DocumentId) -> None:
    assert await store.compact(folder) == 0
    async with database.read() as connection:
        assert await connection.scalar(select(sql.count()).select_from(schema.snapshots)) == 0
