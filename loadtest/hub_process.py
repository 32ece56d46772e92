"""A hub in a process of its own, which can be killed and started again on the same data."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx

from hub.database import migrate
from loadtest.backends import free_port, postgres

UNHURRIED = {
    f"TEAMMARKS_LIMIT_{name}": "none"
    for name in ("REGISTRATIONS_PER_NETWORK", "LOG_INS_PER_ACCOUNT_AND_NETWORK", "REFRESHES_PER_SESSION")
}
"""All the people of a test are on one network."""
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


class HubProcess:
    """One hub. `start` it, `kill` or `stop` it, `start` it again: port, data and settings stay."""

    def __init__(self, data: Path, **settings: str) -> None:
        """`settings`: without their prefix, as in `REGISTRATION="closed"`."""
        self._data = data
        self._settings = {f"TEAMMARKS_{name}": value for name, value in settings.items()}
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "expected a hub that runs"
        return self._process.pid

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sync_address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/sync"

    @property
    def database(self) -> Path:
        return self._data / "teammarks.sqlite3"

    async def start(self) -> None:
        """Returns when the hub takes connections."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TEAMMARKS_")}
        environment |= {"TEAMMARKS_PORT": str(self.port), "TEAMMARKS_DATA_DIR": str(self._data)}
        environment |= UNHURRIED | self._settings
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub", "serve", env=environment, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        if not await self._process.stdout.readline():
            raise RuntimeError("the hub did not start; it has said why")

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process:
            process.send_signal(how)
            await process.communicate()


@asynccontextmanager
async def hub_on(database: str, **settings: str) -> AsyncIterator[HubProcess]:
    """A running hub, with a server of its own where it needs one. Its data is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="teammarks-loadtest-") as folder, ExitStack() as stack:
        if database == "postgres":
            server = stack.enter_context(postgres(Path(folder)))
            await migrate(server.url)
            settings["DATABASE_URL"] = server.url
        hub = HubProcess(Path(folder), **settings)
        await hub.start()
        try:
            yield hub
        finally:
            await hub.stop()


class Addressed(Protocol):
    @property
    def address(self) -> str:
        """As in `http://127.0.0.1:8000`."""


class Person:
    """An account on a hub, with a fresh access token."""

    def __init__(self, hub: Addressed, name: str) -> None:
        self._http = httpx.Client(base_url=f"{hub.address}/api/v1", timeout=30)
        credentials = {"email": f"{name}@example.com", "password": f"the long password of {name}"}
        self._post("/accounts", {**credentials, "display_name": name})
        self.token: str = self._post("/sessions", {**credentials, "device": "loadtest"})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def create_teams(self, count: int) -> list[str]:
        """New teams in a new organization; their ids."""
        organization = self._post("/organizations", {"name": "Load"})["id"]
        return [self._post(f"/organizations/{organization}/teams", {"name": f"Team {n}"})["id"] for n in range(count)]

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: dict[str, str]) -> dict[str, str]:
        response = self._http.post(path, json=body)
        response.raise_for_status()
        answer: dict[str, str] = response.json()
        return answer
