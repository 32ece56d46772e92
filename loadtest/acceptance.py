"""Does a deployment do what it is for? `python -m loadtest.acceptance ADDRESS` tries it as a team would.

A new account makes a team; one socket writes to it, and several others, which a proxy spreads over the hubs behind it,
are told of every edit. It says so and exits 0, or raises what went wrong. The account and its team stay.
"""

import argparse
import asyncio
from contextlib import aclosing, closing
from dataclasses import dataclass
from uuid import uuid4

from loadtest.hub_process import Person
from loadtest.writer import Writer, watch

READERS = 6
EDITS = 50
PATIENCE_S = 30


@dataclass(frozen=True)
class Deployment:
    address: str


async def accept(deployment: Deployment) -> str:
    """What was seen, in a sentence. Raises TimeoutError where a reader is not told of an edit."""
    with closing(Person(deployment, f"acceptance-{uuid4()}")) as ann:
        [team] = ann.create_teams(1)
        url = f"{deployment.address.replace('http', 'ws', 1)}/sync"
        writer = Writer(team, ann.token, "ann")
        edits = [writer.make_edit() for _ in range(EDITS)]
        all_there = asyncio.Barrier(READERS + 1)
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            for _ in range(READERS):
                tasks.create_task(_read(url, team, ann.token, {key for key, _ in edits}, all_there))
            await all_there.wait()
            await writer.write(url, edits, window=EDITS)
    return f"{EDITS} edits acknowledged, and {READERS} others were told of all of them"


async def _read(url: str, team: str, token: str, wanted: set[str], all_there: asyncio.Barrier) -> None:
    async with aclosing(watch(url, team, token)) as shown:
        await anext(shown)
        await all_there.wait()
        async for edits in shown:
            if wanted <= edits:
                return


def main() -> None:
    parser = argparse.ArgumentParser(prog="loadtest.acceptance", description=__doc__.splitlines()[0])
    parser.add_argument("address", help="the deployment's, as people reach it")
    print(asyncio.run(accept(Deployment(parser.parse_args().address))))


if __name__ == "__main__":
    main()
