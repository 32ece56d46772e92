"""A document out of what the log holds of it, and which row to blame where that fails.

The rule: a row that does not load costs no other row. Nothing here does I/O; all of it may take a while, so it runs
off the event loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.document import Document, UnreadableUpdate, merge


@dataclass(frozen=True, slots=True)
class Row:
    seq: int
    payload: bytes


def merged(rows: Sequence[Row]) -> list[bytes]:
    """The rows' updates as one if possible. Empty for no rows."""
    payloads = [row.payload for row in rows]
    try:
        return [merge(payloads)] if payloads else []
    except UnreadableUpdate:
        return payloads


@dataclass(frozen=True, slots=True)
class Opened:
    """A document as of log number `head`. `size`: bytes it was read from; `quarantined`: rows just put aside."""

    document: Document
    head: int
    size: int
    quarantined: frozenset[int]


@dataclass(slots=True)
class Stored:
    """What one read transaction found: a snapshot if there is one, and the rows behind it."""

    snapshot_seq: int = 0
    snapshot: bytes | None = None
    tail: list[Row] = field(default_factory=list)
    head: int = 0


def replay(stored: Stored) -> Opened:
    """The document from snapshot and tail."""
    rows = stored.tail
    bad: set[int] = set()
    while True:
        try:
            document = _loaded(stored.snapshot, rows)
        except UnreadableUpdate:
            culprit = _culprit(stored.snapshot, rows)
            bad.add(culprit.seq)
            rows = [row for row in rows if row is not culprit]
        else:
            size = len(stored.snapshot or b"") + sum(len(row.payload) for row in rows)
            return Opened(document, stored.head, size, frozenset(bad))


def _loaded(snapshot: bytes | None, rows: Sequence[Row]) -> Document:
    document = Document()
    if snapshot is not None:
        document.apply([snapshot])
    document.apply([row.payload for row in rows])
    return document


def _culprit(snapshot: bytes | None, rows: Sequence[Row]) -> Row:
    """Which of these rows to blame for not loading."""
    document = _loaded(snapshot, [])
    taken: list[Row] = []
    for row in rows:
        try:
            document.apply([row.payload])
        except UnreadableUpdate:
            break
        taken.append(row)
    else:
        raise AssertionError("expected a row that does not load")
    # Perhaps a forged one has been waiting for just this one to arrive: then it is not this one's fault.
    for suspect in taken:
        if document.waits_for_more(suspect.payload):
            try:
                _loaded(snapshot, [*(other for other in taken if other is not suspect), row])
            except UnreadableUpdate:
                continue
            return suspect
    return row


def fold(stored: Stored) -> tuple[Opened, bytes]:
    """The document and its state, which is known to load again."""
    opened = replay(stored)
    state = opened.document.state()
    _loaded(state, [])
    return opened, state
