"""The scopes are walked as they stand: every action and every operation by a program with a token of each scope."""

# ruff: noqa: F811 - fixtures of another module

from typing import Any

import pytest
from api_programs import Program, makes_token
from asking_hub import Contract, Hub, Person
from test_permissions import ELSEWHERE, PROBES, WHAT_THEY_ARE, Probe, World, settled, world  # noqa: F401
from test_rest import PUBLIC, filled, operations

from hub.permissions import MATRIX, Action, Answer, answer
from hub.scopes import SCOPES, Scope
from hub.web import rest

FOR_PROGRAMS = [
    (method, path) for method, path, operation in operations() if {"apiToken": []} in operation.get("security", [])
]
FOR_PERSONS_ALONE = [
    (method, path)
    for method, path, operation in operations()
    if operation["operationId"] not in PUBLIC and (method, path) not in FOR_PROGRAMS
]
LISTS = ["/organizations", "/me/teams"]
"""Of what one sees: every token may, as far as it is pinned."""
ASKED: dict[Action, list[Probe]] = {
    **PROBES,
    Action.READ_FOLDER: [lambda world, actor: ("GET", f"/teams/{world.team}/bookmarks", None)],
}
MARKED = [pytest.param(action, id=action.name.lower()) for action in ASKED]


def allowed(world: World, action: Action) -> Person:
    """Somebody who may do it."""
    name = next(name for name, held in WHAT_THEY_ARE.items() if answer(action, held) is Answer.ALLOWED)
    return world.people[name]


def template_of(path: str) -> str:
    described = Contract.read().description["paths"]
    parts = (rest.BASE + path.partition("?")[0]).split("/")

    def fits(template: str) -> bool:
        pairs = list(zip(template.split("/"), parts, strict=False))
        return template.count("/") + 1 == len(parts) and all(one == other or one[:1] == "{" for one, other in pairs)

    return min(filter(fits, described), key=lambda template: template.count("{"))


async def asks(program: Program, world: World, probe: Probe, actor: Person) -> tuple[int, str]:
    """How it is answered: status and code."""
    given = await program.ask(*probe(world, actor))
    return given.status, given.code if given.status >= 400 else ""


def test_every_action_says_which_scopes_allow_it() -> None:
    assert set(SCOPES) == set(MATRIX) == set(Action)


def test_every_scope_is_good_for_something() -> None:
    always = frozenset(Scope)
    assert {scope for scopes in SCOPES.values() if scopes != always for scope in scopes} == always


def test_every_operation_for_programs_is_asked_below(world: World) -> None:
    asked = {("GET", rest.BASE + path) for path in LISTS}
    for action, probes in ASKED.items():
        for probe in probes:
            method, path, _ = probe(world, allowed(world, action))
            asked.add((method, template_of(path)))
    assert set(FOR_PROGRAMS) <= asked


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("action", MARKED)
async def test_a_program_does_what_its_scope_says_and_nothing_else(
    world: World,
    action: Action,
    scope: Scope,
) -> None:
    actor = allowed(world, action)
    program = await makes_token(actor, scope)
    for probe in ASKED[action]:
        status, code = await asks(program, world, probe, actor)
        if scope in SCOPES[action]:
            assert status in range(200, 300), f"{probe(world, actor)}: {code}"
        else:
            assert (status, code) == (403, "token-not-allowed"), probe(world, actor)


@pytest.mark.parametrize("who", WHAT_THEY_ARE)
async def test_no_scope_gives_more_than_the_matrix(world: World, who: str) -> None:
    actor = world.people[who]
    program = await makes_token(actor, *Scope)
    refused = [action for action in ASKED if answer(action, WHAT_THEY_ARE[who]) is not Answer.ALLOWED]
    for action in refused:
        for probe in ASKED[action]:
            status, code = await asks(program, world, probe, actor)
            expected = {Answer.HIDDEN: (404, "not-found"), Answer.FORBIDDEN: (403, "forbidden")}
            never = (403, "token-not-allowed")  # said before anything else where no token ever gets through
            assert (status, code) in (expected[answer(action, WHAT_THEY_ARE[who])], never)


@pytest.mark.parametrize("action", MARKED)
async def test_outside_of_what_it_is_pinned_to_a_program_finds_nothing(
    world: World,
    action: Action,
) -> None:
    actor = allowed(world, action)
    elsewhere = await actor.makes_organization("Elsewhere")
    program = await makes_token(actor, *Scope, organizations=[elsewhere])
    for probe in ASKED[action]:
        hidden = SCOPES[action] and action is not Action.CREATE_ORGANIZATION
        assert await asks(program, world, probe, actor) in (
            [(404, "not-found")] if hidden else [(403, "token-not-allowed"), (404, "not-found")]
        )
    seen = [item["id"] for path in LISTS for item in (await program.get(path)).items]
    assert seen == [elsewhere]


@pytest.mark.parametrize("action", [one for one in ASKED if SCOPES[one] and one is not Action.CREATE_ORGANIZATION])
async def test_inside_it_does_what_it_would_do_anywhere(world: World, action: Action) -> None:
    actor = allowed(world, action)
    program = await makes_token(actor, *Scope, organizations=[world.organization])
    for probe in ASKED[action]:
        status, code = await asks(program, world, probe, actor)
        assert status in range(200, 300), f"{probe(world, actor)}: {code}"


@pytest.mark.parametrize(
    ("scope", "place", "shown"),
    [
        (Scope.READ, "organizations", False),
        (Scope.MEMBERS_MANAGE, "organizations", True),
        (Scope.READ, "teams", False),
        (Scope.TEAMS_MANAGE, "teams", False),
    ],
)
async def test_addresses_are_for_programs_that_manage_members(
    world: World, scope: Scope, place: str, shown: bool
) -> None:
    program = await makes_token(world.people["owner"], scope)
    where = world.organization if place == "organizations" else world.team
    assert {item["email"] is not None for item in (await program.get(f"/{place}/{where}/members")).items} == {shown}


@pytest.mark.parametrize("scope", Scope)
async def test_lists_are_open_to_every_program_as_far_as_it_is_pinned(
    world: World,
    scope: Scope,
) -> None:
    manager = world.people["manager"]
    await manager.makes_organization("Elsewhere")
    everywhere = await makes_token(manager, scope)
    to_organization = await makes_token(manager, scope, organizations=[world.organization])
    to_team = await makes_token(manager, scope, teams=[world.team])

    async def seen(program: Program) -> tuple[int, int]:
        organizations, teams = [(await program.get(path)).items for path in LISTS]
        return len(organizations), len(teams)

    assert [await seen(program) for program in (everywhere, to_organization, to_team)] == [(2, 1), (1, 1), (0, 1)]


@pytest.mark.parametrize(("method", "path"), FOR_PERSONS_ALONE)
async def test_what_is_for_persons_alone_no_program_reaches(hub: Hub, method: str, path: str) -> None:
    ann = await hub.register("ann")
    program = await makes_token(ann, *Scope)
    body: Any = {} if method in ("POST", "PUT", "PATCH") else None
    refused = await hub.ask(method, filled(path), body, token=program.secret)
    assert (refused.status, refused.code) == (403, "token-not-allowed")


def test_what_is_for_persons_alone_is_all_that_a_thief_would_like() -> None:
    alone = {path.removeprefix(rest.BASE).split("{")[0].rstrip("/") for _, path in FOR_PERSONS_ALONE}
    assert {
        *("/me", "/me/email", "/me/tokens", "/me/second-factor", "/me/second-factor/recovery-codes"),
        *("/sessions", "/sessions/current", "/admin/accounts", "/admin/organizations", "/admin/audit-events"),
        *("/me/invitations", "/invitations/accept"),
    } <= alone
    assert not any("/admin" in path or "/sessions" in path for _, path in FOR_PROGRAMS)


def test_everything_asked_of_the_matrix_is_asked_of_the_scopes_but_what_only_sync_does() -> None:
    assert set(Action) - set(ASKED) == ELSEWHERE - {Action.READ_FOLDER}
