"""Two whole hubs on one PostgreSQL: what is done on one is heeded on the other, with Redis and without."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from asking_hub import PASSWORD, PUBLIC_URL
from eventually import eventually
from histories import one
from sync_hub import Wire

from hub.app import Hub, open_hub
from hub.ids import ME
from hub.protocol import Close, Granted, Stateless, Stored, Token, Update
from hub.settings import Settings
from hub.web import rest
from loadtest.backends import Backend, free_port

A, B = one("a", "1", 1), one("b", "2", 2)


@dataclass
class Person:
    """Somebody who speaks with this hub's REST side, and with any hub's sockets."""

    client: httpx.AsyncClient
    name: str
    token: str = ""

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = await self.client.request(method, rest.BASE + path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def register(self) -> str:
        """The account's id."""
        credentials = {"email": f"{self.name}@example.org", "password": PASSWORD}
        await self.ask("POST", "/accounts", {**credentials, "display_name": self.name})
        opened = await self.ask("POST", "/sessions", {**credentials, "device": "test"})
        self.token = opened["access_token"]
        return str(opened["account"]["id"])

    async def enter(self, hub: Hub, address: str) -> Wire:
        wire = Wire(hub.app, "/sync")
        wire.say(Token(self.token, "4.8.0"), address)
        await wire.hears(Granted(address != ME), address)
        return wire


@pytest.fixture(params=["redis", "no redis"])
def redis_url(request: pytest.FixtureRequest) -> str:
    if request.param == "no redis":
        return f"redis://127.0.0.1:{free_port()}"
    server: Backend = request.getfixturevalue("valkey_server")
    return server.url


@dataclass
class Joined:
    here: Hub
    there: Hub
    ann: Person
    bob: Person
    bob_id: str
    team: str


@pytest.fixture
async def joined(tmp_path: Path, postgres_url: str, redis_url: str) -> AsyncIterator[Joined]:
    """Ann and Bob share a team's folder. Both ask the first hub."""
    async with AsyncExitStack() as stack:
        chosen = Settings(data_dir=tmp_path, database_url=postgres_url, redis_url=redis_url, public_url=PUBLIC_URL)
        here, there = [await stack.enter_async_context(open_hub(chosen, public_url=PUBLIC_URL)) for _ in range(2)]
        transport = httpx.ASGITransport(here.app)  # type: ignore[arg-type]
        client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1"))
        ann, bob = Person(client, "ann"), Person(client, "bob")
        await ann.register()
        bob_id = await bob.register()
        organization = (await ann.ask("POST", "/organizations", {"name": "Acme"}))["id"]
        team = (await ann.ask("POST", f"/organizations/{organization}/teams", {"name": "Services"}))["id"]
        invitation = {
            "email": "bob@example.org",
            "role": "member",
            "teams": [{"team_id": team, "can_write": True}],
        }
        link = (await ann.ask("POST", f"/organizations/{organization}/invitations", invitation))["accept_url"]
        await bob.ask("POST", "/invitations/accept", {"token": link.partition("#")[2]})
        yield Joined(here, there, ann, bob, bob_id, team)


async def test_an_edit_on_one_hub_reaches_a_member_on_the_other(joined: Joined) -> None:
    ann = await joined.ann.enter(joined.here, joined.team)
    bob = await joined.bob.enter(joined.there, joined.team)
    ann.say(Update(A), joined.team)
    await ann.hears(Stored(1, 1), joined.team)
    await bob.hears(Update(A), joined.team)


async def test_who_is_removed_on_one_hub_is_put_out_on_the_other(joined: Joined) -> None:
    bob = await joined.bob.enter(joined.there, joined.team)
    await joined.ann.ask("DELETE", f"/teams/{joined.team}/members/{joined.bob_id}")
    await bob.hears(Close("forbidden"), joined.team)


async def test_who_becomes_a_reader_on_one_hub_is_told_on_the_other(joined: Joined) -> None:
    bob = await joined.bob.enter(joined.there, joined.team)
    await joined.ann.ask("PUT", f"/teams/{joined.team}/members/{joined.bob_id}", {"can_read": True})
    await bob.hears(Granted(False), joined.team)


async def test_who_is_given_a_team_on_one_hub_hears_of_it_on_the_other(joined: Joined) -> None:
    bob = await joined.bob.enter(joined.there, ME)
    await joined.ann.ask("PATCH", f"/teams/{joined.team}", {"name": "Endpoints"})

    def told() -> bool:
        return any(isinstance(m, Stateless) and '"rename"' in m.payload for m in bob.heard(ME))

    await eventually("a notice", told)
