"""All live documents of this hub: a room is opened for the first who comes, and forgotten when it ends.

The rule: of each document there is one room at a time, which all who come share; a load that fails leaves nothing
behind; every room's task is awaited. Where other hubs write too, the rooms are compared with the log now and then, so
that all of them end the same whatever the bus brings.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from hub.bus import Bus
from hub.crdt_store import CrdtStore
from hub.errors import Code, TeammarksError
from hub.ids import DocumentId
from hub.limits import Limits
from hub.memory import give_back
from hub.metrics import Metrics
from hub.outbox import Outbox
from hub.protocol import Framing
from hub.room import Room, Seat

log = logging.getLogger(__name__)

GIVES_BACK_AFTER_S: Final = 10.0
"""Rooms end in crowds: one look at the memory for all that end within this time."""


class Rooms:
    """Where to join one. Make it within a running event loop."""

    def __init__(self, store: CrdtStore, bus: Bus, limits: Limits, metrics: Metrics) -> None:
        self._store = store
        self._bus = bus
        self._limits = limits
        self._metrics = metrics
        self._rooms: dict[DocumentId, Room] = {}
        self._closed = False
        self._gives_back: asyncio.TimerHandle | None = None
        self._giving_back: asyncio.Future[None] | None = None
        self._doubted: set[Room] = set()
        self._doubt_raised = asyncio.Event()
        self._comparing = asyncio.create_task(self._compare_for_ever(), name="heads") if not bus.alone else None
        metrics.rooms.set_function(self.__len__)
        metrics.document_bytes.set_function(lambda: sum(room.size for room in self._rooms.values()))
        metrics.unacknowledged_age_s.set_function(
            lambda: max((room.wait_s for room in self._rooms.values()), default=0)
        )

    def __len__(self) -> int:
        return len(self._rooms)

    async def join(self, document: DocumentId, framing: Framing, outbox: Outbox, lost: Callable[[Code], None]) -> Seat:
        """A seat in the document's room, which is opened for the first who comes. The caller leaves it.

        `lost` is called, at most once, if the room breaks. Raises TeammarksError NOT_FOUND, STORAGE, RESTARTING.
        """
        while not self._closed:
            room = self._rooms.get(document)
            if room is None:
                room = self._rooms[document] = Room(
                    document,
                    self._store,
                    self._bus,
                    self._limits,
                    self._metrics,
                    forget=self._forget,
                    doubt=self._doubt,
                )
            await room.opened()
            if not room.over:
                return room.seat(framing, outbox, lost)
        raise TeammarksError(Code.RESTARTING, "The hub is stopping.", retry=True)

    async def close(self) -> None:
        """Store what has been offered, then close every room."""
        self._closed = True
        await asyncio.gather(*(room.close() for room in list(self._rooms.values())))
        if self._gives_back:
            self._gives_back.cancel()
        if self._giving_back:
            await self._giving_back
        if self._comparing:
            self._comparing.cancel()
            await asyncio.gather(self._comparing, return_exceptions=True)

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.document_id) is room:
            del self._rooms[room.document_id]
        if self._gives_back is None and not self._closed:
            self._gives_back = asyncio.get_running_loop().call_later(GIVES_BACK_AFTER_S, self._give_back)

    def _give_back(self) -> None:
        self._gives_back = None
        self._giving_back = asyncio.get_running_loop().run_in_executor(None, give_back)

    def _doubt(self, room: Room) -> None:
        self._doubted.add(room)
        self._doubt_raised.set()

    async def _compare_for_ever(self) -> None:
        """Those that doubt, at once, and all of them now and then."""
        loop = asyncio.get_running_loop()
        next_of_all = loop.time() + self._limits.head_check_s
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_of_all):
                    await self._doubt_raised.wait()
            self._doubt_raised.clear()
            rooms, self._doubted = self._doubted, set()
            if loop.time() >= next_of_all:
                next_of_all = loop.time() + self._limits.head_check_s
                rooms = set(self._rooms.values())
            try:
                await self._compare(rooms)
            except TeammarksError as error:
                log.warning("documents were not compared with the log: %s", error)
            except Exception:
                log.exception("documents were not compared with the log")

    async def _compare(self, rooms: Iterable[Room]) -> None:
        before = {room: room.head for room in rooms}
        if not before:
            return
        heads = await self._store.heads([room.document_id for room in before])
        for room, head in before.items():
            if room.document_id in heads:
                room.compare(head, heads[room.document_id])
