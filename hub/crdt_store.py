"""The durable log of every document: the only truth.

The rules: what is committed to it is read again as it was, whatever else is in it: a row that does not load is put
aside and kept; and a document's long tail is folded into a snapshot, which changes nothing that anybody reads.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.commits import Commits, Entry
from hub.database import Database
from hub.errors import Code, TeammarksError
from hub.ids import DocumentId
from hub.metrics import Metrics
from hub.replay import Opened, Row, Stored, fold, replay
from hub.schema import documents, snapshots, updates

log = logging.getLogger(__name__)

COMPACT_ROWS: Final = 200
COMPACT_BYTES: Final = 256 * 1024
"""A tail beyond either is folded into the snapshot: replaying 5 000 updates takes some 30 ms."""
COMPACT_SHARE: Final = 4
SNAPSHOT_BYTES_PER_ROW: Final = 2 * 1024
"""A large document's tail may be longer, a quarter of its snapshot or a row for each 2 KiB of it: folding 50 000
bookmarks keeps the hub from everything else for some 0.5 s."""
HEADS_AT_ONCE: Final = 5_000
"""Asked for in one statement. SQLite takes some 32 000 parameters."""

# Made once: putting a statement together costs more than running it.
_HEADS: Final = select(documents.c.id, documents.c.head).where(
    documents.c.id.in_(bindparam("ids", expanding=True)), documents.c.deleted_at.is_(None)
)


@dataclass(slots=True)
class _Tail:
    """What has been stored since the snapshot, whose size is `folded`, as far as this process knows."""

    folded: int = 0
    rows: int = 0
    size: int = 0

    def grow(self, payloads: Sequence[bytes]) -> None:
        self.rows += len(payloads)
        self.size += sum(map(len, payloads))

    @property
    def long(self) -> bool:
        return self.rows > max(COMPACT_ROWS, self.folded // SNAPSHOT_BYTES_PER_ROW) or self.size > max(
            COMPACT_BYTES, self.folded // COMPACT_SHARE
        )


class CrdtStore:
    """The log in a relational database. `start` it before use, `close` it before the database."""

    def __init__(self, database: Database, clock: Callable[[], float], metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._commits = Commits(database, clock, metrics, self._grown)
        self._tails: dict[DocumentId, _Tail] = {}
        self._to_compact: dict[DocumentId, None] = {}
        self._compactable = asyncio.Event()
        self._compacting: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def failing(self) -> bool:
        """Whether the last commit failed: the database is gone, full, or reads only."""
        return self._commits.failing

    async def start(self) -> None:
        self._commits.start()
        self._compacting = asyncio.create_task(self._compact_for_ever(), name="log compaction")

    async def close(self) -> None:
        """Commit what has been handed in, then stop."""
        self._closing = True
        self._compactable.set()
        await self._commits.close()
        if self._compacting:
            await self._compacting

    async def append(self, document: DocumentId, entries: Sequence[Entry]) -> list[int | Code]:
        """Store updates of one document; see `Commits.append`."""
        return await self._commits.append(document, entries)

    async def open(self, document: DocumentId) -> Opened:
        """The document as the log has it now. A row that does not load is put aside; the rest still opens.

        Raises TeammarksError NOT_FOUND, STORAGE.
        """
        stored = await self.read(document)
        opened = await asyncio.to_thread(replay, stored)
        await self._quarantine(document, opened.quarantined)
        tail = self._tails[document] = _Tail(len(stored.snapshot or b""))
        tail.grow([row.payload for row in stored.tail])
        self._compact_if_long(document)
        return opened

    def release(self, document: DocumentId) -> None:
        """Nobody here writes this document for now."""
        self._tails.pop(document, None)

    async def after(self, document: DocumentId, seq: int) -> tuple[int, list[Row]]:
        """The log's newest number, and its rows behind `seq`, quarantined ones left out.

        Raises TeammarksError STORAGE.
        """
        async with self._database.read() as connection:
            head = await connection.scalar(select(documents.c.head).where(documents.c.id == document))
            return head or 0, await _rows(connection, document, seq)

    async def heads(self, of: Sequence[DocumentId]) -> dict[DocumentId, int]:
        """The newest number of each document that lives, all as of about now. Raises TeammarksError STORAGE."""
        heads: dict[DocumentId, int] = {}
        async with self._database.read() as connection:
            for start in range(0, len(of), HEADS_AT_ONCE):
                rows = await connection.execute(_HEADS, {"ids": of[start : start + HEADS_AT_ONCE]})
                heads.update((DocumentId(row.id), row.head) for row in rows)
        return heads

    # Compaction

    def _grown(self, document: DocumentId, payloads: Sequence[bytes]) -> None:
        if tail := self._tails.get(document):
            tail.grow(payloads)
            self._compact_if_long(document)

    def _compact_if_long(self, document: DocumentId) -> None:
        tail = self._tails[document]
        if tail.long:
            self._tails[document] = _Tail(tail.folded + tail.size)
            self._to_compact[document] = None
            self._compactable.set()

    async def _compact_for_ever(self) -> None:
        while not self._closing:
            await self._compactable.wait()
            self._compactable.clear()
            while self._to_compact and not self._closing:
                document = next(iter(self._to_compact))
                del self._to_compact[document]
                try:
                    await self.compact(document)
                except TeammarksError as error:
                    # Nothing is lost: the tail stays longer until the next try.
                    log.warning("document %s was not compacted: %s", document, error)
                except Exception:
                    # A document that cannot be folded must not keep the others from it.
                    log.exception("document %s was not compacted", document)

    async def compact(self, document: DocumentId) -> int:
        """Write a snapshot of all that is stored now. Returns its log number. Raises TeammarksError.

        A newer snapshot, made elsewhere meanwhile, stays.
        """
        stored = await self.read(document)
        if not stored.tail:
            return stored.snapshot_seq
        opened, state = await asyncio.to_thread(fold, stored)
        await self._quarantine(document, opened.quarantined)
        try:
            await self._keep(document, opened.head, state)
        except IntegrityError:
            await self._keep(document, opened.head, state)  # another hub wrote the first one at this moment
        self._metrics.compactions.inc()
        return opened.head

    async def _keep(self, document: DocumentId, seq: int, state: bytes) -> None:
        """Write the snapshot, unless there is a newer one. Raises IntegrityError, TeammarksError."""
        made_at = datetime.fromtimestamp(self._clock(), UTC)
        mine = snapshots.c.document_id == document
        async with self._database.write() as connection:
            replaced = await connection.execute(
                update(snapshots).where(mine, snapshots.c.seq < seq).values(seq=seq, state=state, made_at=made_at)
            )
            if not replaced.rowcount:
                first = select(
                    literal(document), literal(seq), literal(state), literal(made_at, snapshots.c.made_at.type)
                ).where(~select(snapshots).where(mine).exists())
                await connection.execute(
                    insert(snapshots).from_select(["document_id", "seq", "state", "made_at"], first)
                )

    # Reading

    async def read(self, document: DocumentId) -> Stored:
        async with self._database.read() as connection:
            head = await connection.scalar(
                select(documents.c.head).where(documents.c.id == document, documents.c.deleted_at.is_(None))
            )
            if head is None:
                raise TeammarksError(Code.NOT_FOUND, "There is no such document.")
            snapshot = (
                await connection.execute(
                    select(snapshots.c.seq, snapshots.c.state).where(snapshots.c.document_id == document)
                )
            ).one_or_none()
            stored = Stored(head=head)
            if snapshot:
                stored.snapshot_seq, stored.snapshot = snapshot.seq, snapshot.state
            stored.tail = await _rows(connection, document, stored.snapshot_seq)
            return stored

    async def _quarantine(self, document: DocumentId, bad: frozenset[int]) -> None:
        if not bad:
            return
        fields = {"document": document, "updates": sorted(bad)}
        log.error("document %(document)s: updates %(updates)s do not load and are put aside", fields, extra=fields)
        self._metrics.quarantined.inc(len(bad))
        async with self._database.write() as connection:
            await connection.execute(
                update(updates)
                .where(updates.c.document_id == document, updates.c.seq.in_(bad))
                .values(quarantined_because="does not load")
            )


async def _rows(connection: AsyncConnection, document: DocumentId, after: int) -> list[Row]:
    rows = await connection.execute(
        select(updates.c.seq, updates.c.payload)
        .where(updates.c.document_id == document, updates.c.seq > after, updates.c.quarantined_because.is_(None))
        .order_by(updates.c.seq)
    )
    return [Row(seq, payload) for seq, payload in rows]
