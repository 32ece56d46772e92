"""Buckets in the Redis that joins several hubs.

The rule: nobody waits for a Redis that does not answer but the few who asked it first, and what it says about time is
believed within bounds only. It sees neither addresses nor names: keys are digests that only hubs can make.
"""

import asyncio
import hmac
import logging
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from hub.bus.redis_nodes import Server, holder
from hub.limits import Limits
from hub.rates.buckets import Demand

log = logging.getLogger(__name__)

SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local after, wait = {}, 0
for i, key in ipairs(KEYS) do
  local fills, holds = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  after[i] = math.max(tonumber(redis.call('GET', key) or now), now) + fills
  wait = math.max(wait, after[i] - now - holds)
end
if wait <= 0 then
  for i, key in ipairs(KEYS) do
    if after[i] > now then
      redis.call('SET', key, after[i], 'PX', math.ceil(after[i] - now))
    else
      redis.call('DEL', key)
    end
  end
end
return math.ceil(wait)
"""
"""`Buckets.take` in milliseconds, by the clock of Redis."""


class _Question(NamedTuple):
    demands: Sequence[Demand]
    wait_s: asyncio.Future[float]

    def answer(self, wait_s: float) -> None:
        if not self.wait_s.done():
            longest = max(demand.holds_s for demand in self.demands) or math.inf
            self.wait_s.set_result(min(max(0.0, wait_s), longest))


class RedisBuckets:
    """Make it within a running event loop, and `close` it. Raises ValueError for no address of a Redis.

    `installation` keeps apart what uses one Redis; `secret` is known to all its hubs.
    """

    def __init__(self, url: str, secret: bytes, installation: str, limits: Limits) -> None:
        self._servers = [Server(url, limits.redis_s)]
        self._limits = limits
        self._root = hmac.digest(secret, b"teammarks rates 1\0" + installation.encode(), "sha256")
        # All in one slot, so that one script may use several: they are few and small.
        self._place = f"teammarks/{{{hmac.digest(self._root, b'place', 'sha256').hex()[:16]}}}/rates/"
        self._asked: list[_Question] = []
        self._wake = asyncio.Event()
        self._state = ""
        self.connected = False
        self._task = asyncio.create_task(self._serve_for_ever(), name="rates")

    async def take(self, demands: Sequence[Demand]) -> float:
        """As `Buckets.take`, in all hubs; 0 while Redis cannot be asked."""
        if not self.connected:
            return 0.0
        question = _Question(demands, asyncio.get_running_loop().create_future())
        self._asked.append(question)
        self._wake.set()
        return await question.wait_s

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _serve_for_ever(self) -> None:
        while True:
            try:
                await self._serve()
            except (RedisError, OSError, TypeError, ValueError) as failure:
                self._report(
                    f"Redis cannot be used, so each hub counts for itself: {str(failure) or 'it does not answer'}"
                )
            except Exception:
                log.exception("counting in Redis failed")
            await asyncio.sleep(self._limits.redis_retry_s)

    async def _serve(self) -> None:
        """Until something fails."""
        server = await holder(self._servers, self._place)
        # Should the one we were told of be gone for good.
        self._servers = [self._servers[0], server]
        connection = server.connection()
        try:
            async with self._soon():
                await connection.connect()  # type: ignore[no-untyped-call]
                await connection.send_command("PING")  # one that stands still is still connected to
                await connection.read_response()
            self.connected = True
            self._report("all hubs count together in Redis")
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._answer(connection)
        finally:
            self.connected = False
            for question in self._asked:
                question.answer(0.0)
            self._asked.clear()
            await connection.disconnect(nowait=True)

    async def _answer(self, connection: AbstractConnection) -> None:
        asked, self._asked = self._asked, []
        try:
            async with self._soon():
                packed = connection.pack_commands([self._command(question.demands) for question in asked])
                await connection.send_packed_command(packed)
                for question in asked:
                    question.answer(int(await connection.read_response()) / 1000)
        finally:
            for question in asked:
                question.answer(0.0)

    def _command(self, demands: Sequence[Demand]) -> list[str | int]:
        times = [round(seconds * 1000) for demand in demands for seconds in (demand.fills_s, demand.holds_s)]
        return ["EVAL", SCRIPT, len(demands), *(self._key(demand) for demand in demands), *times]

    def _key(self, demand: Demand) -> str:
        return self._place + hmac.digest(self._root, demand.key.encode(), "sha256").hex()[:32]

    def _soon(self) -> asyncio.Timeout:
        """TimeoutError, which is an OSError, for what takes longer."""
        return asyncio.timeout(self._limits.redis_s)

    def _report(self, state: str) -> None:
        if state != self._state:
            log.warning("%s", state)
        self._state = state
