"""The bus of several hubs: Redis pub/sub, one sharded channel for each document that is live here.

The rule: a publisher neither waits nor fails. What Redis does not take in time is dropped, for the log knows; and
what comes from Redis is believed only under a seal that Redis cannot make.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress

from redis.exceptions import RedisError

from hub.bus import Listener, LocalBus, News, Resumed, Word
from hub.bus.envelope import Seal, decode, encode
from hub.bus.redis_nodes import Node, Nodes, Server
from hub.ids import DocumentId
from hub.lib0 import ProtocolError
from hub.limits import Limits
from hub.metrics import Metrics

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Envelopes that are sent before Redis is asked whether it took them."""


class RedisBus:
    """Make it within a running event loop; `close` it after the rooms. Raises ValueError for no address of a Redis."""

    alone = False

    def __init__(self, url: str, seal: Seal, limits: Limits, metrics: Metrics) -> None:
        self.hub = seal.hub
        self._server = Server(url, limits.redis_s)
        self._seal = seal
        self._limits = limits
        self._metrics = metrics
        self._here = LocalBus()
        self._looks: list[Callable[[], None]] = []
        self._documents = f"teammarks/{seal.mark}/document/"
        self._changes = f"teammarks/{seal.mark}/changes"
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._waiting_bytes = 0
        self._all_said = asyncio.Event()
        self._all_said.set()
        self._wake = asyncio.Event()
        self._tuned: set[str] = set()
        self._leaving: set[str] = set()
        self._to_tune: set[str] = set()
        self._nodes: Nodes | None = None
        self._state = ""
        self._closing = False
        self._task = asyncio.create_task(self._join_for_ever(), name="bus")

    @property
    def connected(self) -> bool:
        return self._nodes is not None and not self._nodes.missing

    def publish(self, word: Word, *, speaker: Listener) -> None:
        self._here.publish(word, speaker=speaker)
        self._say(self._documents + word.document, encode(word))

    def listen(self, document: DocumentId, listener: Listener) -> None:
        self._here.listen(document, listener)
        self._tune_soon(self._documents + document)

    def forget(self, document: DocumentId, listener: Listener) -> None:
        self._here.forget(document, listener)
        self._tune_soon(self._documents + document)

    def rouse(self) -> None:
        self._say(self._changes, b"")

    def on_rouse(self, look: Callable[[], None]) -> None:
        self._looks.append(look)
        self._tune_soon(self._changes)

    async def close(self) -> None:
        """Say what is still to be said, if Redis takes it, and be gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.redis_s):
                await self._all_said.wait()
        self._closing = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _say(self, channel: str, body: bytes) -> None:
        full = len(self._waiting) >= self._limits.bus_words or self._waiting_bytes + len(body) > self._limits.bus_bytes
        if self._nodes is None or full:
            return  # the others find out by looking
        self._waiting.append((channel, body))
        self._waiting_bytes += len(body)
        self._all_said.clear()
        self._wake.set()

    def _tune_soon(self, channel: str) -> None:
        self._to_tune.add(channel)
        self._wake.set()

    # The bus's task

    async def _join_for_ever(self) -> None:
        servers = [self._server]
        while True:
            try:
                nodes = await Nodes.connect(servers)
                # Should the one we were told of be gone for good.
                servers = [self._server, *nodes.servers]
                await self._serve(nodes)
            except* (RedisError, OSError) as failures:
                self._report(f"Redis cannot be used: {_first(failures)}")
            except* Exception:
                log.exception("the bus failed")
            if self._closing:
                return  # a TaskGroup loses the cancellation that meets a failure
            await asyncio.sleep(self._limits.redis_retry_s)

    async def _serve(self, nodes: Nodes) -> None:
        """Until something fails."""
        missing = f", {nodes.missing} masters of the cluster excepted" if nodes.missing else ""
        self._report(f"joined to other hubs through Redis{missing}")
        self._nodes = nodes
        self._to_tune = {self._changes, *(self._documents + document for document in self._here.documents)}
        try:
            async with asyncio.TaskGroup() as tasks:
                for node in nodes:
                    tasks.create_task(self._hear(node))
                tasks.create_task(self._speak(nodes))
        finally:
            self._nodes = None
            self._tuned.clear()
            self._leaving.clear()
            self._waiting.clear()
            self._waiting_bytes = 0
            self._all_said.set()
            await nodes.close()

    async def _speak(self, nodes: Nodes) -> None:
        loop = asyncio.get_running_loop()
        next_check = loop.time() + self._limits.redis_check_s
        while True:
            self._wake.clear()
            await self._tune(nodes)
            while self._waiting:
                await self._publish(nodes)
            self._all_said.set()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_check):
                    await self._wake.wait()
            if loop.time() >= next_check:
                if nodes.missing:
                    return_to = "perhaps the whole cluster can be reached now"
                    raise RedisError(return_to)
                next_check = loop.time() + self._limits.redis_check_s
                await asyncio.gather(*(node.check() for node in nodes))

    async def _tune(self, nodes: Nodes) -> None:
        channels, self._to_tune = self._to_tune, set()
        into: defaultdict[Node, list[str]] = defaultdict(list)
        out_of: defaultdict[Node, list[str]] = defaultdict(list)
        for channel in channels:
            node = nodes.of(channel)
            if node is None:
                continue
            match self._is_wanted(channel), channel in self._tuned:
                case True, False:
                    into[node].append(channel)
                    self._tuned.add(channel)
                case True, True:
                    self._resumed(channel)  # somebody left, and another came before Redis was told
                case False, True:
                    out_of[node].append(channel)
                    self._tuned.discard(channel)
                    self._leaving.add(channel)
        await asyncio.gather(*(node.tune(into=into[node], out_of=out_of[node]) for node in nodes))

    def _is_wanted(self, channel: str) -> bool:
        document = channel.removeprefix(self._documents)
        return channel == self._changes or self._here.listened_to(DocumentId(document))

    async def _publish(self, nodes: Nodes) -> None:
        envelopes: defaultdict[Node, list[tuple[str, bytes]]] = defaultdict(list)
        for _ in range(min(len(self._waiting), AT_ONCE)):
            channel, body = self._waiting.popleft()
            self._waiting_bytes -= len(body)
            if node := nodes.of(channel):
                envelopes[node].append((channel, self._seal.seal(channel, body)))
        await asyncio.gather(*(node.publish(some) for node, some in envelopes.items()))

    async def _hear(self, node: Node) -> None:
        rubbish = False
        while True:
            match await node.hear():
                case "smessage", channel, envelope:
                    try:
                        self._receive(channel, envelope)
                    except ProtocolError as error:
                        if not rubbish:
                            log.warning("somebody who is none of us speaks through Redis: %s", error)
                        rubbish = True
                case "ssubscribe", channel, _:
                    self._resumed(channel)
                case "sunsubscribe", channel, _ if channel in self._leaving:
                    self._leaving.discard(channel)
                case "sunsubscribe", channel, _ if channel in self._tuned:
                    raise RedisError("a channel has moved to another server")

    def _receive(self, channel: str, envelope: bytes) -> None:
        opened = self._seal.open(channel, envelope)
        if opened is None:
            return
        hub, body, age_s = opened
        if channel == self._changes:
            self._look()
            return
        word = decode(DocumentId(channel.removeprefix(self._documents)), hub, body)
        if isinstance(word, News):
            self._metrics.fan_out_s.observe(max(0.0, age_s))
        self._here.tell(word)

    def _resumed(self, channel: str) -> None:
        if channel == self._changes:
            self._look()
        else:
            self._here.tell(Resumed(DocumentId(channel.removeprefix(self._documents))))

    def _look(self) -> None:
        for look in self._looks:
            look()

    def _report(self, state: str) -> None:
        if state != self._state:
            log.warning("%s", state)
        self._state = state


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
