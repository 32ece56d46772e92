import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random

import pytest
from eventually import eventually
from folders import Folders
from histories import one, updates, view
from members import QUICK, A, B, C, Member
from pycrdt import Doc, Map
from sqlalchemy import text
from test_crdt_store import POISON
from test_presence import read as read_presence
from test_presence import update as presence

from hub import offers
from hub.bus import LocalBus
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.document import EMPTY_STATE_VECTOR, EMPTY_UPDATE, Document
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.lib0 import ProtocolError
from hub.limits import Limits
from hub.metrics import Metrics
from hub.outbox import Outbox
from hub.protocol import (
    Awareness,
    Framing,
    Step1,
    Step2,
    Update,
)
from hub.replay import Opened
from hub.rooms import Rooms


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


Join = Callable[..., Awaitable[Member]]


@pytest.fixture
def join(rooms: Rooms, folder: DocumentId, ann: AccountId) -> Join:
    def joined(author: AccountId = ann, framing: Framing = Framing.HOCUSPOCUS) -> Awaitable[Member]:
        return Member(author, framing).join(rooms, folder)

    return joined


# Store, then tell


async def test_an_update_reaches_everyone_else(join: Join) -> None:
    writer, reader, another = [await join() for _ in range(3)]
    writer.write(A)
    assert await writer.settled(1) == [1]
    assert [reader.heard, another.heard, writer.heard] == [[Update(A)], [Update(A)], []]


async def test_an_update_is_in_the_log_before_anyone_hears_of_it(
    join: Join, folders: Folders, folder: DocumentId, store: CrdtStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = await join(), await join()
    told_too_early = []
    append = store.append

    async def watched(document: DocumentId, entries: list[Entry]) -> list[int | Code]:
        outcome = await append(document, entries)
        told_too_early.append([*reader.heard, *writer.outcomes])
        return outcome

    monkeypatch.setattr(store, "append", watched)
    writer.write(A)
    await writer.settled(1)
    assert told_too_early == [[]]
    assert await folders.log(folder) == [(1, A)]


async def test_what_the_log_refuses_is_in_nobody_s_replica(join: Join, folders: Folders) -> None:
    stranger, reader = await join(await folders.person()), await join()
    stranger.write(A)
    assert await stranger.settled(1) == [Code.FORBIDDEN]
    assert reader.heard == []
    reader.seat.answer(EMPTY_STATE_VECTOR)
    assert reader.heard == [Step2(EMPTY_UPDATE), Step1(EMPTY_STATE_VECTOR)]


async def test_each_update_has_an_outcome_in_the_order_of_the_log(join: Join) -> None:
    writer = await join()
    for client in range(1, 51):
        writer.write(one("k", "v", client))
    assert await writer.settled(50) == list(range(1, 51))


async def test_what_one_commit_stores_is_told_in_one_frame(
    join: Join, store: CrdtStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = await join(), await join()
    for update in (A, B, C):
        writer.write(update)
    await writer.settled(3)
    assert len(reader.heard) == 1
    assert view(reader.replica) == ({"a": "1", "b": "2", "c": "3"}, [])


async def test_either_framing_hears_what_the_other_says(join: Join) -> None:
    old, new = await join(framing=Framing.Y_WEBSOCKET), await join(framing=Framing.HOCUSPOCUS)
    old.write(A)
    await old.settled(1)
    new.write(B)
    await new.settled(1)
    assert (new.heard, old.heard) == ([Update(A)], [Update(B)])


async def test_an_update_that_comes_before_its_ground_is_kept_and_told_as_it_is(
    join: Join, folders: Folders, folder: DocumentId
) -> None:
    writer, reader = await join(), await join()
    doc = Doc[Map[object]](client_id=7)
    steps: list[bytes] = []
    doc.observe(lambda event: steps.append(event.update))
    nodes = doc.get("n", type=Map)
    nodes["k"] = "early"
    nodes["k"] = "late"
    writer.write(steps[1])
    await writer.settled(1)
    assert (await folders.log(folder), reader.heard) == ([(1, steps[1])], [Update(steps[1])])
    writer.write(steps[0])
    await writer.settled(2)
    newcomer = await join()
    newcomer.seat.answer(EMPTY_STATE_VECTOR)
    assert [view(newcomer.replica), view(reader.replica)] == [({"k": "late"}, [])] * 2


async def test_the_empty_update_is_acknowledged_without_a_row(join: Join, folders: Folders, folder: DocumentId) -> None:
    writer, reader = await join(), await join()
    writer.write(EMPTY_UPDATE)
    assert await writer.settled(1) == [0]
    assert (await folders.log(folder), reader.heard) == ([], [])


async def test_a_step_2_that_brings_nothing_new_is_acknowledged_without_a_row(
    join: Join, folders: Folders, folder: DocumentId
) -> None:
    writer = await join()
    writer.write(A)
    await writer.settled(1)
    writer.write(A, whole=True)
    assert await writer.settled(2) == [1, 1]
    assert await folders.log(folder) == [(1, A)]


# Readers


async def test_a_reader_s_step_2_is_acknowledged_if_it_brings_nothing_new(join: Join) -> None:
    writer = await join()
    writer.write(A)
    await writer.settled(1)
    writer.write(A, whole=True, can_write=False)
    assert (await writer.settled(2))[1] == 1


async def test_a_reader_s_step_2_with_an_edit_is_refused(join: Join) -> None:
    reader = await join()
    reader.write(A, whole=True, can_write=False)
    assert await reader.settled(1) == [Code.READ_ONLY]


async def test_a_reader_s_step_2_with_nothing_but_a_deletion_is_refused(join: Join) -> None:
    writer = await join()
    doc = Doc[Map[object]](client_id=7)
    nodes = doc.get("n", type=Map)
    nodes["k"] = "v"
    writer.write(doc.get_update())
    await writer.settled(1)
    del nodes["k"]
    writer.write(doc.get_update(doc.get_state()), whole=True, can_write=False)
    assert (await writer.settled(2))[1] == Code.READ_ONLY


# Newcomers


async def test_a_newcomer_gets_all_and_is_asked_for_what_the_hub_lacks(join: Join) -> None:
    writer = await join()
    history = updates(Random(5))
    for update in history:
        writer.write(update)
    await writer.settled(len(history))
    newcomer = await join()
    newcomer.seat.answer(EMPTY_STATE_VECTOR)
    assert [type(message) for message in newcomer.heard] == [Step2, Step1]
    expected = Document()
    expected.apply(history)
    assert view(newcomer.replica) == view(expected.doc)


async def test_one_who_knows_some_gets_the_rest_only(join: Join) -> None:
    writer = await join()
    writer.write(A)
    writer.write(B)
    await writer.settled(2)
    known = Document()
    known.apply([A])
    writer.seat.answer(known.state_vector)
    assert writer.heard[0] == Step2(B)


async def test_newcomers_are_sent_the_same_bytes_until_something_is_written(join: Join) -> None:
    members = [await join() for _ in range(2)]
    for member in members:
        member.seat.answer(EMPTY_STATE_VECTOR)
    first, second = (member.outbox.take_all()[0] for member in members)
    assert first is second
    members[0].write(A)
    await members[0].settled(1)
    members[0].seat.answer(EMPTY_STATE_VECTOR)
    assert members[0].heard[0] == Step2(A)


async def test_a_late_joiner_receives_everything_written_before_it(
    rooms: Rooms, store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    early = await Member(ann).join(rooms, folder)
    early.write(A)
    await early.settled(1)
    await rooms.close()
    fresh = Rooms(store, LocalBus(), QUICK, Metrics())
    late = await Member(ann).join(fresh, folder)
    late.seat.answer(EMPTY_STATE_VECTOR)
    assert late.heard[0] == Step2(A)
    await fresh.close()


# A room's life


async def test_all_who_come_at_once_share_one_load(
    join: Join, store: CrdtStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = 0
    load = store.open

    async def counted(document: DocumentId) -> Opened:
        nonlocal loads
        loads += 1
        return await load(document)

    monkeypatch.setattr(store, "open", counted)
    await asyncio.gather(*(join() for _ in range(20)))
    assert loads == 1


async def test_one_who_gives_up_waiting_does_not_take_the_room_from_the_others(join: Join) -> None:
    impatient = asyncio.ensure_future(join())
    patient = asyncio.ensure_future(join())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient


async def test_a_failed_load_leaves_nothing_behind(
    rooms: Rooms, store: CrdtStore, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(document: DocumentId) -> Opened:
        raise TeammarksError(Code.STORAGE, "no", retry=True)

    with monkeypatch.context() as patched:
        patched.setattr(store, "open", failing)
        with pytest.raises(TeammarksError):
            await join()
    assert len(rooms) == 0
    assert await join()


async def test_a_room_that_everyone_left_is_forgotten(rooms: Rooms, join: Join) -> None:
    members = [await join() for _ in range(2)]
    for member in members:
        member.seat.leave()
    await eventually("the room to be forgotten", lambda: len(rooms) == 0)


async def test_a_room_that_is_forgotten_lets_its_document_go_at_once(
    rooms: Rooms, join: Join, store: CrdtStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[weakref.ref[Document]] = []
    open_document = store.open

    async def noted(document: DocumentId) -> Opened:
        found = await open_document(document)
        opened.append(weakref.ref(found.document))
        return found

    monkeypatch.setattr(store, "open", noted)
    gc.disable()
    try:
        member = await join()
        member.seat.leave()
        await eventually("the room to be forgotten", lambda: len(rooms) == 0)
        await eventually("the document to be gone", lambda: opened[0]() is None)
    finally:
        gc.enable()


async def test_a_room_that_somebody_is_in_stays(rooms: Rooms, join: Join) -> None:
    stays, leaves = await join(), await join()
    leaves.seat.leave()
    leaves.write(A)
    await leaves.settled(1)
    await asyncio.sleep(QUICK.idle_room_s * 3)
    assert len(rooms) == 1
    assert stays.heard == [Update(A)]


async def test_what_was_offered_by_one_who_left_is_stored(join: Join, folders: Folders, folder: DocumentId) -> None:
    member = await join()
    member.write(A)
    member.seat.leave()
    await member.settled(1)
    assert await folders.log(folder) == [(1, A)]


async def test_one_who_left_is_sent_nothing_more_not_even_what_waited(join: Join) -> None:
    writer, leaver = await join(), await join()
    writer.write(A)
    await writer.settled(1)
    leaver.seat.leave()
    writer.write(B)
    await writer.settled(2)
    assert leaver.heard == []


async def test_closing_stores_what_was_offered(rooms: Rooms, join: Join, folders: Folders, folder: DocumentId) -> None:
    member = await join()
    for update in (A, B, C):
        member.write(update)
    await rooms.close()
    assert member.outcomes == [1, 2, 3]
    assert member.lost == [Code.RESTARTING]
    assert len(await folders.log(folder)) == 3


async def test_after_closing_nobody_may_enter(rooms: Rooms, join: Join) -> None:
    await rooms.close()
    with pytest.raises(TeammarksError) as failure:
        await join()
    assert failure.value.code is Code.RESTARTING


async def test_a_failing_log_is_told_to_the_writer_and_the_room_lives_on(join: Join, database: Database) -> None:
    writer, reader = await join(), await join()
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE updates RENAME TO elsewhere"))
    writer.write(A)
    assert await writer.settled(1) == [Code.STORAGE]
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO updates"))
    writer.write(B)
    assert await writer.settled(2) == [Code.STORAGE, 1]
    assert (reader.heard, reader.lost) == ([Update(B)], [])


# Hostile members


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"\x80\x80\x89w", b"\x01\x01\x01\x00\x08\x01\x01n\x01" + b"u\x01" * 10**6]
)
@pytest.mark.parametrize("whole", [True, False])
async def test_bytes_that_are_no_update_are_a_protocol_error_and_harm_nobody(
    join: Join, folders: Folders, folder: DocumentId, data: bytes, whole: bool
) -> None:
    hostile, other = await join(), await join()
    hostile.write(data, whole=whole)
    other.write(A)
    assert await hostile.settled(1) == [Code.PROTOCOL]
    assert await other.settled(1) == [1]
    assert await folders.log(folder) == [(1, A)]


async def test_a_forged_update_that_does_not_fit_is_put_aside_and_told_to_nobody(join: Join) -> None:
    hostile, writer, reader = [await join() for _ in range(3)]
    writer.write(one("k", "v", client=9))
    await writer.settled(1)
    hostile.write(POISON)
    assert await hostile.settled(1) == [Code.PROTOCOL]
    writer.write(A)
    assert await writer.settled(2) == [1, 3]
    assert view(reader.replica) == ({"k": "v", "a": "1"}, [])


async def test_a_forged_update_that_lies_in_wait_does_not_cost_another_s_edit(join: Join) -> None:
    hostile, writer = await join(), await join()
    hostile.write(POISON)  # what it does not fit beside is yet to come
    assert await hostile.settled(1) == [1]
    writer.write(one("k", "v", client=9))
    await writer.settled(1)
    writer.write(A)
    assert await writer.settled(2) == [2, 3]
    newcomer = await join()
    newcomer.seat.answer(EMPTY_STATE_VECTOR)
    assert view(newcomer.replica) == ({"k": "v", "a": "1"}, [])


async def test_a_document_that_would_grow_too_large_takes_no_more(
    store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    rooms = Rooms(store, LocalBus(), replace(QUICK, document_bytes=500), Metrics())
    writer = await Member(ann).join(rooms, folder)
    writer.write(A)
    writer.write(one("k", "x" * 600, 5))
    writer.write(B)
    assert await writer.settled(3) == [Code.TOO_LARGE, 1, 2]
    await rooms.close()


async def test_what_was_overwritten_does_not_count_towards_a_document_s_size(
    store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    rooms = Rooms(store, LocalBus(), replace(QUICK, document_bytes=2000), Metrics())
    writer = await Member(ann).join(rooms, folder)
    doc = Doc[Map[object]](client_id=7)
    doc.observe(lambda event: writer.write(event.update))
    nodes = doc.get("n", type=Map)
    for _ in range(20):
        nodes["k"] = "x" * 200
        await writer.settled(len(writer.outcomes) + 1)
    assert writer.outcomes == list(range(1, 21))
    await rooms.close()


async def test_shared_types_cannot_be_nested_without_end(store: CrdtStore, folder: DocumentId, ann: AccountId) -> None:
    rooms = Rooms(store, LocalBus(), replace(QUICK, nested_types=10), Metrics())
    writer = await Member(ann).join(rooms, folder)
    doc = Doc[Map[object]](client_id=7)
    inner = doc.get("n", type=Map)
    doc.observe(lambda event: writer.write(event.update))
    for _ in range(11):
        inner["k"] = Map()
        inner = inner["k"]
    outcomes = await writer.settled(11)
    assert sorted(outcomes, key=str) == sorted([*range(1, 11), Code.TOO_LARGE], key=str)
    await rooms.close()


async def test_a_slow_reader_s_outbox_overflows_and_nobody_waits(
    rooms: Rooms, folder: DocumentId, ann: AccountId
) -> None:
    overflows: list[str] = []
    slow, writer = Member(ann), await Member(ann).join(rooms, folder)
    slow.outbox = Outbox(max_frames=2, max_bytes=1000, overflowed=lambda: overflows.append("full"))
    await slow.join(rooms, folder)
    for count, client in enumerate(range(10, 20), 1):
        writer.write(one("k", "v", client))
        await writer.settled(count)
    assert overflows == ["full"]


# Presence


async def test_presence_of_many_is_told_in_one_frame(join: Join) -> None:
    members = [await join() for _ in range(10)]
    for id_, member in enumerate(members):
        member.seat.present(presence((id_, 1, "{}")))
    watcher = members[0]
    await eventually("presence", lambda: bool(watcher.heard))
    (told,) = watcher.heard
    assert isinstance(told, Awareness)
    assert len(read_presence(told.payload)) == 10


async def test_a_newcomer_is_shown_who_is_here(join: Join) -> None:
    early = await join()
    early.seat.present(presence((1, 1, "{}")))
    late = await join()
    late.seat.show_presence()
    assert late.heard == [Awareness(presence((1, 1, "{}")))]


async def test_who_leaves_disappears(join: Join) -> None:
    leaver, watcher = await join(), await join()
    leaver.seat.present(presence((1, 1, "{}")))
    await eventually("presence", lambda: len(watcher.heard) == 1)
    leaver.seat.leave()
    await eventually("absence", lambda: watcher.heard[-1] == Awareness(presence((1, 1, "null"))))


async def test_a_renewal_is_told_in_the_end(join: Join) -> None:
    member, watcher = await join(), await join()
    member.seat.present(presence((1, 1, "{}")))
    await eventually("presence", lambda: len(watcher.heard) == 1)
    member.seat.present(presence((1, 2, "{}")))
    await eventually("the renewal", lambda: watcher.heard[-1] == Awareness(presence((1, 2, "{}"))))


async def test_presence_that_is_none_is_a_protocol_error(join: Join) -> None:
    with pytest.raises(ProtocolError):
        (await join()).seat.present(b"\xff")


# Bounds


def test_the_frame_that_tells_of_a_batch_fits_into_an_outbox() -> None:
    assert offers.BATCH_BYTES + Limits().frame_bytes < Limits().outbox_bytes


async def test_a_full_document_takes_no_more_nodes_and_still_lets_itself_be_tidied(
    store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    rooms = Rooms(store, LocalBus(), replace(QUICK, nodes=3), Metrics())
    writer, watcher = [await Member(ann).join(rooms, folder) for _ in range(2)]
    doc = Doc[Map[object]](client_id=7)
    nodes, titles, trash = (doc.get(root, type=Map) for root in ("n", "t", "x"))
    for id_ in ("a", "b", "c"):
        nodes[id_] = ["f", "a root"]
    writer.write(doc.get_update())
    # By another, for what builds on a refused update is never shown.
    writer.write(one("one too many", "b root", client=8))
    doc.observe(lambda event: writer.write(event.update))
    titles["a"] = "renamed"
    trash["trash"] = "b"
    del nodes["c"]
    assert sorted(await writer.settled(5), key=str) == [1, 2, 3, 4, Code.TOO_LARGE]
    shown = watcher.replica
    assert [shown.get(root, type=Map).to_py().keys() for root in ("n", "t", "x")] == [{"a", "b"}, {"a"}, {"trash"}]
    await rooms.close()


async def test_what_waits_for_its_commit_is_bounded_though_its_writers_leave(
    store: CrdtStore, folder: DocumentId, ann: AccountId
) -> None:
    rooms = Rooms(store, LocalBus(), replace(QUICK, frame_bytes=1_000, offered_bytes=10_000), Metrics())
    outcomes: list[int | Code] = []
    for _ in range(10):
        # All before the room has a turn.
        writer = await Member(ann).join(rooms, folder)
        writer.outcomes = outcomes
        for _ in range(10):
            writer.write(one("k", "x" * 500))
        writer.seat.leave()
    await eventually("all outcomes", lambda: len(outcomes) == 100)
    assert Code.UNAVAILABLE in outcomes
    assert any(isinstance(outcome, int) for outcome in outcomes)
    later = await Member(ann).join(rooms, folder)
    later.write(one("later", "x"))
    (outcome,) = await later.settled(1)
    assert isinstance(outcome, int)
    await rooms.close()
