"""Readiness, on real parts that really fail."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from eventually import eventually
from fastapi import FastAPI
from folders import Folders
from histories import one
from sqlalchemy import text

from hub.access import Change
from hub.accounts.changes import Changes
from hub.bus import Bus, LocalBus
from hub.bus.envelope import NAME_BYTES, Seal
from hub.bus.redis import RedisBus
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database, hubs_lock, migrate
from hub.errors import TeammarksError
from hub.limits import Limits
from hub.metrics import Metrics
from hub.web import health
from loadtest.backends import Backend, postgres, valkey

ALL_WELL = {"database": "ok", "log": "ok", "bus": "ok", "changes": "ok"}
HANGING_S = 20
"""Much longer than readiness waits, and less than the database's own patience."""


@dataclass
class Asked:
    database: Database
    log: CrdtStore
    changes: Changes
    app: FastAPI
    draining: bool = False

    async def ready(self) -> tuple[int, dict[str, Any]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hub") as client:
            answer = await client.get("/readyz")
            return answer.status_code, answer.json()

    async def is_ready(self) -> bool:
        return (await self.ready())[0] == 200


@asynccontextmanager
async def hub_on(url: str, bus: Bus | None = None) -> AsyncIterator[Asked]:
    database = await Database.open(url)
    log = CrdtStore(database, lambda: 0.0, Metrics())
    await log.start()
    bus = bus or LocalBus()
    changes = Changes(database, bus, replace(Limits(), changes_check_s=0.02, blind_s=0.3))
    asked = Asked(database, log, changes, FastAPI())
    asked.app.include_router(health.router(database, log, bus, changes, is_draining=lambda: asked.draining))
    yield asked
    await changes.close()
    await log.close()
    await database.close()


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Asked]:
    async with hub_on(database_url) as asked:
        yield asked


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Backend]:
    with postgres(tmp_path) as server:
        yield server


@pytest.fixture
async def hub_on_postgres(own_postgres: Backend) -> AsyncIterator[Asked]:
    await migrate(own_postgres.url)
    async with hub_on(own_postgres.url) as asked:
        yield asked


async def test_a_hub_that_works_is_ready_and_names_its_parts(hub: Asked) -> None:
    assert await hub.ready() == (200, {"status": "ok", "parts": ALL_WELL})


async def test_a_hub_that_drains_is_not_ready(hub: Asked) -> None:
    hub.draining = True
    assert await hub.ready() == (503, {"status": "draining", "parts": ALL_WELL})


async def test_a_log_that_could_not_be_written_makes_it_degraded_until_it_can(hub: Asked) -> None:
    folders = Folders(hub.database)
    ann = await folders.person()
    folder = await folders.folder(ann)
    async with hub.database.write() as connection:
        await connection.execute(text("ALTER TABLE updates RENAME TO elsewhere"))
    with pytest.raises(TeammarksError):
        await hub.log.append(folder, [Entry(one("a", "1"), ann)])
    assert await hub.ready() == (200, {"status": "degraded", "parts": ALL_WELL | {"log": "degraded"}})
    async with hub.database.write() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO updates"))
    await hub.log.append(folder, [Entry(one("a", "1"), ann)])
    assert await hub.ready() == (200, {"status": "ok", "parts": ALL_WELL})


class Joined(LocalBus):
    alone = False


class Nobody:
    """No sockets."""

    def changed(self, change: Change) -> None: ...
    def may_have_changed(self) -> None: ...
    def lose_sight(self) -> None: ...
    def regain_sight(self) -> None: ...


async def test_a_hub_that_cannot_see_who_was_removed_is_degraded_until_it_can(database_url: str) -> None:
    async with hub_on(database_url, Joined()) as hub:

        async def changes_are(condition: str) -> bool:
            return await hub.ready() == (200, {"status": condition, "parts": ALL_WELL | {"changes": condition}})

        await hub.changes.start(Nobody())
        async with hub.database.write() as connection:
            await connection.execute(text("ALTER TABLE counters RENAME TO elsewhere"))
        await eventually("blindness", lambda: changes_are("degraded"))
        async with hub.database.write() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO counters"))
        await eventually("sight", lambda: changes_are("ok"))


async def test_a_database_that_says_nothing_makes_it_unready_before_the_database_gives_up(
    own_postgres: Backend, hub_on_postgres: Asked
) -> None:
    own_postgres.pause()
    try:
        async with asyncio.timeout(HANGING_S):
            status, said = await hub_on_postgres.ready()
        assert (status, said) == (503, {"status": "unavailable", "parts": ALL_WELL | {"database": "unavailable"}})
    finally:
        own_postgres.resume()
    await eventually("readiness", hub_on_postgres.is_ready)


async def test_a_database_that_is_gone_makes_it_unready_and_one_that_is_back_ready(
    own_postgres: Backend, hub_on_postgres: Asked, tmp_path: Path
) -> None:
    own_postgres.kill()
    status, said = await hub_on_postgres.ready()
    assert (status, said["parts"]["database"]) == (503, "unavailable")
    with postgres(tmp_path, own_postgres.port):
        await eventually("readiness", hub_on_postgres.is_ready)


async def test_a_hub_that_is_not_joined_and_uses_the_database_makes_it_degraded_until_it_goes(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs_lock, "LOOKS_EVERY_S", 0.02)
    async with hub_on(postgres_url) as hub:

        async def database_is(condition: str) -> bool:
            return await hub.ready() == (200, {"status": condition, "parts": ALL_WELL | {"database": condition}})

        administrator, other = [await asyncpg.connect(postgres_url) for _ in range(2)]

        async def lock_is_lost() -> bool:
            query = "SELECT count(pg_terminate_backend(pid)) FROM unnest(pg_blocking_pids($1)) AS pid"
            return bool(await administrator.fetchval(query, other.get_server_pid()))

        coming = asyncio.create_task(other.execute(f"SELECT pg_advisory_lock({hubs_lock.LOCK})"))
        await eventually("the other at the door", lock_is_lost)
        await coming
        await eventually("its notice", lambda: database_is("degraded"))
        await other.close()
        await eventually("its end", lambda: database_is("ok"))
        await administrator.close()


async def test_without_redis_it_is_degraded_and_serves(sqlite_url: str, tmp_path: Path) -> None:
    redis = valkey(tmp_path)
    bus = RedisBus(redis.url, Seal(b"secret", "here", bytes(NAME_BYTES), lambda: 0.0), Limits(), Metrics())
    async with hub_on(sqlite_url, bus) as hub:

        async def bus_is(condition: str) -> bool:
            status, said = await hub.ready()
            assert status == 200
            return bool(said["parts"]["bus"] == condition)

        await eventually("the bus", lambda: bus_is("ok"))
        redis.kill()
        await eventually("its loss to be noticed", lambda: bus_is("degraded"))
    await bus.close()
