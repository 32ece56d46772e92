"""What lies below the sync sockets, on real connections whose every byte is written here."""

import asyncio
import logging
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
import uvicorn
from eventually import eventually
from uvicorn.server import ServerState

from hub.limits import Limits
from hub.web import transport as below
from hub.web.sync_socket import TRUSTED

BINARY, TEXT, CONTINUED, PING = 0x02, 0x01, 0x00, 0x09
END = 0x80


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """As a client sends it, masked with zeros."""
    length = len(payload)
    if length < 126:
        head = bytes([opcode, 0x80 | length])
    elif length < 65536:
        head = bytes([opcode, 0x80 | 126]) + length.to_bytes(2)
    else:
        head = bytes([opcode, 0x80 | 127]) + length.to_bytes(8)
    return head + bytes(4) + payload


class Peer:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def say_without_waiting(self, data: bytes) -> None:
        self._writer.write(data)

    async def asks_for_a_socket(self, path: str = "/", more: str = "") -> None:
        await self.say(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{more}\r\n".encode()
        )

    async def becomes_a_socket(self) -> None:
        await self.asks_for_a_socket()
        assert b"101" in await self._reader.readuntil(b"\r\n\r\n")

    async def hears_until_the_end(self) -> bytes:
        heard = b""
        while True:
            try:
                data = await asyncio.wait_for(self._reader.read(65536), 20)
            except ConnectionError:
                return heard
            if not data:
                return heard
            heard += data

    async def hears(self, last: bytes) -> None:
        await self._reader.readuntil(last)

    async def close_code(self) -> int:
        """Of the frame that ends what is heard."""
        heard = await self.hears_until_the_end()
        at = heard.rindex(0x88)
        (code,) = struct.unpack("!H", heard[at + 2 : at + 4])
        return int(code)

    def close(self) -> None:
        self._writer.close()


@dataclass
class Serving:
    """An application that keeps what it hears, served as the hub is."""

    port: int = 0
    state: ServerState = field(default_factory=ServerState)
    heard: list[Any] = field(default_factory=list)
    turn: int = 0
    turns: Counter[int] = field(default_factory=Counter)
    """Messages heard in each turn of the event loop."""
    peers: list[Peer] = field(default_factory=list)

    async def app(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] == "http":
            while (await receive()).get("more_body"):
                pass
            size = int(scope["path"].lstrip("/") or 2)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
            await send({"type": "http.response.body", "body": bytes(size)})
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(message.get("bytes", message.get("text")))
            self.turns[self.turn] += 1
            match self.heard[-1]:
                case b"trust me":
                    scope["extensions"][TRUSTED]()
                case b"send me away":
                    await send({"type": "websocket.send", "bytes": bytes(30_000_000)})
                    return
                case b"close":
                    await send({"type": "websocket.close", "code": 4400})
                    return

    async def connect(self) -> Peer:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port))
        self.peers.append(peer)
        return peer

    async def socket(self) -> Peer:
        peer = await self.connect()
        await peer.becomes_a_socket()
        return peer


@asynccontextmanager
async def serving(*, ping_s: float = 20.0, **limits: float) -> AsyncIterator[Serving]:
    serving = Serving()
    config = uvicorn.Config(
        serving.app,
        interface="asgi3",
        lifespan="off",
        log_config=None,
        access_log=False,
        ws_ping_interval=ping_s,
        **below.transport(replace(Limits(), **limits)),  # type: ignore[arg-type]
    )
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config=config, server_state=serving.state, app_state={}),  # type: ignore[call-arg]
        "127.0.0.1",
    )
    serving.port = server.sockets[0].getsockname()[1]
    try:
        yield serving
    finally:
        for peer in serving.peers:
            peer.close()
        server.close()
        await eventually("all connections to end", lambda: not serving.state.connections)
        await asyncio.gather(*serving.state.tasks)


# HTTP


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HTTP/1.1\r\nHost:", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"],
    ids=["nothing", "half a head", "half a body"],
)
async def test_one_who_does_not_finish_a_request_is_cut_off(said: bytes) -> None:
    async with serving(exchange_s=0.05) as hub:
        peer = await hub.connect()
        await peer.say(said)
        assert await peer.hears_until_the_end() == b""


async def test_one_who_does_not_read_the_answer_is_cut_off() -> None:
    async with serving(exchange_s=0.1) as hub:
        peer = await hub.connect()
        await peer.say(b"GET /30000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        await eventually("the request", lambda: bool(hub.state.connections))
        await eventually("the end", lambda: not hub.state.connections)


async def test_a_head_beyond_all_measure_is_refused() -> None:
    async with serving() as hub:
        peer = await hub.connect()
        await peer.say(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000)
        assert (await peer.hears_until_the_end()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "junk", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"]
)
async def test_nobody_outside_can_fill_the_log(junk: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(exchange_s=0.1) as hub:
        peer = await hub.connect()
        await peer.say(junk)
        assert (await peer.hears_until_the_end()).startswith(b"HTTP/1.1 ")
    assert caplog.records == []


async def test_one_connection_too_many_is_told_so() -> None:
    async with serving(connections=2) as hub:
        await hub.socket()
        await hub.connect()
        await eventually("two connections", lambda: len(hub.state.connections) == 2)
        assert (await (await hub.connect()).hears_until_the_end()).startswith(b"HTTP/1.1 503 ")


async def test_a_request_that_became_a_socket_has_no_end_to_wait_for() -> None:
    async with serving(exchange_s=0.05) as hub:
        peer = await hub.connect()
        await peer.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await peer.hears(bytes(2))
        await peer.becomes_a_socket()
        await asyncio.sleep(0.2)
        await peer.say(frame(END | BINARY, b"still here"))
        await eventually("the message", lambda: hub.heard == [b"still here"])


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [("/" + "x" * 9_000, "", 414), ("/", f"X: {'x' * 9_000}\r\n", 431), ("/", "X: x\r\n" * 200, 431)],
    ids=["path", "header", "headers"],
)
async def test_a_head_too_long_for_a_socket_is_answered(path: str, more: str, status: int) -> None:
    async with serving() as hub:
        peer = await hub.connect()
        await peer.asks_for_a_socket(path, more)
        assert (await peer.hears_until_the_end()).startswith(f"HTTP/1.1 {status} ".encode())


# Sockets


async def test_messages_arrive_whole_and_in_order_whatever_the_bites() -> None:
    random = Random(1)
    messages = [random.randbytes(random.choice([0, 1, 100, 5_000, 70_000])) for _ in range(200)]
    async with serving() as hub:
        peer = await hub.socket()
        await peer.say(b"".join(frame(END | BINARY, message) for message in messages))
        await eventually("all of them", lambda: len(hub.heard) == len(messages))
        assert hub.heard == messages


async def test_between_bites_everybody_else_has_a_turn() -> None:
    async with serving() as hub:
        peer = await hub.socket()

        async def turns() -> None:
            while len(hub.heard) < 30_000:
                hub.turn += 1
                await asyncio.sleep(0)

        peer.say_without_waiting(frame(END | BINARY) * 30_000)
        await asyncio.wait_for(turns(), 60)
        assert max(hub.turns.values()) <= 2 * below.BITE // len(frame(END | BINARY))


async def test_a_message_in_countless_pieces_is_refused() -> None:
    async with serving(fragments=10) as hub:
        peer = await hub.socket()
        await peer.say(frame(BINARY) + frame(CONTINUED, b"x") * 10)
        assert await peer.close_code() == 1009


async def test_a_message_in_some_pieces_is_put_together() -> None:
    async with serving(fragments=10) as hub:
        peer = await hub.socket()
        await peer.say(frame(BINARY, b"a") + frame(CONTINUED, b"b") * 8 + frame(END | CONTINUED, b"c"))
        await eventually("the message", lambda: hub.heard == [b"abbbbbbbbc"])


@pytest.mark.parametrize(
    "small", [frame(END | PING), frame(END | 0x0A), frame(CONTINUED)], ids=["pings", "pongs", "pieces"]
)
async def test_a_flood_of_what_the_application_never_sees_is_refused(small: bytes) -> None:
    async with serving(frames_burst=100, frames_per_s=1) as hub:
        peer = await hub.socket()
        await peer.say(frame(BINARY) + small * 200)
        assert await peer.close_code() == 1008


async def test_pings_and_their_answers_do_not_pile_up_before_one_who_does_not_read() -> None:
    async with serving(frames_burst=10_000_000) as hub:
        peer = await hub.socket()
        await peer.say(frame(END | BINARY, b"trust me"))
        (connection,) = hub.state.connections
        assert isinstance(connection, below.SocketTransport)
        unread = unsent = 0
        for _ in range(400):
            await peer.say(frame(END | PING, bytes(125)) * 400)
            unread = max(unread, len(connection._unread))
            unsent = max(unsent, connection.transport.get_write_buffer_size())
        await peer.say(frame(END | BINARY, b"done"))
        await eventually("all to be read", lambda: b"done" in hub.heard)
        assert max(unread, unsent) < 1_000_000


async def test_text_is_passed_on_without_its_content_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as hub:
        peer = await hub.socket()
        await peer.say(frame(END | TEXT, b"\xff\xfe") + frame(END | BINARY, b"after"))
        await eventually("both", lambda: hub.heard == ["", b"after"])
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("last", [b"close", b"send me away"])
async def test_a_closed_socket_ends_though_its_peer_does_not_read(last: bytes) -> None:
    async with serving(farewell_s=0.05) as hub:
        peer = await hub.socket()
        await peer.say(frame(END | BINARY, last))
        await eventually("the end", lambda: not hub.state.connections)


async def test_nonsense_right_behind_the_handshake_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(farewell_s=0.05) as hub:
        peer = await hub.socket()
        await peer.say(b"\xff" * 100)
        assert await peer.close_code() == 1002
    assert caplog.records == []


async def test_one_who_answers_no_pings_is_taken_for_gone() -> None:
    async with serving(ping_s=0.01, pong_s=0.05, farewell_s=0.05) as hub:
        peer = await hub.socket()
        assert await peer.close_code() == 1011


# Strangers


async def test_what_strangers_send_is_bounded_over_all_of_them() -> None:
    async with serving(strangers_bytes=100_000) as hub:
        first, second = [await hub.socket() for _ in range(2)]
        await first.say(frame(BINARY, bytes(60_000)))
        await second.say(frame(BINARY, bytes(60_000)))
        assert await second.close_code() == 1013


async def test_one_who_is_trusted_is_no_stranger_any_more() -> None:
    async with serving(strangers_bytes=100_000) as hub:
        first, second = [await hub.socket() for _ in range(2)]
        await first.say(frame(END | BINARY, b"trust me"))
        await eventually("trust", lambda: hub.heard == [b"trust me"])
        for peer in (first, second):
            await peer.say(frame(END | BINARY, bytes(90_000)))
        await eventually("both", lambda: len(hub.heard) == 3)


async def test_a_stranger_who_is_gone_counts_no_more() -> None:
    async with serving(strangers_bytes=100_000, farewell_s=0.05) as hub:
        for _ in range(5):
            peer = await hub.socket()
            await peer.say(frame(END | BINARY, bytes(90_000)))
            await peer.say(frame(END | BINARY, b"close"))
            assert await peer.close_code() == 4400
            peer.close()
            await eventually("the end", lambda: not hub.state.connections)


async def test_one_stranger_sends_so_much_and_no_more() -> None:
    async with serving(waiting_bytes=10_000) as hub:
        peer = await hub.socket()
        await peer.say(frame(BINARY, bytes(30_000)))
        assert await peer.close_code() == 1009


# Open files


def test_too_few_open_files_are_warned_of(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(below.resource, "getrlimit", lambda _: (256, 4_096))
    monkeypatch.setattr(below.resource, "setrlimit", lambda _, limits: asked.append(limits))
    below.make_room_for(1_000)
    assert (asked, caplog.messages) == ([(4_096, 4_096)], [])
    below.make_room_for(10_000)
    assert "4096 files only" in caplog.text
