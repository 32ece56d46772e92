"""A database put back from an older backup: what it has lost, those who reconnect still hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from databases import Databases
from eventually import eventually
from folders import LONG_AGO, Folders
from histories import updates, view
from members import QUICK, A, Member
from sqlalchemy import delete, update

from hub.bus import LocalBus
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.document import Document
from hub.errors import Code
from hub.ids import AccountId, DocumentId
from hub.metrics import Metrics
from hub.protocol import Step1
from hub.rooms import Rooms
from hub.schema import documents
from hub.schema import updates as log

HISTORY = updates(Random(5), edits=40)
BACKED_UP = len(HISTORY) // 2


@asynccontextmanager
async def hub_on(url: str) -> AsyncIterator[tuple[CrdtStore, Rooms, Folders]]:
    database = await Database.open(url)
    store = CrdtStore(database, LONG_AGO.timestamp, Metrics())
    await store.start()
    rooms = Rooms(store, LocalBus(), QUICK, Metrics())
    yield store, rooms, Folders(database)
    await rooms.close()
    await store.close()
    await database.close()


@pytest.fixture(params=["without a snapshot", "with a snapshot"])
async def restored(
    request: pytest.FixtureRequest, databases: Databases, database_url: str
) -> AsyncIterator[tuple[str, DocumentId, AccountId]]:
    """A database as it was in the middle of a history, all of which had been stored and acknowledged."""
    async with hub_on(database_url) as (store, _, folders):
        ann = await folders.person()
        folder = await folders.folder(ann)
        await store.append(folder, [Entry(each, ann) for each in HISTORY[:BACKED_UP]])
        if request.param == "with a snapshot":
            await store.compact(folder)
    async with databases.lent(database_url) as backup:
        async with hub_on(database_url) as (store, _, _):
            outcomes = await store.append(folder, [Entry(each, ann) for each in HISTORY[BACKED_UP:]])
            assert outcomes[-1] == len(HISTORY)
        yield backup, folder, ann


def whole() -> Document:
    document = Document()
    document.apply(HISTORY)
    return document


async def test_one_who_reconnects_brings_back_what_was_lost(restored: tuple[str, DocumentId, AccountId]) -> None:
    url, folder, ann = restored
    async with hub_on(url) as (store, rooms, _):
        newcomer, returning = [await Member(ann).join(rooms, folder) for _ in range(2)]
        returning.seat.answer(whole().state_vector)
        asked = [message for message in returning.heard if isinstance(message, Step1)]
        returning.write(whole().missing(asked[0].state_vector), whole=True)
        assert await returning.settled(1) == [BACKED_UP + 1]
        newcomer.seat.answer(b"\x00")
        assert view(newcomer.replica) == view(whole().doc)
        assert view((await store.open(folder)).document.doc) == view(whole().doc)


async def test_numbers_go_on_from_the_backup_without_a_gap_and_the_tail_is_folded_again(
    restored: tuple[str, DocumentId, AccountId],
) -> None:
    url, folder, ann = restored
    async with hub_on(url) as (store, _, folders):
        await store.append(folder, [Entry(whole().state(), ann)])
        assert [seq for seq, _ in await folders.log(folder)] == list(range(1, BACKED_UP + 2))
        assert await store.compact(folder) == BACKED_UP + 1
        opened = await store.open(folder)
        assert (opened.head, view(opened.document.doc)) == (BACKED_UP + 1, view(whole().doc))


async def test_a_room_that_finds_the_log_gone_back_ends_and_those_who_return_repair_it(
    restored: tuple[str, DocumentId, AccountId],
) -> None:
    url, folder, ann = restored
    async with hub_on(url) as (store, rooms, folders):
        # The hub ran meanwhile: its room still holds what the log has lost.
        member = await Member(ann).join(rooms, folder)
        member.write(whole().state(), whole=True)
        await member.settled(1)
        async with folders.database.write() as connection:
            await connection.execute(delete(log).where(log.c.seq > BACKED_UP))
            await connection.execute(update(documents).values(head=BACKED_UP))
        member.write(A)
        await eventually("the room to end", lambda: member.lost == [Code.UNAVAILABLE])
        returning = await Member(ann).join(rooms, folder)
        returning.write(whole().state(), whole=True)
        assert await returning.settled(1) == [BACKED_UP + 2]
        assert view((await store.open(folder)).document.doc)[0].items() >= view(whole().doc)[0].items()
