"""The bus under TLS, to one server and to a cluster. The Valkey of these tests has none, and stands behind a front."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from buses import Ear, joined
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from eventually import eventually
from redis.asyncio import Redis

from hub.bus import News
from hub.ids import DocumentId, new_id
from loadtest.backends import free_port, valkey

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for HOST that nobody but itself vouches for, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "redis")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))]), critical=False)
        .sign(key, SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "redis.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return file


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
