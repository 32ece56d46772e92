"""Who may pass a gateway, by what the hub answers to it; `test_nginx.py` has a real one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_programs import makes_token
from asking_hub import UNHURRIED, Answer, Hub, Person, hub_in
from sqlalchemy import update

from hub.pace import Pace
from hub.schema import accounts

NOBODYS = "01a209d8-3836-71d6-85c4-2a1bbb1b3b84"


async def passes(person: Person, demand: str = "", **headers: str) -> Answer:
    """As nginx and Traefik ask."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await person.hub.ask("GET", f"//forward-auth?{demand}", token=person.access_token, headers=named)


async def passes_envoy(person: Person, demand: str = "", method: str = "GET", path: str = "/") -> Answer:
    headers = {"X-Teammarks-Require": demand}
    return await person.hub.ask(method, f"//forward-auth{path}", token=person.access_token, headers=headers)


async def test_who_is_logged_in_passes_and_is_named(hub: Hub) -> None:
    ann = await hub.register("ann")
    answer = await passes(ann)
    assert (answer.status, answer.text, answer.headers["x-auth-request-user"]) == (200, "", ann.id)


async def test_what_a_client_says_of_itself_is_not_believed(hub: Hub) -> None:
    ann = await hub.register("ann")
    answer = await passes(ann, x_auth_request_user=NOBODYS, x_auth_request_email="boss@example.org")
    assert answer.headers["x-auth-request-user"] == ann.id
    assert "x-auth-request-email" not in answer.headers


async def test_an_address_is_told_once_it_is_confirmed(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert "x-auth-request-email" not in (await passes(ann)).headers
    async with hub.database.write() as connection:
        await connection.execute(update(accounts).values(verified_at=accounts.c.created_at))
    assert (await passes(ann)).headers["x-auth-request-email"] == ann.email


@pytest.mark.parametrize("path", ["", "/", "/deeper/still?team=mine"])
async def test_who_is_not_logged_in_is_asked_to(hub: Hub, path: str) -> None:
    for token in (None, "no token"):
        answer = await hub.ask("GET", f"//forward-auth{path}", token=token)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_who_has_logged_out_passes_no_more(hub: Hub) -> None:
    ann = await hub.register("ann")
    await ann.delete(f"/sessions/{ann.session}")
    assert (await passes(ann)).status == 401


@pytest.mark.parametrize("ask", [passes, passes_envoy])
async def test_an_organization_is_for_its_members_and_their_roles(hub: Hub, ask: Any) -> None:
    ann, bob, eve = [await hub.register(name) for name in ("ann", "bob", "eve")]
    organization = await ann.makes_organization()
    await bob.accepts(await ann.invites(organization, bob, "admin"))
    passed = {
        (person.name, role): (await ask(person, f"organization={organization}&role={role}")).status
        for person in (ann, bob, eve)
        for role in ("member", "admin", "owner")
    }
    assert {who for who, status in passed.items() if status == 200} == {
        *(("ann", role) for role in ("member", "admin", "owner")),
        *(("bob", role) for role in ("member", "admin")),
    }
    assert set(passed.values()) == {200, 403}


@pytest.mark.parametrize("ask", [passes, passes_envoy])
async def test_a_team_is_for_those_who_have_its_folder(hub: Hub, ask: Any) -> None:
    ann, bob, eve = [await hub.register(name) for name in ("ann", "bob", "eve")]
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    await bob.accepts(await ann.invites(organization, bob))
    assert (await ask(bob, f"team={team}")).status == 403
    await ann.put(f"/teams/{team}/members/{bob.id}", {"can_read": True, "can_write": False, "is_manager": False})
    answers = [(await ask(who, f"team={team}&access={access}")).status for who in (bob, eve) for access in ACCESS]
    assert answers == [200, 403, 403, 403]
    await ann.delete(f"/teams/{team}/members/{bob.id}")
    assert (await ask(bob, f"team={team}")).status == 403


ACCESS = ("read", "write")


@pytest.mark.parametrize("what", ["team", "organization"])
async def test_what_does_not_exist_is_for_nobody(hub: Hub, what: str) -> None:
    assert (await passes(await hub.register("ann"), f"{what}={NOBODYS}")).code == "forbidden"


@pytest.mark.parametrize("demand", ["teams=x", "team=x", "role=king", "access=all", "nonsense"])
@pytest.mark.parametrize("ask", [passes, passes_envoy])
async def test_a_demand_that_is_misspelt_lets_nobody_pass(hub: Hub, ask: Any, demand: str) -> None:
    assert (await ask(await hub.register("ann"), demand)).status == 422


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_envoy_asks_with_the_request_of_the_client(hub: Hub, method: str) -> None:
    ann = await hub.register("ann")
    assert (await passes_envoy(ann, "", method, f"/any/path?team={NOBODYS}")).status == 200
    assert (await passes_envoy(ann, f"team={NOBODYS}", method, "/any/path?team=")).status == 403


async def test_an_api_token_opens_no_other_service(hub: Hub) -> None:
    program = await makes_token(await hub.register("ann"), "read")
    assert (await program.get("//forward-auth")).code == "token-not-allowed"


async def test_requests_to_other_services_are_not_counted_as_the_hubs(tmp_path: Path, sqlite_url: str) -> None:
    slow = replace(UNHURRIED, requests_per_account=Pace.of("1/60"))
    async with hub_in(tmp_path / "data", sqlite_url, limits=slow) as hub:
        ann = await hub.register("ann")
        assert [(await passes(ann)).status for _ in range(3)] == [200, 200, 200]
        assert [(await ann.get("/me")).status for _ in range(2)] == [200, 429]
