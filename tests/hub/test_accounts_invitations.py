import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from asking_hub import Answer, Hub, Person
from sqlalchemy import select, update

from hub.access import ChangeKind
from hub.accounts.invitations import LIFETIME
from hub.schema import accounts, invitations


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


async def role(person: Person, organization: str) -> str:
    return str((await person.get(f"/organizations/{organization}")).json["role"])


async def joined(ann: Person, organization: str, name: str, role: str = "member", *teams: str) -> Person:
    person = await ann.hub.register(name)
    await person.accepts(await ann.invites(organization, person, role, *teams))
    return person


async def manager(ann: Person, organization: str, team: str, name: str) -> Person:
    person = await joined(ann, organization, name, "member", team)
    access = {"can_read": True, "can_write": True, "is_manager": True}
    assert (await ann.put(f"/teams/{team}/members/{person.id}", access)).status == 200
    return person


async def test_the_inviter_is_told_the_link_once_and_the_hub_keeps_only_a_hash(
    ann: Person, organization: str, team: str
) -> None:
    body = {"email": "Bob@Example.org", "role": "member", "teams": [{"team_id": team, "can_write": True}]}
    answer = await ann.post(f"/organizations/{organization}/invitations", body)
    assert answer.status == 201
    made = dict(answer.json)
    token = made.pop("accept_url").partition("#")[2]
    assert (made["email"], made["role"]) == ("Bob@example.org", "member")
    assert made["teams"] == [{"team_id": team, "name": "Service endpoints", "can_write": True, "is_manager": False}]
    assert (await ann.get(f"/organizations/{organization}/invitations")).items == [made]
    async with ann.hub.database.read() as connection:
        (row,) = (await connection.execute(select(invitations))).all()
    assert row.token_hash == hashlib.sha256(token.encode()).digest()
    assert token not in str(row)


async def test_whoever_holds_the_token_reads_what_it_offers_before_they_have_an_account(
    ann: Person, organization: str, team: str
) -> None:
    token = await ann.invites(organization, "bob@example.org", "member", team)
    offer = (await look_up(ann.hub, token)).json
    assert (offer["email"], offer["organization"]["name"]) == ("bob@example.org", "Acme")
    assert offer["invited_by"] == {"id": ann.id, "display_name": "Ann"}
    assert "accept_url" not in offer


async def test_accepting_joins_the_organization_and_the_teams_with_the_offered_access(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    answer = await accept(bob, await ann.invites(organization, bob, "member", team))
    assert (answer.status, answer.json["organization"]["id"]) == (200, organization)
    assert await role(bob, organization) == "member"
    (mine,) = (await bob.get("/me/teams")).items
    assert (mine["id"], mine["can_read"], mine["can_write"], mine["is_manager"]) == (team, True, True, False)


async def test_an_invitation_to_read_lets_only_read(ann: Person, bob: Person, organization: str, team: str) -> None:
    body = {"email": bob.email, "teams": [{"team_id": team}]}
    made = await ann.post(f"/organizations/{organization}/invitations", body)
    await bob.accepts(made.json["accept_url"].partition("#")[2])
    (mine,) = (await bob.get("/me/teams")).items
    assert (mine["can_read"], mine["can_write"], mine["is_manager"]) == (True, False, False)


async def test_another_account_cannot_use_a_forwarded_link(ann: Person, bob: Person, organization: str) -> None:
    eve = await ann.hub.register("eve")
    token = await ann.invites(organization, bob)
    for path in ("accept", "decline"):
        answer = await eve.post(f"/invitations/{path}", {"token": token})
        assert (answer.status, answer.code) == (403, "forbidden")
    await bob.accepts(token)
    assert (await accept(eve, token)).code == "forbidden", "a used one says no more to who it is not for"


async def test_an_invitation_is_used_once(ann: Person, bob: Person, organization: str) -> None:
    token = await ann.invites(organization, bob)
    await bob.accepts(token)
    for answer in (
        await accept(bob, token),
        await bob.post("/invitations/decline", {"token": token}),
        await look_up(ann.hub, token),
    ):
        assert (answer.status, answer.code) == (410, "gone")


async def test_who_was_removed_cannot_come_back_by_the_old_link(ann: Person, bob: Person, organization: str) -> None:
    token = await ann.invites(organization, bob)
    await bob.accepts(token)
    await ann.delete(f"/organizations/{organization}/members/{bob.id}")
    assert (await accept(bob, token)).code == "gone"


async def test_who_was_removed_cannot_come_back_by_another_link(ann: Person, bob: Person, organization: str) -> None:
    first, second = await ann.invites(organization, bob), await ann.invites(organization, bob)
    elsewhere = await ann.invites(await ann.makes_organization("Other"), bob)
    await bob.accepts(first)
    ann.hub.told.clear()
    await ann.delete(f"/organizations/{organization}/members/{bob.id}")
    assert {change.kind for change in ann.hub.told} == {ChangeKind.MEMBERSHIP, ChangeKind.INVITATION}
    assert (await accept(bob, second)).code == "gone"
    assert (await accept(bob, elsewhere)).status == 200
    await bob.accepts(await ann.invites(organization, bob))


@pytest.mark.parametrize("decided", ["taken out", "may only read"])
async def test_an_older_link_does_not_undo_what_was_decided_about_a_team(
    ann: Person, bob: Person, organization: str, team: str, decided: str
) -> None:
    first, second = [await ann.invites(organization, bob, "member", team) for _ in range(2)]
    await bob.accepts(first)
    path = f"/teams/{team}/members/{bob.id}"
    await (ann.delete(path) if decided == "taken out" else ann.put(path, {"can_read": True}))
    await bob.accepts(second)
    assert not any(item["can_write"] for item in (await bob.get("/me/teams")).items)


async def test_an_older_link_does_not_undo_a_lowered_role(ann: Person, bob: Person, organization: str) -> None:
    first, second = [await ann.invites(organization, bob, "admin") for _ in range(2)]
    await bob.accepts(first)
    await ann.patch(f"/organizations/{organization}/members/{bob.id}", {"role": "member"})
    assert (await accept(bob, second)).code == "gone"
    assert await role(bob, organization) == "member"


async def test_an_invitation_expires(ann: Person, bob: Person, organization: str) -> None:
    token = await ann.invites(organization, bob)
    ann.hub.clock.pass_s(LIFETIME.total_seconds() - 1)
    assert (await look_up(ann.hub, token)).status == 200
    ann.hub.clock.pass_s(1)
    await bob.log_in()
    assert (await look_up(ann.hub, token)).code == "gone"
    assert (await accept(bob, token)).code == "gone"
    assert (await bob.get("/me/invitations")).items == []


async def test_a_withdrawn_invitation_is_gone(ann: Person, bob: Person, organization: str) -> None:
    token = await ann.invites(organization, bob)
    path = f"/organizations/{organization}/invitations"
    (made,) = (await ann.get(path)).items
    assert (await ann.delete(f"{path}/{made['id']}")).status == 204
    assert (await accept(bob, token)).code == "gone"
    assert (await ann.get(path)).items == []
    assert (await ann.delete(f"{path}/{made['id']}")).code == "not-found"


async def test_a_declined_invitation_is_gone(ann: Person, bob: Person, organization: str) -> None:
    token = await ann.invites(organization, bob)
    assert (await bob.post("/invitations/decline", {"token": token})).status == 204
    assert (await accept(bob, token)).code == "gone"
    assert (await bob.get("/organizations")).items == []
    assert (await ann.get(f"/organizations/{organization}/invitations")).items == []


@pytest.mark.parametrize("token", ["", "guess", "x" * 200, "\u0000", "ünïcode"])
async def test_a_guessed_token_opens_nothing(bob: Person, token: str) -> None:
    for answer in (await look_up(bob.hub, token), await accept(bob, token)):
        assert (answer.status, answer.code) == (404, "not-found")


async def test_an_invitation_is_worth_nothing_once_its_inviter_has_left(ann: Person, bob: Person) -> None:
    organization = await ann.makes_organization()
    ada = await joined(ann, organization, "ada", "admin")
    token = await ada.invites(organization, bob)
    await ada.delete(f"/organizations/{organization}/members/{ada.id}")
    for answer in (await look_up(ann.hub, token), await accept(bob, token)):
        assert (answer.status, answer.code) == (410, "gone")


async def test_an_invitation_is_worth_nothing_once_its_inviter_may_not_invite(
    ann: Person, bob: Person, organization: str
) -> None:
    ada = await joined(ann, organization, "ada", "admin")
    token = await ada.invites(organization, bob)
    path = f"/organizations/{organization}/members/{ada.id}"
    await ann.patch(path, {"role": "member"})
    assert (await accept(bob, token)).code == "gone"
    await ann.patch(path, {"role": "admin"})
    assert (await accept(bob, token)).status == 200, "the right counts at the moment of accepting"


async def test_an_invitation_is_worth_nothing_once_its_inviter_is_disabled(
    ann: Person, bob: Person, organization: str
) -> None:
    token = await ann.invites(organization, bob)
    async with ann.hub.database.write() as connection:
        disabled = update(accounts).where(accounts.c.id == ann.id).values(disabled_at=datetime.now(UTC))
        await connection.execute(disabled)
    assert (await accept(bob, token)).code == "gone"


async def test_an_owners_invitation_as_owner_is_worth_nothing_once_they_are_an_admin(
    ann: Person, bob: Person, organization: str
) -> None:
    olga = await joined(ann, organization, "olga", "owner")
    token = await olga.invites(organization, bob, "owner")
    await ann.patch(f"/organizations/{organization}/members/{olga.id}", {"role": "admin"})
    assert (await accept(bob, token)).code == "gone"


async def test_a_manager_invites_to_the_own_team_and_to_nothing_else(ann: Person, organization: str, team: str) -> None:
    mia = await manager(ann, organization, team, "mia")
    other = await ann.makes_team(organization, "Other")
    visible = await ann.makes_team(organization, "Visible")
    await ann.put(f"/teams/{visible}/members/{mia.id}", {"can_read": True})
    path = f"/organizations/{organization}/invitations"

    async def invite(*teams: str, role: str = "member") -> int:
        body = {"email": "bob@example.org", "role": role, "teams": [{"team_id": team} for team in teams]}
        return (await mia.post(path, body)).status

    assert await invite(team) == 201
    assert await invite() == 403
    assert await invite(visible) == 403
    assert await invite(team, visible) == 403
    assert await invite(other) == 404
    assert await invite(team, role="admin") == 403


async def test_a_managers_invitation_is_worth_nothing_once_they_manage_no_more(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    mia = await manager(ann, organization, team, "mia")
    token = await mia.invites(organization, bob, "member", team)
    await ann.put(f"/teams/{team}/members/{mia.id}", {"can_read": True, "can_write": True})
    assert (await accept(bob, token)).code == "gone"


async def test_a_managers_invitation_to_a_team_deleted_since_does_not_open_the_organization(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    mia = await manager(ann, organization, team, "mia")
    token = await mia.invites(organization, bob, "member", team)
    await ann.delete(f"/teams/{team}")
    assert (await accept(bob, token)).code == "gone"


async def test_an_owners_invitation_leaves_out_a_team_deleted_since(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    other = await ann.makes_team(organization, "Other")
    token = await ann.invites(organization, bob, "member", team, other)
    await ann.delete(f"/teams/{team}")
    await bob.accepts(token)
    assert [item["id"] for item in (await bob.get("/me/teams")).items] == [other]


async def test_a_team_of_another_organization_cannot_be_offered(ann: Person, organization: str) -> None:
    elsewhere = await ann.makes_team(await ann.makes_organization("Other"))
    body = {"email": "bob@example.org", "teams": [{"team_id": elsewhere}]}
    assert (await ann.post(f"/organizations/{organization}/invitations", body)).code == "not-found"


@pytest.mark.parametrize(
    "change",
    [
        {"email": "nobody"},
        {"role": "king"},
        {"teams": [{"team_id": "not-an-id"}]},
        {"teams": [{}]},
        {"teams": None},
        {"teams": [{"team_id": "01a209d8-3836-71d6-85c4-2a1bbb1b3b84"}] * 2},
        {"teams": [{"team_id": "01a209d8-3836-71d6-85c4-2a1bbb1b3b84", "can_read": False}]},
        {"invited_by": "01a209d8-3836-71d6-85c4-2a1bbb1b3b84"},
    ],
)
async def test_a_wrong_invitation_is_refused(ann: Person, organization: str, change: dict[str, Any]) -> None:
    body = {"email": "bob@example.org", "role": "member", "teams": [], **change}
    answer = await ann.post(f"/organizations/{organization}/invitations", body)
    assert (answer.status, answer.code) == (422, "invalid")


async def test_a_member_who_is_invited_again_keeps_what_they_have_and_gains_the_rest(
    ann: Person, organization: str, team: str
) -> None:
    ada = await joined(ann, organization, "ada", "admin")
    access = {"can_read": True, "can_write": False, "is_manager": True}
    await ann.put(f"/teams/{team}/members/{ada.id}", access)
    await ada.accepts(await ann.invites(organization, ada, "member", team))
    assert await role(ada, organization) == "admin"
    (mine,) = (await ada.get("/me/teams")).items
    assert (mine["can_write"], mine["is_manager"]) == (True, True)
    await ada.accepts(await ann.invites(organization, ada, "owner"))
    assert await role(ada, organization) == "owner"


async def test_an_invited_account_sees_it_and_hears_of_it(ann: Person, bob: Person, organization: str) -> None:
    hub = ann.hub
    hub.told.clear()
    token = await ann.invites(organization, "BOB@example.org")
    (waiting,) = (await bob.get("/me/invitations")).items
    assert waiting["organization"] == {"id": organization, "name": "Acme"}
    assert [(change.kind, change.account) for change in hub.told] == [(ChangeKind.INVITATION, bob.id)]
    hub.told.clear()
    await bob.accepts(token)
    assert {(change.kind, change.account) for change in hub.told} == {
        (ChangeKind.MEMBERSHIP, bob.id),
        (ChangeKind.INVITATION, bob.id),
    }
    assert (await bob.get("/me/invitations")).items == []
    assert (await ann.get("/me/invitations")).items == []


async def test_inviting_an_address_without_an_account_tells_nobody(ann: Person, organization: str) -> None:
    ann.hub.told.clear()
    await ann.invites(organization, "nobody@example.org")
    assert ann.hub.told == []


async def test_the_inviter_sees_and_withdraws_their_own_and_admins_everyones(
    ann: Person, organization: str, team: str
) -> None:
    mia, noa = await manager(ann, organization, team, "mia"), await manager(ann, organization, team, "noa")
    ada = await joined(ann, organization, "ada", "admin")
    await mia.invites(organization, "bob@example.org", "member", team)
    path = f"/organizations/{organization}/invitations"
    (made,) = (await mia.get(path)).items
    assert (await noa.get(path)).items == []
    assert (await ada.get(path)).items == [made]
    assert (await noa.delete(f"{path}/{made['id']}")).code == "not-found"
    assert (await mia.delete(f"{path}/{made['id']}")).status == 204


async def test_an_invitation_cannot_be_withdrawn_through_another_organization(ann: Person, organization: str) -> None:
    eve = await ann.hub.register("eve")
    theirs = await eve.makes_organization("Evil")
    token = await ann.invites(organization, "bob@example.org")
    (made,) = (await ann.get(f"/organizations/{organization}/invitations")).items
    assert (await eve.delete(f"/organizations/{theirs}/invitations/{made['id']}")).code == "not-found"
    assert (await look_up(ann.hub, token)).status == 200
