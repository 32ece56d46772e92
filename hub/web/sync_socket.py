"""One sync socket: a WebSocket in front, a connection and seats in rooms behind, which do not know each other.

The rule: this shell decides nothing. It carries out the effects that the connection asks for and tells it what became
of them; once it is over it takes and gives nothing more from that moment, whether or not its peer reads.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, ParamSpec, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.access import Authority, Grant
from hub.connection import Connection
from hub.conversation import Admit, Answer, Effect, HangUp, Leave, Offer, Present, Send, ShowPresence
from hub.document import UnreadableUpdate
from hub.errors import Code, TeammarksError
from hub.ids import ME, AccountId, DocumentId
from hub.lib0 import ProtocolError
from hub.limits import Limits
from hub.metrics import Metrics
from hub.outbox import Outbox
from hub.room import Seat
from hub.rooms import Rooms

log = logging.getLogger(__name__)

P = ParamSpec("P")

TRUSTED: Final = "teammarks.trusted"
"""The ASGI extension by which whoever carries a socket hears that its peer is no stranger any more."""
CLOSES: Final[Mapping[Code, tuple[int, str]]] = {
    Code.PROTOCOL: (4400, "This is not the sync protocol of the hub."),
    Code.UNAUTHENTICATED: (4401, "Bring an access token."),
    Code.TOKEN_INVALID: (4401, "The access token is not valid."),
    Code.TOKEN_EXPIRED: (4401, "The access token has expired."),
    Code.SESSION_ENDED: (4401, "This session has ended. Log in again."),
    Code.ACCOUNT_DISABLED: (4401, "This account is disabled."),
    Code.FORBIDDEN: (4403, "You are no longer a member of this team."),
    Code.TOKEN_NOT_ALLOWED: (4403, "This API token is not for folders."),
    Code.ORGANIZATION_SUSPENDED: (4403, "This organization is suspended."),
    Code.NOT_FOUND: (4404, "There is no such document, or you may not see it."),
    Code.AUTHENTICATION_TIMEOUT: (4408, "Nothing was authenticated in time."),
    Code.TOO_LARGE: (4413, "The message is larger than the hub takes."),
    Code.TOO_MANY: (4429, "Too many messages or documents."),
    Code.INTERNAL: (1011, "The hub failed. Try again later."),
    Code.RESTARTING: (1012, "The hub is restarting. Come back in a moment."),
    Code.UNAVAILABLE: (1013, "Try again."),
    Code.STORAGE: (1013, "The hub cannot store anything now. Try again later."),
}
"""What a socket is closed with: RFC 6455 close code and reason. y-websocket takes 4400 to 4499 as final."""


class RightsWatch(Protocol):
    """Sees to it that what is committed about an account reaches its sockets."""

    @property
    def changes_heard(self) -> int: ...

    def note(self, account: AccountId, socket: "SyncSocket") -> None:
        """This account speaks on this socket, from now until it ends."""
        ...


class _Over(Exception):
    """Ends a socket's tasks."""


class SyncSocket:
    """`host`: the network address it comes from."""

    def __init__(
        self,
        websocket: WebSocket,
        connection: Connection,
        *,
        host: str,
        rooms: Rooms,
        authority: Authority,
        rights: RightsWatch,
        limits: Limits,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self.connection = connection
        self.host = host
        self.gone = asyncio.Event()
        self._websocket = websocket
        self._trusted: Callable[[], None] = websocket.scope.get("extensions", {}).get(TRUSTED, lambda: None)
        self._rooms = rooms
        self._authority = authority
        self._rights = rights
        self._limits = limits
        self._metrics = metrics
        self._clock = clock
        self._seats: dict[int, Seat] = {}
        self._over = asyncio.Event()
        self._code: Code | None = None
        self._relieved = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self._owed: dict[int, bytes] = {}
        """Questions that wait until their answers have room, by ticket: each may be answered with a whole document."""
        self._outbox = Outbox(
            max_frames=limits.outbox_frames, max_bytes=limits.outbox_bytes, overflowed=self._send_slow_reader_away
        )

    async def run(self, first: Sequence[Effect]) -> None:
        """Serves until the peer is gone or the connection hangs up."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._tasks.create_task(self._write())
                self.perform(lambda: first)
                self._tasks.create_task(self._read())
                await self._over.wait()
                raise _Over
        except* _Over:
            pass
        except* Exception:
            log.exception("a sync socket failed")
            self._code = Code.INTERNAL
        finally:
            self._outbox.close()
            for seat in self._seats.values():
                seat.leave()
            self._seats.clear()
        if self._code:
            self._metrics.sent_away.labels(self._code).inc()
            await self._say_goodbye(self._code)

    def hang_up(self, code: Code) -> None:
        """From now on nothing is taken and nothing is given. May be called from anywhere, also twice."""
        if not self._over.is_set():
            self._code = code
            self._outbox.close()
            self._over.set()

    def _send_slow_reader_away(self) -> None:
        self._metrics.outbox_overflows.inc()
        self.hang_up(Code.UNAVAILABLE)

    def hold(self) -> None:
        """Take nothing and give nothing until `release`: it is not known what this socket may do."""
        self._free.clear()
        self._outbox.hold()

    def release(self) -> None:
        self._free.set()
        self._outbox.release()

    def perform(self, decide: Callable[P, Sequence[Effect]], *args: P.args, **kwargs: P.kwargs) -> None:
        """Ask the connection, and carry out the effects. Never raises.

        Rooms call this, the clock and the watch over rights do: one socket's failure must not end what serves all.
        """
        try:
            for effect in decide(*args, **kwargs):
                if self._over.is_set():
                    return
                self._perform(effect)
        except (ProtocolError, UnreadableUpdate):
            self.hang_up(Code.PROTOCOL)
        except Exception:
            log.exception("a sync socket failed")
            self.hang_up(Code.INTERNAL)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send(frame, ticket):
                self._outbox.put(frame, ticket)
            case Admit():
                self._tasks.create_task(self._admit(effect))
            case Answer(ticket, state_vector):
                self._owed[ticket] = state_vector
                self._answer_owed()
            case Offer(ticket, count, update, whole, grant):
                settled = partial(self._settle, ticket, count)
                self._seats[ticket].offer(
                    update, grant.account, whole=whole, can_write=grant.can_write, settled=settled
                )
            case Present(ticket, payload):
                self._seats[ticket].present(payload)
            case ShowPresence(ticket):
                self._seats[ticket].show_presence()
            case Leave(ticket):
                self._outbox.withdraw(ticket)
                self._owed.pop(ticket, None)
                if seat := self._seats.pop(ticket, None):
                    seat.leave()
                self._relieved.set()  # what it still awaited crowds no more
            case HangUp(code):
                self.hang_up(code)

    def _answer_owed(self) -> Sequence[Effect]:
        """As many as the outbox has room for. A client in many teams asks for all of its documents at once."""
        while self._owed and self._outbox.size <= self._limits.answer_room_bytes:
            ticket = next(iter(self._owed))
            self._seats[ticket].answer(self._owed.pop(ticket))
            self._relieved.set()
        return ()

    @property
    def _is_crowded(self) -> bool:
        owed = sum(len(state_vector) for state_vector in self._owed.values())
        return self.connection.is_crowded or owed > self._limits.state_vector_bytes

    async def recheck(self, ticket: int, code: Code) -> bool:
        """Read an open document's grant again. False where the database does not answer."""
        grant = dict(self.connection.grants).get(ticket)
        if grant is None or self._over.is_set():
            return True
        try:
            now_granted = await self._authority.recheck(grant)
        except TeammarksError as error:
            log.warning("a grant could not be read again: %s", error)
            return False
        except Exception:
            log.exception("a grant could not be read again")
            self.hang_up(Code.INTERNAL)
            return True
        self.perform(self.connection.rechecked, ticket, now_granted, code, self._clock())
        return True

    async def _admit(self, asked: Admit) -> None:
        heard = self._rights.changes_heard
        try:
            grant: Grant | None = await self._authority.admit(asked.token, DocumentId(asked.address))
            assert grant is not None, "expected a grant or an error"
            self._trusted()
            self._rights.note(grant.account, self)
            if asked.address != ME and asked.ticket not in self._seats:
                self._seats[asked.ticket] = await self._rooms.join(
                    grant.document, self.connection.framing, self._outbox, self.hang_up
                )
            if heard != self._rights.changes_heard:
                # The grant was read before a change that did not find it here.
                grant = await self._authority.recheck(grant)
        except TeammarksError as error:
            if error.retry:
                log.warning("a token could not be checked: %s", error)
                self.hang_up(error.code)
                return
            self.perform(self.connection.denied, asked.ticket, error.code, self._clock())
            return
        now = self._clock()
        if grant is None:
            self.perform(lambda: [Leave(asked.ticket)])
            self.perform(self.connection.denied, asked.ticket, Code.NOT_FOUND, now)
        else:
            self.perform(self.connection.admitted, asked.ticket, grant, now)

    def _settle(self, ticket: int, count: int, outcome: int | Code) -> None:
        self.perform(self.connection.settled, ticket, count, outcome)
        self._relieved.set()

    async def _read(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                self._over.set()
                return
            data: bytes | None = message.get("bytes")
            if data is None:
                self.hang_up(Code.PROTOCOL)
                return
            await self._free.wait()
            self.perform(self.connection.receive, data, self._clock())
            while self._is_crowded:
                self._relieved.clear()
                await self._relieved.wait()

    async def _write(self) -> None:
        try:
            while (frame := await self._outbox.take()) is not None:
                await self._websocket.send_bytes(frame)
                self.perform(self._answer_owed)
        except WebSocketDisconnect:
            self._over.set()

    async def _say_goodbye(self, code: Code) -> None:
        number, reason = CLOSES.get(code, CLOSES[Code.INTERNAL])
        try:
            # A peer that does not read would keep us waiting for ever.
            async with asyncio.timeout(self._limits.farewell_s):
                for frame in self._outbox.take_all():
                    await self._websocket.send_bytes(frame)
                await self._websocket.close(number, reason)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            pass  # gone already, which is what we wanted
