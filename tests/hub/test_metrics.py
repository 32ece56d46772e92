"""What a hub says in numbers, and to whom."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from buses import SPRY, Ear, seal
from eventually import eventually
from folders import Folders
from histories import one
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from hub.app import Hub, open_hub
from hub.bus import LocalBus, News
from hub.bus.redis import RedisBus
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.limits import Limits
from hub.metrics import Metrics
from hub.outbox import Outbox
from hub.protocol import Framing
from hub.room import Seat
from hub.rooms import Rooms
from hub.settings import Settings
from loadtest.backends import Backend

TOKEN = "a token that is long".replace(" ", "-")
A_FOLDER = DocumentId("01a209d8-3836-71d6-85c4-2a1bbb1b3b84")
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LABELS = {"code": set(Code), "method": {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}}
"""The values that a label may have, where they are ours to list."""


@asynccontextmanager
async def hub_on(url: str, folder: Path, **settings: str) -> AsyncIterator[tuple[Hub, httpx.AsyncClient]]:
    async with open_hub(Settings(data_dir=folder, database_url=url, **settings), public_url="http://hub") as hub:
        transport = httpx.ASGITransport(hub.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            yield hub, client


@pytest.fixture
async def asked(sqlite_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with hub_on(sqlite_url, tmp_path, metrics_token=TOKEN) as (_, client):
        yield client


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(f"teammarks_{name}", labels) or 0.0


# Who may read them


async def test_who_brings_the_token_reads_the_numbers(asked: httpx.AsyncClient) -> None:
    answer = await asked.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "teammarks_sockets 0.0" in answer.text


async def test_a_reader_that_knows_openmetrics_is_given_it(asked: httpx.AsyncClient) -> None:
    answer = await asked.get("/metrics", headers=BEARER | {"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize("brought", ["", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer ü"])
async def test_to_anyone_else_there_is_nothing(asked: httpx.AsyncClient, brought: str) -> None:
    nowhere = await asked.get("/nowhere")
    answer = await asked.get("/metrics", headers={"Authorization": brought.encode()} if brought else {})
    assert (answer.status_code, answer.json()) == (404, nowhere.json())


async def test_without_a_token_in_the_settings_nobody_reads_them(sqlite_url: str, tmp_path: Path) -> None:
    async with hub_on(sqlite_url, tmp_path) as (_, client):
        for header in ({}, {"Authorization": "Bearer "}, BEARER):
            assert (await client.get("/metrics", headers=header)).status_code == 404


# What they say of the log and the rooms


@dataclass
class Live:
    """A log and rooms, and someone with a folder."""

    store: CrdtStore
    rooms: Rooms
    bus: LocalBus
    metrics: Metrics
    ann: AccountId
    folder: DocumentId

    async def seat(self) -> Seat:
        outbox = Outbox(max_frames=100, max_bytes=100_000, overflowed=lambda: None)
        return await self.rooms.join(self.folder, Framing.HOCUSPOCUS, outbox, lambda code: None)

    async def offers(self, seat: Seat, update: bytes, *, can_write: bool = True) -> int | Code:
        outcomes: list[int | Code] = []
        seat.offer(update, self.ann, whole=False, can_write=can_write, settled=outcomes.append)
        await eventually("an answer", lambda: bool(outcomes))
        return outcomes[0]


@pytest.fixture
async def live(database: Database) -> AsyncIterator[Live]:
    metrics = Metrics()
    store = CrdtStore(database, lambda: 0.0, metrics)
    await store.start()
    bus = LocalBus()
    rooms = Rooms(store, bus, Limits(), metrics)
    folders = Folders(database)
    ann = await folders.person()
    yield Live(store, rooms, bus, metrics, ann, await folders.folder(ann))
    await rooms.close()
    await store.close()


async def test_commits_updates_and_live_documents_are_counted(live: Live) -> None:
    seat = await live.seat()
    await live.offers(seat, one("a", "1", 1))
    await live.offers(seat, one("b", "2", 2))
    numbers = {
        name: value(live.metrics, name)
        for name in ("updates_stored_total", "commit_updates_sum", "commit_seconds_count", "rooms")
    }
    assert numbers == {
        "updates_stored_total": 2,
        "commit_updates_sum": 2,
        "commit_seconds_count": 2,
        "rooms": 1,
    }
    assert value(live.metrics, "document_bytes") >= len(one("a", "1", 1))
    assert value(live.metrics, "commit_seconds_sum") > 0


async def test_what_is_refused_is_counted_by_its_reason(live: Live) -> None:
    seat = await live.seat()
    await live.offers(seat, one("a", "1"), can_write=False)
    await live.offers(seat, b"\x07 no update")
    for code in (Code.READ_ONLY, Code.PROTOCOL):
        assert value(live.metrics, "updates_refused_total", code=code) == 1


async def test_an_update_that_waits_for_its_commit_is_seen_to_age(live: Live, database: Database) -> None:
    seat = await live.seat()
    outcomes: list[int | Code] = []
    async with database.write() as connection:
        # On SQLite any write keeps the log waiting, on PostgreSQL one of the same document.
        lock = text("UPDATE documents SET head = head WHERE id = :id")
        await connection.execute(lock, {"id": live.folder})
        seat.offer(one("a", "1"), live.ann, whole=False, can_write=True, settled=outcomes.append)
        await eventually("an age", lambda: value(live.metrics, "unacknowledged_age_seconds") > 0.01)
        assert outcomes == []
    await eventually("an answer", lambda: bool(outcomes))
    await eventually("nothing to wait", lambda: value(live.metrics, "unacknowledged_age_seconds") == 0)


async def test_failed_commits_and_quarantined_rows_are_counted(live: Live, database: Database) -> None:
    await live.store.append(live.folder, [Entry(b"\x07 no update", live.ann)])
    await live.store.open(live.folder)
    assert value(live.metrics, "updates_quarantined_total") == 1
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE updates RENAME TO elsewhere"))
    with pytest.raises(TeammarksError):
        await live.store.append(live.folder, [Entry(one("a", "1"), live.ann)])
    assert value(live.metrics, "commit_failures_total") == 1


async def test_compaction_is_counted(live: Live) -> None:
    await live.store.append(live.folder, [Entry(one("a", "1"), live.ann)])
    await live.store.compact(live.folder)
    assert value(live.metrics, "compactions_total") == 1


async def test_the_log_that_is_read_because_news_was_missing_is_counted(live: Live) -> None:
    await live.seat()
    await live.store.append(live.folder, [Entry(one("a", "1"), live.ann)])
    live.bus.tell(News(live.folder, 1, 1))
    await eventually("a look into the log", lambda: value(live.metrics, "gap_repairs_total") == 1)


async def test_how_long_news_takes_from_hub_to_hub_is_measured(valkey_server: Backend) -> None:
    metrics = Metrics(), Metrics()
    here, there = (RedisBus(valkey_server.url, seal("here"), SPRY, one_hubs) for one_hubs in metrics)
    await Ear(here, A_FOLDER).listening()
    await Ear(there, A_FOLDER).listening()
    here.publish(News(A_FOLDER, 1, 1), speaker=lambda _: None)
    await eventually("a measurement", lambda: value(metrics[1], "fan_out_seconds_count") == 1)
    for bus in (here, there):
        await bus.close()
    assert value(metrics[0], "fan_out_seconds_count") == 0


# What they do not say


async def test_no_label_says_anything_but_words_of_ours(asked: httpx.AsyncClient) -> None:
    await asked.request("CANARY", "/CANARY")
    await asked.get("/CANARY?CANARY")
    await asked.get("/api/v1/teams/CANARY")
    await asked.post("/api/v1/sessions", json={"email": "CANARY@example.com", "password": "CANARY", "device": ""})
    numbers = (await asked.get("/metrics", headers=BEARER)).text
    assert "CANARY" not in numbers
    assert 'teammarks_http_requests_total{method="POST",route="/sessions",status="401"} 1.0' in numbers
    assert 'teammarks_http_requests_total{method="other",route="none",status="404"} 1.0' in numbers
    labels = {
        (name, value)
        for family in text_string_to_metric_families(numbers)
        if family.name.startswith("teammarks")
        for sample in family.samples
        for name, value in sample.labels.items()
    }
    assert {name for name, _ in labels} <= {"code", "method", "route", "status", "le", "version"}
    assert all(value in LABELS[name] for name, value in labels if name in LABELS)
    assert all(re.fullmatch(r"none|(/[a-z.-]*|/\{\w+\})+", value) for name, value in labels if name == "route")


async def test_a_request_that_fails_inside_is_counted_as_that(sqlite_url: str, tmp_path: Path) -> None:
    async with hub_on(sqlite_url, tmp_path, metrics_token=TOKEN) as (hub, client):
        hub.app.state.accounts = None
        assert (await client.get("/api/v1/meta")).status_code == 500
        numbers = (await client.get("/metrics", headers=BEARER)).text
    assert 'teammarks_http_requests_total{method="GET",route="/meta",status="500"} 1.0' in numbers
