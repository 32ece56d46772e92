"""One client's socket as a state machine: whatever comes, in whatever order, is answered with effects, and rightly so.

The judge beside it knows what the shell may be asked to do: nothing for a document before it is admitted or after it
is left, one question about a token at a time, statuses in the order of the frames, nothing at all once it is over.
"""

from collections import Counter
from dataclasses import replace

import atheris
from engine import fuzz

with atheris.instrument_imports(include=["hub"]):
    from hub.access import Grant
    from hub.connection import Connection
    from hub.conversation import Admit, Answer, Effect, HangUp, Leave, Offer, Present, Send, ShowPresence
    from hub.document import EMPTY_STATE_VECTOR, EMPTY_UPDATE
    from hub.errors import Code
    from hub.ids import ME, AccountId, DocumentId, SessionId
    from hub.limits import Limits
    from hub.protocol import (
        Awareness,
        Close,
        Framing,
        FromClient,
        Ping,
        QueryAwareness,
        Refused,
        Stateless,
        Step1,
        Step2,
        Stored,
        Token,
        Update,
        encode,
        read_hub_frame,
        read_y_websocket,
    )
    from hub.y_websocket import YWebsocketConnection

LIMITS = replace(
    Limits(), documents=4, tokens_burst=20, answers_burst=20, waiting_frames=6, waiting_bytes=300, frame_bytes=400,
    frames_burst=200, unsettled_updates=5, unsettled_bytes=200, state_vector_bytes=50,
)  # fmt: skip
START = 1_000_000.0
ADDRESSES = ["a", "b", "c", ME, "", "long" * 60]
CODES = [Code.NOT_FOUND, Code.FORBIDDEN, Code.TOKEN_EXPIRED, Code.STORAGE, Code.TOO_LARGE, Code.PROTOCOL]
STEPS = 80


class Judge:
    """Plays the shell, and looks at every effect."""

    def __init__(self, framing: Framing, connection: Connection) -> None:
        self.framing = framing
        self.connection = connection
        self.asked: dict[int, str] = {}
        """Questions about tokens that are not answered yet: ticket → address."""
        self.open: dict[int, Grant] = {}
        self.offers: list[Offer] = []
        self.over = False
        self._counts: dict[int, int] = {}
        self._told: Counter[int] = Counter()

    def sees(self, effects: list[Effect]) -> None:
        for effect in effects:
            assert not self.over or isinstance(effect, Leave), "after hanging up a room may be given up, and no more"
            match effect:
                case Admit(ticket, address, _):
                    assert ticket not in self.asked, "one question at a time"
                    self.asked[ticket] = address
                case Offer(ticket, count, _, whole, grant):
                    assert grant == self.open[ticket]
                    assert whole or grant.can_write, "a reader's update is refused unseen"
                    assert grant.document != ME
                    assert count > self._counts.get(ticket, 0), "each offer has a number of its own"
                    self._counts[ticket] = count
                    self.offers.append(effect)
                case Answer(ticket, _) | Present(ticket, _) | ShowPresence(ticket):
                    assert self.open[ticket].document != ME, "there is no room to ask"
                case Leave(ticket):
                    self.open.pop(ticket, None)
                case Send(frame, ticket):
                    assert ticket is None or ticket in self.open
                    self._heard(frame, ticket)
                case HangUp():
                    self.over = True
        self._books_balance()

    def admitted(self, ticket: int, grant: Grant, now: float) -> None:
        address = self.asked.pop(ticket)
        assert grant.document == address
        self.open[ticket] = grant
        self.sees(self.connection.admitted(ticket, grant, now))

    def _heard(self, frame: bytes, ticket: int | None) -> None:
        if self.framing is Framing.Y_WEBSOCKET:
            if not frame.startswith(b"\x02"):  # a refusal
                read_y_websocket(frame)
            return
        _, message = read_hub_frame(frame)
        if isinstance(message, Stored | Refused):
            assert ticket is not None, "a status is about an open document"
            self._told[ticket] += 1
            assert message.count == self._told[ticket], "statuses come in the order of the frames"

    def _books_balance(self) -> None:
        if self.over:
            return
        places = self.connection._places.values()
        waiting = [size for place in places for _, size in place.queue]
        assert (self.connection._waiting_frames, self.connection._waiting_bytes) == (len(waiting), sum(waiting))
        assert len(waiting) <= LIMITS.waiting_frames
        assert sum(waiting) <= LIMITS.waiting_bytes
        assert len(places) <= LIMITS.documents
        assert dict(self.connection.grants) == self.open, "rooms joined and documents open are the same"


def one_input(data: bytes) -> None:
    chance = atheris.FuzzedDataProvider(data)
    framing = Framing.HOCUSPOCUS if chance.ConsumeIntInRange(0, 3) else Framing.Y_WEBSOCKET
    now = START
    connection = (
        Connection(LIMITS, now)
        if framing is Framing.HOCUSPOCUS
        else YWebsocketConnection(LIMITS, chance.PickValueInList(ADDRESSES), now)
    )
    judge = Judge(framing, connection)
    if isinstance(connection, YWebsocketConnection):
        judge.sees(connection.begin("token", now))
    for _ in range(STEPS):
        if not chance.remaining_bytes():
            break
        match chance.ConsumeIntInRange(0, 9):
            case 0:
                judge.sees(connection.receive(chance.ConsumeBytes(chance.ConsumeIntInRange(0, 60)), now))
            case 1 if judge.asked:
                ticket = chance.PickValueInList(list(judge.asked))
                judge.admitted(ticket, _grant(chance, judge.asked[ticket], now), now)
            case 2 if judge.asked:
                ticket = chance.PickValueInList(list(judge.asked))
                del judge.asked[ticket]
                judge.sees(connection.denied(ticket, chance.PickValueInList(CODES), now))
            case 3 if judge.offers:
                offer = judge.offers.pop(chance.ConsumeIntInRange(0, len(judge.offers) - 1))
                outcome = chance.PickValueInList([7, 7, *CODES])
                judge.sees(connection.settled(offer.ticket, offer.count, outcome))
            case 4 if judge.open:
                ticket = chance.PickValueInList(list(judge.open))
                grant = _grant(chance, judge.open[ticket].document, now) if chance.ConsumeBool() else None
                if grant:
                    judge.open[ticket] = grant
                judge.sees(connection.rechecked(ticket, grant, chance.PickValueInList(CODES), now))
            case 5:
                now += chance.PickValueInList([0.1, 1.0, 11.0, 60.0, 600.0])
                judge.sees(connection.tick(now))
            case 6:
                judge.sees(connection.notify("{}"))
            case _:
                address = chance.PickValueInList(ADDRESSES)
                judge.sees(connection.receive(encode(framing, address, _message(chance, framing)), now))
        assert isinstance(connection.is_crowded, bool)
        assert isinstance(connection.is_strange, bool)


def _grant(chance: atheris.FuzzedDataProvider, address: str, now: float) -> Grant:
    lasts_s = chance.PickValueInList([0.0, 5.0, 600.0])
    can_write = chance.ConsumeBool() and address != ME
    return Grant(AccountId("ann"), SessionId("laptop"), DocumentId(address), can_write, now + lasts_s)


def _message(chance: atheris.FuzzedDataProvider, framing: Framing) -> FromClient:
    payload = chance.PickValueInList([EMPTY_UPDATE, EMPTY_STATE_VECTOR, b"", b"\xff", bytes(120)])
    shared = [Step1(payload), Step2(payload), Update(payload), Awareness(payload), QueryAwareness()]
    if framing is Framing.Y_WEBSOCKET:
        return chance.PickValueInList(shared)
    version = chance.PickValueInList([None, "", "4.8.0", "3", "x"])
    others = [Token("t", version), Token("t", version), Token("t" * 100), Close(), Close("bye"), Stateless(""), Ping()]
    return chance.PickValueInList([*shared, *others])


fuzz(one_input, [bytes([number]) * 60 + bytes(range(200)) for number in range(8)])
