"""What waits to be sent to one client, bounded.

The rule: nobody waits for a slow reader. A client whose outbox is full is sent away, and catches up from the log when
it returns.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable


class Outbox:
    """A queue with one reader. Each frame belongs to somebody: the document, say, that it speaks of.

    `overflowed` is called once, from within `put`, when the client has to go.
    """

    def __init__(self, *, max_frames: int, max_bytes: int, overflowed: Callable[[], None]) -> None:
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._overflowed = overflowed
        self._frames: deque[tuple[Hashable, bytes]] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()
        self._closed = False
        self._free = asyncio.Event()
        self._free.set()

    @property
    def size(self) -> int:
        """Bytes of what waits now."""
        return self._bytes

    def put(self, frame: bytes, owner: Hashable = None) -> bool:
        """Queue a frame. False where it is not taken: the outbox is closed, or this overfilled and closed it."""
        if self._closed:
            return False
        if len(self._frames) >= self._max_frames or self._bytes + len(frame) > self._max_bytes:
            self._frames.clear()
            self._bytes = 0
            self.close()
            self._overflowed()
            return False
        self._frames.append((owner, frame))
        self._bytes += len(frame)
        self._changed.set()
        return True

    def withdraw(self, owner: Hashable) -> None:
        """Drop what still waits of this owner: what is not sent yet must not be."""
        self._frames = deque(item for item in self._frames if item[0] != owner)
        self._bytes = sum(len(frame) for _, frame in self._frames)

    def hold(self) -> None:
        """Give nothing out until `release`."""
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def close(self) -> None:
        """Take nothing more. What waits can still be taken out."""
        self._closed = True
        self._changed.set()

    def take_all(self) -> list[bytes]:
        """What waits now, without waiting for more. Nothing where it is held."""
        frames = [frame for _, frame in self._frames] if self._free.is_set() else []
        self._frames.clear()
        self._bytes = 0
        return frames

    async def take(self) -> bytes | None:
        """The next frame; waits for one. None once the outbox is closed and empty."""
        while not (self._frames and self._free.is_set()):
            if self._closed and not self._frames:
                return None
            if self._frames:
                await self._free.wait()
            else:
                self._changed.clear()
                await self._changed.wait()
        _, frame = self._frames.popleft()
        self._bytes -= len(frame)
        return frame
