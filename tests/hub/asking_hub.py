"""A hub's REST side on a real database, and people who ask it.

Every answer is held against `/openapi.json`: a status or body that is not described there fails the test that saw it.
"""

import functools
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import httpx
from fastapi import FastAPI
from openapi_schema_validator import OAS31Validator

from hub import __version__
from hub.access import Change
from hub.accounts import Accounts
from hub.accounts.passwords import Cost
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.folders import Folders
from hub.limits import Limits, described
from hub.metrics import Metrics
from hub.pace import Pace
from hub.rates import Rates
from hub.settings import Settings
from hub.web import pages, problems, rest, tags

PUBLIC_URL = "https://hub.example.org"
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
PASSWORD = "correct horse battery"
START = 1_800_000_000.0
PACES = [name for name in described() if isinstance(getattr(Limits(), name), Pace)]
UNHURRIED = replace(Limits(), **{name: Pace.of("none") for name in PACES})


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Answer:
    status: int
    headers: httpx.Headers
    text: str
    json: Any = None

    @property
    def code(self) -> str:
        """The code of a problem, with everything that makes it one."""
        assert self.headers["content-type"] == problems.MEDIA_TYPE, self.text
        assert self.json["status"] == self.status
        assert self.json["type"] == f"urn:teammarks:problem:{self.json['code']}"
        assert self.json["title"]
        assert self.json["detail"]
        return str(self.json["code"])

    @property
    def items(self) -> list[dict[str, Any]]:
        assert self.status == 200, self.text
        return list(self.json["items"])


@functools.cache
def application() -> FastAPI:
    """One for all hubs, which take turns: its routes take longer to make than a test to run."""
    app = FastAPI(title="Teammarks hub", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(tags.Tagged)
    problems.install(app, is_draining=lambda: False)
    app.include_router(rest.router)
    app.include_router(pages.router)
    app.state.accounts = None
    app.state.rates = None
    return app


class Contract:
    """What `/openapi.json` says may be answered. The same for every hub."""

    def __init__(self) -> None:
        self.description = application().openapi()
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path)
            # The literal path wins over the one with a parameter in its place.
            for path in sorted(self.description["paths"], key=lambda path: path.count("{"))
        ]

    @classmethod
    @functools.cache
    def read(cls) -> Self:
        return cls()

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, operations in self.description["paths"].items():
            for method, operation in operations.items():
                yield method.upper(), path, operation

    def check(self, method: str, path: str, answer: Answer) -> None:
        template = next((template for pattern, template in self._paths if pattern.match(path)), None)
        operation = self.description["paths"].get(template, {}).get(method.lower())
        if operation is None:
            assert answer.status >= 400 or not path.startswith(rest.BASE), f"{method} {path} is not described"
            return
        described = operation["responses"].get(str(answer.status))
        assert described is not None, f"{method} {template} answered {answer.status}, which is not described"
        if not answer.text:
            assert "content" not in described, f"{method} {template} answered nothing where a body is described"
            return
        schema = described["content"][answer.headers["content-type"].partition(";")[0]]["schema"]
        self._validator(json.dumps(schema)).validate(answer.text if answer.json is None else answer.json)

    @functools.cache  # noqa: B019 - there is one contract
    def _validator(self, schema: str) -> OAS31Validator:
        return OAS31Validator({**json.loads(schema), "components": self.description["components"]})


@dataclass
class Person:
    hub: "Hub"
    name: str
    id: str = ""
    access_token: str = ""
    refresh_token: str = ""
    session: str = ""

    @property
    def email(self) -> str:
        return f"{self.name}@example.org"

    async def log_in(self) -> Self:
        answer = await self.hub.ask("POST", "/sessions", {"email": self.email, "password": PASSWORD, "device": "test"})
        assert answer.status == 201, answer.text
        self.take(answer)
        return self

    def take(self, answer: Answer) -> None:
        self.id = answer.json["account"]["id"]
        self.session = answer.json["session"]["id"]
        self.access_token = answer.json["access_token"]
        self.refresh_token = answer.json["refresh_token"]

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.hub.ask(method, path, body, token=self.access_token)

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.ask("POST", path, body)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.ask("PUT", path, body)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self.ask("PATCH", path, body)

    async def delete(self, path: str) -> Answer:
        return await self.ask("DELETE", path)

    async def makes_organization(self, name: str = "Acme") -> str:
        answer = await self.post("/organizations", {"name": name})
        assert answer.status == 201, answer.text
        return str(answer.json["id"])

    async def makes_team(self, organization: str, name: str = "Service endpoints") -> str:
        answer = await self.post(f"/organizations/{organization}/teams", {"name": name})
        assert answer.status == 201, answer.text
        return str(answer.json["id"])

    async def invites(self, organization: str, invited: "Person | str", role: str = "member", *teams: str) -> str:
        """The invitation's token."""
        body = {
            "email": invited if isinstance(invited, str) else invited.email,
            "role": role,
            "teams": [{"team_id": team, "can_write": True} for team in teams],
        }
        answer = await self.post(f"/organizations/{organization}/invitations", body)
        assert answer.status == 201, answer.text
        link = str(answer.json["accept_url"])
        assert link.startswith(f"{PUBLIC_URL}/join#")
        return link.partition("#")[2]

    async def invites_by_link(
        self, organization: str, *teams: str, max_uses: int = 10, needs_approval: bool = False
    ) -> str:
        """The link's token."""
        body = {
            "link": {"max_uses": max_uses, "needs_approval": needs_approval},
            "teams": [{"team_id": team, "can_write": True} for team in teams],
        }
        answer = await self.post(f"/organizations/{organization}/invitations", body)
        assert answer.status == 201, answer.text
        return str(answer.json["accept_url"]).partition("#")[2]

    async def accepts(self, token: str) -> None:
        answer = await self.post("/invitations/accept", {"token": token})
        assert answer.status == 200, answer.text


@dataclass
class Hub:
    accounts: Accounts
    database: Database
    client: httpx.AsyncClient
    contract: Contract
    clock: Clock
    folder: Path
    told: list[Change] = field(default_factory=list)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`path` is below `/api/v1` unless it starts with two slashes."""
        address = path[1:] if path.startswith("//") else rest.BASE + path
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        response = await self.client.request(
            method, address, json=body if content is None else None, content=content, headers=sent
        )
        content_type = response.headers.get("content-type", "")
        as_json = "json" in content_type and content_type != "application/x-ndjson"
        answer = Answer(response.status_code, response.headers, response.text, response.json() if as_json else None)
        self.contract.check(method, response.request.url.path, answer)
        return answer

    async def register(self, name: str) -> Person:
        person = Person(self, name)
        answer = await self.ask(
            "POST", "/accounts", {"email": person.email, "password": PASSWORD, "display_name": name.title()}
        )
        assert answer.status == 202, answer.text
        return await person.log_in()


@asynccontextmanager
async def hub_in(folder: Path, database_url: str, *, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Hub]:
    """`clock` stands still until a test moves it, so nothing is too fast unless `limits` say so."""
    chosen = Settings(**{"data_dir": folder, "database_url": database_url, "limits": UNHURRIED, **settings})
    clock = clock or Clock()
    told: list[Change] = []
    database = await Database.open(chosen.database)
    try:
        accounts = Accounts(
            database, chosen, public_url=PUBLIC_URL, announce=told.append, clock=clock, password_cost=CHEAP
        )
        assert application().state.accounts is None, "one hub at a time"
        application().state.accounts = accounts
        application().state.folders = Folders(CrdtStore(database, clock, Metrics()))
        application().state.rates = Rates(chosen.limits, clock)
        transport = httpx.ASGITransport(application())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield Hub(accounts, database, client, Contract.read(), clock, folder, told)
    finally:
        application().state.accounts = None
        await database.close()
