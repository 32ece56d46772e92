"""Ways in which other sync servers have lost or doubled what people wrote. None of them is a way to lose it here.

Each test is named for what went wrong; the docstring says where. What takes several processes is in `tests/cluster`.
"""

import asyncio
from collections.abc import Sequence

import pytest
from eventually import eventually
from folders import Folders
from members import QUICK, A, B, C, Member
from pycrdt import Doc, Map
from test_crdt_store import POISON

from hub.bus import LocalBus
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database, DatabaseBusy
from hub.document import EMPTY_STATE_VECTOR, Document
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.metrics import Metrics
from hub.protocol import Step1, Step2
from hub.replay import Opened
from hub.rooms import Rooms

ALL = {"a": "1", "b": "2", "c": "3"}


def shown(doc: Doc) -> object:
    return doc.get("n", type=Map).to_py()


async def stored(store: CrdtStore, folder: DocumentId) -> object:
    """What the log shows to a hub that has never seen the document."""
    return shown((await store.open(folder)).document.doc)


class Gate:
    """Stands in front of one of the store's methods: who comes waits there until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def pass_through(self) -> None:
        self.reached.set()
        await self.open.wait()


@pytest.fixture
def loading(store: CrdtStore, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """In front of every load."""
    gate, load = Gate(), store.open

    async def slow(document: DocumentId) -> Opened:
        await gate.pass_through()
        return await load(document)

    monkeypatch.setattr(store, "open", slow)
    return gate


@pytest.fixture
def saving(store: CrdtStore, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """In front of every commit."""
    gate, append = Gate(), store.append

    async def slow(document: DocumentId, entries: Sequence[Entry]) -> list[int | Code]:
        await gate.pass_through()
        return await append(document, entries)

    monkeypatch.setattr(store, "append", slow)
    return gate


async def test_a_load_that_fails_does_not_end_in_an_empty_document_over_the_stored_one(
    rooms: Rooms,
    store: CrdtStore,
    folders: Folders,
    folder: DocumentId,
    ann: AccountId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """hocuspocus #382"""
    await store.append(folder, [Entry(A, ann), Entry(B, ann)])

    async def failing(document: DocumentId) -> Opened:
        raise TeammarksError(Code.STORAGE, "no", retry=True)

    with monkeypatch.context() as patched:
        patched.setattr(store, "open", failing)
        with pytest.raises(TeammarksError):
            await Member(ann).join(rooms, folder)
    member = await Member(ann).join(rooms, folder)
    member.write(C)
    assert await member.settled(1) == [3]
    assert await folders.log(folder) == [(1, A), (2, B), (3, C)]
    assert await stored(store, folder) == ALL


async def test_the_last_one_to_leave_while_a_save_is_pending_takes_nothing_along(
    rooms: Rooms, store: CrdtStore, folder: DocumentId, ann: AccountId, saving: Gate
) -> None:
    """hocuspocus #995"""
    writer = await Member(ann).join(rooms, folder)
    writer.write(A)
    await saving.reached.wait()
    writer.write(B)
    writer.seat.leave()
    saving.open.set()
    await eventually("the room to be forgotten", lambda: len(rooms) == 0)
    assert await stored(store, folder) == {"a": "1", "b": "2"}


async def test_a_document_is_not_unloaded_while_it_is_loading(
    rooms: Rooms, store: CrdtStore, folder: DocumentId, ann: AccountId, loading: Gate
) -> None:
    """hocuspocus #971"""
    await store.append(folder, [Entry(A, ann)])
    impatient = asyncio.create_task(Member(ann).join(rooms, folder))
    await loading.reached.wait()
    impatient.cancel()
    patient = asyncio.create_task(Member(ann).join(rooms, folder))
    loading.open.set()
    member = await patient
    member.write(B)
    await member.settled(1)
    member.seat.answer(EMPTY_STATE_VECTOR)
    assert shown(member.replica) == {"a": "1", "b": "2"}


async def test_one_who_never_had_the_lock_does_not_release_it(database_url: str) -> None:
    """hocuspocus #669, #983, #1032"""
    owner = await Database.open(database_url)
    for _ in range(3):
        # Each is refused, and cleans up behind itself.
        with pytest.raises(DatabaseBusy):
            await Database.open(database_url)
    await owner.close()
    await (await Database.open(database_url)).close()


async def test_what_comes_while_a_save_is_under_way_is_saved_by_the_next(
    rooms: Rooms, store: CrdtStore, folder: DocumentId, ann: AccountId, saving: Gate
) -> None:
    """y-sweet: its dirty flag was cleared after the await."""
    writer = await Member(ann).join(rooms, folder)
    writer.write(A)
    await saving.reached.wait()
    writer.write(B)
    writer.write(C)
    saving.open.set()
    assert await writer.settled(3) == [1, 2, 3]
    assert await stored(store, folder) == ALL


async def test_nobody_is_told_anything_before_the_store_has_loaded(
    rooms: Rooms, store: CrdtStore, folder: DocumentId, ann: AccountId, loading: Gate
) -> None:
    """y-websocket #39, #81: "synced", with an empty document."""
    await store.append(folder, [Entry(A, ann)])
    member = Member(ann)
    joining = asyncio.create_task(member.join(rooms, folder))
    await loading.reached.wait()
    assert (joining.done(), member.heard) == (False, [])
    loading.open.set()
    await joining
    member.seat.answer(EMPTY_STATE_VECTOR)
    step2, step1 = member.heard
    assert isinstance(step1, Step1)
    assert step2 == Step2(A)


async def test_opening_a_document_authors_nothing(
    store: CrdtStore, folders: Folders, folder: DocumentId, ann: AccountId
) -> None:
    """jupyter-collaboration #621: the same content, written anew into a fresh document, was there twice."""
    await store.append(folder, [Entry(A, ann), Entry(B, ann)])
    before = Document()
    before.apply([A, B])
    for _ in range(3):
        hub = Rooms(store, LocalBus(), QUICK, Metrics())
        member = await Member(ann).join(hub, folder)
        member.seat.answer(EMPTY_STATE_VECTOR)
        assert member.replica.get_state() == before.doc.get_state()
        await hub.close()
        await store.compact(folder)
    assert await folders.log(folder) == [(1, A), (2, B)]


async def test_a_poison_update_does_not_block_compaction(store: CrdtStore, folder: DocumentId, ann: AccountId) -> None:
    """y/hub"""
    await store.append(folder, [Entry(update, ann) for update in (A, B, POISON, b"nonsense", C)])
    assert await store.compact(folder) == 5
    opened = await store.open(folder)
    assert (opened.quarantined, opened.head) == (frozenset(), 5)
    assert shown(opened.document.doc) == ALL
