"""One document, held live: who is here, what they write, what they are told.

A room is a disposable cache of the log; throwing it away loses nothing. The rules: what is offered is stored first
and told afterwards, to the room's own members too, so that nobody's replica ever holds what the log refused; each
room has one writer; nobody waits for a slow reader; where another hub's news leaves a gap, or it is not known what
became of a commit, the log is read.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable, Sequence

from hub.attendance import Attendance
from hub.backlog import Backlog
from hub.bus import Bus, News, Resumed, Word
from hub.commits import Entry
from hub.crdt_store import CrdtStore
from hub.document import EMPTY_STATE_VECTOR
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId
from hub.limits import Limits
from hub.metrics import Metrics
from hub.offers import Offer, Offers, Settled
from hub.outbox import Outbox
from hub.protocol import Awareness, Framing, Message, Step1, Step2, Update, encode
from hub.replay import Row
from hub.replica import Replica

log = logging.getLogger(__name__)

RETRY_S = 0.5
"""Before a log that could not be read is read again."""


class Room:
    """One document, held live. Its task opens it, then is its only writer, and ends with it."""

    def __init__(
        self,
        document_id: DocumentId,
        store: CrdtStore,
        bus: Bus,
        limits: Limits,
        metrics: Metrics,
        forget: Callable[["Room"], None],
        doubt: Callable[["Room"], None],
    ) -> None:
        """`forget` is called when the room ends, `doubt` when it would like its number compared with the log."""
        self.document_id = document_id
        self.over = False
        self._store = store
        self._bus = bus
        self._limits = limits
        self._metrics = metrics
        self._forget = forget
        self._doubt = doubt
        self._replica = Replica(document_id, store, limits, metrics)
        self._seats: dict[Seat, None] = {}
        self._offers = Offers(limits.offered_bytes)
        self._backlog = Backlog()
        self._wake = asyncio.Event()
        self._closing = False
        self._welcome: dict[Framing, bytes] = {}
        self._attendance = Attendance(
            document_id, bus.hub, limits, tell=lambda news: self._tell(Awareness(news)), publish=self._publish
        )
        self._opened = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(), name=f"room {document_id}")

    @property
    def head(self) -> int:
        """The log number up to which this room has everything."""
        return self._replica.head

    @property
    def size(self) -> int:
        """Bytes of the encoded document, about."""
        return self._replica.size

    @property
    def wait_s(self) -> float:
        """How long the oldest update waits of which it is not settled what becomes."""
        since = self._offers.oldest_since
        return 0.0 if since is None else asyncio.get_running_loop().time() - since

    def compare(self, before: int, head: int) -> None:
        """The log said `head` when it was asked, at a time when this room was at `before`."""
        # A log that has gone back is to be read too, which finds it out.
        self._expect(head if head >= before else self.head + 1)

    # For members

    async def opened(self) -> None:
        """Returns when the document is loaded. Raises TeammarksError."""
        # One who gives up waiting must not take the document from the others.
        await asyncio.shield(self._opened)

    def seat(self, framing: Framing, outbox: Outbox, lost: Callable[[Code], None]) -> "Seat":
        seat = Seat(self, framing, outbox, lost)
        self._seats[seat] = None
        self._wake.set()
        return seat

    def answer(self, seat: "Seat", state_vector: bytes) -> None:
        """What the member lacks, and the question what we lack. Raises UnreadableUpdate."""
        if self.over:
            return
        if state_vector == EMPTY_STATE_VECTOR:
            step2 = self._welcome.get(seat.framing)
            if step2 is None:
                step2 = self._encode(seat.framing, Step2(self._replica.document.state()))
                self._welcome[seat.framing] = step2
        else:
            step2 = self._encode(seat.framing, Step2(self._replica.document.missing(state_vector)))
        seat.outbox.put(step2, seat)
        seat.outbox.put(self._encode(seat.framing, Step1(self._replica.document.state_vector)), seat)

    def offer(self, offer: Offer) -> None:
        if self.over or not self._offers.put(offer):
            offer.settled(Code.UNAVAILABLE)
            return
        self._wake.set()

    def present(self, seat: "Seat", payload: bytes) -> None:
        self._attendance.take(seat, payload)

    def show_presence(self, seat: "Seat") -> None:
        if everyone := self._attendance.everyone():
            seat.outbox.put(self._encode(seat.framing, Awareness(everyone)), seat)

    def leave(self, seat: "Seat") -> None:
        if self._seats.pop(seat, seat) is seat:
            return
        seat.outbox.withdraw(seat)
        self._attendance.leave(seat)
        self._wake.set()

    async def close(self) -> None:
        self._closing = True
        self._wake.set()
        await asyncio.gather(self._task)

    # The room's task

    async def _live(self) -> None:
        self._bus.listen(self.document_id, self._hear)
        code = Code.INTERNAL
        try:
            await self._replica.open()
            self._opened.set_result(None)
            while await self._has_work():
                await self._hear_news()
                await self._catch_up()
                await self._store_offers(self._offers.take_batch())
                self._offers.batch_done()
        except TeammarksError as error:
            log.warning("room %s is given up: %s", self.document_id, error)
            code = error.code
            self._fail_to_open(error)
        except Exception:
            log.exception("room %s is given up", self.document_id)
            self._fail_to_open(TeammarksError(Code.INTERNAL, "The hub failed to open this document."))
        finally:
            self._end(code)

    def _fail_to_open(self, error: TeammarksError) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)
            self._opened.exception()  # seen, even if nobody waits any more

    def _end(self, code: Code) -> None:
        self.over = True
        self._forget(self)
        self._bus.forget(self.document_id, self._hear)
        self._store.release(self.document_id)
        self._attendance.end()
        if self._closing:
            code = Code.RESTARTING
        self._offers.settle_all(code)
        for seat in list(self._seats):
            seat.lost(code)
        # A room and its parts refer to each other, and wait for the garbage collector. What is large must not.
        self._replica.let_go()
        self._welcome.clear()

    async def _has_work(self) -> bool:
        """Waits for some. False when the room is to end: told to, or left by all for long enough."""
        while not (self._offers or self._backlog.is_beyond(self.head)):
            if self._closing:
                return False
            self._wake.clear()
            try:
                async with asyncio.timeout(None if self._seats else self._limits.idle_room_s):
                    await self._wake.wait()
            except TimeoutError:
                if not (self._seats or self._wake.is_set()):
                    return False
        return True

    async def _store_offers(self, batch: Sequence[Offer]) -> None:
        self._replica.settle()
        wanted = []
        for offer in batch:
            outcome = await self._replica.screened(offer.update, whole=offer.whole, can_write=offer.can_write)
            if outcome is None:
                wanted.append(offer)
            else:
                self._settle(offer, outcome)
        if not wanted:
            return
        entries = [Entry(offer.update, offer.author) for offer in wanted]
        try:
            outcomes = await self._store.append(self.document_id, entries)
        except TeammarksError as error:
            # If the connection broke at the end, they may be stored all the same.
            self._expect(self.head + 1)
            for offer in wanted:
                self._settle(offer, error.code)
            return
        stored = [
            (Row(outcome, offer.update), offer.seat)
            for offer, outcome in zip(wanted, outcomes, strict=True)
            if not isinstance(outcome, Code)
        ]
        rows = [row for row, _ in stored]
        refused: frozenset[int] = frozenset()
        if rows:
            writers = {seat for _, seat in stored}
            if rows[0].seq == self.head + 1:
                but = writers.pop() if len(writers) == 1 else None
                refused = await self._take(rows[-1].seq, rows, but, admitted=True)
            else:
                # Another hub was faster. The log knows what lies between.
                refused = await self._take(*await self._replica.rest(rows[0].seq))
            updates = tuple(row.payload for row in rows)
            self._publish(News(self.document_id, rows[0].seq, rows[-1].seq, updates))
        for offer, outcome in zip(wanted, outcomes, strict=True):
            self._settle(offer, Code.PROTOCOL if outcome in refused else outcome)

    def _settle(self, offer: Offer, outcome: int | Code) -> None:
        if isinstance(outcome, Code):
            self._metrics.refused.labels(outcome).inc()
        offer.settled(outcome)

    # What other hubs say, and what they have stored

    def _publish(self, word: Word) -> None:
        self._bus.publish(word, speaker=self._hear)

    def _hear(self, word: Word | Resumed) -> None:
        match word:
            case News():
                self._backlog.hear(word)
                self._wake.set()
            case Resumed():
                self._doubt(self)
                self._attendance.resume()
            case _:
                self._attendance.hear(word)

    def _expect(self, seq: int) -> None:
        self._backlog.expect(seq)
        self._wake.set()

    async def _hear_news(self) -> None:
        if rows := self._backlog.take_following(self.head):
            await self._take(rows[-1].seq, rows)

    async def _catch_up(self) -> None:
        expected = self._backlog.take_expected(self.head)
        if expected is None:
            return
        try:
            head, rows = await self._replica.rest()
        except TeammarksError as error:
            if error.code is not Code.STORAGE:
                raise
            log.warning("room %s is behind: %s", self.document_id, error)
            asyncio.get_running_loop().call_later(RETRY_S, self._expect, expected)
        else:
            await self._take(head, rows)

    async def _take(
        self, head: int, rows: Sequence[Row], but: Hashable = None, *, admitted: bool = False
    ) -> frozenset[int]:
        """Take into the replica what the log has from here to `head`, and tell everyone but one.

        Returns the numbers of those put aside as unreadable.
        """
        updates, bad = await self._replica.take(head, rows, admitted=admitted)
        self._welcome.clear()
        if self.head != head:
            but = None  # it was read anew, and what others wrote may have come with it
        for update in updates:
            self._tell(Update(update), but)
        return bad

    # Telling

    def _encode(self, framing: Framing, message: Message) -> bytes:
        return encode(framing, self.document_id, message)

    def _tell(self, message: Message, but: Hashable = None) -> None:
        """The same bytes for everyone who speaks the same framing."""
        frames: dict[Framing, bytes] = {}
        for seat in self._seats:
            if seat is but:
                continue
            frame = frames.get(seat.framing)
            if frame is None:
                frame = frames[seat.framing] = self._encode(seat.framing, message)
            seat.outbox.put(frame, seat)


class Seat:
    """One client's place in a room. Hashed by identity."""

    def __init__(self, room: Room, framing: Framing, outbox: Outbox, lost: Callable[[Code], None]) -> None:
        self._room = room
        self.framing = framing
        self.outbox = outbox
        self.lost = lost

    def answer(self, state_vector: bytes) -> None:
        """Answer a step 1: with step 2, and with the hub's own step 1, or offline edits would never arrive.

        Raises UnreadableUpdate where this is no state vector.
        """
        self._room.answer(self, state_vector)

    def offer(self, update: bytes, author: AccountId, *, whole: bool, can_write: bool, settled: Settled) -> None:
        """Hand in an update, whatever its bytes. `whole`: a step 2, of which the room may hold everything already."""
        now = asyncio.get_running_loop().time()
        self._room.offer(Offer(self, update, author, whole, can_write, settled, now))

    def present(self, payload: bytes) -> None:
        """Raises ProtocolError where this is no awareness update."""
        self._room.present(self, payload)

    def show_presence(self) -> None:
        """Send who is here now."""
        self._room.show_presence(self)

    def leave(self) -> None:
        """Give the seat up. Nothing more is sent, also not what waits in the outbox. May be called twice."""
        self._room.leave(self)
