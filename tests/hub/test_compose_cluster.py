"""The cluster that compose.yaml describes keeps the promise, and keeps it while one of its hubs is away."""

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing

import httpx
import pytest
from composed_cluster import Cluster
from eventually import eventually
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub.ids import new_id
from hub.protocol import Framing, Token, encode
from loadtest.acceptance import Deployment, accept
from loadtest.hub_process import Person

pytestmark = pytest.mark.slow

HUBS = ("hub-1", "hub-2")
STRANGERS = 10
"""That each hub hears from one network address."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(folder, LIMIT_STRANGERS=str(STRANGERS), LIMIT_AUTHENTICATION_S="600")
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


def number(cluster: Cluster, hub: str, name: str) -> float:
    """One of a hub's metrics."""
    authorization = {"Authorization": f"Bearer {cluster.secret('metrics-token')}"}
    text = httpx.get(f"{cluster.address(hub)}/metrics", headers=authorization).text
    found = re.search(rf"^teammarks_{name} (\S+)$", text, re.MULTILINE)
    assert found is not None, text
    return float(found[1])


async def knock(cluster: Cluster, source: str, stack: AsyncExitStack) -> ClientConnection:
    """A stranger's socket, from an address of this machine."""
    url = f"{cluster.address().replace('http', 'ws', 1)}/sync"
    return await stack.enter_async_context(connect(url, local_addr=(source, 0), proxy=None))


async def is_heard(socket: ClientConnection) -> bool:
    try:
        await socket.send(encode(Framing.HOCUSPOCUS, new_id(), Token("no token")))
        await socket.recv()
    except ConnectionClosed:
        return False
    return True


def test_every_service_is_healthy_once_all_are_up(cluster: Cluster) -> None:
    assert [name for name in ("postgres", "redis", *HUBS, "proxy") if not cluster.is_healthy(name)] == []


def test_a_database_that_has_its_shape_is_migrated_again_without_harm(cluster: Cluster) -> None:
    cluster.start("migrate")
    assert cluster.status("migrate") == 0


async def test_what_one_writes_through_the_proxy_the_others_are_told(cluster: Cluster) -> None:
    await accept(Deployment(cluster.address()))


async def test_the_proxy_spreads_sockets_over_the_hubs(cluster: Cluster) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(6):
            await is_heard(await knock(cluster, "127.0.0.1", stack))
        assert [number(cluster, hub, "sockets") for hub in HUBS] == [3, 3]


def test_what_one_hub_signs_the_other_takes(cluster: Cluster) -> None:
    with closing(Person(Deployment(cluster.address("hub-1")), "bob")) as bob:
        authorization = {"Authorization": f"Bearer {bob.token}"}
        assert httpx.get(f"{cluster.address('hub-2')}/api/v1/me", headers=authorization).status_code == 200


async def test_hubs_know_clients_behind_the_proxy_by_their_own_addresses(cluster: Cluster) -> None:
    async with AsyncExitStack() as stack:
        crowd = [await is_heard(await knock(cluster, "127.0.0.2", stack)) for _ in range(len(HUBS) * STRANGERS + 1)]
        assert not all(crowd)
        assert await is_heard(await knock(cluster, "127.0.0.3", stack))


async def test_while_a_hub_is_away_the_other_serves_and_then_both_do(cluster: Cluster) -> None:
    assert cluster.stop("hub-1") == 0
    assert not cluster.is_healthy("hub-1")
    await accept(Deployment(cluster.address()))
    cluster.start("hub-1")

    async def both_serve() -> bool:
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await is_heard(await knock(cluster, "127.0.0.1", stack))
            return cluster.is_healthy("hub-1") and all(number(cluster, hub, "sockets") for hub in HUBS)

    await eventually("both hubs to be given clients", both_serve)


def test_a_proxy_that_finds_no_hub_says_so_and_is_not_healthy(cluster: Cluster) -> None:
    for hub in HUBS:
        assert cluster.stop(hub) == 0
    assert not cluster.is_healthy("proxy")
    assert httpx.get(f"{cluster.address()}/healthz").status_code == 503
