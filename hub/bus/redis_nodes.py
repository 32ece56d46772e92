"""Connections to a Redis server, or to every master of a Redis Cluster.

The rule: nothing here tries again. Whatever fails raises, and its owner begins anew with all of them.

Of redis-py this uses its connections alone: what a hub does with Redis is to send envelopes and to hear some, on
sharded channels, which one server and a cluster know alike; each channel lives on the master of its slot.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import chain
from typing import Any, Self

from redis.asyncio import Connection
from redis.asyncio.connection import AbstractConnection, parse_url
from redis.crc import key_slot
from redis.exceptions import RedisError, ResponseError

Address = tuple[str, int]
"""Host and port."""


class Server:
    """Where Redis is and how to speak to it. Raises ValueError for no address of a Redis."""

    def __init__(self, url: str, answers_within_s: float) -> None:
        try:
            self._options: dict[str, Any] = dict(parse_url(url))
        except ValueError:
            raise ValueError("not an address of a Redis") from None  # its words might repeat a password
        self._options.pop("db", None)  # channels know no databases, and a cluster has one
        self._kind: type[AbstractConnection] = self._options.pop("connection_class", Connection)
        # Two plain connections with RESP 2 instead of one with RESP 3, whose parser writes a log line for each message.
        self._options |= {"protocol": 2, "driver_info": None, "decode_responses": False}
        # The time it may take is kept here: redis-py's way of it loses a cancellation now and then on Python 3.11.
        self._options |= {"socket_timeout": None, "socket_connect_timeout": None}
        self.answers_within_s = answers_within_s
        try:
            self.connection()
        except TypeError as error:
            raise ValueError(f"an option in this address is unknown: {error}") from None

    def connection(self) -> AbstractConnection:
        return self._kind(**self._options)

    def at(self, address: Address) -> Self:
        """Another of the same cluster."""
        other = object.__new__(type(self))
        other._kind = self._kind
        other.answers_within_s = self.answers_within_s
        other._options = {**self._options, "host": address[0], "port": address[1]}
        return other

    @property
    def host(self) -> str:
        return str(self._options.get("host", ""))


class Node:
    """One server: a connection to speak on, and one to listen on, which Redis wants apart."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._mouth = server.connection()
        self._ear = server.connection()
        self._silent = False

    async def connect(self) -> None:
        async with self._soon():
            for connection in (self._mouth, self._ear):
                await connection.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Waits for nothing, so that no cancellation comes between."""
        for connection in (self._mouth, self._ear):
            await connection.disconnect(nowait=True)

    async def publish(self, envelopes: Sequence[tuple[str, bytes]]) -> None:
        """Envelopes by their channels, sent at once. Returns when Redis has taken them all."""
        packed = (self._mouth.pack_command("SPUBLISH", *envelope) for envelope in envelopes)
        async with self._soon():
            await self._mouth.send_packed_command(list(chain.from_iterable(packed)))
            for _ in envelopes:
                await self._mouth.read_response()

    async def tune(self, *, into: Sequence[str], out_of: Sequence[str]) -> None:
        """Ask for some channels, and for others no more; `hear` says when it is done."""
        commands = [("SUNSUBSCRIBE", channel) for channel in out_of] + [("SSUBSCRIBE", channel) for channel in into]
        if commands:
            packed = (self._ear.pack_command(*command) for command in commands)
            async with self._soon():
                await self._ear.send_packed_command(list(chain.from_iterable(packed)))

    async def hear(self) -> tuple[str, str, bytes] | None:
        """What kind of message comes next, on which channel, and what is in it. None: a mere sign of life."""
        message = await self._ear.read_response(disconnect_on_error=False)
        self._silent = False
        match message:
            case [bytes(kind), bytes(channel), bytes() | int() as payload]:
                return kind.decode(), channel.decode(errors="replace"), payload if isinstance(payload, bytes) else b""
            case _:
                return None

    async def check(self) -> None:
        """To be called now and then: raises where Redis has said nothing since it was asked the last time."""
        if self._silent:
            raise RedisError("Redis does not answer")
        self._silent = True
        async with self._soon():
            await self._ear.send_command("PING")
            await self._mouth.send_command("PING")
            await self._mouth.read_response()

    def _soon(self) -> AbstractAsyncContextManager[object]:
        """TimeoutError, which is an OSError, for what takes longer."""
        return asyncio.timeout(self.server.answers_within_s)


class Nodes:
    """Every server that takes part, connected. `missing`: masters of the cluster that cannot be reached."""

    def __init__(self, nodes: Sequence[Node], of_slot: Mapping[int, Node] | None, missing: int) -> None:
        self.missing = missing
        self._nodes = nodes
        self._of_slot = of_slot

    @classmethod
    async def connect(cls, servers: Sequence[Server]) -> Self:
        """`servers`: where to ask, in this order, until one answers. Raises RedisError, OSError."""
        asked, ranges = await _first_answer(servers)
        masters = list({master: None for _, _, master in ranges}) if ranges is not None else [asked]
        nodes = {master: Node(master) for master in masters}
        try:
            outcomes = await asyncio.gather(*(node.connect() for node in nodes.values()), return_exceptions=True)
        except BaseException:
            await _close(nodes.values())
            raise
        failures = [outcome for outcome in outcomes if outcome is not None]
        reached = {node: None for node, outcome in zip(nodes.values(), outcomes, strict=True) if outcome is None}
        await _close(node for node in nodes.values() if node not in reached)
        if not reached:
            raise failures[0] if failures else RedisError("the cluster has no slots yet")
        if ranges is None:
            return cls([*reached], None, 0)
        of_slot = {slot: nodes[master] for first, last, master in ranges for slot in range(first, last + 1)}
        return cls([*reached], {slot: node for slot, node in of_slot.items() if node in reached}, len(failures))

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes)

    def of(self, channel: str) -> Node | None:
        """Who has this channel. None: nobody who can be reached."""
        return self._nodes[0] if self._of_slot is None else self._of_slot.get(key_slot(channel.encode()))

    @property
    def servers(self) -> list[Server]:
        return [node.server for node in self._nodes]

    async def close(self) -> None:
        await _close(self._nodes)


async def holder(servers: Sequence[Server], key: str) -> Server:
    """Who has `key`: whoever of these answers, or a master of the cluster that it is in. Raises RedisError, OSError."""
    asked, ranges = await _first_answer(servers)
    if ranges is None:
        return asked
    slot = key_slot(key.encode())
    for first, last, master in ranges:
        if first <= slot <= last:
            return master
    raise RedisError("the cluster has no master for a key")


async def _close(nodes: Iterable[Node]) -> None:
    for node in nodes:
        await node.close()


async def _first_answer(servers: Sequence[Server]) -> tuple[Server, list[tuple[int, int, Server]] | None]:
    """Whoever of these answers, and what it says: which master has which slots, or None where it is in no cluster."""
    *others, last = servers
    for server in others:
        try:
            return server, await _slots(server)
        except (RedisError, OSError):
            continue
    return last, await _slots(last)


async def _slots(server: Server) -> list[tuple[int, int, Server]] | None:
    connection = server.connection()
    try:
        async with asyncio.timeout(server.answers_within_s):
            await connection.connect()  # type: ignore[no-untyped-call]
            await connection.send_command("CLUSTER", "SLOTS")
            ranges = await connection.read_response()
    except ResponseError:
        return None  # cluster support disabled, or unknown here
    finally:
        await connection.disconnect(nowait=True)
    known: dict[Address, Server] = {}
    found = []
    for first, last, (host, port, *_), *_ in ranges:
        # A master that does not know its own host is where we asked.
        address = (host.decode() if host else server.host, port)
        found.append((first, last, known.setdefault(address, server.at(address))))
    return found
