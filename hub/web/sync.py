"""The sync sockets of a hub: how they come in, what time does to them, how they are sent away."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from hub.access import Authority, Change
from hub.connection import Connection
from hub.conversation import Effect, HangUp
from hub.errors import Code
from hub.limits import Limits
from hub.metrics import Metrics
from hub.rooms import Rooms
from hub.web.edge import network
from hub.web.sync_rights import SyncRights
from hub.web.sync_socket import SyncSocket
from hub.y_websocket import YWebsocketConnection

SUBPROTOCOL: Final = "teammarks"
BEARER: Final = "bearer."


class SyncSockets:
    """Make it within a running event loop; `close` it before the rooms."""

    def __init__(
        self, rooms: Rooms, authority: Authority, limits: Limits, metrics: Metrics, clock: Callable[[], float]
    ) -> None:
        self.routes: Sequence[WebSocketRoute] = [
            WebSocketRoute("/sync", self._serve_hocuspocus),
            WebSocketRoute("/yjs/{team_id}", self._serve_y_websocket),
        ]
        self._rooms = rooms
        self._authority = authority
        self._limits = limits
        self._metrics = metrics
        self._clock = clock
        self._rights = SyncRights(limits.sockets_per_account)
        self._sockets: set[SyncSocket] = set()
        self._by_host: Counter[str] = Counter()
        self.draining = False
        self._tasks = [
            asyncio.create_task(self._tick_for_ever(), name="sync clock"),
            asyncio.create_task(self._rights.watch(), name="sync rights"),
        ]
        metrics.sockets.set_function(self.__len__)

    def changed(self, change: Change) -> None:
        """Something about an account is committed. Returns at once; its sockets hear of it within a second."""
        self._rights.changed(change)

    def may_have_changed(self) -> None:
        """What anybody may do. Returns at once."""
        self._rights.read_all_now()

    def lose_sight(self) -> None:
        """It is not known what was changed: nobody is given anything."""
        self._rights.lose_sight()

    def regain_sight(self) -> None:
        """It is known again, and what was changed has been told: they are given it once that has been heeded."""
        self._rights.regain_sight()

    def __len__(self) -> int:
        return len(self._sockets)

    async def drain(self, within_s: float) -> None:
        """Take nobody new, and send those who are here away with 1012, a few at a time. Returns when all are gone.

        Whoever is not sent away yet is served as ever.
        """
        self.draining = True
        leaving = list(self._sockets)
        pause_s = min(within_s / max(1, len(leaving)), 1 / self._limits.drained_per_s)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for count, socket in enumerate(leaving):
            # Counted from the beginning: what each pause takes too long must not add up.
            await asyncio.sleep(begin + count * pause_s - loop.time())
            socket.hang_up(Code.RESTARTING)
        while self._sockets:
            await asyncio.gather(*(socket.gone.wait() for socket in self._sockets))

    async def close(self) -> None:
        """Send everyone who is left away at once."""
        await self.drain(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Accepted first: closing before that becomes an HTTP 403, and the close code is lost.

    async def _serve_hocuspocus(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await self._serve(websocket, Connection(self._limits, self._clock()), [])

    async def _serve_y_websocket(self, websocket: WebSocket) -> None:
        offered: list[str] = websocket.scope["subprotocols"]
        await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        now = self._clock()
        connection = YWebsocketConnection(self._limits, websocket.path_params["team_id"], now)
        token = next((p.removeprefix(BEARER) for p in offered if p.startswith(BEARER)), None)
        first = [HangUp(Code.UNAUTHENTICATED)] if token is None else connection.begin(token, now)
        await self._serve(websocket, connection, first)

    async def _serve(self, websocket: WebSocket, connection: Connection, first: Sequence[Effect]) -> None:
        host = network(websocket.client.host if websocket.client else "")
        if self.draining:
            first = [HangUp(Code.RESTARTING)]
        elif self._too_many_from(host):
            first = [HangUp(Code.TOO_MANY)]
        socket = SyncSocket(
            websocket,
            connection,
            host=host,
            rooms=self._rooms,
            authority=self._authority,
            rights=self._rights,
            limits=self._limits,
            metrics=self._metrics,
            clock=self._clock,
        )
        self._sockets.add(socket)
        self._by_host[host] += 1
        try:
            await socket.run(first)
        finally:
            self._sockets.discard(socket)
            self._by_host[host] -= 1
            if not self._by_host[host]:
                del self._by_host[host]
            self._rights.forget(socket)
            socket.gone.set()

    def _too_many_from(self, host: str) -> bool:
        count, strangers = self._by_host[host], self._limits.strangers
        return count >= self._limits.sockets_per_host or (
            count >= strangers
            and sum(socket.host == host and socket.connection.is_strange for socket in self._sockets) >= strangers
        )

    async def _tick_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        next_poll = self._clock() + self._limits.recheck_s
        while True:
            due = loop.time() + 1
            await asyncio.sleep(1)
            self._metrics.loop_lag_s.set(loop.time() - due)
            now = self._clock()
            for socket in list(self._sockets):
                socket.perform(socket.connection.tick, now)
            if now >= next_poll:
                next_poll = now + self._limits.recheck_s
                self._rights.read_all_again(self._sockets)
