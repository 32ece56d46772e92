"""Updates are committed to the log: what every document's writers hand in, by one transaction for many of them.

The rules: a number is given and an update stored in one transaction, which also proves that the writer still may
write; numbers of a document run 1, 2, 3 … in commit order without a gap; nothing is reported stored before its commit
has returned; one entry that is refused never harms another.

Commits are grouped across documents without any timer: while one commit runs, the next batch gathers.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from hub.database import CommitUnanswered, Database, cause
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.metrics import Metrics
from hub.schema import accounts, documents, memberships, updates

log = logging.getLogger(__name__)

BATCH_ENTRIES: Final = 5_000
"""In one commit, or a little more. SQLite takes some 32 000 parameters in a statement."""

# Made once: putting a statement together costs more than running it.
_WRITERS: Final = (
    select(memberships.c.team_id, memberships.c.account_id)
    .join(accounts, accounts.c.id == memberships.c.account_id)
    .where(
        # A team's document has the team's id.
        tuple_(memberships.c.team_id, memberships.c.account_id).in_(bindparam("pairs", expanding=True)),
        memberships.c.can_write,
        accounts.c.disabled_at.is_(None),
    )
    .order_by(memberships.c.team_id, memberships.c.account_id)
    .with_for_update(read=True, of=[memberships, accounts])
)
_TAKE_HEADS: Final = (
    select(documents.c.id, documents.c.head, documents.c.suspended_at)
    .where(documents.c.id.in_(bindparam("ids", expanding=True)), documents.c.deleted_at.is_(None))
    # All hubs take rows in the same order, or two of them might wait for each other.
    .order_by(documents.c.id)
    .with_for_update(key_share=True)
)
_ADVANCE: Final = update(documents).where(documents.c.id == bindparam("document")).values(head=bindparam("new_head"))
_INSERT: Final = insert(updates)
_ENTRIES: Final = select(updates.c.document_id, updates.c.seq, updates.c.payload, updates.c.account_id).where(
    tuple_(updates.c.document_id, updates.c.seq).in_(bindparam("pairs", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One update to be stored, raw as it was received, and who sent it."""

    payload: bytes
    author: AccountId


_Outcome: TypeAlias = list[int | Code]
"""What became of one group's entries, in order: a number, or why not."""


@dataclass(slots=True)
class _Group:
    """What one caller wants stored of one document, in order. `done` is told its outcome."""

    document: DocumentId
    entries: Sequence[Entry]
    done: asyncio.Future[_Outcome]


class Commits:
    """To one log. `start` them before use; `close` them before the database."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        metrics: Metrics,
        grown: Callable[[DocumentId, Sequence[bytes]], None],
    ) -> None:
        """`grown` is told what has been stored of a document, before who handed it in is."""
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._grown = grown
        self._gathering: list[_Group] = []
        self._gathered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.failing = False
        """Whether the last commit failed: the database is gone, full, or reads only."""

    def start(self) -> None:
        self._task = asyncio.create_task(self._commit_for_ever(), name="log commits")

    async def close(self) -> None:
        """Commit what has been handed in, then stop."""
        self._closing = True
        self._gathered.set()
        if self._task:
            await self._task

    async def append(self, document: DocumentId, entries: Sequence[Entry]) -> list[int | Code]:
        """Store updates of one document. Returns, once they are committed, what became of each, in order.

        A number is the entry's place in the log. FORBIDDEN: its author may not write (any more). NOT_FOUND: there is
        no such document (any more). Raises TeammarksError RESTARTING where nothing of it was stored, and STORAGE where
        nothing was or, if the database was lost at the very moment of the commit, nobody knows. So after STORAGE the
        log may hold more than its caller has heard of.
        """
        assert entries, "expected something to store"
        if self._closing:
            raise TeammarksError(Code.RESTARTING, "The hub is stopping.", retry=True)
        group = _Group(document, entries, asyncio.get_running_loop().create_future())
        self._gathering.append(group)
        self._gathered.set()
        return await group.done

    async def _commit_for_ever(self) -> None:
        while True:
            await self._gathered.wait()
            self._gathered.clear()
            while batch := self._next_batch():
                await self._commit(batch)
            if self._closing:
                return

    def _next_batch(self) -> list[_Group]:
        entries = count = 0
        while count < len(self._gathering) and entries < BATCH_ENTRIES:
            entries += len(self._gathering[count].entries)
            count += 1
        batch = self._gathering[:count]
        del self._gathering[:count]
        return batch

    async def _commit(self, batch: list[_Group]) -> None:
        """Answers every group of the batch, whatever happens."""
        try:
            with self._metrics.commit_s.time():
                outcomes = await self._stored(batch)
        except IntegrityError as error:
            if len(batch) > 1:
                # One document's fault must not be another's: each gets a transaction of its own.
                for group in batch:
                    await self._commit([group])
                return
            log.error("document %s: the log refuses its own number: %s", batch[0].document, cause(error))
            _fail(batch, TeammarksError(Code.STORAGE, "The hub cannot store this document's updates."))
        except TeammarksError as error:
            log.error("%s", error)
            self._failed(batch, error)
        except Exception:
            log.exception("a commit failed in a way nobody foresaw")
            self._failed(batch, TeammarksError(Code.STORAGE, "The hub cannot store updates now.", retry=True))
        else:
            self.failing = False
            self._metrics.commit_updates.observe(sum(len(group.entries) for group in batch))
            for group, outcome in zip(batch, outcomes, strict=True):
                stored = [e.payload for e, o in zip(group.entries, outcome, strict=True) if not isinstance(o, Code)]
                self._metrics.stored.inc(len(stored))
                self._grown(group.document, stored)
                if not group.done.done():
                    group.done.set_result(outcome)

    def _failed(self, batch: list[_Group], error: TeammarksError) -> None:
        self.failing = True
        self._metrics.commit_failures.inc()
        _fail(batch, error)

    async def _stored(self, batch: list[_Group]) -> list[_Outcome]:
        """What became of each entry. Raises IntegrityError, TeammarksError."""
        unsure: list[_Outcome] | None = None
        try:
            while True:
                try:
                    return await self._database.write_at_once(partial(self._store, batch, unsure))
                except CommitUnanswered as unanswered:
                    log.warning("%s; looking whether its updates are there", unanswered)
                    unsure = unanswered.result
        except TeammarksError as error:
            sure = "nothing was stored" if unsure is None else "it is not known whether updates were stored"
            raise TeammarksError(error.code, error.safe, inside=f"{sure}: {error}", retry=error.retry) from error

    def _store(self, batch: list[_Group], unsure: list[_Outcome] | None, connection: Connection) -> list[_Outcome]:
        """Within one write transaction: prove rights, take numbers, write rows.

        `unsure`: what came of the same batch in a transaction of which nobody knows whether it was committed.
        """
        if unsure is not None and _are_there(connection, batch, unsure):
            return unsure
        allowed = _allowed(connection, {(g.document, e.author) for g in batch for e in g.entries})
        heads, suspended = _take_heads(connection, {document for document, _ in allowed})
        advanced: dict[str, int] = {}
        now = datetime.fromtimestamp(self._clock(), UTC)
        rows = []
        outcomes: list[_Outcome] = []
        for group in batch:
            outcome: _Outcome = []
            for entry in group.entries:
                if (group.document, entry.author) not in allowed:
                    outcome.append(Code.FORBIDDEN)
                elif group.document in suspended:
                    outcome.append(Code.ORGANIZATION_SUSPENDED)
                elif group.document not in heads:
                    outcome.append(Code.NOT_FOUND)
                else:
                    seq = heads[group.document] = advanced[group.document] = heads[group.document] + 1
                    outcome.append(seq)
                    rows.append(
                        {
                            "document_id": group.document,
                            "seq": seq,
                            "payload": entry.payload,
                            "account_id": entry.author,
                            "stored_at": now,
                        }
                    )
            outcomes.append(outcome)
        if rows:
            connection.execute(_ADVANCE, [{"document": id_, "new_head": head} for id_, head in advanced.items()])
            connection.execute(_INSERT, rows)
        return outcomes


def _allowed(connection: Connection, pairs: set[tuple[DocumentId, AccountId]]) -> set[tuple[str, str]]:
    """Those of (document, account) that may write, as of now and until this transaction has ended."""
    return {(team, account) for team, account in connection.execute(_WRITERS, {"pairs": list(pairs)})}


def _are_there(connection: Connection, batch: list[_Group], outcomes: list[_Outcome]) -> bool:
    """Whether the log holds every entry of the batch at the number it was given."""
    entries = {
        (group.document, outcome): (entry.payload, entry.author)
        for group, its_outcomes in zip(batch, outcomes, strict=True)
        for entry, outcome in zip(group.entries, its_outcomes, strict=True)
        if not isinstance(outcome, Code)
    }
    # Waits for the end of the transaction in question: the server may still be at it.
    _take_heads(connection, {document for document, _ in entries})
    found = connection.execute(_ENTRIES, {"pairs": list(entries)}) if entries else ()
    return entries == {(row.document_id, row.seq): (row.payload, row.account_id) for row in found}


def _take_heads(connection: Connection, ids: set[str]) -> tuple[dict[str, int], set[str]]:
    """The head of each document that lives, for this transaction to advance, and which of them are suspended."""
    rows = connection.execute(_TAKE_HEADS, {"ids": list(ids)}).all() if ids else []
    return {row.id: row.head for row in rows}, {row.id for row in rows if row.suspended_at}


def _fail(batch: list[_Group], error: TeammarksError) -> None:
    for group in batch:
        if not group.done.done():
            group.done.set_exception(error)
