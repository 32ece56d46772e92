"""The sync sockets: WebSockets in front, connections and rooms behind. Here the two meet, which do not know each other.

The rule: this shell decides nothing. It carries out the effects that a connection asks for and tells it what became
of them; a socket that is over takes and gives nothing more from that moment, whether or not its peer reads.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.access import Authority, Change, ChangeKind, Grant
from hub.connection import Connection
from hub.conversation import Admit, Answer, Effect, HangUp, Leave, Offer, Present, Send, ShowPresence
from hub.document import UnreadableUpdate
from hub.errors import Code, TeammarksError
from hub.ids import ME, DocumentId, document_of
from hub.lib0 import ProtocolError
from hub.limits import Limits
from hub.outbox import Outbox
from hub.room import Seat
from hub.rooms import Rooms
from hub.y_websocket import YWebsocketConnection

log = logging.getLogger(__name__)

SUBPROTOCOL: Final = "teammarks"
BEARER: Final = "bearer."

CLOSES: Final[Mapping[Code, tuple[int, str]]] = {
    Code.PROTOCOL: (4400, "This is not the sync protocol of the hub."),
    Code.UNAUTHENTICATED: (4401, "Bring an access token."),
    Code.TOKEN_INVALID: (4401, "The access token is not valid."),
    Code.TOKEN_EXPIRED: (4401, "The access token has expired."),
    Code.SESSION_ENDED: (4401, "This session has ended. Log in again."),
    Code.ACCOUNT_DISABLED: (4401, "This account is disabled."),
    Code.FORBIDDEN: (4403, "You are no longer a member of this team."),
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


class SyncSockets:
    """All sync sockets of this hub. Make it within a running event loop; `close` it before the rooms."""

    def __init__(self, rooms: Rooms, authority: Authority, limits: Limits, clock: Callable[[], float]) -> None:
        self.rooms = rooms
        self.authority = authority
        self.limits = limits
        self.clock = clock
        self.routes: Sequence[WebSocketRoute] = [
            WebSocketRoute("/sync", self._serve_hocuspocus),
            WebSocketRoute("/yjs/{team_id}", self._serve_y_websocket),
        ]
        self.changes_heard = 0
        self._sockets: set[_Socket] = set()
        self._by_host: Counter[str] = Counter()
        self._draining = False
        self._urgent: dict[tuple[_Socket, int], Code] = {}
        self._routine: dict[tuple[_Socket, int], Code] = {}
        self._to_recheck = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._tick_for_ever(), name="sync clock"),
            asyncio.create_task(self._recheck_for_ever(), name="sync rights"),
        ]

    def changed(self, change: Change) -> None:
        """Something about an account is committed: tell it, and read again what its sockets may do."""
        self.changes_heard += 1
        code = Code.SESSION_ENDED if change.kind is ChangeKind.SESSION else Code.FORBIDDEN
        document = change.team and document_of(change.team)
        notice = json.dumps({"kind": change.kind, "team_id": change.team})
        for socket in self._sockets:
            concerned = [(t, g) for t, g in socket.connection.grants if g.account == change.account]
            if concerned:
                socket.perform(socket.connection.notify(notice))
            for ticket, grant in concerned:
                if change.session in (None, grant.session) and document in (None, grant.document):
                    self._urgent[socket, ticket] = code
        self._to_recheck.set()

    async def close(self) -> None:
        """Send everyone away with 1012, and take nobody new."""
        self._draining = True
        for socket in list(self._sockets):
            socket.hang_up(Code.RESTARTING)
        while self._sockets:
            await asyncio.gather(*(socket.gone.wait() for socket in self._sockets))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve_hocuspocus(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await self._serve(websocket, Connection(self.limits, self.clock()), [])

    async def _serve_y_websocket(self, websocket: WebSocket) -> None:
        offered: list[str] = websocket.scope["subprotocols"]
        await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        now = self.clock()
        connection = YWebsocketConnection(self.limits, websocket.path_params["team_id"], now)
        token = next((p.removeprefix(BEARER) for p in offered if p.startswith(BEARER)), None)
        first = [HangUp(Code.UNAUTHENTICATED)] if token is None else connection.begin(token, now)
        await self._serve(websocket, connection, first)

    async def _serve(self, websocket: WebSocket, connection: Connection, first: Sequence[Effect]) -> None:
        # Accepted first: closing before that becomes an HTTP 403, and the code is lost.
        host = websocket.client.host if websocket.client else ""
        socket = _Socket(self, websocket, connection, host)
        if self._draining:
            first = [HangUp(Code.RESTARTING)]
        elif self._too_many_strangers(host):
            first = [HangUp(Code.TOO_MANY)]
        self._sockets.add(socket)
        self._by_host[host] += 1
        try:
            await socket.run(first)
        finally:
            self._sockets.discard(socket)
            self._by_host[host] -= 1
            if not self._by_host[host]:
                del self._by_host[host]
            socket.gone.set()

    def _too_many_strangers(self, host: str) -> bool:
        limit = self.limits.strangers
        return self._by_host[host] >= limit and (
            sum(socket.host == host and socket.connection.is_strange for socket in self._sockets) >= limit
        )

    async def _tick_for_ever(self) -> None:
        next_poll = self.clock() + self.limits.recheck_s
        while True:
            await asyncio.sleep(1)
            now = self.clock()
            for socket in list(self._sockets):
                socket.perform(socket.connection.tick(now))
            if now >= next_poll:
                next_poll = now + self.limits.recheck_s
                for socket in self._sockets:
                    self._routine.update({(socket, ticket): Code.FORBIDDEN for ticket, _ in socket.connection.grants})
                self._to_recheck.set()

    async def _recheck_for_ever(self) -> None:
        while True:
            await self._to_recheck.wait()
            self._to_recheck.clear()
            while queue := self._urgent or self._routine:
                socket, ticket = next(iter(queue))
                code = queue.pop((socket, ticket))
                if not await socket.recheck(ticket, code):
                    # The database does not answer, which is not a no: ask again.
                    queue[socket, ticket] = code
                    await asyncio.sleep(0.2)


class _Over(Exception):
    """Ends a socket's tasks."""


class _Socket:
    """One WebSocket, its connection, and its seats in rooms by ticket."""

    def __init__(self, hub: SyncSockets, websocket: WebSocket, connection: Connection, host: str) -> None:
        self.connection = connection
        self.host = host
        self.gone = asyncio.Event()
        self._hub = hub
        self._websocket = websocket
        self._seats: dict[int, Seat] = {}
        self._over = asyncio.Event()
        self._code: Code | None = None
        self._settled = asyncio.Event()
        self._outbox = Outbox(
            max_frames=hub.limits.outbox_frames,
            max_bytes=hub.limits.outbox_bytes,
            overflowed=partial(self.hang_up, Code.UNAVAILABLE),
        )

    async def run(self, first: Sequence[Effect]) -> None:
        """Serves until the peer is gone or the connection hangs up."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._tasks.create_task(self._write())
                self.perform(first)
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
            await self._say_goodbye(self._code)

    def hang_up(self, code: Code) -> None:
        """From now on nothing is taken and nothing is given. May be called from anywhere, also twice."""
        if not self._over.is_set():
            self._code = code
            self._outbox.close()
            self._over.set()

    def perform(self, effects: Sequence[Effect]) -> None:
        """Carry effects out. Never raises: it is called from rooms, which one socket's failure must not harm."""
        try:
            for effect in effects:
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
                self._seats[ticket].answer(state_vector)
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
                if seat := self._seats.pop(ticket, None):
                    seat.leave()
            case HangUp(code):
                self.hang_up(code)

    async def recheck(self, ticket: int, code: Code) -> bool:
        """Read an open document's grant again. False where the database does not answer."""
        grant = dict(self.connection.grants).get(ticket)
        if grant is None or self._over.is_set():
            return True
        try:
            now_granted = await self._hub.authority.recheck(grant)
        except TeammarksError as error:
            log.warning("a grant could not be read again: %s", error)
            return False
        except Exception:
            log.exception("a grant could not be read again")
            self.hang_up(Code.INTERNAL)
            return True
        self.perform(self.connection.rechecked(ticket, now_granted, code, self._hub.clock()))
        return True

    async def _admit(self, asked: Admit) -> None:
        heard = self._hub.changes_heard
        try:
            grant: Grant | None = await self._hub.authority.admit(asked.token, DocumentId(asked.address))
            assert grant is not None
            if asked.address != ME and asked.ticket not in self._seats:
                self._seats[asked.ticket] = await self._hub.rooms.join(
                    grant.document, self.connection.framing, self._outbox, self._lose
                )
            if heard != self._hub.changes_heard:
                # The grant was read before a change that did not find it here.
                grant = await self._hub.authority.recheck(grant)
        except TeammarksError as error:
            if error.retry:
                log.warning("a token could not be checked: %s", error)
                self.hang_up(error.code)
                return
            self.perform(self.connection.denied(asked.ticket, error.code, self._hub.clock()))
            return
        now = self._hub.clock()
        if grant is None:
            self.perform([Leave(asked.ticket), *self.connection.denied(asked.ticket, Code.NOT_FOUND, now)])
        else:
            self.perform(self.connection.admitted(asked.ticket, grant, now))

    def _settle(self, ticket: int, count: int, outcome: int | Code) -> None:
        self.perform(self.connection.settled(ticket, count, outcome))
        self._settled.set()

    def _lose(self, code: Code) -> None:
        """A room broke; the client comes back for a new one."""
        self.hang_up(code if code in CLOSES else Code.INTERNAL)

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
            self.perform(self.connection.receive(data, self._hub.clock()))
            while self.connection.is_crowded:
                self._settled.clear()
                await self._settled.wait()

    async def _write(self) -> None:
        try:
            while (frame := await self._outbox.take()) is not None:
                await self._websocket.send_bytes(frame)
        except WebSocketDisconnect:
            self._over.set()

    async def _say_goodbye(self, code: Code) -> None:
        number, reason = CLOSES[code]
        try:
            # A peer that does not read would keep us waiting for ever.
            async with asyncio.timeout(self._hub.limits.farewell_s):
                for frame in self._outbox.take_all():
                    await self._websocket.send_bytes(frame)
                await self._websocket.close(number, reason)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            pass  # gone already, which is what we wanted
