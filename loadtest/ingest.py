"""How many updates a second a hub takes and acknowledges, each after its commit.

Starts a hub of its own on loopback, first with SQLite in a temporary folder, then with a PostgreSQL of its own. The
updates are made before the clock starts; the clock stops when the last one is acknowledged. Run it as `python -m
loadtest.ingest`.
"""

import argparse
import asyncio
import time

from loadtest.hub_process import DATABASES, Person, hub_on
from loadtest.writer import Writer, read_keys


async def measure(database: str, rooms: int, writers: int, updates: int, window: int) -> None:
    async with hub_on(database) as hub:
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
    total = rooms * writers * updates
    print(
        f"{rooms} rooms × {writers} writers × {updates} updates, {window} in flight each, {DATABASES[database]}: "
        f"{total / seconds:,.0f} updates/s acknowledged, {lost} of {total:,} lost"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="loadtest.ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", type=int, default=10, help="teams written at once [10]")
    parser.add_argument("--writers", type=int, default=4, help="clients in each [4]")
    parser.add_argument("--updates", type=int, default=500, help="updates each client sends [500]")
    parser.add_argument("--window", type=int, default=20, help="updates a client sends ahead of the hub [20]")
    parser.add_argument("--database", choices=DATABASES, help="only this one [both]")
    chosen = parser.parse_args()
    for database in [chosen.database] if chosen.database else DATABASES:
        asyncio.run(measure(database, chosen.rooms, chosen.writers, chosen.updates, chosen.window))


if __name__ == "__main__":
    main()
