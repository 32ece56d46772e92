"""Buses for tests: what somebody heard on one, and hubs that are joined through a real Valkey."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeVar

from eventually import eventually

from hub.bus import Bus, Resumed, Word
from hub.bus.envelope import Seal
from hub.bus.redis import RedisBus
from hub.ids import DocumentId
from hub.limits import Limits
from hub.metrics import Metrics

SECRET = b"s" * 32
NOW = 1_800_000_000.0
SPRY = replace(Limits(), redis_s=10.0, redis_retry_s=0.02, redis_check_s=0.2, head_check_s=0.1)
IMPATIENT = replace(SPRY, redis_s=0.3)

T = TypeVar("T")

_names = count(1)


def seal(installation: str, secret: bytes = SECRET, clock: Callable[[], float] = lambda: NOW) -> Seal:
    return Seal(secret, installation, next(_names).to_bytes(16), clock)


@asynccontextmanager
async def joined(url: str, installation: str, hubs: int = 2, limits: Limits = SPRY) -> AsyncIterator[list[RedisBus]]:
    """Buses of several hubs on this Redis. Those of another installation do not understand them."""
    async with AsyncExitStack() as stack:
        buses = []
        for _ in range(hubs):
            bus = RedisBus(url, seal(installation), limits, Metrics())
            stack.push_async_callback(bus.close)
            buses.append(bus)
        yield buses


@dataclass(eq=False)
class Ear:
    """Listens for one document."""

    bus: Bus
    document: DocumentId
    heard: list[Word | Resumed] = field(default_factory=list)

    async def listening(self) -> "Ear":
        """Returns when it hears what is said."""
        self.bus.listen(self.document, self)
        if not self.bus.alone:
            await eventually("the channel", lambda: Resumed(self.document) in self.heard)
        return self

    def __call__(self, word: Word | Resumed) -> None:
        self.heard.append(word)

    @property
    def words(self) -> list[Word]:
        return [word for word in self.heard if not isinstance(word, Resumed)]

    async def hears(self, *words: Word) -> None:
        await eventually(f"{len(words)} words", lambda: len(self.words) >= len(words))
        assert self.words == list(words)
