import asyncio
import tempfile
from pathlib import Path

import pytest
from asking_hub import Hub, Person, hub_in
from databases import Databases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from hub.schema import documents, memberships, organization_members, teams


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


async def member(ann: Person, organization: str, name: str, role: str = "member") -> Person:
    person = await ann.hub.register(name)
    await person.accepts(await ann.invites(organization, person, role))
    return person


async def roles(person: Person, organization: str) -> dict[str, str]:
    items = (await person.get(f"/organizations/{organization}/members")).items
    return {item["display_name"].lower(): item["role"] for item in items}


async def test_who_creates_an_organization_owns_it(ann: Person) -> None:
    answer = await ann.post("/organizations", {"name": " Acme "})
    assert (answer.status, answer.json["name"], answer.json["role"]) == (201, "Acme", "owner")
    assert (await ann.get(f"/organizations/{answer.json['id']}")).json == answer.json
    assert (await ann.get("/organizations")).items == [answer.json]


async def test_a_new_name_of_an_organization_is_told_to_its_members(ann: Person) -> None:
    organization = await ann.makes_organization()
    bob = await member(ann, organization, "bob")
    ann.hub.told.clear()
    assert (await ann.patch(f"/organizations/{organization}", {"name": "Apex"})).json["name"] == "Apex"
    assert {(change.kind, change.account) for change in ann.hub.told} == {("rename", ann.id), ("rename", bob.id)}
    assert (await bob.get(f"/organizations/{organization}")).json["name"] == "Apex"


async def test_a_deleted_organization_is_gone_with_its_teams_and_folders(ann: Person) -> None:
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    token = await ann.invites(organization, "bob@example.org")
    ann.hub.told.clear()
    assert (await ann.delete(f"/organizations/{organization}")).status == 204
    for path in (f"/organizations/{organization}", f"/teams/{team}", f"/organizations/{organization}/members"):
        assert (await ann.get(path)).code == "not-found"
    assert (await ann.get("/me/teams")).items == []
    assert (await ann.get("/organizations")).items == []
    assert (await ann.hub.ask("POST", "/invitations/lookup", {"token": token})).status == 404
    assert [(change.kind, change.account) for change in ann.hub.told] == [("membership", ann.id)]
    async with ann.hub.database.read() as connection:
        assert await connection.scalar(select(documents.c.deleted_at)), "its log stays"


async def test_only_owners_and_admins_see_addresses(ann: Person) -> None:
    organization = await ann.makes_organization()
    bob = await member(ann, organization, "bob")
    admin = await member(ann, organization, "ada", "admin")
    for person, sees in ((ann, True), (admin, True), (bob, False)):
        listed = (await person.get(f"/organizations/{organization}/members")).items
        one = (await person.get(f"/organizations/{organization}/members/{ann.id}")).json
        assert all((item["email"] is not None) == sees for item in [*listed, one])


async def test_a_new_role_counts_at_once(ann: Person) -> None:
    organization = await ann.makes_organization()
    bob = await member(ann, organization, "bob")
    path = f"/organizations/{organization}/members/{bob.id}"
    assert (await bob.post(f"/organizations/{organization}/teams", {"name": "T"})).status == 403
    assert (await ann.patch(path, {"role": "admin"})).json["role"] == "admin"
    assert (await bob.post(f"/organizations/{organization}/teams", {"name": "T"})).status == 201
    assert (await ann.patch(path, {"role": "member"})).status == 200
    assert (await bob.post(f"/organizations/{organization}/teams", {"name": "T"})).status == 403


@pytest.mark.parametrize("role", ["king", "", None, 1, ["owner"]])
async def test_there_are_three_roles(ann: Person, role: object) -> None:
    organization = await ann.makes_organization()
    answer = await ann.patch(f"/organizations/{organization}/members/{ann.id}", {"role": role})
    assert (answer.status, answer.code) == (422, "invalid")


async def test_the_last_owner_can_neither_leave_nor_step_down(ann: Person) -> None:
    organization = await ann.makes_organization()
    await member(ann, organization, "ada", "admin")
    path = f"/organizations/{organization}/members/{ann.id}"
    for answer in (
        await ann.delete(path),
        await ann.patch(path, {"role": "admin"}),
        await ann.patch(path, {"role": "member"}),
    ):
        assert (answer.status, answer.code) == (409, "last-owner")
    assert (await ann.patch(path, {"role": "owner"})).status == 200
    assert (await roles(ann, organization))["ann"] == "owner"


async def test_one_of_two_owners_can_go(ann: Person) -> None:
    organization = await ann.makes_organization()
    bob = await member(ann, organization, "bob", "owner")
    assert (await ann.delete(f"/organizations/{organization}/members/{ann.id}")).status == 204
    assert await roles(bob, organization) == {"bob": "owner"}
    assert (await ann.get(f"/organizations/{organization}")).status == 404


@pytest.mark.parametrize("attempt", range(5))
async def test_of_two_owners_who_go_at_once_one_stays(ann: Person, attempt: int) -> None:
    organization = await ann.makes_organization()
    bob = await member(ann, organization, "bob", "owner")
    answers = await asyncio.gather(
        *(person.delete(f"/organizations/{organization}/members/{person.id}") for person in (ann, bob))
    )
    assert sorted(answer.status for answer in answers) == [204, 409]


async def test_who_leaves_an_organization_keeps_none_of_its_teams(ann: Person) -> None:
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    bob = await ann.hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob, "member", team))
    assert [item["id"] for item in (await bob.get("/me/teams")).items] == [team]
    ann.hub.told.clear()
    assert (await bob.delete(f"/organizations/{organization}/members/{bob.id}")).status == 204
    assert (await bob.get("/me/teams")).items == []
    assert [item["account_id"] for item in (await ann.get(f"/teams/{team}/members")).items] == [ann.id]
    assert [(change.kind, change.account) for change in ann.hub.told] == [("membership", bob.id)]


async def test_a_person_of_one_organization_cannot_be_reached_through_another(ann: Person) -> None:
    mine = await ann.makes_organization()
    bob = await ann.hub.register("bob")
    await bob.makes_organization("Other")
    for answer in (
        await ann.get(f"/organizations/{mine}/members/{bob.id}"),
        await ann.patch(f"/organizations/{mine}/members/{bob.id}", {"role": "member"}),
        await ann.delete(f"/organizations/{mine}/members/{bob.id}"),
    ):
        assert answer.code == "not-found"


PEOPLE = ("ann", "bob", "cy")
STEP = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(["leave", "remove", "owner", "admin", "member", "join", "team"]),
    st.sampled_from(PEOPLE),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=5, max_size=15))
async def test_whatever_members_do_an_organization_has_an_owner_and_teams_have_only_its_members(
    databases: Databases, steps: list[tuple[str, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with databases.lent() as database_url, hub_in(Path(folder), database_url) as hub:
            people = {name: await hub.register(name) for name in PEOPLE}
            organization = await people["ann"].makes_organization()
            team = await people["ann"].makes_team(organization)
            for actor, action, target in steps:
                await _step(people[actor], action, people[target], organization, team)
                async with hub.database.read() as connection:
                    owners = select(func.count()).where(organization_members.c.role == "owner")
                    assert await connection.scalar(owners)
                    inside = select(organization_members.c.account_id)
                    outside = select(func.count()).where(memberships.c.account_id.not_in(inside))
                    assert await connection.scalar(outside.select_from(memberships)) == 0
                    assert await connection.scalar(select(func.count()).select_from(teams)) == 1


async def _step(actor: Person, action: str, target: Person, organization: str, team: str) -> None:
    members = f"/organizations/{organization}/members"
    match action:
        case "leave":
            await actor.delete(f"{members}/{actor.id}")
        case "remove":
            await actor.delete(f"{members}/{target.id}")
        case "join":
            body = {"email": target.email, "role": "owner"}
            invited = await actor.post(f"/organizations/{organization}/invitations", body)
            if invited.status == 201 and target is not actor:
                await target.accepts(invited.json["accept_url"].partition("#")[2])
        case "team":
            await actor.put(f"/teams/{team}/members/{target.id}", {"can_read": True})
        case role:
            await actor.patch(f"{members}/{target.id}", {"role": role})
