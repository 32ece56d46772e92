"""Folders for whoever reads them without a socket.

The rule: what is read is what the log holds, so it is what everybody has been told or is about to be. Building a large
document takes ten times its size in memory, so one is built at a time.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from hub.crdt_store import CrdtStore
from hub.errors import Code, TeammarksError
from hub.ids import DocumentId
from hub.replay import Stored, replay
from hub.tree.document import read_tree
from hub.tree.tree import Tree, materialise

T = TypeVar("T")


class Folders:
    def __init__(self, store: CrdtStore) -> None:
        self._store = store
        self._turn = asyncio.Lock()

    async def version(self, document: DocumentId) -> int:
        """The log's newest number. Raises TeammarksError NOT_FOUND, STORAGE."""
        heads = await self._store.heads([document])
        if document not in heads:
            raise TeammarksError(Code.NOT_FOUND, "There is no such folder.")
        return heads[document]

    async def shown(self, document: DocumentId, show: Callable[[Tree, int], T]) -> tuple[T, int]:
        """What `show` makes of the tree and its version, and that version. `show` runs in a thread.

        Raises TeammarksError NOT_FOUND, STORAGE.
        """
        async with self._turn:
            stored = await self._store.read(document)
            return await asyncio.to_thread(_show, stored, show), stored.head


def _show(stored: Stored, show: Callable[[Tree, int], T]) -> T:
    return show(materialise(read_tree(replay(stored).document.doc)), stored.head)
