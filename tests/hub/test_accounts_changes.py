"""What is committed about accounts reaches the sockets of every hub on the database, whatever becomes of Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from eventually import eventually
from folders import LONG_AGO
from sqlalchemy import delete, text, update

from hub.access import Change, ChangeKind
from hub.accounts.changes import Changes
from hub.accounts.store import changes
from hub.accounts.work import Ledger
from hub.bus import Bus, LocalBus
from hub.database import Database
from hub.ids import AccountId, SessionId, TeamId
from hub.limits import Limits
from hub.mail.outbox import Outbox
from hub.schema import counters

QUICK = replace(Limits(), changes_check_s=0.02, blind_s=1000.0)
SOON_BLIND = replace(QUICK, blind_s=0.3)
UNHURRIED = replace(Limits(), changes_check_s=1000.0, blind_s=1000.0)


def rename(account: str) -> Change:
    return Change(ChangeKind.RENAME, AccountId(account), team=TeamId("team"))


@dataclass
class Sockets:
    """What they were told, in order."""

    told: list[Change | str] = field(default_factory=list)

    def changed(self, change: Change) -> None:
        self.told.append(change)

    def may_have_changed(self) -> None:
        self.told.append("anything")

    def lose_sight(self) -> None:
        self.told.append("blind")

    def regain_sight(self) -> None:
        self.told.append("seeing")

    async def hear(self, *told: Change | str) -> None:
        await eventually(f"{len(told)} changes", lambda: len(self.told) >= len(told))
        assert self.told == list(told)


class Roused(LocalBus):
    """A hub's end of a bus that carries only what rouses; `others` are the other ends."""

    alone = False

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Roused] = []
        self.looks: list[Callable[[], None]] = []

    def rouse(self) -> None:
        for other in self.others:
            for look in other.looks:
                look()

    def on_rouse(self, look: Callable[[], None]) -> None:
        self.looks.append(look)


@asynccontextmanager
async def watching(database: Database, bus: Bus, limits: Limits) -> AsyncIterator[tuple[Changes, Sockets]]:
    watch, sockets = Changes(database, bus, limits), Sockets()
    await watch.start(sockets)
    yield watch, sockets
    await watch.close()


def ledger(database: Database, announce: Callable[[Change], None] = lambda change: None) -> Ledger:
    return Ledger(database, announce, LONG_AGO.timestamp, Outbox("https://hub.example.org"))


async def commit(through: Ledger, *some: Change) -> None:
    async with through.write() as work:
        for change in some:
            work.tell(change.kind, change.account, team=change.team, session=change.session)


async def test_a_hub_that_is_alone_tells_what_it_commits(database: Database) -> None:
    async with watching(database, LocalBus(), UNHURRIED) as (watch, sockets):
        some = [rename("ann"), Change(ChangeKind.SESSION, AccountId("bob"), session=SessionId("laptop"))]
        await commit(ledger(database, watch.committed), *some)
        await sockets.hear(*some)


async def test_what_was_committed_before_the_start_is_told_nobody(database: Database) -> None:
    await commit(ledger(database), rename("ann"))
    async with watching(database, LocalBus(), UNHURRIED) as (watch, sockets):
        await commit(ledger(database, watch.committed), rename("bob"))
        await sockets.hear(rename("bob"))


async def test_another_hub_is_roused_at_once(database: Database) -> None:
    here, there = Roused(), Roused()
    here.others.append(there)
    async with watching(database, here, UNHURRIED) as (watch, _), watching(database, there, UNHURRIED) as (_, sockets):
        await commit(ledger(database, watch.committed), rename("ann"))
        await sockets.hear(rename("ann"))


async def test_a_hub_that_nobody_rouses_finds_out_by_looking(database: Database) -> None:
    async with watching(database, Roused(), QUICK) as (_, sockets):
        await commit(ledger(database), rename("ann"))
        await sockets.hear(rename("ann"))


async def test_many_changes_from_many_transactions_at_once_are_told_once_each(database: Database) -> None:
    async with watching(database, Roused(), QUICK) as (_, sockets):
        everyone = [[rename(f"{number}-{each}") for each in range(3)] for number in range(20)]
        await asyncio.gather(*(commit(ledger(database), *some) for some in everyone))
        await eventually("all of them", lambda: len(sockets.told) >= 60)
        assert sorted(map(str, sockets.told)) == sorted(str(change) for some in everyone for change in some)


async def test_what_was_undone_is_told_nobody(database: Database) -> None:
    async with watching(database, Roused(), QUICK) as (_, sockets):
        with pytest.raises(RuntimeError, match="on second thoughts"):
            async with ledger(database).write() as work:
                work.tell(ChangeKind.RENAME, AccountId("nobody"))
                raise RuntimeError("on second thoughts")
        await commit(ledger(database), rename("ann"))
        await sockets.hear(rename("ann"))


async def test_where_some_are_not_kept_any_more_everything_may_have_changed(database: Database) -> None:
    async with watching(database, Roused(), QUICK) as (_, sockets):
        async with database.write() as connection:
            await changes.add(connection, [rename("ann"), rename("bob")], LONG_AGO)
            await connection.execute(delete(changes.changes).where(changes.changes.c.account_id == "ann"))
        await sockets.hear(rename("bob"), "anything")


async def test_a_log_of_changes_that_has_gone_back_may_have_changed_everything(database: Database) -> None:
    await commit(ledger(database), rename("ann"), rename("bob"))
    async with watching(database, Roused(), QUICK) as (_, sockets):
        async with database.write() as connection:
            await connection.execute(delete(changes.changes))
            await connection.execute(update(counters).values(value=1))
        await sockets.hear("anything")
        await commit(ledger(database), rename("carol"))
        await sockets.hear("anything", rename("carol"))


async def test_old_changes_are_not_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 3)
    for number in range(10):
        await commit(ledger(database), rename(str(number)))
    async with database.read() as connection:
        committed = await changes.after(connection, 0)
    assert [change.account for change in committed.changes] == ["7", "8", "9"]
    assert (committed.newest, committed.missing) == (10, True)


@asynccontextmanager
async def out_of_sight(database: Database) -> AsyncIterator[None]:
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE counters RENAME TO elsewhere"))
    yield
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO counters"))


async def test_a_hub_that_cannot_see_changes_says_so_until_it_does(database: Database) -> None:
    async with watching(database, Roused(), SOON_BLIND) as (_, sockets):
        async with out_of_sight(database):
            await eventually("blindness", lambda: sockets.told[-1:] == ["blind"])
        await eventually("sight", lambda: sockets.told[-1] == "seeing")


async def test_what_was_changed_while_a_hub_was_blind_is_told_before_it_sees(database: Database) -> None:
    async with watching(database, Roused(), SOON_BLIND) as (_, sockets):
        async with out_of_sight(database):
            await eventually("blindness", lambda: sockets.told[-1:] == ["blind"])
            before = len(sockets.told)
            async with database.write() as connection:
                await connection.execute(text("ALTER TABLE elsewhere RENAME TO counters"))
                await changes.add(connection, [rename("ann")], LONG_AGO)
                await connection.execute(text("ALTER TABLE counters RENAME TO elsewhere"))
        await eventually("sight", lambda: "seeing" in sockets.told[before:])
        assert sockets.told[before : before + 2] == [rename("ann"), "seeing"]


async def test_a_hub_that_is_alone_is_never_blind(database: Database) -> None:
    async with watching(database, LocalBus(), SOON_BLIND) as (watch, sockets):
        async with out_of_sight(database):
            watch.committed(rename("ann"))
            await asyncio.sleep(3 * SOON_BLIND.blind_s)
        await commit(ledger(database, watch.committed), rename("ann"))
        await sockets.hear(rename("ann"))
