"""The same document live on several hubs: whatever the bus brings or loses, all of them end as the log is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

import pytest
from buses import joined
from eventually import eventually
from folders import LONG_AGO, Folders
from histories import one, view
from members import QUICK, A, B, C, Member
from pycrdt import Map
from sqlalchemy import delete, text, update
from test_crdt_store import POISON
from test_presence import read as read_presence
from test_presence import update as presence

from hub.bus import Bus, Listener, LocalBus, News, Presences, Resumed, Word
from hub.bus.envelope import NEWS_BYTES
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.document import EMPTY_STATE_VECTOR
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId, new_id
from hub.limits import Limits
from hub.metrics import Metrics
from hub.protocol import Awareness, Update
from hub.rooms import Rooms
from hub.schema import documents, updates
from loadtest.backends import Backend, free_port, valkey

JOINED = replace(QUICK, head_check_s=0.05, redis_retry_s=0.02, redis_check_s=0.2)
RARELY = replace(JOINED, head_check_s=1000.0)
HUBS = 3


@dataclass
class Hub:
    bus: Bus
    store: CrdtStore
    rooms: Rooms


@asynccontextmanager
async def hubs_on(database: Database, buses: Sequence[Bus], limits: Limits = JOINED) -> AsyncIterator[list[Hub]]:
    async with AsyncExitStack() as stack:
        hubs = []
        for bus in buses:
            store = CrdtStore(database, LONG_AGO.timestamp, Metrics())
            await store.start()
            stack.push_async_callback(store.close)
            rooms = Rooms(store, bus, limits, Metrics())
            stack.push_async_callback(rooms.close)
            hubs.append(Hub(bus, store, rooms))
        yield hubs


class JoinedBus(LocalBus):
    """A hub's end of a bus between several, all within this process."""

    alone = False

    def __init__(self, ends: list["JoinedBus"]) -> None:
        super().__init__()
        self.hub = f"hub {len(ends)}"
        self._others = [end for end in ends if end is not self]
        for other in self._others:
            other._others.append(self)
        ends.append(self)

    def publish(self, word: Word, *, speaker: object) -> None:
        for other in self._others:
            other.tell(word)

    def listen(self, document: DocumentId, listener: Listener) -> None:
        super().listen(document, listener)
        asyncio.get_running_loop().call_soon(self.tell, Resumed(document))

    def die(self) -> None:
        """Without a word."""
        for other in self._others:
            other._others.remove(self)
        self._others.clear()


class LossyBus(JoinedBus):
    """It loses three in ten words, doubles as many, and lets some overtake others."""

    def __init__(self, ends: list[JoinedBus], random: Random) -> None:
        super().__init__(ends)
        self._random = random
        self._held: list[Callable[[], None]] = []

    def publish(self, word: Word, *, speaker: object) -> None:
        for other in self._others:
            if self._random.random() > 0.3:
                self._held += [partial(other.tell, word)] * self._random.choice([1, 1, 2])
        if self._random.random() < 0.5:
            self._random.shuffle(self._held)
            held, self._held = self._held, []
            for deliver in held:
                deliver()


@pytest.fixture(params=["redis", "no redis", "lossy"])
async def hubs(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[list[Hub]]:
    if request.param == "lossy":
        random, ends = Random(7), list[JoinedBus]()
        async with hubs_on(database, [LossyBus(ends, random) for _ in range(HUBS)]) as hubs:
            yield hubs
        return
    url = f"redis://127.0.0.1:{free_port()}"
    if request.param == "redis":
        server: Backend = request.getfixturevalue("valkey_server")
        url = server.url
    async with joined(url, new_id(), HUBS) as buses, hubs_on(database, buses) as hubs:
        yield hubs


async def enter(hub: Hub, folder: DocumentId, author: AccountId) -> Member:
    """One who has what is there now."""
    member = await Member(author).join(hub.rooms, folder)
    member.seat.answer(EMPTY_STATE_VECTOR)
    return member


async def all_have(members: list[Member], count: int) -> None:
    """So many entries, told in time and without being asked."""
    await eventually(
        f"{count} everywhere", lambda: all(len(member.replica.get("n", type=Map)) == count for member in members)
    )


async def test_hubs_that_write_at_once_end_the_same(
    hubs: list[Hub], folder: DocumentId, ann: AccountId, folders: Folders
) -> None:
    writers = [await enter(hub, folder, ann) for hub in hubs]
    readers = [await enter(hub, folder, ann) for hub in hubs]
    for client in range(1, 61):
        writers[client % HUBS].write(one(f"k{client}", "v", client))
        await asyncio.sleep(0)
    outcomes = [outcome for writer in writers for outcome in await writer.settled(60 // HUBS)]
    assert sorted(outcomes, key=str) == sorted(range(1, 61), key=str)
    assert [seq for seq, _ in await folders.log(folder)] == list(range(1, 61))
    await all_have(readers, 60)


async def test_a_hub_that_opens_a_document_late_has_what_the_others_stored(
    hubs: list[Hub], folder: DocumentId, ann: AccountId
) -> None:
    here = await enter(hubs[0], folder, ann)
    here.write(A)
    await here.settled(1)
    there = await enter(hubs[1], folder, ann)
    assert view(there.replica) == ({"a": "1"}, [])


async def test_a_large_update_reaches_the_other_hubs(hubs: list[Hub], folder: DocumentId, ann: AccountId) -> None:
    here, there = await enter(hubs[0], folder, ann), await enter(hubs[1], folder, ann)
    here.write(one("k", "x" * (NEWS_BYTES + 1), 5))
    await here.settled(1)
    await all_have([there], 1)


# A Redis that fails while they write


async def test_hubs_end_the_same_though_redis_is_killed_and_started_again(
    tmp_path: Path, database: Database, folder: DocumentId, ann: AccountId
) -> None:
    port = free_port()
    async with AsyncExitStack() as stack:
        server = stack.enter_context(valkey(tmp_path, port))
        buses = await stack.enter_async_context(joined(server.url, "ours", HUBS))
        hubs = await stack.enter_async_context(hubs_on(database, buses))
        writers = [await enter(hub, folder, ann) for hub in hubs]
        readers = [await enter(hub, folder, ann) for hub in hubs]
        for client in range(1, 61):
            if client == 20:
                server.kill()
            if client == 40:
                server = stack.enter_context(valkey(tmp_path, port))
            writers[client % HUBS].write(one(f"k{client}", "v", client))
            await writers[client % HUBS].settled((client + 2) // HUBS if client % HUBS else client // HUBS)
        await all_have(readers, 60)


async def test_what_was_missed_while_redis_was_away_is_read_as_soon_as_it_is_back(
    tmp_path: Path, database: Database, folder: DocumentId, ann: AccountId
) -> None:
    port = free_port()
    # Without Redis they would be compared with the log in a quarter of an hour.
    async with joined(f"redis://127.0.0.1:{port}", "ours") as buses, hubs_on(database, buses, RARELY) as hubs:
        here, there = [await enter(hub, folder, ann) for hub in hubs]
        here.write(A)
        await here.settled(1)
        with valkey(tmp_path, port):
            await all_have([there], 1)


# News and the log


@pytest.fixture
def others() -> JoinedBus:
    """The bus as one hub has it, on which a test speaks for the others."""
    return JoinedBus([])


@pytest.fixture
async def hub(database: Database, others: JoinedBus) -> AsyncIterator[Hub]:
    """It is not compared with the log by itself."""
    async with hubs_on(database, [others], RARELY) as (only,):
        yield only


@pytest.fixture
async def member(hub: Hub, folder: DocumentId, ann: AccountId) -> Member:
    return await enter(hub, folder, ann)


Store = Callable[..., Awaitable[object]]


@pytest.fixture
def store(hub: Hub, folder: DocumentId, ann: AccountId) -> Store:
    """What another hub does, of which this one is not told."""
    return lambda *payloads: hub.store.append(folder, [Entry(payload, ann) for payload in payloads])


async def test_news_that_was_missed_is_read_from_the_log(
    member: Member, store: Store, others: JoinedBus, folder: DocumentId
) -> None:
    await store(A, B, C)
    others.tell(News(folder, 3, 3, (C,)))
    await all_have([member], 3)


async def test_news_without_updates_is_read_from_the_log(
    member: Member, store: Store, others: JoinedBus, folder: DocumentId
) -> None:
    await store(A, B)
    others.tell(News(folder, 1, 2))
    await all_have([member], 2)


async def test_old_news_is_passed_over(member: Member, store: Store, others: JoinedBus, folder: DocumentId) -> None:
    await store(A)
    for _ in range(3):
        others.tell(News(folder, 1, 1, (A,)))
    await store(B)
    others.tell(News(folder, 2, 2, (B,)))
    await all_have([member], 2)
    assert [message for message in member.heard if isinstance(message, Update)] == [Update(A), Update(B)]


async def test_news_that_comes_doubled_and_in_disorder_is_told_once(
    member: Member, store: Store, others: JoinedBus, folder: DocumentId
) -> None:
    payloads = [one(f"k{client}", "v", client) for client in range(1, 31)]
    await store(*payloads)
    words = [News(folder, seq, seq, (payload,)) for seq, payload in enumerate(payloads, 1)] * 2
    Random(5).shuffle(words)
    for word in words:
        others.tell(word)
        await asyncio.sleep(0)
    await all_have([member], 30)
    size = sum(len(message.update) for message in member.heard if isinstance(message, Update))
    assert size <= sum(map(len, payloads))


async def test_a_room_that_may_have_missed_something_is_compared_with_the_log_at_once(
    member: Member, store: Store, others: JoinedBus, folder: DocumentId
) -> None:
    await store(A, B)
    others.tell(Resumed(folder))
    await all_have([member], 2)


async def test_a_poison_that_another_hub_let_in_is_put_aside_and_the_rest_is_told(
    member: Member, store: Store, others: JoinedBus, folder: DocumentId
) -> None:
    good = one("k", "v", client=9)
    await store(good, POISON, A)
    others.tell(News(folder, 1, 3, (good, POISON, A)))
    await all_have([member], 2)
    await store(B)
    others.tell(News(folder, 4, 4, (B,)))
    await all_have([member], 3)


async def test_a_room_that_cannot_read_the_log_lives_on_and_reads_it_later(
    member: Member, store: Store, others: JoinedBus, folder: DocumentId, database: Database
) -> None:
    await store(A, B)
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE updates RENAME TO elsewhere"))
    others.tell(News(folder, 2, 2, (B,)))
    member.write(C)
    assert await member.settled(1) == [Code.STORAGE]
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO updates"))
    await all_have([member], 2)
    assert member.lost == []


async def test_a_commit_of_which_it_is_not_known_what_became_is_looked_for(
    database: Database, folder: DocumentId, ann: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hubs_on(database, [LocalBus()]) as (alone,):
        writer, reader = await enter(alone, folder, ann), await enter(alone, folder, ann)
        append = alone.store.append

        async def broken(document: DocumentId, entries: Sequence[Entry]) -> list[int | Code]:
            await append(document, entries)
            raise TeammarksError(Code.STORAGE, "the connection broke before the answer came")

        with monkeypatch.context() as patched:
            patched.setattr(alone.store, "append", broken)
            writer.write(A)
            assert await writer.settled(1) == [Code.STORAGE]
        await all_have([writer, reader], 1)


async def forget_last(database: Database, folder: DocumentId, seq: int) -> None:
    """As if a backup from before update `seq` had been put back."""
    async with database.write() as connection:
        await connection.execute(delete(updates).where(updates.c.document_id == folder, updates.c.seq >= seq))
        await connection.execute(update(documents).where(documents.c.id == folder).values(head=seq - 1))


@pytest.mark.parametrize("bus", [LocalBus, lambda: JoinedBus([])])
async def test_a_log_that_has_gone_back_is_noticed_and_repaired_by_those_who_return(
    database: Database, folder: DocumentId, ann: AccountId, folders: Folders, bus: Callable[[], Bus]
) -> None:
    async with hubs_on(database, [bus()]) as (hub,):
        writer, reader = await enter(hub, folder, ann), await enter(hub, folder, ann)
        for count, payload in enumerate((A, B), 1):
            writer.write(payload)
            await writer.settled(count)
        await forget_last(database, folder, 2)
        if hub.bus.alone:
            # Nobody compares. The next update that is stored does.
            writer.write(C)
        await eventually("both to be sent away", lambda: writer.lost == reader.lost == [Code.UNAVAILABLE])
        returned, late = await enter(hub, folder, ann), await enter(hub, folder, ann)
        returned.write(B, whole=True)
        await returned.settled(1)
        await all_have([late], 3 if hub.bus.alone else 2)
        assert B in [payload for _, payload in await folders.log(folder)]


# Presence


@asynccontextmanager
async def pair_on(database: Database, limits: Limits) -> AsyncIterator[tuple[Hub, Hub]]:
    ends: list[JoinedBus] = []
    async with hubs_on(database, [JoinedBus(ends), JoinedBus(ends)], limits) as (here, there):
        yield here, there


@pytest.fixture
async def pair(database: Database) -> AsyncIterator[tuple[Hub, Hub]]:
    async with pair_on(database, RARELY) as hubs:
        yield hubs


def seen(member: Member) -> dict[int, str]:
    """Who this member's client sees, with what they say."""
    present: dict[int, str] = {}
    for message in member.heard:
        if isinstance(message, Awareness):
            present |= {client: state for client, (_, state) in read_presence(message.payload).items()}
    return {client: state for client, state in present.items() if state != "null"}


async def test_who_is_on_another_hub_is_seen(pair: tuple[Hub, Hub], folder: DocumentId, ann: AccountId) -> None:
    here, there = [await enter(hub, folder, ann) for hub in pair]
    here.seat.present(presence((1, 1, '"here"')))
    there.seat.present(presence((2, 1, '"there"')))
    both = {1: '"here"', 2: '"there"'}
    await eventually("both to see both", lambda: seen(here) == seen(there) == both)


async def test_a_newcomer_is_shown_who_is_on_another_hub(
    pair: tuple[Hub, Hub], folder: DocumentId, ann: AccountId
) -> None:
    here = await enter(pair[0], folder, ann)
    here.seat.present(presence((1, 1, '"here"')))
    await eventually("presence", lambda: bool(seen(here)))
    there = await enter(pair[1], folder, ann)
    there.seat.show_presence()  # or it comes a moment later
    await eventually("the one who is here already", lambda: seen(there) == {1: '"here"'})
    late = await enter(pair[1], folder, ann)
    late.seat.show_presence()
    assert seen(late) == {1: '"here"'}


async def test_who_leaves_another_hub_is_gone(pair: tuple[Hub, Hub], folder: DocumentId, ann: AccountId) -> None:
    here, there = [await enter(hub, folder, ann) for hub in pair]
    here.seat.present(presence((1, 1, "{}")))
    await eventually("presence", lambda: bool(seen(there)))
    here.seat.leave()
    await eventually("absence", lambda: not seen(there))


async def test_who_was_on_a_hub_that_stops_is_gone(pair: tuple[Hub, Hub], folder: DocumentId, ann: AccountId) -> None:
    here, there = [await enter(hub, folder, ann) for hub in pair]
    here.seat.present(presence((1, 1, "{}")))
    await eventually("presence", lambda: bool(seen(there)))
    here.seat.leave()
    await pair[0].rooms.close()
    assert not pair[0].rooms
    await eventually("absence", lambda: not seen(there))


async def test_who_was_on_a_hub_that_is_killed_is_gone_after_a_while(
    database: Database, folder: DocumentId, ann: AccountId
) -> None:
    async with pair_on(database, replace(RARELY, presence_gone_s=0.1)) as pair:
        here, there = [await enter(hub, folder, ann) for hub in pair]
        here.seat.present(presence((1, 1, "{}")))
        assert isinstance(pair[0].bus, JoinedBus)
        await eventually("presence", lambda: Awareness(presence((1, 1, "{}"))) in there.heard)
        pair[0].bus.die()
        await eventually("absence", lambda: not seen(there))


async def test_who_moves_to_another_hub_is_not_told_as_gone_when_the_first_sees_them_leave(
    pair: tuple[Hub, Hub], folder: DocumentId, ann: AccountId
) -> None:
    watchers = [await enter(hub, folder, ann) for hub in pair]
    before = await enter(pair[0], folder, ann)
    before.seat.present(presence((1, 5, "{}")))
    await eventually("presence", lambda: all(map(seen, watchers)))
    after = await enter(pair[1], folder, ann)
    after.seat.present(presence((1, 6, "{}")))
    await eventually("both to have heard", lambda: all(b"\x01\x01\x06" in frame for frame in last(watchers)))
    before.seat.leave()
    watchers[0].seat.present(presence((2, 1, "{}")))
    await eventually("what came behind", lambda: all(2 in seen(watcher) for watcher in watchers))
    assert all(1 in seen(watcher) for watcher in watchers)


def last(watchers: list[Member]) -> list[bytes]:
    return [[m.payload for m in watcher.heard if isinstance(m, Awareness)][-1] for watcher in watchers]


async def test_presences_that_another_hub_says_wrongly_are_passed_over(
    member: Member, others: JoinedBus, folder: DocumentId, store: Store
) -> None:
    others.tell(Presences(folder, "hub 1", b"\xff"))
    await store(A)
    others.tell(News(folder, 1, 1, (A,)))
    await all_have([member], 1)
