"""What docs/operations.md tells an operator to do, done to a real hub that people use."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from hub.accounts import KEYS_FILE
from loadtest.hub_process import HubProcess, Person
from loadtest.writer import Writer, read_keys

pytestmark = pytest.mark.slow

DATABASE = "teammarks.sqlite3"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[HubProcess]:
    started = HubProcess(tmp_path)
    await started.start()
    yield started
    await started.kill()


async def test_a_copy_made_while_the_hub_runs_holds_what_was_acknowledged_by_then(
    hub: HubProcess, tmp_path: Path
) -> None:
    with closing(Person(hub, "ann")) as ann:
        (folder,) = ann.create_teams(1)
        writer = Writer(folder, ann.token, "w")
        await writer.write(hub.sync_address, [writer.make_edit() for _ in range(50)], window=10)
        promised = set(writer.acknowledged)
        files = tmp_path / DATABASE, tmp_path / "copy.sqlite3"
        with closing(sqlite3.connect(files[0])) as source, closing(sqlite3.connect(files[1])) as copy:
            source.backup(copy)
        await writer.write(hub.sync_address, [writer.make_edit() for _ in range(50)], window=10)
        await hub.stop()
        files[1].replace(files[0])
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"{DATABASE}{suffix}").unlink(missing_ok=True)
        await hub.start()
        assert await read_keys(hub.sync_address, folder, ann.token) == promised
        # What the backup lacks comes back with who has it.
        await writer.write(hub.sync_address, [writer.make_edit()], window=1)
        assert await read_keys(hub.sync_address, folder, ann.token) == writer.acknowledged
        assert len(writer.acknowledged) == 101


async def test_without_its_key_file_a_hub_refuses_old_tokens_and_logs_nobody_out(
    hub: HubProcess, tmp_path: Path
) -> None:
    credentials = {"email": "ann@example.com", "password": "the long password of ann"}
    async with httpx.AsyncClient(base_url=f"{hub.address}/api/v1", timeout=60) as client:
        await client.post("/accounts", json={**credentials, "display_name": "Ann"})
        session = (await client.post("/sessions", json={**credentials, "device": ""})).json()
        await hub.stop()
        (tmp_path / KEYS_FILE).unlink()
        await hub.start()
        refused = await client.get("/me", headers={"Authorization": f"Bearer {session['access_token']}"})
        assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")
        renewed = await client.post("/sessions/refresh", json={"refresh_token": session["refresh_token"]})
        assert renewed.status_code == 200
        answer = await client.get("/me", headers={"Authorization": f"Bearer {renewed.json()['access_token']}"})
        assert answer.status_code == 200
