"""Updates that members of a room have handed in, in order, until it is settled what becomes of each."""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from hub.errors import Code
from hub.ids import AccountId

BATCH_UPDATES: Final = 1_000
BATCH_BYTES: Final = 4 * 1024 * 1024
"""What one commit takes from a room at most, and so the size of the frame that tells of it."""

EACH_BYTES: Final = 500
"""Of memory, for an update that waits, besides its own."""

Settled: TypeAlias = Callable[[int | Code], None]
"""Called once with an update's number in the log, or with why it was not taken."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`whole`: a step 2, of which the room may hold everything already. `since`: when, by the event loop's clock."""

    seat: Hashable
    update: bytes
    author: AccountId
    whole: bool
    can_write: bool
    settled: Settled
    since: float


class Offers:
    """`max_bytes`: of those that wait, whether or not who handed them in is still here."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._waiting: deque[Offer] = deque()
        self._in_hand: Sequence[Offer] = ()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def oldest_since(self) -> float | None:
        """Of those that are not settled. None: all are."""
        unsettled = self._in_hand or self._waiting
        return unsettled[0].since if unsettled else None

    def put(self, offer: Offer) -> bool:
        """False where it is not taken: too many wait already."""
        if self._bytes + len(offer.update) + EACH_BYTES > self._max_bytes:
            return False
        self._bytes += len(offer.update) + EACH_BYTES
        self._waiting.append(offer)
        return True

    def take_batch(self) -> Sequence[Offer]:
        """As many as one commit takes, in hand until `batch_done`."""
        batch: list[Offer] = []
        size = 0
        while self._waiting and len(batch) < BATCH_UPDATES and size < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].update)
            self._bytes -= len(batch[-1].update) + EACH_BYTES
        self._in_hand = batch
        return batch

    def batch_done(self) -> None:
        self._in_hand = ()

    def settle_all(self, code: Code) -> None:
        """Those that are not in hand."""
        while self._waiting:
            self._waiting.popleft().settled(code)
        self._bytes = 0
