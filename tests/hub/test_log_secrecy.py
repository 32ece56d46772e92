"""Nothing that a person wrote or keeps secret is in a log line or an error answer, whatever goes wrong, at any level.

Everything that a person could write or send here holds the word CANARY, and so does every token there is. The hub is a
real process that logs all it can.
"""

import asyncio
import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from authenticator import Authenticator
from command import ENDS_WITHIN_S, address_of, start
from databases import file_of
from histories import one
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from hub.protocol import Framing, Step1, Token, Update, encode

pytestmark = pytest.mark.slow

CANARY = "CANARY"
PASSWORD = f"{CANARY} password"
TITLE = one(f"{CANARY} title", f"https://{CANARY}.example/")
POISON = one("k", CANARY).replace(CANARY.encode(), b"\xff" + CANARY.encode()[1:])


class Visit:
    """What people and others ask of a hub. `secrets`: what must be in no line, besides the word."""

    def __init__(self, address: str) -> None:
        self._where = urlsplit(address)
        self._http = httpx.Client(base_url=address, timeout=ENDS_WITHIN_S)
        self._token = self._secret = ""
        self.sync_address = address.replace("http", "ws")
        self.secrets: set[str] = set()

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        answer = self._http.request(method, path, json=body, headers=headers | more.pop("headers", {}), **more)
        if answer.status_code >= 400:
            self.check("an error answer", answer.text)
        return answer.json() if "json" in answer.headers.get("content-type", "") and answer.text else None

    def api(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask(method, f"/api/v1{path}", body, **more)

    def say_raw(self, data: bytes) -> None:
        with socket.create_connection((self._where.hostname, self._where.port), timeout=ENDS_WITHIN_S) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while said := connection.recv(1000):
                self.check("an error answer", said.decode(errors="replace"))

    def check(self, where: str, text: str) -> None:
        for secret in {CANARY, CANARY.encode().hex(), *self.secrets}:  # PostgreSQL shows bytes as hexadecimal
            assert secret.lower() not in text.lower(), f"{where} holds {secret!r}"

    def close(self) -> None:
        self._http.close()

    # People

    def register_and_log_in(self) -> None:
        ann = {"email": f"{CANARY}@example.com", "password": PASSWORD}
        self.api("POST", "/accounts", {**ann, "display_name": f"{CANARY} name"})
        self.api("POST", "/accounts", {**ann, "display_name": f"{CANARY} name"})
        session = self.api("POST", "/sessions", {**ann, "device": f"{CANARY} device"})
        self._token = session["access_token"]
        self.secrets |= {session["access_token"], session["refresh_token"]}
        self.api("POST", "/sessions", {**ann, "password": f"wrong {PASSWORD}", "device": ""})
        self.api("POST", "/sessions/refresh", {"refresh_token": CANARY})
        self.api("GET", "/me", headers={"Authorization": f"Bearer {CANARY}.{CANARY}.{CANARY}"})
        self.api("GET", "/me", headers={"Authorization": f"Bearer {self._token[:-4]}"})
        for path in ("/accounts/password-resets", "/accounts/verification-mails"):
            self.api("POST", path, {"email": ann["email"]})
        self.api("POST", "/accounts/verify", {"token": CANARY})
        self.api("PUT", "/accounts/password-resets", {"token": CANARY, "new_password": PASSWORD})
        for current in (PASSWORD, CANARY):
            self.api("PUT", "/me/password", {"current_password": current, "new_password": PASSWORD})
            self.api("POST", "/sessions/reauthenticate", {"password": current})
        self.api("PUT", "/me/email", {"email": f"new-{CANARY}@example.com"})

    def have_second_factor(self) -> None:
        begun = self.api("POST", "/me/second-factor")
        self.secrets |= {begun["secret"], begun["uri"]}
        self.api("PUT", "/me/second-factor", {"otp": CANARY})
        code = Authenticator(begun["secret"], time.time).code()
        codes = self.api("PUT", "/me/second-factor", {"otp": code})["recovery_codes"]
        self.secrets |= set(codes)
        ann = {"email": f"{CANARY}@example.com", "password": PASSWORD}
        for otp in (None, CANARY, codes[0], codes[0]):
            self.api("POST", "/sessions", {**ann, "otp": otp})
        self.secrets |= set(self.api("POST", "/me/second-factor/recovery-codes")["recovery_codes"])
        self.api("DELETE", "/me/second-factor")

    def use_api_token(self, team: str) -> None:
        end = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        body = {"name": f"{CANARY} token", "scopes": ["read", "folders:write"], "expires_at": end}
        secret = self._secret = str(self.api("POST", "/me/tokens", body)["secret"])
        self.secrets.add(secret)
        self.api("POST", "/me/tokens", {**body, "scopes": [CANARY], "expires_at": CANARY})
        for token in (secret, f"{secret[:-1]}!", f"tmp_{CANARY}"):
            for path in ("/me/teams", "/me", f"/teams/{team}/bookmarks"):
                self.api("GET", path, headers={"Authorization": f"Bearer {token}"})

    def fail(self) -> None:
        other = {"email": f"other-{CANARY}@example.com", "password": PASSWORD, "display_name": CANARY}
        self.api("POST", "/accounts", other)
        self.api("POST", "/organizations", {"name": f"another {CANARY}"})

    def make_team_and_invite(self) -> str:
        organization = self.api("POST", "/organizations", {"name": f"{CANARY} organization"})["id"]
        team = str(self.api("POST", f"/organizations/{organization}/teams", {"name": f"{CANARY} team"})["id"])
        invited = {"email": f"guest-{CANARY}@example.com", "role": "member", "teams": []}
        made = self.api("POST", f"/organizations/{organization}/invitations", invited)
        token = made["accept_url"].partition("#")[2]
        self.secrets.add(token)
        for path in ("/invitations/lookup", "/invitations/accept"):
            self.api("POST", path, {"token": token})
            self.api("POST", path, {"token": CANARY})
        return team

    # Strangers

    def ask_nonsense(self) -> None:
        for path in (f"/{CANARY}", f"/join/{CANARY}", f"/api/v1/teams/{CANARY}", f"/yjs/{CANARY}", f"/sync?t={CANARY}"):
            for method in ("GET", "HEAD", "POST", CANARY):
                self.ask(method, path)
        for content in (f'{{"{CANARY}": ', f'{{"{CANARY}": "{CANARY}"}}', f'{{"email": ["{CANARY}"]}}', CANARY):
            self.api("POST", "/sessions", content=content.encode(), headers={"Content-Type": "application/json"})
            self.api("POST", "/accounts", content=content.encode(), headers={"Content-Type": f"text/{CANARY}"})
        word = CANARY.encode()
        host = b"Host: x\r\n"
        upgrade = host + b"Connection: upgrade\r\nUpgrade: websocket\r\n"
        for data in (
            word + b" nonsense\r\n\r\n",
            b"GET /" + word + b"\xff HTTP/1.1\r\n" + host + b"\r\n",
            b"GET / HTTP/1.1\r\n" + host + word + b"\r\n\r\n",
            b"GET /" + word * 20_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
            b"POST /api/v1/accounts HTTP/1.1\r\n" + host + b"Content-Length: 100\r\n\r\n" + word,
            b"GET /" + word + b" HTTP/1.1\r\n" + host + b"Connection: upgrade\r\nUpgrade: " + word + b"\r\n\r\n",
            b"GET /sync?t=" + word + b" HTTP/1.1\r\n" + upgrade + b"\r\n",
            b"GET /sync?t=" + word + b" HTTP/1.1\r\n" + upgrade + b"Sec-WebSocket-Key: none\r\n\r\n",
        ):
            self.say_raw(data)

    # Sockets

    async def sync(self, team: str) -> None:
        greeting = [self._frame(team, Token(self._token, "4.8.0")), self._frame(team, Step1(b"\0"))]
        title = self._frame(team, Update(TITLE))
        await self._converse("/sync", [*greeting, title])
        await self._converse("/sync", [self._frame(team, Token(CANARY, CANARY))])
        for token in (self._secret, f"tmp_{CANARY}"):
            await self._converse("/sync", [self._frame(team, Token(token, "4.8.0")), title])
            await self._converse(f"/yjs/{team}", [CANARY.encode()], ["teammarks", f"bearer.{token}"])
        await self._converse("/sync", [self._frame(CANARY, Token(self._token, None))])
        await self._converse(f"/sync?token={CANARY}", [*greeting, self._frame(team, Update(CANARY.encode()))])
        await self._converse("/sync", [*greeting, self._frame(team, Update(POISON))])
        await self._converse("/sync", [*greeting, CANARY.encode()])
        await self._converse("/sync", [*greeting, CANARY])
        await self._converse(f"/yjs/{CANARY}", [CANARY.encode()], ["teammarks", f"bearer.{CANARY}"])
        await self._converse(f"/yjs/{team}", [CANARY.encode()], ["teammarks", f"bearer.{self._token}"])

    def _frame(self, address: str, message: Token | Step1 | Update) -> bytes:
        return encode(Framing.HOCUSPOCUS, address, message)

    async def _converse(self, path: str, frames: list[bytes | str], protocols: list[str] | None = None) -> None:
        """Sends these frames and hears what there is to hear until the hub has nothing more to say."""
        address = self.sync_address + path
        try:
            async with connect(address, subprotocols=protocols, max_size=None, compression=None) as wire:  # type: ignore[arg-type]
                for frame in frames:
                    await wire.send(frame)
                await wire.ping()
                while True:
                    await asyncio.wait_for(wire.recv(), 1)
        except TimeoutError:
            return  # nothing more comes
        except WebSocketException as error:
            self.check("a close reason", str(error))


async def break_log(url: str) -> None:
    """From now on the database refuses what is to be written, in words that repeat it where it can."""
    if url.startswith("sqlite"):
        with sqlite3.connect(file_of(url)) as connection:
            for table in ("updates", "accounts", "organizations"):
                connection.execute(
                    f"CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
        connection.close()
    else:
        postgres = await asyncpg.connect(url)
        for table in ("updates", "accounts", "organizations"):
            await postgres.execute(f"ALTER TABLE {table} ADD CONSTRAINT refuse CHECK (false) NOT VALID")
        await postgres.close()


async def lose_tables(url: str) -> None:
    if url.startswith("sqlite"):
        with sqlite3.connect(file_of(url)) as connection:
            connection.execute("ALTER TABLE memberships RENAME TO lost")
        connection.close()
    else:
        postgres = await asyncpg.connect(url)
        await postgres.execute("ALTER TABLE memberships RENAME TO lost")
        await postgres.close()


@pytest.fixture
def visit_of() -> Iterator[Any]:
    visits: list[Visit] = []

    def make(address: str) -> Visit:
        visits.append(Visit(address))
        return visits[-1]

    yield make
    for visit in visits:
        visit.close()


@pytest.mark.parametrize("form", ["text", "json"])
async def test_nothing_of_what_people_write_or_keep_secret_is_logged_or_answered(
    database_url: str, tmp_path: Path, form: str, visit_of: Any
) -> None:
    process = start(tmp_path, DATABASE_URL=database_url, LOG_LEVEL="debug", LOG_FORMAT=form)
    try:
        visit = visit_of(address_of(process))
        await asyncio.to_thread(visit.register_and_log_in)
        await asyncio.to_thread(visit.have_second_factor)
        team = await asyncio.to_thread(visit.make_team_and_invite)
        await asyncio.to_thread(visit.use_api_token, team)
        await asyncio.to_thread(visit.ask_nonsense)
        await visit.sync(team)
        await break_log(database_url)
        await asyncio.to_thread(visit.fail)
        await visit.sync(team)
        await lose_tables(database_url)
        await visit.sync(team)
        await asyncio.to_thread(visit.api, "GET", "/me/teams")
    finally:
        process.terminate()
        out, said = await asyncio.to_thread(process.communicate, timeout=ENDS_WITHIN_S)
    visit.check("the log", out + said)
    # It did speak of all that.
    for expected in (
        "POST /sessions: credentials-wrong",
        "POST /organizations failed",
        "the log refuses its own number",
        "a token could not be checked",
    ):
        assert expected in said
    if form == "json":
        assert {"time", "level", "logger", "message"} <= set.intersection(
            *(set(json.loads(s)) for s in said.splitlines())
        )
