"""What somebody has done how often: log-ins that failed, letters asked for, requests.

The rule: who goes too fast is told when to come back, and what is refused is not counted: nobody is shut out for longer
by trying. Each hub counts for itself whatever else there is; a Redis that hubs share adds what the others counted, so
that it can refuse more and never allow more.
"""

import math
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from hub.errors import Code, TeammarksError
from hub.limits import Limits
from hub.pace import Pace
from hub.rates.buckets import Buckets, Demand


class Shared(Protocol):
    """Buckets that several hubs have in common."""

    async def take(self, demands: Sequence[Demand]) -> float:
        """As `Buckets.take`; 0 where that cannot be found out now."""
        ...


class Nobody:
    """What a hub shares that is alone."""

    async def take(self, demands: Sequence[Demand]) -> float:
        return 0.0


class Rates:
    """Each limit is a `Pace` among `Limits`, given by its name, with the one for whom it is counted as the value:
    `take(registrations_per_network="192.0.2.1")`. Of several, all must allow it.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float], shared: Shared | None = None) -> None:
        self._limits = limits
        self._here = Buckets(clock)
        self._shared = shared or Nobody()

    async def take(self, **whose: str) -> None:
        """Counts one. Raises RATE_LIMITED, and counts nothing, where that would be too many."""
        wait_s = await self._take(self._demands(whose))
        if wait_s > 0:
            seconds = math.ceil(wait_s)
            raise TeammarksError(
                Code.RATE_LIMITED,
                f"This was tried too often. Try again in {seconds} s.",
                inside=f"over {', '.join(whose)}",
                retry_after_s=seconds,
            )

    async def give_back(self, **whose: str) -> None:
        """As if it had not been counted."""
        await self._take([demand.reversed for demand in self._demands(whose)])

    @asynccontextmanager
    async def failures(self, **whose: str) -> AsyncIterator[None]:
        """Counts what is done inside if it is refused. Our own failures are not counted, nor what succeeds."""
        await self.take(**whose)
        try:
            yield
        except Exception as error:  # who hangs up meanwhile has tried
            if not isinstance(error, TeammarksError) or error.retry:
                await self.give_back(**whose)
            raise
        await self.give_back(**whose)

    async def remember(self, what: str, seconds: int) -> None:
        await self._take([Demand(what, seconds, seconds)])

    async def remembers(self, what: str) -> bool:
        return await self._take([Demand(what, 0, 0)]) > 0

    def _demands(self, whose: dict[str, str]) -> list[Demand]:
        return [demand for name, who in whose.items() for demand in _demands(name, who, getattr(self._limits, name))]

    async def _take(self, demands: Sequence[Demand]) -> float:
        wait_s = self._here.take(demands)
        if wait_s > 0 or not demands:
            return wait_s
        shared_s = await self._shared.take(demands)
        if shared_s > 0:
            self._here.take([demand.reversed for demand in demands])
        return shared_s


def _demands(name: str, who: str, pace: Pace) -> Iterable[Demand]:
    for window in pace.windows:
        yield Demand(f"{name} {window.seconds} {who}", window.seconds / window.times, window.seconds)
