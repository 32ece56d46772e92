"""Links by which people join, approval, sending again, and letters."""

from pathlib import Path
from typing import Any

import pytest
from asking_hub import PASSWORD, Answer, Hub, Person, hub_in
from posted import posted_to

MAIL_SERVER = {"smtp_url": "smtp+plain://127.0.0.1:25", "mail_from": "hub@example.org"}
"""Never reached: letters wait in the outbox."""


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def bob(hub: Hub) -> Person:
    return await hub.register("bob")


@pytest.fixture
async def organization(ann: Person) -> str:
    return await ann.makes_organization()


@pytest.fixture
async def team(ann: Person, organization: str) -> str:
    return await ann.makes_team(organization)


async def accept(person: Person, token: str) -> Answer:
    return await person.post("/invitations/accept", {"token": token})


async def look_up(hub: Hub, token: str) -> Answer:
    return await hub.ask("POST", "/invitations/lookup", {"token": token})


async def manager(ann: Person, organization: str, team: str) -> Person:
    mia = await ann.hub.register("mia")
    await mia.accepts(await ann.invites(organization, mia))
    access = {"can_read": True, "can_write": True, "is_manager": True}
    assert (await ann.put(f"/teams/{team}/members/{mia.id}", access)).status == 201
    return mia


@pytest.mark.parametrize("days", [1, 90])
async def test_who_invites_chooses_how_long_it_can_be_used(
    ann: Person, bob: Person, organization: str, days: int
) -> None:
    body = {"email": bob.email, "expires_in_days": days}
    made = await ann.post(f"/organizations/{organization}/invitations", body)
    token = made.json["accept_url"].partition("#")[2]
    ann.hub.clock.pass_s(days * 24 * 3600 - 1)
    assert (await look_up(ann.hub, token)).status == 200
    ann.hub.clock.pass_s(1)
    assert (await look_up(ann.hub, token)).code == "gone"


@pytest.mark.parametrize(
    "change",
    [
        {"expires_in_days": 0},
        {"expires_in_days": 91},
        {"expires_in_days": "7"},
        {"email": None},
        {"link": {"max_uses": 1}},
        {"email": None, "link": {}},
        {"email": None, "link": {"max_uses": 0}},
        {"email": None, "link": {"max_uses": 1001}},
        {"email": None, "link": {"max_uses": 1, "uses": 0}},
    ],
)
async def test_an_invitation_is_for_one_address_or_a_link_and_within_bounds(
    ann: Person, organization: str, change: dict[str, Any]
) -> None:
    answer = await ann.post(f"/organizations/{organization}/invitations", {"email": "bob@example.org", **change})
    assert (answer.status, answer.code) == (422, "invalid")


async def test_one_sent_again_is_the_one_who_sends_its_own_and_lives_anew(
    ann: Person, bob: Person, organization: str
) -> None:
    ada = await ann.hub.register("ada")
    await ada.accepts(await ann.invites(organization, ada, "admin"))
    await ada.invites(organization, bob)
    path = f"/organizations/{organization}/invitations"
    (made,) = (await ann.get(path)).items
    await ann.patch(f"/organizations/{organization}/members/{ada.id}", {"role": "member"})
    ann.hub.clock.pass_s(3600)
    await ann.log_in()
    again = (await ann.post(f"{path}/{made['id']}/resend", {"expires_in_days": 30})).json
    assert again["invited_by"]["id"] == ann.id
    assert again["expires_at"] > made["expires_at"]
    await bob.log_in()
    await bob.accepts(again["accept_url"].partition("#")[2])


async def test_a_link_brings_in_as_many_as_it_says(ann: Person, bob: Person, organization: str, team: str) -> None:
    token = await ann.invites_by_link(organization, team, max_uses=2)
    cy, eve = [await ann.hub.register(name) for name in ("cy", "eve")]
    listed = f"/organizations/{organization}/invitations"
    await bob.accepts(token)
    (link,) = (await ann.get(listed)).items
    assert (link["email"], link["link"]) == (None, {"max_uses": 2, "uses": 1, "needs_approval": False})
    await cy.accepts(token)
    assert (await accept(eve, token)).code == "gone"
    assert (await ann.get(listed)).items == []
    assert [item["id"] for item in (await cy.get("/me/teams")).items] == [team]


async def test_who_waits_is_listed_and_joins_once_approved(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    token = await ann.invites_by_link(organization, team, needs_approval=True)
    assert (await accept(bob, token)).status == 202
    assert (await bob.get("/me/teams")).items == []
    requests = f"/organizations/{organization}/join-requests"
    (request,) = (await ann.get(requests)).items
    assert (request["account_id"], request["email"]) == (bob.id, bob.email)
    ann.hub.told.clear()
    assert (await ann.post(f"{requests}/{request['id']}/approve", None)).status == 204
    assert {change.account for change in ann.hub.told} == {bob.id}
    assert [item["id"] for item in (await bob.get("/me/teams")).items] == [team]
    assert (await ann.get(requests)).items == []


async def test_one_who_is_refused_leaves_the_place_to_somebody_else(
    ann: Person, bob: Person, organization: str
) -> None:
    token = await ann.invites_by_link(organization, max_uses=1, needs_approval=True)
    cy = await ann.hub.register("cy")
    await accept(bob, token)
    assert (await accept(cy, token)).code == "gone"
    requests = f"/organizations/{organization}/join-requests"
    (request,) = (await ann.get(requests)).items
    await ann.post(f"{requests}/{request['id']}/refuse", None)
    assert (await accept(bob, token)).code == "gone"
    assert (await accept(cy, token)).status == 202


async def test_a_manager_sees_and_answers_those_who_came_by_their_own_link_alone(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    mia = await manager(ann, organization, team)
    cy = await ann.hub.register("cy")
    await accept(bob, await ann.invites_by_link(organization, team, needs_approval=True))
    await accept(cy, await mia.invites_by_link(organization, team, needs_approval=True))
    requests = f"/organizations/{organization}/join-requests"
    theirs = {item["account_id"]: item["id"] for item in (await ann.get(requests)).items}
    assert [item["account_id"] for item in (await mia.get(requests)).items] == [cy.id]
    assert (await mia.post(f"{requests}/{theirs[bob.id]}/approve", None)).code == "not-found"
    assert (await mia.post(f"{requests}/{theirs[cy.id]}/approve", None)).status == 204


async def test_whoever_approves_has_to_be_able_to_invite_to_the_same(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    mia = await manager(ann, organization, team)
    await accept(bob, await mia.invites_by_link(organization, team, needs_approval=True))
    requests = f"/organizations/{organization}/join-requests"
    (request,) = (await mia.get(requests)).items
    await ann.put(f"/teams/{team}/members/{mia.id}", {"can_read": True})
    assert (await mia.post(f"{requests}/{request['id']}/approve", None)).code == "forbidden"
    assert (await ann.post(f"{requests}/{request['id']}/approve", None)).status == 204


@pytest.mark.parametrize("decided", ["removed", "taken out of the team", "demoted"])
async def test_a_link_from_before_does_not_undo_what_was_decided_about_somebody(
    ann: Person, bob: Person, organization: str, team: str, decided: str
) -> None:
    await bob.accepts(await ann.invites(organization, bob, "admin", team))
    body = {"link": {"max_uses": 9}, "role": "admin", "teams": [{"team_id": team}]}
    made = await ann.post(f"/organizations/{organization}/invitations", body)
    token = made.json["accept_url"].partition("#")[2]
    match decided:
        case "removed":
            await ann.delete(f"/organizations/{organization}/members/{bob.id}")
        case "demoted":
            await ann.patch(f"/organizations/{organization}/members/{bob.id}", {"role": "member"})
        case _:
            await ann.delete(f"/teams/{team}/members/{bob.id}")
    assert (await accept(bob, token)).code == "gone"
    assert (await accept(await ann.hub.register("cy"), token)).status == 200


async def test_lists_of_requests_are_read_page_by_page(ann: Person, organization: str) -> None:
    token = await ann.invites_by_link(organization, needs_approval=True)
    for name in ("bob", "cy", "dan"):
        await accept(await ann.hub.register(name), token)
    path = f"/organizations/{organization}/join-requests"
    whole = (await ann.get(path)).items
    first = (await ann.get(f"{path}?limit=2")).json
    rest = (await ann.get(f"{path}?limit=2&cursor={first['next_cursor']}")).json
    assert (first["items"] + rest["items"], rest["next_cursor"]) == (whole, None)
    assert len(whole) == 3


async def verify(person: Person) -> None:
    letter = (await posted_to(person.hub, person.email))[0]
    assert (await person.hub.ask("POST", "/accounts/verify", {"token": letter.token("verify")})).status < 300


async def test_where_letters_arrive_the_link_is_mailed_and_told_to_nobody_else(
    database_url: str, tmp_path: Path
) -> None:
    async with hub_in(tmp_path, database_url, **MAIL_SERVER) as hub:
        ann, bob = Person(hub, "ann"), Person(hub, "bob")
        for person in (ann, bob):
            body = {"email": person.email, "password": PASSWORD, "display_name": person.name}
            assert (await hub.ask("POST", "/accounts", body)).status == 202
            await verify(person)
            await person.log_in()
        organization = await ann.makes_organization()
        path = f"/organizations/{organization}/invitations"
        made = (await ann.post(path, {"email": bob.email})).json
        again = (await ann.post(f"{path}/{made['id']}/resend", None)).json
        assert (made["accept_url"], again["accept_url"]) == (None, None)
        first, second = [letter.token("join") for letter in (await posted_to(hub, bob.email))[-2:]]
        assert (await accept(bob, first)).code == "not-found"
        await bob.accepts(second)
        assert (await ann.post(path, {"link": {"max_uses": 1}})).json["accept_url"] is not None


async def test_where_letters_arrive_an_address_that_is_not_verified_joins_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with hub_in(tmp_path, database_url) as hub:
        ann, bob = await hub.register("ann"), await hub.register("bob")
        token = await ann.invites(await ann.makes_organization(), bob)
    async with hub_in(tmp_path, database_url, **MAIL_SERVER) as hub:
        bob.hub = hub
        assert (await accept(bob, token)).code == "forbidden"
        await verify(bob)
        assert (await accept(bob, token)).status == 200
