"""One client's socket with many documents on it, in Hocuspocus framing, without I/O: bytes in, effects out.

Twin of the extension's `session.ts`. The rules: whatever bytes arrive, `receive` returns effects and never raises; a
document's frames are taken strictly in their order, also those that come before its token is checked; what a stranger
can make us keep is bounded, and so is how long; a document that was put out takes and gives nothing more.

Times are seconds since the epoch, passed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.access import Grant
from hub.budget import Budget
from hub.conversation import (
    AccountConversation,
    Admit,
    Conversation,
    Effect,
    HangUp,
    Leave,
    Send,
    ShowPresence,
)
from hub.document import UnreadableUpdate
from hub.errors import Code
from hub.ids import ME
from hub.lib0 import ProtocolError
from hub.limits import Limits
from hub.protocol import (
    NO_PRESENCE,
    PING,
    PONG,
    Awareness,
    Close,
    Denied,
    Framing,
    FromClient,
    FromHub,
    Granted,
    Ping,
    Pong,
    Stateless,
    Step1,
    Token,
    TokenWanted,
    encode,
    read_client_frame,
)

PINGED_SINCE = 4
"""Providers of this major version answer the ping frame; older ones would not understand it."""


@dataclass(slots=True)
class Place:
    """An address on this socket: waiting to be admitted, open, or put out."""

    address: str
    ticket: int
    since: float
    conversation: Conversation | None = None
    out: bool = False
    queue: list[tuple[FromClient, int]] = field(default_factory=list)
    """What waits for admission, each with the size of its frame."""
    asking: bool = False
    newer_token: str | None = None
    renew_at: float | None = None
    """When to ask for a fresh token; None once asked."""

    @property
    def waits(self) -> bool:
        return self.conversation is None and not self.out


class Connection:
    framing = Framing.HOCUSPOCUS

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._places: dict[str, Place] = {}
        self._by_ticket: dict[int, Place] = {}
        self._last_ticket = 0
        self._over = False
        self._pinged = False
        self._last_denial: Code | None = None
        self._nothing_open_since: float | None = now
        self._keep_alive_at = now + limits.keep_alive_s
        self._waiting_frames = 0
        self._waiting_bytes = 0
        self._frames = Budget(limits.frames_per_s, limits.frames_burst)
        self._bytes = Budget(limits.bytes_per_s, limits.bytes_burst)
        self._tokens = Budget(limits.tokens_per_s, limits.tokens_burst)
        self._answers = Budget(limits.answers_per_s, limits.answers_burst)

    # What the shell wants to know

    @property
    def grants(self) -> Iterator[tuple[int, Grant]]:
        """Ticket and grant of every open document."""
        for place in list(self._places.values()):
            if place.conversation:
                yield place.ticket, place.conversation.grant

    @property
    def is_strange(self) -> bool:
        """Nothing is open on this socket."""
        return self._nothing_open_since is not None

    @property
    def is_crowded(self) -> bool:
        """So many updates await their commit that no more should be read for now."""
        conversations = self._open_conversations()
        return (
            sum(conversation.unsettled for conversation in conversations) > self._limits.unsettled_updates
            or sum(conversation.unsettled_bytes for conversation in conversations) > self._limits.unsettled_bytes
        )

    # What happens

    def receive(self, data: bytes, now: float) -> list[Effect]:
        """A binary message. Never raises, whatever the bytes."""
        if self._over:
            return []
        if len(data) > self._limits.frame_bytes:
            return self._hang_up(Code.TOO_LARGE)
        if not (self._frames.take(1, now) and self._bytes.take(len(data), now)):
            return self._hang_up(Code.TOO_MANY)
        try:
            address, message = self._read(data)
            match message:
                case Ping():
                    return [Send(PONG)]
                case Pong():
                    return []
            return self._about(address, message, len(data), now)
        except (ProtocolError, UnreadableUpdate):
            return self._hang_up(Code.PROTOCOL)

    def admitted(self, ticket: int, grant: Grant, now: float) -> list[Effect]:
        """The answer to `Admit`. The room is joined."""
        place = self._by_ticket.get(ticket)
        if self._over or place is None:
            return [Leave(ticket)]
        place.asking = False
        effects: list[Effect] = []
        remaining = grant.expires_at - now
        # At the latest after half of a short life: asking at once again would never end.
        place.renew_at = now + max(remaining - self._limits.renewal_lead_s, remaining / 2)
        if place.conversation:
            place.conversation.grant = grant
            effects += self._greet(place.conversation)
        else:
            effects += self._open(place, grant)
        if (token := place.newer_token) is not None and not self._over:
            place.newer_token = None
            effects += self._ask(place, token)
        return effects

    def denied(self, ticket: int, code: Code, now: float) -> list[Effect]:
        """The other answer to `Admit`."""
        place = self._by_ticket.get(ticket)
        if self._over or place is None:
            return []
        place.asking = False
        if (token := place.newer_token) is not None:
            place.newer_token = None
            return self._ask(place, token)
        return self._put_out(place, Denied(code), code, now)

    def rechecked(self, ticket: int, grant: Grant | None, code: Code, now: float) -> list[Effect]:
        """What the database says of an open document's grant now. `code`: why, where it is None."""
        place = self._by_ticket.get(ticket)
        if self._over or place is None or place.conversation is None:
            return []
        if grant is None:
            return self._put_out(place, Close(code), code, now)
        return place.conversation.regranted(grant)

    def settled(self, ticket: int, count: int, outcome: int | Code) -> list[Effect]:
        """The answer to `Offer`: the update's number in the log, or why it is not there."""
        place = self._by_ticket.get(ticket)
        if self._over or place is None or place.conversation is None:
            return []
        effects = place.conversation.settled(count, outcome)
        hang_up = next((effect for effect in effects if isinstance(effect, HangUp)), None)
        return effects if hang_up is None else [*effects[: effects.index(hang_up)], *self._hang_up(hang_up.code)]

    def notify(self, payload: str) -> list[Effect]:
        """Tell the account, if it listens here."""
        place = self._places.get(ME)
        if self._over or place is None or place.conversation is None:
            return []
        return [place.conversation.say(Stateless(payload))]

    def tick(self, now: float) -> list[Effect]:
        """Time has passed. To be called about every second."""
        if self._over:
            return []
        timeout = self._limits.authentication_s
        if self._nothing_open_since is not None and now - self._nothing_open_since >= timeout:
            return self._hang_up(self._last_denial or Code.AUTHENTICATION_TIMEOUT)
        effects: list[Effect] = []
        for place in list(self._places.values()):
            if place.waits and now - place.since >= timeout:
                code = Code.AUTHENTICATION_TIMEOUT
                effects += self._put_out(place, Close(code), code, now)
            elif place.conversation:
                effects += self._mind_expiry(place, place.conversation, now)
        if now >= self._keep_alive_at:
            self._keep_alive_at = now + self._limits.keep_alive_s
            effects += self._keep_alive()
        return effects

    # Where the framings differ

    def _read(self, data: bytes) -> tuple[str, FromClient]:
        return read_client_frame(data)

    def _converse(self, ticket: int, address: str, grant: Grant) -> Conversation:
        kind = AccountConversation if address == ME else Conversation
        return kind(ticket, address, self.framing, grant)

    def _greet(self, conversation: Conversation) -> list[Effect]:
        return [conversation.say(Granted(conversation.grant.can_write))]

    def _keep_alive(self) -> list[Effect]:
        if self._pinged:
            return [Send(PING)]
        return [conversation.say(Awareness(NO_PRESENCE)) for conversation in self._open_conversations()[:1]]

    def _mind_expiry(self, place: Place, conversation: Conversation, now: float) -> list[Effect]:
        if now >= conversation.grant.expires_at:
            code = Code.TOKEN_EXPIRED
            return self._put_out(place, Close(code), code, now)
        if place.renew_at is not None and now >= place.renew_at:
            place.renew_at = None
            return [conversation.say(TokenWanted())]
        return []

    def _put_out(self, place: Place, farewell: FromHub, code: Code, now: float) -> list[Effect]:
        """One document ends; the socket stays."""
        ticket, was_open = place.ticket, place.conversation is not None
        del self._by_ticket[ticket]
        self._drop_queue(place)
        # Kept by name: what the client sent before it heard of this must not open the address again.
        self._places[place.address] = Place(place.address, ticket, now, out=True)
        self._last_denial = code
        self._note_open(now)
        leave: list[Effect] = [Leave(ticket)] if was_open else []
        return [*leave, Send(encode(self.framing, place.address, farewell))]

    # The rest

    def _about(self, address: str, message: FromClient, size: int, now: float) -> list[Effect]:
        place = self._places.get(address)
        if place is None and len(self._places) >= self._limits.documents:
            return self._hang_up(Code.TOO_MANY)
        match message:
            case Close():
                return self._close(place, now) if place else []
            case Token(token, version):
                self._note_version(version)
                if len(token) > self._limits.token_bytes:
                    raise ProtocolError("a token is too long")
                if not self._tokens.take(1, now):
                    return self._hang_up(Code.TOO_MANY)
                if place is None or place.out:
                    place = self._place(address, now)
                return self._ask(place, token)
            case Step1(state_vector):
                if len(state_vector) > self._limits.state_vector_bytes:
                    return self._hang_up(Code.TOO_LARGE)
                if not self._answers.take(1, now):
                    return self._hang_up(Code.TOO_MANY)
        if place is None:
            # A stock client whose token is long in coming sends edits before it.
            place = self._place(address, now)
        if place.out:
            return []
        if place.conversation:
            return place.conversation.receive(message)
        place.queue.append((message, size))
        self._waiting_frames += 1
        self._waiting_bytes += size
        if self._waiting_bytes > self._limits.waiting_bytes:
            return self._hang_up(Code.TOO_LARGE)
        if self._waiting_frames > self._limits.waiting_frames:
            return self._hang_up(Code.TOO_MANY)
        return []

    def _place(self, address: str, now: float) -> Place:
        if len(address) > self._limits.address_chars:
            raise ProtocolError("an address is too long")
        self._last_ticket += 1
        place = Place(address, self._last_ticket, now)
        self._places[address] = self._by_ticket[place.ticket] = place
        return place

    def _ask(self, place: Place, token: str) -> list[Effect]:
        if place.asking:
            # One question at a time; the newest token is asked about next.
            place.newer_token = token
            return []
        place.asking = True
        return [Admit(place.ticket, place.address, token)]

    def _open(self, place: Place, grant: Grant) -> list[Effect]:
        conversation = self._converse(place.ticket, place.address, grant)
        place.conversation = conversation
        self._nothing_open_since = None
        effects = self._greet(conversation)
        if place.address != ME:
            effects.append(ShowPresence(place.ticket))
        queue = self._drop_queue(place)
        try:
            for message in queue:
                effects += conversation.receive(message)
        except UnreadableUpdate:
            effects += self._hang_up(Code.PROTOCOL)
        return effects

    def _close(self, place: Place, now: float) -> list[Effect]:
        """The client is done with a document."""
        del self._places[place.address]
        self._drop_queue(place)
        if place.out:
            return []
        del self._by_ticket[place.ticket]
        self._note_open(now)
        return [Leave(place.ticket)] if place.conversation else []

    def _drop_queue(self, place: Place) -> list[FromClient]:
        queue, place.queue = place.queue, []
        self._waiting_frames -= len(queue)
        self._waiting_bytes -= sum(size for _, size in queue)
        return [message for message, _ in queue]

    def _open_conversations(self) -> list[Conversation]:
        return [place.conversation for place in self._places.values() if place.conversation]

    def _note_open(self, now: float) -> None:
        if self._nothing_open_since is None and not self._open_conversations():
            self._nothing_open_since = now

    def _note_version(self, version: str | None) -> None:
        major = (version or "").split(".")[0]
        if major.isascii() and major.isdigit() and len(major) < 9 and int(major) >= PINGED_SINCE:
            self._pinged = True

    def _hang_up(self, code: Code) -> list[Effect]:
        self._over = True
        self._places.clear()
        self._by_ticket.clear()
        return [HangUp(code)]
