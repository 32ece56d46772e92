"""What one client, one account, one address may take of a hub, and what of it others notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from eventually import eventually
from folders import Folders
from histories import one
from pycrdt import Doc, Map
from sync_hub import Hub, sync_hub

import hub.replica
from hub.database import Database
from hub.document import EMPTY_STATE_VECTOR
from hub.ids import ME, AccountId, DocumentId
from hub.lib0 import varstring, varuint
from hub.limits import Limits
from hub.protocol import Awareness, Denied, FromHub, Granted, Refused, Step1, Step2, Stored, Token, Update

BOB = AccountId("bob")


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url)
    yield opened
    await opened.close()


@asynccontextmanager
async def hub_with(database: Database, **limits: float) -> AsyncIterator[tuple[Hub, AccountId, DocumentId]]:
    """A hub, someone there, and her folder."""
    async with sync_hub(database, replace(Limits(), farewell_s=0.05, **limits)) as opened:  # type: ignore[arg-type]
        ann = await Folders(database).person()
        yield opened, ann, await folder_of(ann, opened, database)


async def folder_of(account: AccountId, at: Hub, database: Database) -> DocumentId:
    folder = await Folders(database).folder(account)
    at.accounts.access[account, folder] = True
    return folder


def of(kind: type[FromHub], messages: list[FromHub]) -> list[FromHub]:
    return [message for message in messages if isinstance(message, kind)]


# Sockets


async def test_one_address_has_so_many_sockets_and_no_more(database: Database) -> None:
    async with hub_with(database, sockets_per_host=3) as (at, ann, folder):
        for _ in range(3):
            await at.enter(ann, folder)
        assert await at.connect().hangs_up() == 4429
        assert at.connect(host="10.0.0.2").closed is None


async def test_of_ipv6_one_subscriber_s_addresses_count_as_one(database: Database) -> None:
    async with hub_with(database, strangers=2) as (at, _, _):
        for last in (1, 2):
            at.connect(host=f"2001:db8::{last}")
        assert await at.connect(host="2001:db8::ffff:3").hangs_up() == 4429
        elsewhere = at.connect(host="2001:db8:0:1::1")
        elsewhere.say(Token("nobody/laptop"), "somewhere")
        await elsewhere.hears(Denied("not-found"), "somewhere")


async def test_for_one_socket_too_many_an_account_s_oldest_goes(database: Database) -> None:
    async with hub_with(database, sockets_per_account=2) as (at, ann, folder):
        at.accounts.access[BOB, folder] = True
        bob = await at.enter(BOB, folder)
        oldest, second, third = [await at.enter(ann, folder) for _ in range(3)]
        assert await oldest.hangs_up() == 4429
        assert [wire.closed for wire in (second, third, bob)] == [None] * 3


async def test_a_few_sockets_are_not_given_all_the_time_there_is_to_leave(database: Database) -> None:
    async with hub_with(database, drained_per_s=100) as (at, ann, folder):
        wires = [await at.enter(ann, folder) for _ in range(3)]
        await asyncio.wait_for(at.sockets.drain(1_000_000), 20)
        assert [wire.closed and wire.closed[0] for wire in wires] == [1012] * 3


# Newcomers


async def test_a_client_in_many_teams_is_sent_all_its_documents_though_it_reads_slowly(database: Database) -> None:
    sizes = {"document_bytes": 200_000, "frame_bytes": 150_000, "outbox_bytes": 400_000}
    async with hub_with(database, **sizes) as (at, ann, _):
        folders = [await folder_of(ann, at, database) for _ in range(6)]
        writer = at.connect()
        for folder in folders:
            writer.say(Token(f"{ann}/laptop", "4.8.0"), folder)
            writer.say(Update(one("large", "x" * 140_000)), folder)
            await writer.hears(Stored(1, 1), folder)
        slow = at.connect()
        slow.reads.clear()
        for folder in folders:
            slow.say(Token(f"{ann}/desktop", "4.8.0"), folder)
            slow.say(Step1(EMPTY_STATE_VECTOR), folder)
        slow.reads.set()
        for folder in folders:
            await eventually("the document", lambda folder=folder: bool(of(Step2, slow.heard(folder))))  # type: ignore[misc]
        assert slow.closed is None


async def test_one_who_asks_and_does_not_read_is_answered_no_more_than_the_outbox_holds(database: Database) -> None:
    sizes = {"document_bytes": 200_000, "frame_bytes": 150_000, "outbox_bytes": 400_000, "state_vector_bytes": 100}
    async with hub_with(database, **sizes) as (at, ann, folder):
        deaf = await at.enter(ann, folder)
        deaf.say(Update(one("large", "x" * 140_000)), folder)
        await deaf.hears(Stored(1, 1), folder)
        deaf.reads.clear()
        for _ in range(200):
            deaf.say(Step1(EMPTY_STATE_VECTOR), folder)
        deaf.reads.set()
        deaf.say(Update(one("after", "all")), folder)
        await deaf.hears(Stored(2, 2), folder)
        assert len(of(Step2, deaf.heard(folder))) <= 200
        assert deaf.closed is None


# Presence


def presence(client: int, clock: int, state: str) -> Awareness:
    return Awareness(varuint(1) + varuint(client) + varuint(clock) + varstring(state))


async def test_a_flood_of_presence_is_told_in_few_frames(database: Database) -> None:
    async with hub_with(database, presence_s=0.5) as (at, ann, folder):
        watcher, flood = await at.enter(ann, folder), await at.enter(ann, folder)
        for clock in range(3_000):
            flood.say(presence(1, clock, f"{clock}"), folder)
        last = presence(1, 2_999, "2999")
        await watcher.hears(last, folder)
        assert len(of(Awareness, watcher.heard(folder))) <= 30


async def test_one_who_invents_people_fills_no_one_s_screen(database: Database) -> None:
    async with hub_with(database, presence_s=0.01, presence_clients=4) as (at, ann, folder):
        watcher, flood = await at.enter(ann, folder), await at.enter(ann, folder)
        for client in range(2_000):
            flood.say(presence(client, 1, "{}"), folder)
        flood.say(presence(0, 2, '"last"'), folder)
        await eventually("the last", lambda: any(b'"last"' in frame for frame in watcher.sent))
        newcomer = await at.enter(ann, folder)
        (everyone,) = of(Awareness, newcomer.heard(folder))
        assert isinstance(everyone, Awareness)
        assert everyone.payload[0] == 4


async def test_one_presence_is_so_large_and_no_larger(database: Database) -> None:
    async with hub_with(database, presence_bytes=50) as (at, ann, folder):
        wire = await at.enter(ann, folder)
        wire.say(presence(1, 1, f'"{"x" * 40}"'), folder)
        wire.say(presence(1, 2, f'"{"x" * 50}"'), folder)
        assert await wire.hangs_up() == 4400


# Rights


async def test_a_reader_s_update_is_refused_before_anything_reads_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(update: bytes) -> None:
        raise AssertionError("a reader's update was looked at")

    async with hub_with(database) as (at, _, folder):
        at.accounts.access[BOB, folder] = False
        reader = await at.enter(BOB, folder)
        monkeypatch.setattr(hub.replica, "check", never)
        monkeypatch.setattr(hub.replica.Document, "apply", never)
        for count, update in enumerate([one("k", "v"), b"", b"\xff" * 1_000], 1):
            reader.say(Update(update), folder)
            await reader.hears(Refused(count, "read-only"), folder)


@pytest.mark.parametrize("at_home", [False, True], ids=["as a stranger", "with a folder of his own open"])
async def test_nothing_reaches_a_document_that_one_has_not_opened(database: Database, at_home: bool) -> None:
    async with hub_with(database) as (at, ann, folder):
        watcher = await at.enter(ann, folder)
        bob = await Folders(database).person()
        intruder = await at.enter(bob, await folder_of(bob, at, database)) if at_home else at.connect()
        for message in (Update(one("k", "v")), Step2(one("k", "v")), presence(1, 1, "{}"), Step1(EMPTY_STATE_VECTOR)):
            intruder.say(message, folder)
        intruder.say(Token(f"{bob}/laptop"), folder)
        await intruder.hears(Denied("not-found"), folder)
        intruder.say(Update(one("k", "v")), folder)
        watcher.say(Update(one("mine", "v")), folder)
        await watcher.hears(Stored(1, 1), folder)
        assert intruder.heard(folder) == [Denied("not-found")]
        assert watcher.heard(folder) == [Granted(True), Stored(1, 1)]


async def test_a_token_for_one_document_opens_no_other(database: Database) -> None:
    async with hub_with(database) as (at, ann, folder):
        other = await Folders(database).folder(ann)
        wire = await at.enter(ann, folder)
        wire.say(Update(one("k", "v")), other)
        wire.say(Step1(EMPTY_STATE_VECTOR), other)
        wire.say(Update(one("k", "v")), folder)
        await wire.hears(Stored(1, 1), folder)
        assert wire.heard(other) == []
        assert await Folders(database).log(other) == []


async def test_the_account_s_address_in_the_other_framing_is_nobody_s_document(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with hub_with(database) as (at, ann, _):
        for path in (f"/yjs/{ME}", "/yjs/%40me"):
            assert await at.connect(path, protocols=("teammarks", f"bearer.{ann}/laptop")).hangs_up() == 4404
    assert caplog.records == []


@pytest.mark.parametrize("path", ["/yjs/" + "x" * 5_000, "/yjs/\x00", "/yjs/ｆｕｌｌ"])
async def test_an_odd_path_is_refused_without_a_traceback(
    database: Database, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    async with hub_with(database) as (at, ann, _):
        code = await at.connect(path, protocols=("teammarks", f"bearer.{ann}/laptop")).hangs_up()
        assert code in (4400, 4404)
    assert caplog.records == []


# Documents


async def test_a_client_hears_that_a_document_is_full(database: Database) -> None:
    async with hub_with(database, nodes=2) as (at, ann, folder):
        doc = Doc[Map[object]](client_id=1)
        doc.get("n", type=Map).update({"a": "1", "b": "2", "c": "3"})
        wire = await at.enter(ann, folder)
        wire.say(Update(doc.get_update()), folder)
        await wire.hears(Refused(1, "too-large"), folder)
        wire.say(Update(one("a", "1", client=2)), folder)
        await wire.hears(Stored(2, 1), folder)
