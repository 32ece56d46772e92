"""A whole hub and a real mail server: what a person does by mail, from the request to the letter to the log-in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from eventually import eventually
from mail_server import MailServer, mail_server

from hub.app import open_hub
from hub.settings import Settings
from loadtest.backends import free_port

PUBLIC_URL = "https://hub.example.org/teammarks"
ANN = "ann@example.org"
PASSWORD, NEW = "correct horse battery", "another horse battery"
METRICS_TOKEN = "a-token-that-is-long"


@asynccontextmanager
async def hub_that_mails_to(port: int, database_url: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        data_dir=folder,
        database_url=database_url,
        smtp_url=f"smtp+plain://127.0.0.1:{port}",
        mail_from="Teammarks <hub@example.org>",
        metrics_token=METRICS_TOKEN,
    )
    async with open_hub(settings, public_url=PUBLIC_URL) as hub:
        transport = httpx.ASGITransport(hub.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client:
            yield client


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


async def registers(client: httpx.AsyncClient) -> None:
    body = {"email": ANN, "password": PASSWORD, "display_name": "Ann"}
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"}
    assert (await client.post("/accounts", json=body, headers=headers)).status_code == 202


async def logs_in(client: httpx.AsyncClient, password: str) -> httpx.Response:
    return await client.post("/sessions", json={"email": ANN, "password": password, "device": ""})


async def received(server: MailServer, number: int, page: str) -> str:
    """The token in the link of the letter of this number, of those to Ann."""
    await eventually(f"letter {number}", lambda: len(server.letters) > number)
    letter = server.letters[number]
    assert letter["To"] == ANN
    body = letter.get_body(("plain",))
    assert body is not None
    (link,) = [word for word in body.get_content().split() if "#" in word]
    assert "evil" not in letter.as_string()
    assert link.startswith(f"{PUBLIC_URL}/{page}#")
    return str(link.partition("#")[2])


async def test_a_person_registers_confirms_logs_in_and_replaces_a_forgotten_password(
    server: MailServer, database_url: str, tmp_path: Path
) -> None:
    async with hub_that_mails_to(server.port, database_url, tmp_path) as client:
        await registers(client)
        token = await received(server, 0, "verify")
        assert (await logs_in(client, PASSWORD)).json()["code"] == "unverified"
        assert (await client.post("/accounts/verify", json={"token": token})).status_code == 204
        assert (await logs_in(client, PASSWORD)).status_code == 201
        await client.post("/accounts/password-resets", json={"email": ANN})
        token = await received(server, 1, "reset")
        body = {"token": token, "new_password": NEW}
        assert (await client.put("/accounts/password-resets", json=body)).status_code == 204
        assert (await logs_in(client, NEW)).status_code == 201
        await eventually("the letter that tells of it", lambda: len(server.letters) == 3)


async def test_while_the_mail_server_is_gone_people_are_answered_as_ever_and_their_letters_come_later(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    async with hub_that_mails_to(port, database_url, tmp_path) as client:
        await registers(client)

        async def noticed() -> bool:
            bearer = {"Authorization": f"Bearer {METRICS_TOKEN}"}
            numbers = (await client.get("http://127.0.0.1/metrics", headers=bearer)).text
            return 'teammarks_mail_troubles_total{trouble="server"} 1.0' in numbers

        await eventually("that the hub notices", noticed)
    async with mail_server(port=port) as server, hub_that_mails_to(port, database_url, tmp_path):
        await received(server, 0, "verify")
