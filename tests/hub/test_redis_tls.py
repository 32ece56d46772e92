"""The bus under TLS, to one server and to a cluster. The Valkey of these tests has none, and stands behind a front."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import certificates
import pytest
from buses import Ear, joined
from certificates import HOST
from eventually import eventually
from redis.asyncio import Redis

from hub.bus import News
from hub.ids import DocumentId, new_id
from loadtest.backends import free_port, valkey


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.certificate(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def front(certificate: Path, port: int) -> AsyncIterator[int]:
    """A port that speaks TLS and passes everything on to the other one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(65_536):
            writer.write(some)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection(HOST, port)
        await asyncio.gather(carry(reader, behind[1]), carry(behind[0], writer))

    async with await asyncio.start_server(relay, HOST, 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("cluster", [False, True], ids=["server", "cluster"])
async def test_a_redis_under_tls_joins_hubs(tmp_path: Path, certificate: Path, cluster: bool) -> None:
    port = free_port()
    async with front(certificate, port) as tls_port:
        options = ["--cluster-enabled", "yes", "--cluster-announce-port", str(tls_port)] if cluster else []
        with valkey(tmp_path, port, *options):
            if cluster:
                async with Redis(host=HOST, port=port) as raw:
                    await raw.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
            async with joined(f"rediss://{HOST}:{tls_port}?ssl_ca_certs={certificate}", "ours") as (here, there):
                ear = await Ear(there, DocumentId(new_id())).listening()
                await eventually("Redis", lambda: here.connected)
                here.publish(News(ear.document, 1, 1, (b"update",)), speaker=ear)
                await ear.hears(News(ear.document, 1, 1, (b"update",)))


async def test_a_redis_that_nobody_known_vouches_for_is_not_used(
    tmp_path: Path, certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    async with front(certificate, port) as tls_port:
        with valkey(tmp_path, port):
            async with joined(f"rediss://{HOST}:{tls_port}", "ours") as (here, there):
                await eventually("a word about it", lambda: "CERTIFICATE_VERIFY_FAILED" in caplog.text)
                assert (here.connected, there.connected) == (False, False)
