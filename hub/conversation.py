"""What one client says about one document it may use, without I/O: messages in, effects out.

The rule: each update-bearing frame (step 2 or update) gets exactly one status, in the order the frames came, whatever
the order in which their outcomes become known.
"""

from dataclasses import dataclass

from hub.access import Grant
from hub.document import EMPTY_STATE_VECTOR, EMPTY_UPDATE, check_state_vector
from hub.errors import Code
from hub.protocol import (
    Awareness,
    Denied,
    Framing,
    FromClient,
    FromHub,
    Granted,
    QueryAwareness,
    Refused,
    Step1,
    Step2,
    Stored,
    Update,
    encode,
)

# Effects: what the socket's shell has to do. `ticket` names a document as opened once on this connection.


@dataclass(frozen=True, slots=True)
class Send:
    frame: bytes
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Admit:
    """Ask what this token may do, join the document's room unless joined, and tell `admitted` or `denied`."""

    ticket: int
    address: str
    token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Send what a client with this state vector lacks, and ask for what the hub lacks."""

    ticket: int
    state_vector: bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """Have this update stored, or compared where the grant is a reader's, and tell `settled`. `whole`: a step 2."""

    ticket: int
    count: int
    update: bytes
    whole: bool
    grant: Grant


@dataclass(frozen=True, slots=True)
class Present:
    ticket: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class ShowPresence:
    ticket: int


@dataclass(frozen=True, slots=True)
class Leave:
    """Give up the place in the room, with all that still waits to be sent for it."""

    ticket: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the socket. Nothing that arrives from now on matters."""

    code: Code


Effect = Send | Admit | Answer | Offer | Present | ShowPresence | Leave | HangUp

REFUSALS = frozenset({Code.READ_ONLY, Code.FORBIDDEN, Code.NOT_FOUND, Code.TOO_LARGE})
"""Outcomes that are an answer. Any other failure means that the client must come back and say it again."""


class Conversation:
    """From admission to the end. Its counts are the client's: they begin with 1 at each opening."""

    def __init__(self, ticket: int, address: str, framing: Framing, grant: Grant) -> None:
        self.ticket = ticket
        self.address = address
        self.grant = grant
        self._framing = framing
        self._count = 0
        self._told = 0
        self._outcomes: dict[int, int | Code] = {}
        self._sizes: dict[int, int] = {}
        self.unsettled_bytes = 0

    @property
    def unsettled(self) -> int:
        """Updates whose outcome is not known."""
        return len(self._sizes)

    def receive(self, message: FromClient) -> list[Effect]:
        """Raises UnreadableUpdate for what is no state vector. Updates are checked by the room."""
        match message:
            case Step1(state_vector):
                check_state_vector(state_vector)
                return self._answer(state_vector)
            case Step2(update):
                return self._take(update, whole=True)
            case Update(update):
                return self._take(update, whole=False)
            case Awareness(payload):
                return self._present(payload)
            case QueryAwareness():
                return self._show_presence()
            case _:
                return []

    def settled(self, count: int, outcome: int | Code) -> list[Effect]:
        """An offer's outcome: the update's number in the log, or why it is not there."""
        self._outcomes[count] = outcome
        self._note_settled(count)
        effects: list[Effect] = []
        while (next_count := self._told + 1) in self._outcomes:
            self._told = next_count
            effects.append(self._status(next_count, self._outcomes.pop(next_count)))
        return effects

    def regranted(self, grant: Grant) -> list[Effect]:
        """The grant as it is now. A change of access is told, in mid-session too."""
        changed = grant.can_write != self.grant.can_write
        self.grant = grant
        return [self.say(Granted(grant.can_write))] if changed else []

    def say(self, message: FromHub) -> Send:
        return Send(encode(self._framing, self.address, message), self.ticket)

    def _answer(self, state_vector: bytes) -> list[Effect]:
        return [Answer(self.ticket, state_vector)]

    def _present(self, payload: bytes) -> list[Effect]:
        return [Present(self.ticket, payload)]

    def _show_presence(self) -> list[Effect]:
        return [ShowPresence(self.ticket)]

    def _take(self, update: bytes, *, whole: bool) -> list[Effect]:
        self._count += 1
        if not whole and not self.grant.can_write:
            return self.settled(self._count, Code.READ_ONLY)
        self._sizes[self._count] = len(update)
        self.unsettled_bytes += len(update)
        return [Offer(self.ticket, self._count, update, whole, self.grant)]

    def _note_settled(self, count: int) -> None:
        self.unsettled_bytes -= self._sizes.pop(count, 0)

    def _status(self, count: int, outcome: int | Code) -> Effect:
        if not isinstance(outcome, Code):
            return self.say(Stored(count, outcome))
        if outcome in REFUSALS:
            return self.say(Refused(count, outcome))
        return HangUp(outcome)


class SilentConversation(Conversation):
    """With a y-websocket client, which knows no statuses: it hears of refusals only."""

    def settled(self, count: int, outcome: int | Code) -> list[Effect]:
        self._note_settled(count)
        if not isinstance(outcome, Code):
            return []
        return [self.say(Denied(outcome)) if outcome in REFUSALS else HangUp(outcome)]

    def regranted(self, grant: Grant) -> list[Effect]:
        self.grant = grant
        return []


class AccountConversation(Conversation):
    """About `@me`: an empty document that nobody writes, and that carries notices."""

    def _answer(self, state_vector: bytes) -> list[Effect]:
        return [self.say(Step2(EMPTY_UPDATE)), self.say(Step1(EMPTY_STATE_VECTOR))]

    def _present(self, payload: bytes) -> list[Effect]:
        return []

    def _show_presence(self) -> list[Effect]:
        return []

    def _take(self, update: bytes, *, whole: bool) -> list[Effect]:
        self._count += 1
        return self.settled(self._count, 0 if update == EMPTY_UPDATE else Code.READ_ONLY)
