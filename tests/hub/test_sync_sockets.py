"""The shell of the sync sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from eventually import eventually
from folders import Folders
from histories import one
from sqlalchemy import text
from sync_hub import Hub, sync_hub

from hub.access import Change, ChangeKind
from hub.bus import News
from hub.commits import Entry
from hub.database import Database
from hub.document import EMPTY_STATE_VECTOR
from hub.ids import ME, AccountId, DocumentId, SessionId, TeamId
from hub.limits import Limits
from hub.outbox import Outbox
from hub.protocol import (
    Close,
    Denied,
    Framing,
    Granted,
    Stateless,
    Step1,
    Stored,
    Token,
    Update,
)
from hub.web.sync_socket import CLOSES

A, B = one("a", "1", 1), one("b", "2", 2)


LIMITS = replace(Limits(), farewell_s=0.05, strangers=3, outbox_frames=5, recheck_s=1000.0)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def hub(database: Database) -> AsyncIterator[Hub]:
    async with sync_hub(database, LIMITS) as opened:
        yield opened


@pytest.fixture
async def ann(database: Database) -> AccountId:
    return await Folders(database).person()


@pytest.fixture
async def folder(hub: Hub, database: Database, ann: AccountId) -> DocumentId:
    made = await Folders(database).folder(ann)
    hub.accounts.access[ann, made] = True
    return made


async def test_a_member_is_let_in_and_its_update_acknowledged(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    wire = await hub.enter(ann, folder)
    wire.say(Update(A), folder)
    await wire.hears(Stored(1, 1), folder)


async def test_a_stranger_is_told_no(hub: Hub, folder: DocumentId) -> None:
    wire = await hub.enter("stranger", folder)
    assert wire.heard(folder) == [Denied("not-found")]


# Changes


def membership(account: str, folder: str) -> Change:
    return Change(ChangeKind.MEMBERSHIP, AccountId(account), team=TeamId(folder))


async def test_a_removed_member_is_put_out_and_hears_nothing_more(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    removed, stays = await hub.enter(ann, folder), await hub.enter(ann, folder)
    hub.accounts.access["bob", folder] = True
    watcher = await hub.enter("bob", folder)
    del hub.accounts.access[ann, folder]
    hub.sockets.changed(membership(ann, folder))
    for wire in (removed, stays):
        await wire.hears(Close("forbidden"), folder)
    assert watcher.heard(folder) == [Granted(True)]


async def test_a_change_concerns_nobody_else(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    hub.accounts.access["bob", folder] = True
    bob = await hub.enter("bob", folder)
    listener = await hub.enter("bob", ME)
    checks = hub.accounts.checks
    hub.sockets.changed(membership(ann, folder))
    hub.sockets.changed(Change(ChangeKind.RENAME, AccountId("bob"), team=TeamId("another team")))
    notice = Stateless(json.dumps({"kind": "rename", "team_id": "another team"}))
    await listener.hears(notice, ME)
    assert (bob.heard(folder), hub.accounts.checks) == ([Granted(True)], checks)


async def test_an_ended_session_is_put_out_by_that_name_and_others_stay(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    laptop, desktop = await hub.enter(ann, folder), await hub.enter(ann, folder, session="desktop")
    hub.accounts.ended.add("laptop")
    hub.sockets.changed(Change(ChangeKind.SESSION, ann, session=SessionId("laptop")))
    await laptop.hears(Close("session-ended"), folder)
    desktop.say(Update(A), folder)
    await desktop.hears(Stored(1, 1), folder)


async def test_a_removal_while_the_token_is_checked_is_not_overlooked(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    def removed_meanwhile() -> None:
        hub.accounts.access.pop((ann, folder), None)
        hub.sockets.changed(membership(ann, folder))

    hub.accounts.before_answer = removed_meanwhile
    wire = hub.connect()
    wire.say(Token(f"{ann}/laptop", "4.8.0"), folder)
    await eventually("an answer", lambda: bool(wire.heard(folder)))
    assert wire.heard(folder) == [Denied("not-found")]


async def test_a_database_that_does_not_answer_is_no_removal_and_is_asked_again(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    wire = await hub.enter(ann, folder)
    hub.accounts.failing = True
    hub.sockets.changed(membership(ann, folder))
    checks = hub.accounts.checks
    await eventually("two more tries", lambda: hub.accounts.checks >= checks + 2)
    assert wire.heard(folder) == [Granted(True)]
    hub.accounts.failing = False
    hub.accounts.access[ann, folder] = False
    await wire.hears(Granted(False), folder)


async def test_a_change_that_was_never_announced_is_found_out(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    wire = await hub.enter(ann, folder)
    del hub.accounts.access[ann, folder]
    hub.now += LIMITS.recheck_s
    await wire.hears(Close("forbidden"), folder)


async def test_a_token_that_cannot_be_checked_now_is_not_refused(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    hub.accounts.failing = True
    wire = hub.connect()
    wire.say(Token(f"{ann}/laptop", "4.8.0"), folder)
    assert await wire.hangs_up() == 1013
    assert wire.heard(folder) == []


# A hub that cannot see what is changed


async def stored_elsewhere(hub: Hub, folder: DocumentId, author: AccountId, update: bytes) -> None:
    """Returns when the room has told its members."""
    member = Outbox(max_frames=9, max_bytes=2**20, overflowed=lambda: None)
    seat = await hub.rooms.join(folder, Framing.HOCUSPOCUS, member, lambda code: None)
    (seq,) = await hub.store.append(folder, [Entry(update, author)])
    assert isinstance(seq, int)
    hub.bus.publish(News(folder, seq, seq, (update,)), speaker=lambda word: None)
    await eventually("the news", lambda: member.size > 0)
    seat.leave()


async def test_a_blind_hub_gives_nobody_anything_until_it_sees(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    wire = await hub.enter(ann, folder)
    hub.sockets.lose_sight()
    await stored_elsewhere(hub, folder, ann, A)
    assert wire.heard(folder) == [Granted(True)]
    hub.sockets.regain_sight()
    await wire.hears(Update(A), folder)


async def test_who_comes_to_a_blind_hub_waits_too(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    hub.sockets.lose_sight()
    wire = hub.connect()
    wire.say(Token(f"{ann}/laptop", "4.8.0"), folder)
    await eventually("a seat", lambda: len(hub.rooms) == 1)
    await stored_elsewhere(hub, folder, ann, A)
    assert wire.heard(folder) == []
    hub.sockets.regain_sight()
    await wire.hears(Granted(True), folder)


async def test_who_was_removed_while_the_hub_was_blind_is_given_nothing_of_what_came_meanwhile(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    hub.accounts.access["bob", folder] = True
    removed, stays = await hub.enter("bob", folder), await hub.enter(ann, folder)
    hub.sockets.lose_sight()
    del hub.accounts.access["bob", folder]
    await stored_elsewhere(hub, folder, ann, A)
    hub.sockets.changed(membership("bob", folder))
    hub.sockets.regain_sight()
    await stays.hears(Update(A), folder)
    await removed.hears(Close("forbidden"), folder)
    assert removed.heard(folder) == [Granted(True), Close("forbidden")]


async def test_a_hub_that_sees_again_waits_for_what_it_must_know(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    wire = await hub.enter(ann, folder)
    hub.sockets.lose_sight()
    hub.accounts.failing = True
    hub.sockets.may_have_changed()
    hub.sockets.regain_sight()
    await stored_elsewhere(hub, folder, ann, A)
    checks = hub.accounts.checks
    await eventually("two more tries", lambda: hub.accounts.checks >= checks + 2)
    assert wire.heard(folder) == [Granted(True)]
    hub.accounts.failing = False
    await wire.hears(Update(A), folder)


async def test_a_blind_hub_takes_nothing_until_it_sees(
    hub: Hub, ann: AccountId, folder: DocumentId, database: Database
) -> None:
    wire, watcher = await hub.enter(ann, folder), await hub.enter(ann, folder)
    hub.sockets.lose_sight()
    wire.say(Update(A), folder)
    await stored_elsewhere(hub, folder, ann, B)
    assert await Folders(database).log(folder) == [(1, B)]
    hub.sockets.regain_sight()
    await wire.hears(Stored(1, 2), folder)
    await watcher.hears(Update(A), folder)


async def test_a_blind_hub_can_send_everyone_away_and_gives_them_nothing_to_take_along(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    wire = await hub.enter(ann, folder)
    hub.sockets.lose_sight()
    await stored_elsewhere(hub, folder, ann, A)
    await hub.sockets.close()
    assert await wire.hangs_up() == 1012
    assert wire.heard(folder) == [Granted(True)]


async def test_whoever_may_have_changed_everyone_s_grants_are_read_again(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    wire = await hub.enter(ann, folder)
    del hub.accounts.access[ann, folder]
    hub.sockets.may_have_changed()
    await wire.hears(Close("forbidden"), folder)


# Coming and going


async def test_a_stopping_hub_sends_everyone_away_with_1012(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    wires = [await hub.enter(ann, folder) for _ in range(3)]
    await hub.sockets.close()
    assert [wire.closed and wire.closed[0] for wire in wires] == [1012] * 3


async def test_a_hub_that_has_stopped_takes_nobody(hub: Hub) -> None:
    await hub.sockets.close()
    assert await hub.connect().hangs_up() == 1012


async def test_stopping_does_not_wait_for_a_client_that_does_not_read(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    deaf = await hub.enter(ann, folder)
    deaf.reads.clear()
    deaf.say(Step1(EMPTY_STATE_VECTOR), folder)
    await hub.sockets.close()
    assert deaf.task.done()


async def test_a_client_that_does_not_read_is_sent_away_and_the_others_go_on(
    hub: Hub, ann: AccountId, folder: DocumentId
) -> None:
    deaf, writer = await hub.enter(ann, folder), await hub.enter(ann, folder)
    deaf.reads.clear()
    for count in range(1, LIMITS.outbox_frames + 4):
        writer.say(Update(one("k", "v", 100 + count)), folder)
        await writer.hears(Stored(count, count), folder)
    await asyncio.wait_for(deaf.task, 5)


async def test_too_many_strangers_from_one_address_are_turned_away(hub: Hub) -> None:
    strangers = [hub.connect() for _ in range(LIMITS.strangers)]
    assert await hub.connect().hangs_up() == 4429
    elsewhere = hub.connect(host="10.0.0.2")
    await asyncio.sleep(0)
    assert [wire.closed for wire in (*strangers, elsewhere)] == [None] * 4


async def test_members_do_not_count_as_strangers(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    for _ in range(LIMITS.strangers + 2):
        wire = await hub.enter(ann, folder)
        assert wire.heard(folder) == [Granted(True)]


async def test_a_client_that_leaves_gives_its_room_up(hub: Hub, ann: AccountId, folder: DocumentId) -> None:
    wire = await hub.enter(ann, folder)
    wire.send({"type": "websocket.disconnect", "code": 1001})
    await asyncio.wait_for(wire.task, 5)
    assert wire.closed is None


async def test_text_is_no_frame(hub: Hub) -> None:
    wire = hub.connect()
    wire.send({"type": "websocket.receive", "text": "hello"})
    assert await wire.hangs_up() == 4400


async def test_an_update_that_cannot_be_stored_now_sends_its_writer_away_to_come_back(
    hub: Hub, ann: AccountId, folder: DocumentId, database: Database
) -> None:
    wire = await hub.enter(ann, folder)
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE updates RENAME TO elsewhere"))
    wire.say(Update(A), folder)
    assert await wire.hangs_up() == 1013
    assert wire.heard(folder) == [Granted(True)]


def test_close_codes_are_those_of_rfc_6455_or_for_private_use() -> None:
    for number, reason in CLOSES.values():
        assert number in (1011, 1012, 1013) or 4400 <= number <= 4499
        assert 0 < len(reason.encode()) <= 123
