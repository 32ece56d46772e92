"""What a document costs a hub in memory while somebody is in it, and when everybody has left.

Starts a hub of its own on loopback with SQLite in a temporary folder, opens many documents on a few sockets, leaves and
waits until the hub has put them to sleep; then once more, which shows whether anything stays behind each time. Run it
as `python -m loadtest.sleepers`. Linux only: memory is what the process holds of real memory, as the kernel says.
"""

import argparse
import asyncio
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from pycrdt import Doc, Map
from websockets.asyncio.client import ClientConnection, connect

from hub.protocol import PING, PONG, Framing, Message, Step1, Step2, Stored, Token, Update, encode, read_hub_frame
from hub.rooms import GIVES_BACK_AFTER_S
from loadtest.hub_process import HubProcess, Person, hub_on
from loadtest.writer import MAP, PROVIDER_VERSION

PER_SOCKET = 250
"""Documents. A hub takes no more than 256 on one."""
METRICS_TOKEN = "for-this-run-only"  # noqa: S105 - nobody else can reach this hub
ROUNDS = 3


async def measure(documents: int, edits: int) -> None:
    settings = {"LIMIT_IDLE_ROOM_S": "1", "METRICS_TOKEN": METRICS_TOKEN}
    async with hub_on("sqlite", **settings) as hub:
        person = Person(hub, "loadtest")
        teams = person.create_teams(documents)
        # The first document brings in what all share, and its end what making the teams left behind.
        async with connected(hub) as socket:
            await open_all(socket, teams[:1], person.token, edits)
        await everyone_has_left(hub)
        before = resident(hub)
        print(f"{documents:,} documents of {edits} edits; the hub before: {before / 1e6:,.0f} MB")
        for number in range(1, ROUNDS + 1):
            async with AsyncExitStack() as open_sockets:
                for start in range(0, documents, PER_SOCKET):
                    socket = await open_sockets.enter_async_context(connected(hub))
                    await open_all(socket, teams[start : start + PER_SOCKET], person.token, edits)
                live = resident(hub)
            await everyone_has_left(hub)
            asleep = resident(hub)
            print(
                f"round {number}: live {live / 1e6:,.0f} MB, {(live - before) / documents / 1e3:.1f} kB each; "
                f"asleep {asleep / 1e6:,.0f} MB, {(asleep - before) / documents / 1e3:.2f} kB each"
            )
        person.close()


def connected(hub: HubProcess) -> connect:
    return connect(hub.sync_address, compression=None, max_size=None, ping_interval=None)


async def open_all(socket: ClientConnection, documents: Sequence[str], token: str, edits: int) -> None:
    """Returns when each of them has been read and written to."""

    async def say(document: str, message: Message) -> None:
        await socket.send(encode(Framing.HOCUSPOCUS, document, message))

    for document in documents:
        await say(document, Token(token, PROVIDER_VERSION))
        await say(document, Step1(b"\x00"))
        await say(document, Update(filled(edits)))
    stored: set[str] = set()
    read: set[str] = set()
    while len(stored) + len(read) < 2 * len(documents):
        data = await socket.recv()
        assert isinstance(data, bytes)
        if data == PING:
            await socket.send(PONG)
            continue
        document, message = read_hub_frame(data)
        match message:
            case Stored():
                stored.add(document)
            case Step2():
                read.add(document)


def filled(edits: int) -> bytes:
    """An update that sets as many keys."""
    document: Doc[Map[str]] = Doc()
    keys: Map[str] = document.get(MAP, type=Map)
    for number in range(edits):
        keys[f"key-{number}"] = "https://service.example.org/endpoint"
    return document.get_update()


async def everyone_has_left(hub: HubProcess) -> None:
    """Returns when the hub holds no document any more, and has had time to give their memory back."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    async with httpx.AsyncClient(base_url=hub.address, headers=headers) as client, asyncio.timeout(120):
        while True:
            numbers = (await client.get("/metrics")).raise_for_status().text
            rooms = re.search(r"^teammarks_rooms (\S+)$", numbers, re.MULTILINE)
            assert rooms is not None, "expected the number of rooms"
            if float(rooms[1]) == 0:
                await asyncio.sleep(GIVES_BACK_AFTER_S + 2)
                return
            await asyncio.sleep(0.5)


def resident(hub: HubProcess) -> int:
    """Bytes of real memory that the hub's process holds."""
    status = Path(f"/proc/{hub.pid}/status").read_text(encoding="ascii")
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None, "expected the process to have memory"
    return int(found[1]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="loadtest.sleepers", description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=10_000, help="teams whose folders are opened [10000]")
    parser.add_argument("--edits", type=int, default=50, help="in each of them [50]")
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.documents, chosen.edits))


if __name__ == "__main__":
    main()
