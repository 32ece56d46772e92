"""What lies below HTTP and the sync sockets: uvicorn's connections, bounded where a peer could make them grow or stay.

The rule: a connection ends in time, whatever its peer sends, and whether or not it reads. uvicorn alone waits for the
first request, for the rest of one, and for what was last said to be read, for ever.
"""

import asyncio
import logging
import resource
from functools import partial
from typing import Any, Final, cast

import h11
from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from hub.budget import Budget
from hub.limits import KIB, Limits
from hub.web.sync_socket import TRUSTED

log = logging.getLogger(__name__)
logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
# Its warnings are about what strangers send, a line for each.

BITE: Final = 8 * KIB
"""What of one connection is taken in at once: some thousand frames at most, which take 20 ms."""
SPARE_FILES: Final = 200
"""Open files besides connections: the database's, the log's, the interpreter's."""
FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 10\r\n\r\n"
"""To one connection too many."""


def transport(limits: Limits) -> dict[str, Any]:
    """The part of uvicorn's configuration that is about connections."""
    return {
        "http": partial(HttpTransport, limits),
        "ws": partial(SocketTransport, limits, Strangers(limits)),
        "ws_max_size": limits.socket_message_bytes,
        "ws_ping_timeout": limits.pong_s,
        "ws_per_message_deflate": False,
    }


def make_room_for(connections: int) -> None:
    """Lets this process open as many files as it may, and warns where they are too few.

    The usual 1 024 would let one visitor's idle connections shut out everybody.
    """
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if files != resource.RLIM_INFINITY and files < connections + SPARE_FILES:
        log.warning(
            "this process may open %d files only, and each of up to %d connections takes one: raise its limit "
            "(ulimit -Hn, LimitNOFILE= or --ulimit), or lower TEAMMARKS_LIMIT_CONNECTIONS",
            files,
            connections,
        )


class HttpTransport(H11Protocol):
    """HTTP until it becomes a WebSocket. h11 refuses a request whose head is longer than 16 KiB."""

    def __init__(self, limits: Limits, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._limits = limits
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            transport.write(FULL)
            transport.close()
        self._allow(self._limits.exchange_s)

    def on_response_complete(self) -> None:
        self._allow(self._limits.exchange_s)  # first, for what follows may be an upgrade
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._forget()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _allow(self, seconds: float) -> None:
        self._forget()
        self._patience = self.loop.call_later(seconds, self.transport.abort)

    def _forget(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None


class Strangers:
    """What all sockets that nobody has vouched for yet have sent: what they can have made this process keep."""

    def __init__(self, limits: Limits) -> None:
        self._max_bytes = limits.strangers_bytes
        self._bytes = 0

    def sent(self, count: int) -> bool:
        """Whether so much more is still bearable."""
        self._bytes += count
        return self._bytes <= self._max_bytes

    def gone(self, sent: int) -> None:
        """One who had sent so much is no stranger any more, or no longer here."""
        self._bytes -= sent


class SocketTransport(WebSocketsSansIOProtocol):
    def __init__(self, limits: Limits, strangers: Strangers, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._limits = limits
        self._strangers: Strangers | None = strangers
        self._sent_as_stranger = 0
        self._small_frames = Budget(limits.frames_per_s, limits.frames_burst)
        self._unread = b""

    # As long as nobody vouches for the peer

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[TRUSTED] = self._trusted

    def connection_lost(self, exc: Exception | None) -> None:
        self._trusted()
        super().connection_lost(exc)

    def _trusted(self) -> None:
        if self._strangers:
            self._strangers.gone(self._sent_as_stranger)
            self._strangers = None

    def _note_stranger(self, strangers: Strangers, count: int) -> None:
        self._sent_as_stranger += count
        if not strangers.sent(count):
            self._refuse(CloseCode.TRY_AGAIN_LATER, "the hub has too many strangers, come back in a moment")
        elif self._sent_as_stranger > 2 * self._limits.waiting_bytes:
            self._refuse(CloseCode.MESSAGE_TOO_BIG, "too much before authentication")

    # Reading, a bite at a time: what one read may bring, 256 KiB of tiny frames, would hold up everybody else.

    def data_received(self, data: bytes) -> None:
        if self.handshake_initiated:
            if self._strangers:
                self._note_stranger(self._strangers, len(data))
            self._unread += data
            self._feed()
            return
        super().data_received(data)  # the head of the request, whole
        if not self.handshake_initiated:
            # It was too long for the library, which has an answer to that; uvicorn does not send it.
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
            self._end_soon()

    def _feed(self) -> None:
        bite, self._unread = self._unread[:BITE], self._unread[BITE:]
        super().data_received(bite)
        if self.transport.is_closing():
            self._unread = b""
        elif self._unread:
            self.transport.pause_reading()
            self._feed_later()
        elif not self.read_paused:
            self.transport.resume_reading()

    def _feed_later(self) -> None:
        """Goes on once the application has taken what it was given."""
        if not self.read_paused:
            self.loop.call_soon(self._feed)

    async def receive(self) -> ASGIReceiveEvent:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._feed_later()
        return message

    # What the application never sees

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # the answers to one who sends pings and does not read
        self._note_small_frame()

    def handle_pong(self, event: Frame) -> None:
        super().handle_pong(event)
        self._note_small_frame()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < self._limits.fragments:
            super().handle_cont(event)
            self._note_small_frame()
        else:
            self._refuse(CloseCode.MESSAGE_TOO_BIG, "too many fragments")

    def _note_small_frame(self) -> None:
        if not self._small_frames.take(1, self.loop.time()):
            self._refuse(CloseCode.POLICY_VIOLATION, "too many frames")

    def _refuse(self, code: CloseCode, reason: str) -> None:
        if not (self.close_sent or self.transport.is_closing()):
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text":
            self.frames = [b""]  # no text is ours, and one that is not UTF-8 would be logged with a traceback
        super().send_receive_event_to_app()

    # The end

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._end_soon()

    def shutdown(self) -> None:
        super().shutdown()
        self._end_soon()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._end_soon()

    def handle_parser_exception(self) -> None:
        if self.conn.close_sent:
            super().handle_parser_exception()
        else:
            self.transport.close()  # nonsense right behind the handshake, before its answer
        self._end_soon()

    def _end_soon(self) -> None:
        self.loop.call_later(self._limits.farewell_s, self.transport.abort)
