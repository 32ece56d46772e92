"""How much one document may hold: bytes, nodes, shared types within others.

The rule: what is in it is estimated, never too low, and measured only where the estimate says that something no longer
fits; and not again before the estimate has grown by a sixteenth of the limit, for measuring takes long, and nobody
should have it done again by offering what is too much again. What adds no node is taken whatever the number of nodes.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from hub.limits import Limits
from hub.update import Contents

NODE_BYTES: Final = 8
"""Of an update, for each node that it makes: fewer do not suffice to name one."""
TYPE_BYTES: Final = 4
"""Of an update, for each shared type that it nests in another."""

Measure = Callable[[], Awaitable[int]]


class _Estimate:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._measured = 0
        self._under_way = 0
        self.value = 0

    def restart(self, value: int) -> None:
        self._measured, self.value = 0, value

    async def fits(self, more: int, measure: Measure) -> bool:
        if self.value + more > self._limit and self.value - self._measured > self._limit // 16:
            self._measured = await measure()
            self.value = self._measured + self._under_way
        return self.value + more <= self._limit

    def admit(self, more: int) -> None:
        self.value += more
        self._under_way += more

    def settle(self) -> None:
        self._under_way = 0


class Quota:
    """Of one document while it is open. The measures tell what is in it now."""

    def __init__(self, limits: Limits, *, size: Measure, nodes: Measure, nested: Measure) -> None:
        self._size, self._measure_size = _Estimate(limits.document_bytes), size
        self._nodes, self._measure_nodes = _Estimate(limits.nodes), nodes
        self._nested, self._measure_nested = _Estimate(limits.nested_types), nested

    @property
    def size(self) -> int:
        """Bytes of the encoded document, about."""
        return self._size.value

    def opened(self, size: int) -> None:
        """The document was read from the log, `size` bytes of it."""
        self._size.restart(size)
        self._nodes.restart(size // NODE_BYTES)
        self._nested.restart(size // TYPE_BYTES)

    def grew_elsewhere(self, size: int) -> None:
        """So much that another hub admitted is in the document too."""
        self._size.value += size
        self._nodes.value += size // NODE_BYTES
        self._nested.value += size // TYPE_BYTES

    async def admits(self, size: int, contents: Contents) -> bool:
        """Whether an update fits in. If so, what it holds counts from now on."""
        fits = (
            await self._size.fits(size, self._measure_size)
            and (not contents.nodes or await self._nodes.fits(contents.nodes, self._measure_nodes))
            and (not contents.nested or await self._nested.fits(contents.nested, self._measure_nested))
        )
        if fits:
            self._size.admit(size)
            self._nodes.admit(contents.nodes)
            self._nested.admit(contents.nested)
        return fits

    def settle(self) -> None:
        """What was admitted until now is in the document, or never will be."""
        for estimate in (self._size, self._nodes, self._nested):
            estimate.settle()
