"""A room's own copy of its document: what the log has up to a number, and whether more fits in.

The rule: nothing gets in but what the log has. Where something of it does not fit together the log is read anew, which
finds out what to blame; a log that has gone back is not followed.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from hub.crdt_store import CrdtStore
from hub.document import EMPTY_UPDATE, Document, UnreadableUpdate, check
from hub.errors import Code, TeammarksError
from hub.ids import DocumentId
from hub.limits import Limits
from hub.metrics import Metrics
from hub.quota import Quota
from hub.replay import Row, merged

_NONE: Final = Document()
"""What there is before it has been opened, and after it was let go."""
LARGE_UPDATE: Final = 64 * 1024
"""From here on an update is checked off the event loop: some 0.1 s per megabyte."""


class Replica:
    """`open` it before use. Only its room's task changes it."""

    def __init__(self, document_id: DocumentId, store: CrdtStore, limits: Limits, metrics: Metrics) -> None:
        self.document = _NONE
        self.head = 0
        """The log number up to which it has everything."""
        self._id = document_id
        self._store = store
        self._metrics = metrics
        self._quota = Quota(limits, size=self._measured_size, nodes=self._measured_nodes, nested=self._measured_nested)

    @property
    def size(self) -> int:
        """Bytes of the encoded document, about."""
        return self._quota.size

    async def open(self) -> frozenset[int]:
        """Read the document from the log. Returns the numbers of updates that were put aside as unreadable.

        Raises TeammarksError.
        """
        opened = await self._store.open(self._id)
        self.document, self.head = opened.document, opened.head
        self._quota.opened(opened.size)
        return opened.quarantined

    def let_go(self) -> None:
        self.document = _NONE

    async def screened(self, update: bytes, *, whole: bool, can_write: bool) -> int | Code | None:
        """What becomes of an update that the log need not be asked about. None: it is to be stored, and counts.

        `whole`: a step 2, of which everything may be here already.
        """
        if update == EMPTY_UPDATE:
            return self.head
        try:
            contents = check(update) if len(update) < LARGE_UPDATE else await asyncio.to_thread(check, update)
            if whole and self.document.has_all_of(update):
                return self.head
        except UnreadableUpdate:
            return Code.PROTOCOL
        if not can_write:
            return Code.READ_ONLY
        return None if await self._quota.admits(len(update), contents) else Code.TOO_LARGE

    def settle(self) -> None:
        """What was to be stored is in the document, or never will be."""
        self._quota.settle()

    async def rest(self, given: int | None = None) -> tuple[int, list[Row]]:
        """The log's number now, and its rows that are not here yet. `given`: the number it gave last.

        Raises TeammarksError.
        """
        self._metrics.gap_repairs.inc()
        head, rows = await self._store.after(self._id, self.head)
        if head < self.head or (given is not None and given <= self.head):
            # An older backup was put back. Who is here holds what the log has lost, and brings it when they return.
            raise TeammarksError(Code.UNAVAILABLE, "The log has gone back.", retry=True)
        return head, rows

    async def take(self, head: int, rows: Sequence[Row], *, admitted: bool) -> tuple[list[bytes], frozenset[int]]:
        """Take in what the log has from here to `head`, or further where it had to be read anew.

        `admitted`: it was screened here. Returns updates that hold what is new, and the numbers of those put aside as
        unreadable. Raises TeammarksError.
        """
        before = self.head
        updates = merged(rows)
        try:
            self.document.apply(updates)
        except UnreadableUpdate:
            # Well-formed, but no honest client's: it does not fit into this document. The log finds out which.
            bad = await self.open()
            _, rows = await self._store.after(self._id, before)
            return merged([row for row in rows if row.seq <= self.head]), bad
        self.head = head
        if not admitted:
            self._quota.grew_elsewhere(sum(len(row.payload) for row in rows))
        return updates, frozenset()

    async def _measured_size(self) -> int:
        return len(self.document.state())

    async def _measured_nodes(self) -> int:
        return self.document.keys("n")

    async def _measured_nested(self) -> int:
        return (await asyncio.to_thread(check, self.document.state())).nested
