"""The matrix is walked as it stands: every action by every standing, in a hub with two organizations."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asking_hub import Hub, Person, hub_in
from authenticator import begins_second_factor
from databases import Databases
from sqlalchemy import select

from hub.accounts.rights import RECENT
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.permissions import AFTER_RECENT_LOG_IN, MATRIX, Action, Answer, Role, Standing, answer, require
from hub.schema import metadata

ACCESS = {
    Standing.READER: {"can_read": True, "can_write": False, "is_manager": False},
    Standing.WRITER: {"can_read": True, "can_write": True, "is_manager": False},
    Standing.MANAGER: {"can_read": True, "can_write": True, "is_manager": True},
}
WHAT_THEY_ARE: dict[str, frozenset[Standing]] = {
    "owner": frozenset({Standing.OWNER}),
    "admin": frozenset({Standing.ADMIN}),
    "member": frozenset({Standing.MEMBER}),
    "manager": frozenset({Standing.MEMBER, Standing.MANAGER, Standing.WRITER, Standing.READER}),
    "writer": frozenset({Standing.MEMBER, Standing.WRITER, Standing.READER}),
    "reader": frozenset({Standing.MEMBER, Standing.READER}),
    "admin-reader": frozenset({Standing.ADMIN, Standing.READER}),
    # Of the other organization: here they are nobody, whatever they are there.
    "stranger": frozenset({Standing.STRANGER}),
    "other-owner": frozenset({Standing.STRANGER}),
    "other-manager": frozenset({Standing.STRANGER}),
    "system-admin": frozenset({Standing.STRANGER, Standing.SYSTEM_ADMIN}),
    "system-admin-member": frozenset({Standing.MEMBER, Standing.SYSTEM_ADMIN}),
}


@dataclass(frozen=True)
class World:
    organization: str
    team: str
    invitation: str
    waiting: tuple[str, str]
    """Two who came by the owner's link and wait for approval."""
    deleted_team: str
    """With the same members as the team."""
    abandoned: str
    """An organization whose owner is disabled."""
    people: dict[str, Person]

    def in_hub(self, hub: Hub) -> "World":
        return replace(self, people={name: replace(person, hub=hub) for name, person in self.people.items()})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settled(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, World]:
    """A world in a database, from which each case takes a copy, so that none meets what another has changed."""
    folder, database_url = tmp_path_factory.mktemp("settled"), await databases.new()
    async with hub_in(folder, database_url) as hub:
        names = [*WHAT_THEY_ARE, "second-owner", "second-admin", "second-member", "second-reader"]
        people = {name: await hub.register(name) for name in names}
        owner = people["owner"]
        here = await owner.makes_organization("Here")
        team = await owner.makes_team(here, "Here's team")
        deleted_team = await owner.makes_team(here, "Deleted")
        for one in (team, deleted_team):
            await owner.delete(f"/teams/{one}/members/{owner.id}")
        for name, person in people.items():
            if name.startswith("system-admin"):
                await hub.accounts.administration.grant(AccountId(person.id))
            if name in ("owner", "stranger", "other-owner", "other-manager", "system-admin"):
                continue
            role = next((role for role in Role if name.startswith(role) or name == f"second-{role}"), Role.MEMBER)
            await person.accepts(await owner.invites(here, person, role))
            access = next((access for standing, access in ACCESS.items() if name.endswith(standing)), None)
            if access:
                for one in (team, deleted_team):
                    await owner.put(f"/teams/{one}/members/{person.id}", access)
        await owner.delete(f"/teams/{deleted_team}")
        await owner.invites(here, "somebody@example.org", "member", team)
        (invitation,) = (await owner.get(f"/organizations/{here}/invitations")).items
        link = await owner.invites_by_link(here, team, needs_approval=True)
        for name in ("one", "other"):
            await (await hub.register(name)).post("/invitations/accept", {"token": link})
        waiting = [item["id"] for item in (await owner.get(f"/organizations/{here}/join-requests")).items]
        there = await people["other-owner"].makes_organization("There")
        other_team = await people["other-owner"].makes_team(there)
        manager = people["other-manager"]
        await manager.accepts(await people["other-owner"].invites(there, manager))
        await people["other-owner"].put(f"/teams/{other_team}/members/{manager.id}", ACCESS[Standing.MANAGER])
        authenticator = await begins_second_factor(people["second-member"])
        await people["second-member"].put("/me/second-factor", {"otp": authenticator.code()})
        gone = await hub.register("gone")
        abandoned = await gone.makes_organization("Abandoned")
        await hub.accounts.administration.disable(None, AccountId(gone.id))
    world = World(here, team, invitation["id"], (waiting[0], waiting[1]), deleted_team, abandoned, people)
    return folder, database_url, world


@pytest.fixture
async def world(settled: tuple[Path, str, World], databases: Databases) -> AsyncIterator[World]:
    folder, database_url, world = settled
    async with databases.lent(database_url) as copy, hub_in(folder, copy) as hub:
        yield world.in_hub(hub)


Request = tuple[str, str, Any]
Probe = Callable[[World, Person], Request]


def organization(method: str, path: str = "", body: Any = None) -> Probe:
    return lambda world, actor: (method, f"/organizations/{world.organization}{path}", body)


def member(method: str, name: str | None, body: Any = None) -> Probe:
    """`name` None: the actor."""
    return lambda world, actor: (
        method,
        f"/organizations/{world.organization}/members/{(world.people[name] if name else actor).id}",
        body,
    )


def team(method: str, path: str = "", body: Any = None) -> Probe:
    return lambda world, actor: (method, f"/teams/{world.team}{path}", body)


def team_member(method: str, name: str | None, body: Any = None) -> Probe:
    return lambda world, actor: (
        method,
        f"/teams/{world.team}/members/{(world.people[name] if name else actor).id}",
        body,
    )


def hub_wide(method: str, path: str) -> Probe:
    return lambda world, actor: (method, f"/admin{path}", None)


def invite(role: str, *, to_team: bool = False) -> Probe:
    return lambda world, actor: (
        "POST",
        f"/organizations/{world.organization}/invitations",
        {"email": "x@example.org", "role": role, "teams": [{"team_id": world.team}] if to_team else []},
    )


def invitation(method: str, path: str = "") -> Probe:
    return lambda world, actor: (
        method,
        f"/organizations/{world.organization}/invitations/{world.invitation}{path}",
        None,
    )


PROBES: dict[Action, list[Probe]] = {
    Action.CREATE_ORGANIZATION: [lambda world, actor: ("POST", "/organizations", {"name": "New"})],
    Action.SEE_ORGANIZATION: [organization("GET")],
    Action.RENAME_ORGANIZATION: [organization("PATCH", "", {"name": "New"})],
    Action.DELETE_ORGANIZATION: [organization("DELETE")],
    Action.LIST_MEMBERS: [organization("GET", "/members"), member("GET", "second-member"), member("GET", "owner")],
    Action.CHANGE_ROLE: [
        member("PATCH", "second-member", {"role": "admin"}),
        member("PATCH", "second-member", {"role": "owner"}),
        member("PATCH", "second-admin", {"role": "member"}),
        member("PATCH", "second-owner", {"role": "member"}),
        member("PATCH", None, {"role": "owner"}),
    ],
    Action.REMOVE_OWNER_OR_ADMIN: [member("DELETE", "second-owner"), member("DELETE", "second-admin")],
    Action.REMOVE_MEMBER: [member("DELETE", "second-member"), member("DELETE", "second-reader")],
    Action.LEAVE_ORGANIZATION: [member("DELETE", None)],
    Action.INVITE_TO_ORGANIZATION: [invite("member")],
    Action.INVITE_AS_OWNER_OR_ADMIN: [
        invite("admin"),
        invite("owner"),
        invite("admin", to_team=True),
        invite("owner", to_team=True),
    ],
    Action.LIST_INVITATIONS: [organization("GET", "/invitations"), organization("GET", "/join-requests")],
    Action.SEE_ALL_INVITATIONS: [
        invitation("POST", "/resend"),
        invitation("DELETE"),
        lambda world, actor: (
            "POST",
            f"/organizations/{world.organization}/join-requests/{world.waiting[0]}/approve",
            None,
        ),
        lambda world, actor: (
            "POST",
            f"/organizations/{world.organization}/join-requests/{world.waiting[1]}/refuse",
            None,
        ),
    ],
    Action.LIST_TEAMS: [organization("GET", "/teams")],
    Action.CREATE_TEAM: [organization("POST", "/teams", {"name": "New"})],
    Action.SEE_TEAM: [team("GET")],
    Action.RENAME_TEAM: [team("PATCH", "", {"name": "New"})],
    Action.DELETE_TEAM: [
        team("DELETE"),
        lambda world, actor: ("POST", f"/teams/{world.deleted_team}/undelete", None),
    ],
    Action.LIST_DELETED_TEAMS: [organization("GET", "/teams?deleted=true")],
    Action.LIST_TEAM_MEMBERS: [team("GET", "/members")],
    Action.CHANGE_TEAM_MEMBERS: [
        team_member("PUT", "second-member", ACCESS[Standing.READER]),
        team_member("PUT", "second-reader", ACCESS[Standing.MANAGER]),
        team_member("DELETE", "second-reader"),
    ],
    Action.LEAVE_TEAM: [team_member("DELETE", None)],
    Action.INVITE_TO_TEAM: [invite("member", to_team=True)],
    Action.SEE_TEAM_EVENTS: [team("GET", "/audit-events")],
    Action.SEE_EVENTS: [organization("GET", "/audit-events")],
    Action.SEE_HUB: [hub_wide("GET", path) for path in ("/accounts", "/organizations", "/audit-events", "/stats")],
    Action.RUN_HUB: [
        lambda world, actor: ("POST", f"/admin/accounts/{world.people['second-member'].id}/disable", None),
        lambda world, actor: ("POST", f"/admin/accounts/{world.people['second-member'].id}/enable", None),
        lambda world, actor: ("DELETE", f"/admin/accounts/{world.people['second-member'].id}/sessions", None),
        lambda world, actor: ("DELETE", f"/admin/accounts/{world.people['second-member'].id}/second-factor", None),
        lambda world, actor: ("POST", f"/admin/organizations/{world.organization}/suspend", None),
        lambda world, actor: ("POST", f"/admin/organizations/{world.organization}/resume", None),
        lambda world, actor: (
            "POST",
            f"/admin/organizations/{world.abandoned}/rescue",
            {"email": world.people["second-owner"].email},
        ),
    ],
}
# Asked otherwise than by a request of their own; each has a test below.
ELSEWHERE = {Action.SEE_ADDRESSES, Action.READ_FOLDER, Action.WRITE_FOLDER, Action.ADD_ONESELF_TO_TEAM}
STATUS = {Answer.ALLOWED: range(200, 300), Answer.FORBIDDEN: (403,), Answer.HIDDEN: (404,)}


def test_every_action_of_the_matrix_is_asked() -> None:
    assert PROBES.keys() | ELSEWHERE == set(Action) == set(MATRIX)
    assert not PROBES.keys() & ELSEWHERE


@pytest.mark.parametrize("who", WHAT_THEY_ARE)
@pytest.mark.parametrize("action", PROBES)
async def test_the_hub_answers_as_the_matrix_says(world: World, action: Action, who: str) -> None:
    actor = world.people[who]
    expected = answer(action, WHAT_THEY_ARE[who])
    for probe in PROBES[action]:
        method, path, body = probe(world, actor)
        given = await actor.ask(method, path, body)
        assert given.status in STATUS[expected], f"{who}: {method} {path} {body}: {given.text}"
        if given.status >= 400:
            assert given.code == {403: "forbidden", 404: "not-found"}[given.status]


@pytest.mark.parametrize("who", WHAT_THEY_ARE)
@pytest.mark.parametrize("action", sorted(AFTER_RECENT_LOG_IN))
async def test_what_is_dangerous_is_done_after_a_recent_log_in_alone(world: World, action: Action, who: str) -> None:
    actor, hub = world.people[who], world.people[who].hub
    hub.clock.pass_s(RECENT.total_seconds() + 1)
    actor.take(await hub.ask("POST", "/sessions/refresh", {"refresh_token": actor.refresh_token}))
    expected = answer(action, WHAT_THEY_ARE[who])
    for probe in PROBES[action]:
        given = await actor.ask(*probe(world, actor))
        if expected is Answer.ALLOWED:
            assert (given.status, given.code) == (403, "recent-login-required")
        else:
            assert given.status in STATUS[expected]
            assert given.code in ("forbidden", "not-found")


@pytest.mark.parametrize("action", [action for action in PROBES if action not in AFTER_RECENT_LOG_IN])
async def test_everything_else_is_done_however_long_ago_one_logged_in(world: World, action: Action) -> None:
    who = next(who for who, held in WHAT_THEY_ARE.items() if answer(action, held) is Answer.ALLOWED)
    actor, hub = world.people[who], world.people[who].hub
    hub.clock.pass_s(RECENT.total_seconds() + 1)
    actor.take(await hub.ask("POST", "/sessions/refresh", {"refresh_token": actor.refresh_token}))
    for probe in PROBES[action]:
        given = await actor.ask(*probe(world, actor))
        assert given.status in STATUS[Answer.ALLOWED], given.text


@pytest.mark.parametrize("who", WHAT_THEY_ARE)
async def test_a_refused_actor_changes_nothing(world: World, who: str) -> None:
    actor, hub = world.people[who], world.people[who].hub

    async def everything() -> dict[str, list[Any]]:
        async with hub.database.read() as connection:
            return {
                table.name: [tuple(row) for row in await connection.execute(select(table))]
                for table in metadata.sorted_tables
            }

    before = await everything()
    hub.told.clear()
    for action, probes in PROBES.items():
        if answer(action, WHAT_THEY_ARE[who]) is not Answer.ALLOWED:
            for probe in probes:
                await actor.ask(*probe(world, actor))
    assert await everything() == before
    assert hub.told == []


@pytest.mark.parametrize("who", WHAT_THEY_ARE)
async def test_addresses_are_shown_as_the_matrix_says(world: World, who: str) -> None:
    expected = answer(Action.SEE_ADDRESSES, WHAT_THEY_ARE[who])
    listed = await world.people[who].get(f"/organizations/{world.organization}/members")
    if expected is Answer.HIDDEN:
        assert listed.status == 404
    else:
        assert {item["email"] is not None for item in listed.items} == {expected is Answer.ALLOWED}


@pytest.mark.parametrize("who", WHAT_THEY_ARE)
async def test_ones_own_access_to_a_team_is_raised_as_the_matrix_says(world: World, who: str) -> None:
    actor, own = world.people[who], f"/teams/{world.team}/members/{world.people[who].id}"
    if Standing.MANAGER in WHAT_THEY_ARE[who]:
        lowered = await world.people["owner"].put(own, {"can_read": True, "can_write": False, "is_manager": True})
        assert lowered.status == 200
    expected = answer(Action.ADD_ONESELF_TO_TEAM, WHAT_THEY_ARE[who])
    assert (await actor.put(own, ACCESS[Standing.MANAGER])).status in STATUS[expected]


@pytest.mark.parametrize("who", WHAT_THEY_ARE)
async def test_folders_open_as_the_matrix_says(world: World, who: str) -> None:
    actor = world.people[who]
    authority = actor.hub.accounts.authority
    held = WHAT_THEY_ARE[who]
    assert (await actor.get(f"/teams/{world.team}/bookmarks")).status in STATUS[answer(Action.READ_FOLDER, held)]
    if answer(Action.READ_FOLDER, held) is Answer.ALLOWED:
        grant = await authority.admit(actor.access_token, DocumentId(world.team))
        assert grant.can_write == (answer(Action.WRITE_FOLDER, held) is Answer.ALLOWED)
    else:
        with pytest.raises(TeammarksError) as refused:
            await authority.admit(actor.access_token, DocumentId(world.team))
        assert refused.value.code is Code.NOT_FOUND


async def test_what_is_hidden_looks_exactly_like_what_does_not_exist(world: World) -> None:
    stranger = world.people["stranger"]
    nothing = world.people["owner"].id
    nowhere = replace(world, organization=nothing, team=nothing, deleted_team=nothing)
    for probes in PROBES.values():
        for probe in probes:
            real = await stranger.ask(*probe(world, stranger))
            unreal = await stranger.ask(*probe(nowhere, stranger))
            if real.status == 404:
                assert (real.status, real.text, real.headers) == (unreal.status, unreal.text, unreal.headers)


def test_more_standings_never_allow_less() -> None:
    for action in Action:
        for held in (frozenset(two) for two in combinations(Standing, 2)):
            assert answer(action, held) == max(answer(action, {one}) for one in held)


def test_a_stranger_may_do_nothing_but_found_an_organization() -> None:
    allowed = {action for action in Action if answer(action, {Standing.STRANGER}) is Answer.ALLOWED}
    seen = {action for action in Action if answer(action, {Standing.STRANGER}) is Answer.FORBIDDEN}
    assert allowed == {Action.CREATE_ORGANIZATION}
    assert seen == {Action.SEE_HUB, Action.RUN_HUB}  # that there is a hub is no secret


def test_who_has_no_standing_at_all_sees_nothing() -> None:
    for action in Action:
        with pytest.raises(TeammarksError) as refused:
            require(action, [])
        assert refused.value.code is Code.NOT_FOUND


def test_no_role_opens_a_folder() -> None:
    for standing in (Standing.OWNER, Standing.ADMIN, Standing.MEMBER, Standing.MANAGER, Standing.SYSTEM_ADMIN):
        assert answer(Action.READ_FOLDER, {standing}) is not Answer.ALLOWED
        assert answer(Action.WRITE_FOLDER, {standing}) is not Answer.ALLOWED
