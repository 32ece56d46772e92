"""How many updates a second a hub takes and acknowledges, each after its commit.

Starts a hub of its own on loopback with SQLite in a temporary folder. The updates are made before the clock starts; the
clock stops when the last one is acknowledged. Run it as `python -m loadtest.ingest`.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from loadtest.hub_process import HubProcess, Person
from loadtest.writer import Writer, read_keys


async def measure(rooms: int, writers: int, updates: int, window: int) -> None:
    with tempfile.TemporaryDirectory(prefix="teammarks-ingest-") as folder:
        hub = HubProcess(Path(folder))
        await hub.start()
        try:
            person = Person(hub, "loadtest")
            teams = person.create_teams(rooms)
            crowd = [
                (Writer(team, person.token, f"{team}-{number}", follows=False), team)
                for team in teams
                for number in range(writers)
            ]
            edits = [[writer.make_edit() for _ in range(updates)] for writer, _ in crowd]
            begin = time.perf_counter()
            await asyncio.gather(
                *(writer.write(hub.sync_address, mine, window) for (writer, _), mine in zip(crowd, edits, strict=True))
            )
            seconds = time.perf_counter() - begin
            lost = 0
            for team in teams:
                shown = await read_keys(hub.sync_address, team, person.token)
                lost += sum(len(writer.acknowledged - shown) for writer, theirs in crowd if theirs == team)
            person.close()
        finally:
            await hub.stop()
    total = rooms * writers * updates
    print(
        f"{rooms} rooms × {writers} writers × {updates} updates, {window} in flight each, SQLite: "
        f"{total / seconds:,.0f} updates/s acknowledged, {lost} of {total:,} lost"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="loadtest.ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", type=int, default=10, help="teams written at once [10]")
    parser.add_argument("--writers", type=int, default=4, help="clients in each [4]")
    parser.add_argument("--updates", type=int, default=500, help="updates each client sends [500]")
    parser.add_argument("--window", type=int, default=20, help="updates a client sends ahead of the hub [20]")
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.rooms, chosen.writers, chosen.updates, chosen.window))


if __name__ == "__main__":
    main()
