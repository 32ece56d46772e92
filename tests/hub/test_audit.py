"""The audit log as people read it, and as nobody can change it."""

import json
from typing import Any

import pytest
from asking_hub import PASSWORD, Answer, Hub, Person
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from hub.accounts.audit import Event, Source
from hub.errors import TeammarksError
from hub.ids import AccountId
from hub.schema import accounts, audit_events
from hub.web.rest.asking import MAX_PAGE

NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def organization(ann: Person) -> str:
    return await ann.makes_organization()


async def lines(person: Person, path: str) -> list[dict[str, Any]]:
    answer = await person.hub.ask("GET", path, token=person.access_token, headers=NDJSON)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def events(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [item["event"] for item in answer.items]


async def test_an_event_says_who_did_what_to_whom_when_and_from_where(ann: Person, organization: str) -> None:
    bob = await ann.hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob))
    ann.hub.clock.pass_s(60)
    await ann.patch(f"/organizations/{organization}/members/{bob.id}", {"role": "admin"})
    newest = (await ann.get(f"/organizations/{organization}/audit-events?limit=1")).items[0]
    assert newest.pop("id")
    assert newest == {
        "event": Event.ROLE_CHANGED,
        "made_at": "2027-01-15T08:01:00Z",
        "source": Source.ACCOUNT,
        "actor_id": ann.id,
        "session_id": ann.session,
        "address": "127.0.0.1",
        "organization_id": organization,
        "team_id": None,
        "account_id": bob.id,
        "detail": {"before": "member", "role": "admin"},
    }


async def test_who_is_not_logged_in_is_a_visitor_and_the_command_an_operator(hub: Hub, ann: Person) -> None:
    await hub.accounts.administration.grant(AccountId(ann.id))
    log_in = (await ann.get("/admin/audit-events?event=session.logged-in")).items[0]
    assert (log_in["source"], log_in["actor_id"], log_in["account_id"]) == (Source.VISITOR, None, ann.id)
    assert log_in["detail"] == {"session": ann.session}


async def test_an_organizations_log_has_what_happened_in_its_teams_and_a_teams_only_its_own(
    ann: Person, organization: str
) -> None:
    team = await ann.makes_team(organization)
    await ann.patch(f"/teams/{team}", {"name": "New"})
    elsewhere = await ann.makes_organization("Elsewhere")
    await ann.makes_team(elsewhere)
    assert events(await ann.get(f"/organizations/{organization}/audit-events")) == [
        Event.TEAM_RENAMED,
        Event.TEAM_CREATED,
        Event.ORGANIZATION_CREATED,
    ]
    assert events(await ann.get(f"/teams/{team}/audit-events")) == [Event.TEAM_RENAMED, Event.TEAM_CREATED]


async def test_pages_go_from_the_newest_to_the_oldest_and_leave_none_out(ann: Person, organization: str) -> None:
    for number in range(6):
        await ann.patch(f"/organizations/{organization}", {"name": f"Name {number}"})
    path, seen, cursor = f"/organizations/{organization}/audit-events?limit=3", [], ""
    while True:
        page = await ann.get(path + cursor)
        seen += [item["id"] for item in page.items]
        await ann.patch(f"/organizations/{organization}", {"name": "Meanwhile"})  # newer than all that is listed
        if page.json["next_cursor"] is None:
            break
        cursor = f"&cursor={page.json['next_cursor']}"
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


async def test_events_are_chosen_by_name_actor_and_time(ann: Person, organization: str) -> None:
    bob = await ann.hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob))
    ann.hub.clock.pass_s(300)
    await bob.delete(f"/organizations/{organization}/members/{bob.id}")
    log = f"/organizations/{organization}/audit-events"
    assert events(await ann.get(f"{log}?event=invitation.made")) == [Event.INVITED]
    assert events(await ann.get(f"{log}?actor={bob.id}")) == [Event.MEMBER_LEFT, Event.INVITATION_ACCEPTED]
    later = "2027-01-15T08:05:00Z"
    assert events(await ann.get(f"{log}?since={later}")) == [Event.MEMBER_LEFT]
    assert Event.MEMBER_LEFT not in events(await ann.get(f"{log}?until={later}"))


@pytest.mark.parametrize("query", ["event=nonsense", "actor=bob", "since=yesterday", "since=2027-01-15T09:00:00"])
async def test_a_choice_that_cannot_be_read_is_refused(ann: Person, query: str) -> None:
    assert (await ann.get(f"/me/audit-events?{query}")).code == "invalid"


async def test_an_export_has_every_event_one_a_line(ann: Person, organization: str) -> None:
    for number in range(MAX_PAGE + 10):
        await ann.patch(f"/organizations/{organization}", {"name": f"Name {number}"})
    exported = await lines(ann, f"/organizations/{organization}/audit-events?limit=1")
    assert len(exported) == MAX_PAGE + 11
    page = await ann.get(f"/organizations/{organization}/audit-events?limit=200")
    assert exported[:200] == page.items
    assert await lines(ann, f"/organizations/{organization}/audit-events?event=organization.created") == exported[-1:]


async def test_who_may_not_see_a_log_gets_no_export_of_it(ann: Person, organization: str) -> None:
    eve = await ann.hub.register("eve")
    answer = await ann.hub.ask(
        "GET", f"/organizations/{organization}/audit-events", token=eve.access_token, headers=NDJSON
    )
    assert (answer.status, answer.code) == (404, "not-found")


async def test_ones_own_log_has_what_others_did_to_one_but_not_where_they_were(ann: Person, organization: str) -> None:
    bob = await ann.hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob))
    await ann.patch(f"/organizations/{organization}/members/{bob.id}", {"role": "admin"})
    mine = (await bob.get("/me/audit-events")).items
    assert [item["event"] for item in mine] == [
        Event.ROLE_CHANGED,
        Event.INVITATION_ACCEPTED,
        Event.LOGGED_IN,
        Event.REGISTERED,
    ]
    assert (mine[0]["actor_id"], mine[0]["address"], mine[0]["session_id"]) == (ann.id, None, None)
    assert (mine[1]["address"], mine[1]["session_id"]) == ("127.0.0.1", bob.session)


async def test_an_account_that_is_gone_keeps_its_id_in_the_log(ann: Person, organization: str) -> None:
    bob = await ann.hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob))
    async with ann.hub.database.write() as connection:
        await connection.execute(delete(accounts).where(accounts.c.id == bob.id))
    newest = (await ann.get(f"/organizations/{organization}/audit-events")).items[0]
    assert (newest["event"], newest["actor_id"]) == (Event.INVITATION_ACCEPTED, bob.id)


@pytest.mark.parametrize("change", [update(audit_events).values(event="x"), delete(audit_events)])
async def test_the_database_refuses_to_change_or_delete_an_event(ann: Person, change: Any) -> None:
    before = (await ann.get("/me/audit-events")).json
    with pytest.raises((DBAPIError, TeammarksError)) as refused:
        async with ann.hub.database.write() as connection:
            await connection.execute(change)
    assert "append-only" in str(refused.value.__cause__)
    assert (await ann.get("/me/audit-events")).json == before


async def test_no_event_holds_a_secret_or_what_a_person_wrote(ann: Person, organization: str) -> None:
    token = await ann.invites(organization, "bob@example.org")
    await ann.makes_team(organization, "Takeover of Initech")
    await ann.hub.ask("POST", "/sessions", {"email": ann.email, "password": PASSWORD, "device": "Ann's telephone"})
    await ann.hub.accounts.administration.grant(AccountId(ann.id))
    everything = json.dumps(await lines(ann, "/admin/audit-events"))
    for secret in (token, PASSWORD, ann.refresh_token, ann.access_token, "bob@", "ann@", "Initech", "telephone"):
        assert secret not in everything
