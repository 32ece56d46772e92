"""The promise: a hub killed at any moment under load has every update that it acknowledged."""

import asyncio
import logging
import random
import sqlite3
from pathlib import Path

import pytest
from eventually import eventually
from pycrdt import Doc, Map

from loadtest.hub_process import HubProcess, Person
from loadtest.writer import MAP, Writer, read_keys

log = logging.getLogger(__name__)

pytestmark = pytest.mark.slow

ROUNDS = 20
TEAMS = 3
WRITERS = 4
WINDOW = 20
SEED = 20_261_123


def logged(database: Path, document: str) -> tuple[list[int], set[str]]:
    """The numbers of a document's updates in the log, and the edits in them."""
    replica: Doc[Map[str]] = Doc()
    keys: Map[str] = replica.get(MAP, type=Map)
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT seq, payload FROM updates WHERE document_id = ? ORDER BY seq", (document,)
        ).fetchall()
    connection.close()
    for _, payload in rows:
        replica.apply_update(payload)
    return [seq for seq, _ in rows], set(keys.keys())


async def test_killed_twenty_times_under_load_it_has_every_update_it_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    hub = HubProcess(tmp_path)
    await hub.start()
    ann = Person(hub, "ann")
    teams = ann.create_teams(TEAMS)
    writers = [(Writer(team, ann.token, f"w{n}"), team) for team in teams for n in range(WRITERS)]
    acknowledged = dict.fromkeys(teams, 0)

    for round_ in range(ROUNDS):
        before = [len(w.acknowledged) for w, _ in writers]
        writing = [asyncio.create_task(w.write_until_cut(hub.sync_address, WINDOW)) for w, _ in writers]
        # When to kill is chance; that every writer had heard an acknowledgement by then is not.
        await eventually(
            "acknowledgements",
            lambda: all(len(w.acknowledged) > n for (w, _), n in zip(writers, before, strict=True)),  # noqa: B023
        )
        await asyncio.sleep(chance.uniform(0, 0.8))
        await hub.kill()
        await asyncio.gather(*writing)
        await hub.start()

        for team in teams:
            promised = {key for writer, theirs in writers if theirs == team for key in writer.acknowledged}
            numbers, kept = logged(hub.database, team)
            assert promised <= kept, f"round {round_}: {len(promised - kept)} acknowledged updates are gone"
            assert numbers == list(range(1, len(numbers) + 1))
            shown = await read_keys(hub.sync_address, team, ann.token)
            assert promised <= shown
            assert len(promised) >= acknowledged[team]
            acknowledged[team] = len(promised)

    ann.close()
    await hub.stop()
    log.info("%d kills, %d acknowledged updates, all there", ROUNDS, sum(acknowledged.values()))
