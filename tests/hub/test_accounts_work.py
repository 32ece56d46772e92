from pathlib import Path

import pytest
from asking_hub import Clock, Hub
from sqlalchemy import select

from hub.access import Change, ChangeKind
from hub.accounts.addresses import address
from hub.accounts.store import people
from hub.accounts.work import Ledger
from hub.ids import AccountId
from hub.mail.outbox import Outbox
from hub.schema import accounts


async def test_a_change_is_told_after_its_commit(hub: Hub, tmp_path: Path) -> None:
    seen_by_others: list[int] = []
    told: list[Change] = []
    ledger = Ledger(hub.database, told.append, Clock(), Outbox("https://hub.example.org"))
    async with ledger.write() as work:
        account = await people.add(work.connection, address("ann@example.org"), "Ann", "-", work.now)
        work.tell(ChangeKind.SESSION, account)
        async with hub.database.read() as connection:
            seen_by_others.append(len((await connection.execute(select(accounts))).all()))
        assert told == []
    assert told == [Change(ChangeKind.SESSION, account)]
    assert seen_by_others == [0]


async def test_a_change_that_was_undone_is_told_nobody(hub: Hub) -> None:
    told: list[Change] = []
    ledger = Ledger(hub.database, told.append, Clock(), Outbox("https://hub.example.org"))
    with pytest.raises(RuntimeError, match="on second thoughts"):
        async with ledger.write() as work:
            work.tell(ChangeKind.SESSION, AccountId("nobody"))
            raise RuntimeError("on second thoughts")
    assert told == []


async def test_a_refused_request_tells_nobody_anything(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    hub.told.clear()
    assert (await bob.patch(f"/teams/{team}", {"name": "Mine"})).status == 404
    assert (await ann.delete(f"/organizations/{organization}/members/{ann.id}")).status == 409
    assert (await ann.put(f"/teams/{team}/members/{bob.id}", {"can_read": True})).status == 404
    assert hub.told == []
