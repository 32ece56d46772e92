"""A hub served on a listening socket, until a signal ends it in order.

The rule: nothing is lost by stopping. The hub takes no new connections and says that it is not ready; its clients are
sent away spread over seconds, so that they do not all arrive elsewhere at once; requests under way are answered; and
last the log is closed, which is the caller's part. A second signal takes the time out of it, and no step.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from hub.app import Hub
from hub.settings import Settings
from hub.web.transport import transport

log = logging.getLogger(__name__)

REQUESTS_S = 10
"""How long requests under way may take once everyone is sent away."""


async def serve(hub: Hub, settings: Settings, listener: socket.socket, greet: Callable[[], None]) -> None:
    """Returns when a signal has ended it: nobody is connected any more, and all that was asked is answered.

    Calls `greet` once connections are taken, from when on a signal does that.
    """
    config = uvicorn.Config(
        hub.app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=[str(proxy) for proxy in settings.trusted_proxies],
        timeout_graceful_shutdown=REQUESTS_S,
        **transport(settings.limits),
    )
    await _Server(config, hub, settings.drain_s, greet).serve(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, hub: Hub, drain_s: float, greet: Callable[[], None]) -> None:
        super().__init__(config)
        self._hub = hub
        self._drain_s = drain_s
        self._greet = greet
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """In place of uvicorn's own way, which raises the signal again and so ends us before the log is closed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told)
        yield

    def _told(self) -> None:
        (self._stop_now if self._stop.is_set() else self._stop).set()

    async def main_loop(self) -> None:
        """Until everyone is sent away: uvicorn's shutdown, which follows, would do that to all at once."""
        self._greet()
        ticking = asyncio.create_task(super().main_loop())
        await self._stop.wait()
        log.info("stopping: %d sockets are sent away", len(self._hub.sockets))
        for server in self.servers:
            server.close()
        leaving = asyncio.create_task(self._hub.sockets.drain(self._drain_s))
        hurry = asyncio.create_task(self._stop_now.wait())
        await asyncio.wait({leaving, hurry}, return_when=asyncio.FIRST_COMPLETED)
        self.force_exit = self._stop_now.is_set()
        for task in (leaving, hurry):
            task.cancel()
        await asyncio.gather(leaving, hurry, return_exceptions=True)
        await self._hub.sockets.close()
        self.should_exit = True
        await ticking
