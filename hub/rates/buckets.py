"""Buckets that fill with what is taken from them and empty with time, in this process.

Of each is known when it will be empty, and nothing else (the generic cell rate algorithm, of ATM).
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

MOST = 100_000
"""Buckets at once, some 20 MB. For one more, that goes which was used the longest ago."""


class Demand(NamedTuple):
    """To put `fills_s` into the bucket `key`, so that it is empty so much later, if that is at most in `holds_s`."""

    key: str
    fills_s: float
    holds_s: float

    @property
    def reversed(self) -> Self:
        """What undoes it."""
        return self._replace(fills_s=-self.fills_s)


class Buckets:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def take(self, demands: Sequence[Demand]) -> float:
        """Seconds until all of them could be met; 0: they are met now. Otherwise nothing has changed."""
        now = self._clock()
        after = [max(self._empty_at.get(demand.key, now), now) + demand.fills_s for demand in demands]
        wait_s = max((at - now - demand.holds_s for at, demand in zip(after, demands, strict=True)), default=0.0)
        if wait_s > 0:
            return wait_s
        for at, demand in zip(after, demands, strict=True):
            self._empty_at.pop(demand.key, None)
            if at > now:
                self._empty_at[demand.key] = at
        while len(self._empty_at) > MOST:
            self._empty_at.popitem(last=False)
        return 0.0
