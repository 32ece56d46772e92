"""All live documents of this hub: a room is opened for the first who comes, and forgotten when it ends.

The rule: of each document there is one room at a time, which all who come share; a load that fails leaves nothing
behind; every room's task is awaited.
"""

import asyncio
from collections.abc import Callable

from hub.bus import Bus
from hub.crdt_store import CrdtStore
from hub.errors import Code, TeammarksError
from hub.ids import DocumentId
from hub.limits import Limits
from hub.outbox import Outbox
from hub.protocol import Framing
from hub.room import Room, Seat


class Rooms:
    """Where to join one."""

    def __init__(self, store: CrdtStore, bus: Bus, limits: Limits) -> None:
        self._store = store
        self._bus = bus
        self._limits = limits
        self._rooms: dict[DocumentId, Room] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._rooms)

    async def join(self, document: DocumentId, framing: Framing, outbox: Outbox, lost: Callable[[Code], None]) -> Seat:
        """A seat in the document's room, which is opened for the first who comes. The caller leaves it.

        `lost` is called, at most once, if the room breaks. Raises TeammarksError NOT_FOUND, STORAGE, RESTARTING.
        """
        while not self._closed:
            room = self._rooms.get(document)
            if room is None:
                room = self._rooms[document] = Room(document, self._store, self._bus, self._limits, self._forget)
            await room.opened()
            if not room.over:
                return room.seat(framing, outbox, lost)
        raise TeammarksError(Code.RESTARTING, "The hub is stopping.", retry=True)

    async def close(self) -> None:
        """Store what has been offered, then close every room."""
        self._closed = True
        await asyncio.gather(*(room.close() for room in list(self._rooms.values())))

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.document_id) is room:
            del self._rooms[room.document_id]
