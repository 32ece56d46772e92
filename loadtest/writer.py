"""A client that writes one document and remembers, edit by edit, what the hub acknowledged.

An edit is a key in a map of the document, so that afterwards anybody can tell whether it is there. Edits are made
before they are sent, and sent as a person's browser would: what an earlier connection could not deliver goes again in
the answer to the hub's step 1.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from pycrdt import Doc, Map
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from hub.protocol import (
    PING,
    PONG,
    Denied,
    Framing,
    Granted,
    Message,
    Refused,
    Step1,
    Step2,
    Stored,
    Token,
    Update,
    encode,
    read_hub_frame,
)

MAP = "loadtest"
PROVIDER_VERSION = "4.0.0"
"""Tells the hub that we answer its ping."""


class Unacknowledged(Exception):
    """The hub refused an edit it should have taken."""


class Writer:
    """`follows`: takes in what others write too, as a browser would; one that does not leaves more CPU to the hub."""

    def __init__(self, document: str, token: str, name: str, *, follows: bool = True) -> None:
        self.name = name
        self._follows = follows
        self.acknowledged: set[str] = set()
        self._address = document
        self._token = token
        self._document: Doc[Map[str]] = Doc()
        self._map: Map[str] = self._document.get(MAP, type=Map)
        self._count = 0
        self._frames: list[Sequence[str]] = []
        """Of this connection: the edits that each update-bearing frame carries."""
        self._told = 0
        self._progress = asyncio.Event()

    @property
    def in_flight(self) -> int:
        """Frames sent on this connection and not acknowledged."""
        return len(self._frames) - self._told

    def make_edit(self) -> tuple[str, bytes]:
        """An edit's key, and the update that carries it."""
        before = self._document.get_state()
        self._count += 1
        key = f"{self.name}-{self._count}"
        self._map[key] = "x"
        return key, self._document.get_update(before)

    async def write_until_cut(self, url: str, window: int) -> None:
        """Connect and write, never more than `window` frames ahead of the hub, until the connection breaks."""
        try:
            async with connect(url, compression=None, max_size=None, ping_interval=None) as socket:
                await self._join(socket)
                reading = asyncio.create_task(self._read(socket))
                try:
                    while not reading.done():
                        key, update = self.make_edit()
                        await self._send(socket, Update(update), [key])
                        await self._room(window, reading)
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
        except (WebSocketException, OSError):
            return

    async def write(self, url: str, edits: Sequence[tuple[str, bytes]], window: int) -> None:
        """Connect, send these edits, and return when all are acknowledged."""
        async with connect(url, compression=None, max_size=None, ping_interval=None) as socket:
            await self._join(socket)
            reading = asyncio.create_task(self._read(socket))
            for key, update in edits:
                await self._send(socket, Update(update), [key])
                await self._room(window, reading)
            await self._room(1, reading)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _join(self, socket: ClientConnection) -> None:
        self._frames, self._told = [], 0
        await self._say(socket, Token(self._token, PROVIDER_VERSION))
        await self._say(socket, Step1(self._document.get_state()))

    async def _say(self, socket: ClientConnection, message: Message) -> None:
        await socket.send(encode(Framing.HOCUSPOCUS, self._address, message))

    async def _send(self, socket: ClientConnection, message: Step2 | Update, keys: Sequence[str]) -> None:
        # Counted first: the acknowledgement may be here before `send` returns.
        self._frames.append(keys)
        await self._say(socket, message)

    async def _room(self, window: int, reading: "asyncio.Task[None]") -> None:
        """Returns when fewer than `window` frames are in flight. Raises what ended the reading."""
        while self.in_flight >= window:
            if reading.done():
                reading.result()
                return
            self._progress.clear()
            await self._progress.wait()

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                assert isinstance(data, bytes)
                await self._hear(socket, data)
        finally:
            self._progress.set()

    async def _hear(self, socket: ClientConnection, data: bytes) -> None:
        if data == PING:
            await socket.send(PONG)
            return
        match read_hub_frame(data)[1]:
            case Stored(count):
                for keys in self._frames[self._told : count]:
                    self.acknowledged.update(keys)
                self._told = count
                self._progress.set()
            case Step1(state_vector):
                missing = self._document.get_update(state_vector)
                await self._send(socket, Step2(missing), list(self._map.keys()))
            case Step2(update) | Update(update) if self._follows:
                self._document.apply_update(update)
            case Refused(_, reason) | Denied(reason):
                raise Unacknowledged(reason)
            case Granted(can_write):
                assert can_write, "expected to be a writer"


async def read_keys(url: str, document: str, token: str) -> set[str]:
    """All edits that the hub shows to a newcomer."""
    async with aclosing(watch(url, document, token)) as shown:
        return await anext(shown)


async def watch(url: str, document: str, token: str) -> AsyncGenerator[set[str]]:
    """All edits that the hub shows, at first and after each change that it tells of by itself."""
    replica: Doc[Map[str]] = Doc()
    keys: Map[str] = replica.get(MAP, type=Map)
    async with connect(url, compression=None, max_size=None) as socket:
        for message in (Token(token, PROVIDER_VERSION), Step1(replica.get_state())):
            await socket.send(encode(Framing.HOCUSPOCUS, document, message))
        async for data in socket:
            assert isinstance(data, bytes)
            match read_hub_frame(data)[1]:
                case Step2(update) | Update(update):
                    replica.apply_update(update)
                    yield set(keys.keys())
                case Denied(reason):
                    raise Unacknowledged(reason)
    raise ConnectionError("the hub hung up")
