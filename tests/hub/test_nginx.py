"""The example of `docs/gateways.md` in a real nginx, before a real hub and a service that says what reached it."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from loadtest.hub_process import HubProcess, Person

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONFIGURATION = """
daemon off;
worker_processes 1;
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen unix:{folder}/gateway;
{example}
    }}
}}
"""


def example(hub: HubProcess, service_port: int, team: str) -> str:
    found = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "gateways.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found, "expected the example in the manual"
    text = found[1]
    for name, value in {
        "http://hub:8000": hub.address,
        "http://service:3000": f"http://127.0.0.1:{service_port}",
        "TEAM_ID": team,
    }.items():
        assert text.count(name) == 1
        text = text.replace(name, value)
    return text


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The service: answers with the head of the request."""
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))
    await writer.drain()
    writer.close()


@dataclass
class Gateway:
    client: httpx.AsyncClient
    ann: Person
    bob: Person

    async def get(self, who: Person | None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            named["Authorization"] = f"Bearer {who.token}"
        return await self.client.get("/page?team=x", headers=named)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "nginx is not there: `make test-setup` installs it"
    with tempfile.TemporaryDirectory(prefix="teammarks-") as folder:  # short enough for the address of a socket
        async with gateway_in(Path(folder), nginx) as opened:
            yield opened


@asynccontextmanager
async def gateway_in(folder: Path, nginx: str) -> AsyncIterator[Gateway]:
    hub = HubProcess(folder / "data", TRUSTED_PROXIES="127.0.0.1")
    await hub.start()
    service = await asyncio.start_server(echo, "127.0.0.1", 0)
    process = None
    try:
        ann = await asyncio.to_thread(Person, hub, "ann")
        bob = await asyncio.to_thread(Person, hub, "bob")
        (team,) = await asyncio.to_thread(ann.create_teams, 1)
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, example=example(hub, service.sockets[0].getsockname()[1], team)),
            encoding="utf-8",
        )
        process = await asyncio.create_subprocess_exec(nginx, "-p", folder, "-c", configuration, "-e", "stderr")
        while not (folder / "nginx.pid").exists():
            assert process.returncode is None, "nginx has ended; it has said why"
            await asyncio.sleep(0.02)
        transport = httpx.AsyncHTTPTransport(uds=str(folder / "gateway"))
        async with httpx.AsyncClient(transport=transport, base_url="http://service.example.org") as client:
            yield Gateway(client, ann, bob)
        ann.close()
        bob.close()
    finally:
        if process and process.returncode is None:
            process.terminate()
            await process.wait()
        service.close()
        await service.wait_closed()
        await hub.stop()


async def test_who_is_in_the_team_passes_and_the_service_learns_who_it_is(gateway: Gateway) -> None:
    answer = await gateway.get(gateway.ann)
    assert answer.status_code == 200
    assert "GET /page?team=x HTTP/1" in answer.text
    assert re.search(r"^X-Auth-Request-User: [0-9a-f-]{36}\r$", answer.text, re.MULTILINE)


async def test_who_is_not_in_the_team_does_not_pass(gateway: Gateway) -> None:
    assert (await gateway.get(gateway.bob)).status_code == 403


async def test_who_is_not_logged_in_is_told_how(gateway: Gateway) -> None:
    answer = await gateway.get(None)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_nobody_is_who_they_say_they_are(gateway: Gateway) -> None:
    answer = await gateway.get(gateway.ann, x_auth_request_user="boss", x_auth_request_email="boss@example.org")
    assert answer.status_code == 200
    assert "boss" not in answer.text


async def test_the_service_does_not_get_the_token(gateway: Gateway) -> None:
    assert gateway.ann.token not in (await gateway.get(gateway.ann)).text


async def test_what_the_hub_is_asked_cannot_be_asked_from_outside(gateway: Gateway) -> None:
    assert (await gateway.client.get("/teammarks")).status_code == 404
