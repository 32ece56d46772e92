"""Two owners go at the same moment, each in any way there is: an organization keeps an owner."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import pytest
from asking_hub import Answer, Hub, Person
from rendezvous import Rendezvous
from sqlalchemy import func, select

from hub.ids import AccountId
from hub.schema import accounts, organization_members


@dataclass
class Pair:
    """Two owners of one organization, and an admin of the hub."""

    ann: Person
    bob: Person
    root: Person
    organization: str

    def other(self, person: Person) -> Person:
        return self.bob if person is self.ann else self.ann

    def member(self, person: Person) -> str:
        return f"/organizations/{self.organization}/members/{person.id}"


Way = Callable[[Pair, Person], Awaitable[Answer]]
WAYS: dict[str, Way] = {
    "leaves": lambda pair, who: who.delete(pair.member(who)),
    "is removed": lambda pair, who: pair.other(who).delete(pair.member(who)),
    "steps down": lambda pair, who: who.patch(pair.member(who), {"role": "member"}),
    "is demoted": lambda pair, who: pair.other(who).patch(pair.member(who), {"role": "admin"}),
    "deletes the account": lambda pair, who: who.delete("/me"),
    "is disabled": lambda pair, who: pair.root.post(f"/admin/accounts/{who.id}/disable", None),
}


@pytest.fixture
async def pair(hub: Hub) -> Pair:
    ann, bob, root = [await hub.register(name) for name in ("ann", "bob", "root")]
    await hub.accounts.administration.grant(AccountId(root.id))
    organization = await ann.makes_organization()
    await bob.accepts(await ann.invites(organization, bob, "owner"))
    return Pair(ann, bob, root, organization)


async def owners(hub: Hub, *more: Any) -> int:
    query = select(func.count()).select_from(organization_members).join(accounts)
    async with hub.database.read() as connection:
        return await connection.scalar(query.where(organization_members.c.role == "owner", *more)) or 0


@pytest.mark.parametrize(("hers", "his"), list(combinations_with_replacement(WAYS, 2)))
async def test_of_two_owners_who_go_at_once_one_stays(
    hub: Hub, pair: Pair, monkeypatch: pytest.MonkeyPatch, hers: str, his: str
) -> None:
    at_once = Rendezvous(hub.database, monkeypatch)
    answers = await at_once.of(WAYS[hers](pair, pair.ann), WAYS[his](pair, pair.bob))
    went = [answer.status for answer in answers if answer.status < 300]
    assert all(answer.status in (200, 204, 401, 403, 404, 409) for answer in answers)
    assert went, "somebody comes first"
    assert await owners(hub) >= 1
    if "is disabled" not in (hers, his):
        assert len(went) == 1
        assert await owners(hub, accounts.c.disabled_at.is_(None)) == 1


@pytest.mark.parametrize("way", ["leaves", "steps down", "deletes the account"])
async def test_an_owner_beside_a_disabled_one_is_the_last(hub: Hub, pair: Pair, way: str) -> None:
    await WAYS["is disabled"](pair, pair.bob)
    answer = await WAYS[way](pair, pair.ann)
    assert (answer.status, answer.code) == (409, "last-owner")


@pytest.mark.parametrize("way", ["is removed", "is demoted"])
async def test_a_disabled_owner_can_go(hub: Hub, pair: Pair, way: str) -> None:
    await WAYS["is disabled"](pair, pair.bob)
    assert (await WAYS[way](pair, pair.bob)).status < 300
    assert await owners(hub) == 1


async def test_who_disabled_an_owner_first_is_heeded_by_the_other_who_leaves_meanwhile(
    hub: Hub, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = Rendezvous(hub.database, monkeypatch)
    disabled, left = await at_once.of(WAYS["is disabled"](pair, pair.ann), WAYS["leaves"](pair, pair.bob))
    assert (disabled.status, left.status) in [(200, 409), (204, 409), (200, 204), (204, 204)]
    if left.status == 409:
        assert left.code == "last-owner"
        assert await owners(hub, accounts.c.disabled_at.is_(None)) == 1
