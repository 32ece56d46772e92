"""A hub that is told to stop, seen by those who use it meanwhile: a real process and real sockets."""

import asyncio
import json
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from command import ENDS_WITHIN_S, address_of, start
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub.protocol import Framing, FromClient, Granted, Step1, Stored, Token, Update, encode, read_hub_frame
from loadtest.hub_process import Person
from loadtest.writer import Writer, read_keys

pytestmark = pytest.mark.slow

SOCKETS = 20


class Hub:
    """A hub in a process of its own."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.process: subprocess.Popen[str] = start(data, **settings)
        self.address = address_of(self.process)
        self.sync_address = self.address.replace("http", "ws") + "/sync"
        self.port = self.address.rpartition(":")[2]

    def asked(self) -> HTTPConnection:
        """A connection of its own, that is kept."""
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=ENDS_WITHIN_S)
        connection.connect()
        return connection

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    async def ends(self) -> int:
        """Its exit status, once it has ended without a word about a failure."""
        _, said = await asyncio.to_thread(self.process.communicate, timeout=ENDS_WITHIN_S)
        assert "ERROR" not in said
        assert "Traceback" not in said
        return self.process.returncode


@contextmanager
def hub_in(data: Path, **settings: str) -> Iterator[Hub]:
    hub = Hub(data, **settings)
    try:
        yield hub
    finally:
        hub.process.kill()
        hub.process.communicate()


class Member:
    """A client with one document open. `closed` is what it is sent away with."""

    def __init__(self, socket: ClientConnection, folder: str, name: str) -> None:
        self._socket = socket
        self._folder = folder
        self.key, self._edit = Writer(folder, "", name).make_edit()
        self._stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.entered = asyncio.Event()
        self.closed = asyncio.create_task(self._listen())

    async def say(self, message: FromClient) -> None:
        await self._socket.send(encode(Framing.HOCUSPOCUS, self._folder, message))

    async def is_served(self) -> bool:
        """Writes `key`. False where the hub hangs up before it acknowledges that."""
        try:
            await self.say(Update(self._edit))
        except ConnectionClosed:
            return False
        await asyncio.wait({self._stored, self.closed}, return_when=asyncio.FIRST_COMPLETED)
        return self._stored.done()

    async def _listen(self) -> int | None:
        try:
            while True:
                data = await self._socket.recv()
                assert isinstance(data, bytes)
                match read_hub_frame(data)[1]:
                    case Granted():
                        self.entered.set()
                    case Stored() if not self._stored.done():
                        self._stored.set_result(None)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


@asynccontextmanager
async def members(hub: Hub, folder: str, token: str, count: int) -> AsyncIterator[list[Member]]:
    here = []
    for number in range(count):
        member = Member(await connect(hub.sync_address, compression=None), folder, f"m{number}")
        here.append(member)
        await member.say(Token(token, "4.8.0"))
        await member.say(Step1(b"\0"))
        async with asyncio.timeout(ENDS_WITHIN_S):
            await member.entered.wait()
    yield here
    for member in here:
        member.closed.cancel()


async def what_closed(here: list[Member]) -> list[int | None]:
    """The close code of each, once all are sent away."""
    async with asyncio.timeout(ENDS_WITHIN_S):
        return await asyncio.gather(*(member.closed for member in here))


async def first_closed(here: list[Member]) -> None:
    closed, _ = await asyncio.wait(
        {member.closed for member in here}, return_when=asyncio.FIRST_COMPLETED, timeout=ENDS_WITHIN_S
    )
    assert closed


def folder_of(person: Person) -> str:
    return person.create_teams(1)[0]


async def test_clients_are_sent_away_one_after_the_other_and_those_who_remain_are_served(tmp_path: Path) -> None:
    with hub_in(tmp_path, DRAIN_S="600", LIMIT_DRAINED_PER_S="10") as hub, closing(Person(hub, "ann")) as ann:
        folder = folder_of(ann)
        async with members(hub, folder, ann.token, SOCKETS) as here:
            hub.signal()
            await first_closed(here)
            served = await asyncio.gather(*(member.is_served() for member in here))
            assert any(served)
            assert not all(served)
            assert await what_closed(here) == [1012] * SOCKETS
        assert await hub.ends() == 0


async def test_meanwhile_it_is_not_ready_keeps_no_connection_and_takes_no_new_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        hub = stack.enter_context(hub_in(tmp_path, DRAIN_S="600", LIMIT_DRAINED_PER_S="10"))
        ann = stack.enter_context(closing(Person(hub, "ann")))
        folder = folder_of(ann)
        async with members(hub, folder, ann.token, SOCKETS) as here:
            kept = stack.enter_context(closing(hub.asked()))
            hub.signal()
            await first_closed(here)
            kept.request("GET", "/readyz")
            with kept.getresponse() as answer:
                assert (answer.status, json.load(answer)["status"]) == (503, "draining")
                assert answer.getheader("Connection") == "close"
            with pytest.raises(ConnectionRefusedError):
                hub.asked()
            await what_closed(here)
        assert await hub.ends() == 0


async def test_what_was_acknowledged_while_it_drained_is_there_afterwards(tmp_path: Path) -> None:
    with hub_in(tmp_path, DRAIN_S="600", LIMIT_DRAINED_PER_S="10") as hub, closing(Person(hub, "ann")) as ann:
        folder = folder_of(ann)
        writers = [Writer(folder, ann.token, f"w{number}") for number in range(5)]
        async with members(hub, folder, ann.token, 5) as here:
            writing = [asyncio.create_task(writer.write_until_cut(hub.sync_address, 20)) for writer in writers]
            await here[0].is_served()
            hub.signal()
            async with asyncio.timeout(ENDS_WITHIN_S):
                await asyncio.gather(*writing)
        assert await hub.ends() == 0
    promised = {key for writer in writers for key in writer.acknowledged}
    assert promised
    with hub_in(tmp_path, PORT=hub.port) as again:
        assert promised <= await read_keys(again.sync_address, folder, ann.token)


async def test_a_request_under_way_is_answered(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub:
        body = json.dumps({"email": "ann@example.com", "password": "a long password", "display_name": "Ann"}).encode()
        where = urlsplit(hub.address)
        with socket.create_connection((where.hostname, where.port), timeout=ENDS_WITHIN_S) as request:
            head = f"POST /api/v1/accounts HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: {len(body)}\r\n"
            head += "Content-Type: application/json\r\n\r\n"
            request.sendall(head.encode() + body[:10])
            with closing(hub.asked()) as other:
                other.request("GET", "/healthz")
                assert other.getresponse().status == 200  # so what came before it is read
            hub.signal()
            await asyncio.to_thread(wait_until_refused, hub)
            request.sendall(body[10:])
            assert request.recv(64).startswith(b"HTTP/1.1 202")
        assert await hub.ends() == 0


def wait_until_refused(hub: Hub) -> None:
    try:
        while True:
            hub.asked().close()
    except OSError:
        return


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_sends_everyone_away_at_once_and_loses_nothing(
    tmp_path: Path, second: signal.Signals
) -> None:
    # Without the second signal the next would leave after minutes.
    with hub_in(tmp_path, DRAIN_S="600", LIMIT_DRAINED_PER_S="0.001") as hub, closing(Person(hub, "ann")) as ann:
        folder = folder_of(ann)
        async with members(hub, folder, ann.token, 3) as here:
            hub.signal()
            await first_closed(here)
            promised = {member.key for member in here if await member.is_served()}
            assert len(promised) == 2
            hub.signal(second)
            assert await what_closed(here) == [1012] * 3
        assert await hub.ends() == 0
    with hub_in(tmp_path, PORT=hub.port) as again:
        assert await read_keys(again.sync_address, folder, ann.token) == promised
