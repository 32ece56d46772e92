"""Requests at the same moment: each pair is as if one of the two had come first."""

from typing import Any

import pytest
from asking_hub import PASSWORD, Hub, Person
from rendezvous import Rendezvous
from sqlalchemy import func, select, update

from hub.accounts.passwords import Passwords
from hub.schema import accounts, memberships, organization_members, sessions, teams


@pytest.fixture
def at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Rendezvous:
    return Rendezvous(hub.database, monkeypatch)


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def bob(hub: Hub) -> Person:
    return await hub.register("bob")


@pytest.fixture
async def organization(ann: Person) -> str:
    return await ann.makes_organization()


async def joined(ann: Person, bob: Person, organization: str, role: str) -> None:
    await bob.accepts(await ann.invites(organization, bob, role))


@pytest.fixture
async def both(ann: Person, bob: Person, organization: str) -> tuple[str, str]:
    """Where Ann and Bob are as members of the organization, which both own."""
    await joined(ann, bob, organization, "owner")
    return f"/organizations/{organization}/members/{ann.id}", f"/organizations/{organization}/members/{bob.id}"


async def owners(hub: Hub) -> int:
    async with hub.database.read() as connection:
        query = select(func.count()).select_from(organization_members).where(organization_members.c.role == "owner")
        return await connection.scalar(query) or 0


async def test_of_two_last_owners_who_leave_at_once_one_stays(
    hub: Hub, at_once: Rendezvous, ann: Person, bob: Person, both: tuple[str, str]
) -> None:
    hers, his = both
    answers = await at_once.of(ann.delete(hers), bob.delete(his))
    assert sorted(answer.status for answer in answers) == [204, 409]
    assert await owners(hub) == 1


async def test_of_two_owners_who_remove_each_other_at_once_one_stays(
    hub: Hub, at_once: Rendezvous, ann: Person, bob: Person, both: tuple[str, str]
) -> None:
    hers, his = both
    answers = await at_once.of(ann.delete(his), bob.delete(hers))
    assert sorted(answer.status for answer in answers) == [204, 404]
    assert await owners(hub) == 1


async def test_of_two_owners_who_demote_each_other_at_once_one_stays(
    hub: Hub, at_once: Rendezvous, ann: Person, bob: Person, both: tuple[str, str]
) -> None:
    hers, his = both
    answers = await at_once.of(ann.patch(his, {"role": "admin"}), bob.patch(hers, {"role": "admin"}))
    assert sorted(answer.status for answer in answers) == [200, 403]
    assert await owners(hub) == 1


async def test_who_is_demoted_cannot_become_owner_by_an_older_invitation_at_the_same_moment(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    await joined(ann, bob, organization, "admin")
    token = await ann.invites(organization, bob, "owner")
    member = f"/organizations/{organization}/members/{bob.id}"
    accepted, demoted = await at_once.of(
        bob.post("/invitations/accept", {"token": token}), ann.patch(member, {"role": "member"})
    )
    assert (accepted.status, demoted.status) in [(200, 200), (410, 200)]
    assert (await ann.get(member)).json["role"] == "member"


async def test_an_invitation_accepted_twice_at_once_is_used_once(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    token = {"token": await ann.invites(organization, bob)}
    answers = await at_once.of(bob.post("/invitations/accept", token), bob.post("/invitations/accept", token))
    assert sorted(answer.status for answer in answers) == [200, 410]


async def test_an_invitation_that_is_declined_and_accepted_at_once_is_one_of_both(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    token = {"token": await ann.invites(organization, bob)}
    accepted, declined = await at_once.of(
        bob.post("/invitations/accept", token), bob.post("/invitations/decline", token)
    )
    assert (accepted.status, declined.status) in [(200, 410), (410, 204)]
    joined = (await bob.get("/organizations")).items
    assert bool(joined) == (accepted.status == 200)


async def test_two_invitations_accepted_at_once_make_one_member_with_what_both_offer(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    one, other = [await ann.makes_team(organization, name) for name in ("One", "Other")]
    tokens = [await ann.invites(organization, bob, "member", team) for team in (one, other)]
    answers = await at_once.of(*(bob.post("/invitations/accept", {"token": token}) for token in tokens))
    assert [answer.status for answer in answers] == [200, 200]
    assert {team["id"] for team in (await bob.get("/me/teams")).items} == {one, other}


async def test_a_person_put_into_a_team_twice_at_once_is_new_in_it_once(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    await joined(ann, bob, organization, "member")
    member = f"/teams/{await ann.makes_team(organization)}/members/{bob.id}"
    answers = await at_once.of(ann.put(member, {"can_read": True}), ann.put(member, {"can_read": True}))
    assert sorted(answer.status for answer in answers) == [200, 201]


async def test_who_leaves_an_organization_keeps_no_team_given_at_the_same_moment(
    hub: Hub, at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    await joined(ann, bob, organization, "member")
    team = await ann.makes_team(organization)
    given, left = await at_once.of(
        ann.put(f"/teams/{team}/members/{bob.id}", {"can_read": True}),
        bob.delete(f"/organizations/{organization}/members/{bob.id}"),
    )
    assert (given.status, left.status) in [(201, 204), (404, 204)]
    async with hub.database.read() as connection:
        assert (await connection.execute(select(memberships).where(memberships.c.account_id == bob.id))).all() == []


async def test_no_team_is_left_in_an_organization_that_is_deleted_at_the_same_moment(
    hub: Hub, at_once: Rendezvous, ann: Person, organization: str
) -> None:
    made, deleted = await at_once.of(
        ann.post(f"/organizations/{organization}/teams", {"name": "Late"}), ann.delete(f"/organizations/{organization}")
    )
    assert (made.status, deleted.status) in [(201, 204), (404, 204)]
    async with hub.database.read() as connection:
        assert (await connection.execute(select(teams).where(teams.c.deleted_at.is_(None)))).all() == []


async def test_a_refresh_token_used_twice_at_once_has_one_successor(hub: Hub, at_once: Rendezvous, ann: Person) -> None:
    body = {"refresh_token": ann.refresh_token}
    one, other = await at_once.of(*(hub.ask("POST", "/sessions/refresh", body) for _ in range(2)))
    assert (one.status, other.status) == (200, 200)
    assert one.json["refresh_token"] == other.json["refresh_token"] != ann.refresh_token


async def test_an_address_registered_twice_at_once_is_one_account(hub: Hub, at_once: Rendezvous) -> None:
    body = {"email": "cy@example.org", "password": PASSWORD, "display_name": "Cy"}
    answers = await at_once.of(*(hub.ask("POST", "/accounts", body) for _ in range(2)))
    assert [(answer.status, answer.text) for answer in answers] == [(202, answers[0].text)] * 2
    async with hub.database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(accounts)) == 1


@pytest.mark.parametrize(
    "change", [{"disabled_at": func.now()}, {"password_hash": "another"}], ids=["disabled", "changed"]
)
async def test_who_may_not_log_in_any_more_when_the_password_has_been_checked_gets_no_session(
    hub: Hub, ann: Person, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = Passwords.verify

    async def meanwhile(self: Passwords, *given: Any) -> bool:
        right = await verify(self, *given)
        async with hub.database.write() as connection:
            await connection.execute(update(accounts).values(**change))
        return right

    monkeypatch.setattr(Passwords, "verify", meanwhile)
    answer = await hub.ask("POST", "/sessions", {"email": ann.email, "password": PASSWORD, "device": "second"})
    assert answer.status in (401, 403)
    async with hub.database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(sessions)) == 1


async def test_the_last_use_of_a_link_is_one_accounts(
    hub: Hub, at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    token = {"token": await ann.invites_by_link(organization, max_uses=1)}
    cy = await hub.register("cy")
    answers = await at_once.of(*(person.post("/invitations/accept", token) for person in (bob, cy)))
    assert sorted(answer.status for answer in answers) == [200, 410]
    assert len((await ann.get(f"/organizations/{organization}/members")).items) == 2


async def test_one_account_that_uses_a_link_twice_at_once_takes_one_use(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    token = {"token": await ann.invites_by_link(organization, max_uses=5)}
    answers = await at_once.of(*(bob.post("/invitations/accept", token) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 410]
    (link,) = (await ann.get(f"/organizations/{organization}/invitations")).items
    assert link["link"]["uses"] == 1


async def test_the_last_place_to_wait_for_approval_is_one_accounts(
    hub: Hub, at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    token = {"token": await ann.invites_by_link(organization, max_uses=1, needs_approval=True)}
    cy = await hub.register("cy")
    answers = await at_once.of(*(person.post("/invitations/accept", token) for person in (bob, cy)))
    assert sorted(answer.status for answer in answers) == [202, 410]


async def test_who_is_approved_and_refused_at_once_is_one_of_both(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    token = {"token": await ann.invites_by_link(organization, needs_approval=True)}
    await bob.post("/invitations/accept", token)
    path = f"/organizations/{organization}/join-requests"
    (request,) = (await ann.get(path)).items
    approved, refused = await at_once.of(
        *(ann.post(f"{path}/{request['id']}/{how}", None) for how in ("approve", "refuse"))
    )
    assert sorted([approved.status, refused.status]) == [204, 404]
    assert bool((await bob.get("/organizations")).items) == (approved.status == 204)


async def test_a_link_that_is_sent_again_and_used_at_once_is_used_by_its_old_token_before_or_not_at_all(
    at_once: Rendezvous, ann: Person, bob: Person, organization: str
) -> None:
    token = await ann.invites(organization, bob)
    path = f"/organizations/{organization}/invitations"
    (made,) = (await ann.get(path)).items
    accepted, again = await at_once.of(
        bob.post("/invitations/accept", {"token": token}), ann.post(f"{path}/{made['id']}/resend", None)
    )
    assert (accepted.status, again.status) in [(200, 404), (404, 200)]


async def test_a_team_brought_back_twice_at_once_comes_back_once(
    at_once: Rendezvous, ann: Person, organization: str
) -> None:
    team = await ann.makes_team(organization)
    await ann.delete(f"/teams/{team}")
    answers = await at_once.of(*(ann.post(f"/teams/{team}/undelete", None) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 404]
