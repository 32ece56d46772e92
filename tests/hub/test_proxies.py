"""Whose word the hub takes for where a client is: that of the proxies it was told of, and nobody else's."""

from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub.errors import Code
from hub.ids import new_id
from hub.protocol import Framing, Token, encode
from hub.web.sync_socket import CLOSES
from loadtest.hub_process import HubProcess

pytestmark = pytest.mark.slow

HEARD = None
TURNED_AWAY = CLOSES[Code.TOO_MANY][0]


async def received(folder: Path, *forwarded_for: str, **settings: str) -> list[int | None]:
    """How strangers, all there at once, fare with a hub that hears one from each network address."""
    hub = HubProcess(folder, LIMIT_STRANGERS="1", **settings)
    await hub.start()
    try:
        sockets = [
            await connect(hub.sync_address, additional_headers={"X-Forwarded-For": addresses}, proxy=None)
            for addresses in forwarded_for
        ]
        closes = [await _close_code(socket) for socket in sockets]
        for socket in sockets:
            await socket.close()
        return closes
    finally:
        await hub.stop()


async def _close_code(socket: ClientConnection) -> int | None:
    """None for a socket that gets an answer and stays."""
    with suppress(ConnectionClosed):
        await socket.send(encode(Framing.HOCUSPOCUS, new_id(), Token("no token")))
        await socket.recv()
    return socket.close_code


async def test_a_peer_is_not_believed(tmp_path: Path) -> None:
    assert await received(tmp_path, "192.0.2.1", "192.0.2.2") == [HEARD, TURNED_AWAY]


async def test_a_trusted_proxy_is_believed(tmp_path: Path) -> None:
    clients = ("192.0.2.1", "192.0.2.2", "192.0.2.2")
    assert await received(tmp_path, *clients, TRUSTED_PROXIES="127.0.0.0/8") == [HEARD, HEARD, TURNED_AWAY]


async def test_a_proxy_that_is_not_the_trusted_one_is_not_believed(tmp_path: Path) -> None:
    clients = ("192.0.2.1", "192.0.2.2")
    assert await received(tmp_path, *clients, TRUSTED_PROXIES="10.0.0.1,::1") == [HEARD, TURNED_AWAY]


async def test_what_a_client_told_the_trusted_proxy_is_not_believed(tmp_path: Path) -> None:
    # A proxy adds what it saw at the end.
    clients = ("198.51.100.1, 192.0.2.1", "198.51.100.2, 192.0.2.1")
    assert await received(tmp_path, *clients, TRUSTED_PROXIES="127.0.0.1") == [HEARD, TURNED_AWAY]
