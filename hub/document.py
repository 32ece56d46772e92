"""A Yjs document held in memory. Here, and in the tree, is all that the hub knows of the CRDT library.

The rule: bytes from outside are checked before they are believed, and what a document has taken in it gives out
again, also where something that it builds on is still missing. The library alone does not keep the second half:
asked for its state, yrs 0.28 leaves out deletions of what it has not seen yet, and of several updates that wait for
each other it may forget some. So those that wait are kept here, tried again, and handed out with the rest.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pycrdt import Doc, Map, get_state, get_update, merge_updates

from hub.lib0 import ProtocolError, Reader
from hub.update import Contents, inspect

EMPTY_UPDATE = b"\x00\x00"
"""No structs and no deletions."""
EMPTY_STATE_VECTOR = b"\x00"
FEW = 32
"""Waiting updates kept one by one; beyond it they are merged, or each new one would cost a try of all."""


class UnreadableUpdate(Exception):
    """Bytes that are no update, or that the library cannot apply. A document that raised it must be thrown away."""


class Document:
    """What the updates it was given amount to. Usable from one thread at a time, whichever."""

    def __init__(self) -> None:
        # 32 bits, as Yjs clients have: the library's own choice may be larger than JavaScript holds exactly.
        self.doc: Doc[object] = Doc(client_id=random.getrandbits(32))  # type: ignore[type-var]  # roots of any type
        self._waiting: list[bytes] = []

    @property
    def state_vector(self) -> bytes:
        return self.doc.get_state()

    def apply(self, updates: Iterable[bytes]) -> None:
        """Take in Yjs v1 updates, in any order and as often as they come. Raises UnreadableUpdate."""
        taken = list(updates)
        for update in taken:
            self._take(update)
        self._waiting += [update for update in taken if self.waits_for_more(update)]
        if len(self._waiting) > FEW:
            self._waiting = [merge(self._waiting)]
        while self._waiting:
            for update in self._waiting:
                self._take(update)
            still = [update for update in self._waiting if self.waits_for_more(update)]
            progress = len(still) < len(self._waiting)
            self._waiting = still
            if not progress:
                break

    def state(self) -> bytes:
        """Everything, as one update."""
        return self.missing(EMPTY_STATE_VECTOR)

    def keys(self, root: str) -> int:
        """How many keys this root map has."""
        entries = self.doc.get(root, type=Map)
        assert isinstance(entries, Map), "expected what was asked for"
        return len(entries)

    def missing(self, state_vector: bytes) -> bytes:
        """What a replica with this state vector lacks, as one update. Raises UnreadableUpdate for no state vector."""
        with _librarys_failures("not a state vector"):
            known = self.doc.get_update(state_vector)
        return merge([known, *self._waiting]) if self._waiting else known

    def has_all_of(self, update: bytes) -> bool:
        """Whether applying this would change nothing, deletions included. Raises UnreadableUpdate.

        While something here waits for what it builds on, the answer may be a needless no.
        """
        with _librarys_failures("not an update"):
            rest = get_update(update, self.state_vector)
        if rest == EMPTY_UPDATE:
            return True
        if rest[0] != 0 or self._waiting:
            return False
        known = list(_deletions(self.doc.get_update(self.state_vector)))
        return _count([*known, *_deletions(rest)]) == _count(known)

    def waits_for_more(self, update: bytes) -> bool:
        """Whether some of this update, applied before, still waits for what it builds on or deletes."""
        state_vector = self.state_vector
        rest = get_update(update, state_vector)
        if rest == EMPTY_UPDATE:
            return False
        if rest[0] != 0:
            return True
        clocks = dict(_clocks(state_vector))
        return any(end > clocks.get(client, 0) for client, _, end in _deletions(rest))

    def _take(self, update: bytes) -> None:
        with _librarys_failures("cannot be applied"):
            self.doc.apply_update(update)


def check_state_vector(state_vector: bytes) -> None:
    """Raises UnreadableUpdate unless these bytes are a state vector."""
    try:
        reader = Reader(state_vector)
        if reader.varuint() > reader.left:
            raise UnreadableUpdate("more is announced than there is")
    except ProtocolError:
        raise UnreadableUpdate("not a state vector") from None
    with _librarys_failures("not a state vector"):
        get_update(EMPTY_UPDATE, state_vector)


def check(update: bytes) -> Contents:
    """What this Yjs v1 update holds. Raises UnreadableUpdate where it is none.

    Everything from outside goes through here before anything else is done with it.
    """
    try:
        contents = inspect(update)
    except ProtocolError as error:
        raise UnreadableUpdate(str(error)) from None
    with _librarys_failures("not an update"):
        get_state(update)
    return contents


def merge(updates: list[bytes]) -> bytes:
    """One update that does what all of these do. Raises UnreadableUpdate."""
    if len(updates) == 1:
        return updates[0]
    with _librarys_failures("cannot be merged"):
        return merge_updates(*updates)


@contextmanager
def _librarys_failures(sentence: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, RuntimeError):
        raise UnreadableUpdate(sentence) from None
    except BaseException as error:
        # A panic in Rust arrives as a BaseException of a class that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableUpdate(f"{sentence}: the library panicked") from None


def _count(deletions: Iterable[tuple[int, int, int]]) -> int:
    """How many different ids these ranges hold."""
    count, at = 0, (-1, 0)
    for client, start, end in sorted(deletions):
        start = max(start, at[1]) if client == at[0] else start
        if end > start:
            count += end - start
            at = (client, end)
    return count


def _deletions(update_without_structs: bytes) -> Iterator[tuple[int, int, int]]:
    """(client, first clock, first clock after) of each deleted range in an update whose struct part is empty."""
    reader = Reader(update_without_structs)
    assert reader.varuint() == 0, "expected an update without structs"
    for _ in range(reader.varuint()):
        client = reader.varuint()
        for _ in range(reader.varuint()):
            start = reader.varuint()
            yield client, start, start + reader.varuint()


def _clocks(state_vector: bytes) -> Iterator[tuple[int, int]]:
    reader = Reader(state_vector)
    for _ in range(reader.varuint()):
        yield reader.varuint(), reader.varuint()
