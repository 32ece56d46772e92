"""What of the REST can be guessed or flooded, and that it cannot: the limits as the hub has them by default."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from asking_hub import PACES, PASSWORD, Answer, Hub, application, hub_in

from hub.limits import Limits
from hub.settings import Settings
from hub.web.edge import network


@pytest.fixture
async def limited(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path / "data", sqlite_url, limits=Limits()) as hub:
        yield hub


@asynccontextmanager
async def seen_from(hub: Hub, address: str) -> AsyncIterator[Hub]:
    """The same hub, asked from another address."""
    transport = httpx.ASGITransport(application(), client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield replace(hub, client=client)


async def log_in(hub: Hub, name: str = "ann", password: str = PASSWORD) -> Answer:
    return await hub.ask("POST", "/sessions", {"email": f"{name}@example.org", "password": password})


async def guess(hub: Hub, times: int, name: str = "ann") -> list[int]:
    return [(await log_in(hub, name, f"guess {number}")).status for number in range(times)]


def assert_rate_limited(answer: Answer) -> None:
    assert (answer.status, answer.code) == (429, "rate-limited")
    assert int(answer.headers["retry-after"]) > 0


async def test_who_guesses_one_password_from_one_place_is_stopped(limited: Hub) -> None:
    await limited.register("ann")
    async with seen_from(limited, "203.0.113.9") as stranger:
        statuses = await guess(stranger, 50)
        assert statuses[0] == 401
        assert statuses[-1] == 429
        assert_rate_limited(await log_in(stranger))
    assert (await log_in(limited)).status == 201


async def test_who_guesses_from_everywhere_is_stopped_and_its_owner_is_not(limited: Hub) -> None:
    await limited.register("ann")
    statuses = []
    for number in range(60):
        async with seen_from(limited, f"203.0.113.{number}") as stranger:
            statuses += await guess(stranger, 1)
    assert (statuses[0], statuses[-1]) == (401, 429)
    async with seen_from(limited, "203.0.113.200") as stranger:
        assert_rate_limited(await log_in(stranger))
    assert (await log_in(limited)).status == 201


async def test_who_tries_one_password_on_many_accounts_is_stopped(limited: Hub) -> None:
    statuses = [(await log_in(limited, f"person{number}")).status for number in range(60)]
    assert (statuses[0], statuses[-1]) == (401, 429)


async def test_colleagues_who_log_in_rightly_do_not_use_up_their_networks_attempts(limited: Hub) -> None:
    for number in range(20):
        await limited.register(f"person{number}")
    for _ in range(5):
        assert [(await log_in(limited, f"person{number}")).status for number in range(20)] == [201] * 20


async def test_an_address_without_an_account_is_limited_like_one_with(limited: Hub) -> None:
    await limited.register("ann")
    async with seen_from(limited, "203.0.113.9") as stranger:
        known, unknown = await guess(stranger, 15, "ann"), await guess(stranger, 15, "nobody")
    assert known == unknown
    assert known[-1] == 429


async def test_nobody_is_shut_out_for_good(limited: Hub) -> None:
    await limited.register("ann")
    async with seen_from(limited, "203.0.113.9") as other:
        await guess(other, 200)
        refused = await log_in(other)
        assert_rate_limited(refused)
        limited.clock.pass_s(int(refused.headers["retry-after"]))
        assert (await log_in(other)).status == 201


async def test_addresses_of_one_subscriber_are_one_network(limited: Hub) -> None:
    statuses = []
    for number in range(60):
        async with seen_from(limited, f"2001:db8:0:1::{number:x}") as stranger:
            statuses += await guess(stranger, 1, f"person{number}")
    assert statuses[-1] == 429
    async with seen_from(limited, "2001:db8:0:2::1") as neighbour:
        assert await guess(neighbour, 1) == [401]


@pytest.mark.parametrize(
    ("host", "one"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_what_counts_as_one_network(host: str, one: str) -> None:
    assert network(host) == one


async def test_many_refreshes_of_one_session_are_too_many(limited: Hub) -> None:
    ann = await limited.register("ann")
    bob = await limited.register("bob")
    for _ in range(20):
        ann.take(await limited.ask("POST", "/sessions/refresh", {"refresh_token": ann.refresh_token}))
    assert_rate_limited(await limited.ask("POST", "/sessions/refresh", {"refresh_token": ann.refresh_token}))
    assert (await limited.ask("POST", "/sessions/refresh", {"refresh_token": bob.refresh_token})).status == 200
    limited.clock.pass_s(3)
    assert (await limited.ask("POST", "/sessions/refresh", {"refresh_token": ann.refresh_token})).status == 200


FLOODS: list[tuple[str, str, Any]] = [
    ("POST", "/accounts", {"email": "{}@example.org", "password": "x" * 8, "display_name": "x"}),
    ("POST", "/accounts/verification-mails", {"email": "{}@example.org"}),
    ("POST", "/accounts/verification-mails", {"email": "ann@example.org"}),
    ("POST", "/accounts/password-resets", {"email": "{}@example.org"}),
    ("POST", "/accounts/password-resets", {"email": "ann@example.org"}),
    ("PUT", "/accounts/password-resets", {"token": "{}", "new_password": "x" * 8}),
    ("POST", "/accounts/verify", {"token": "{}"}),
    ("POST", "/invitations/lookup", {"token": "{}"}),
    ("POST", "/sessions/refresh", {"refresh_token": "{}"}),
]


@pytest.mark.parametrize(("method", "path", "body"), FLOODS)
async def test_what_a_stranger_can_flood_is_limited(limited: Hub, method: str, path: str, body: dict[str, str]) -> None:
    for number in range(100):
        answer = await limited.ask(method, path, {name: value.format(number) for name, value in body.items()})
        if answer.status == 429:
            break
    assert number > 1
    assert_rate_limited(answer)


async def test_who_guesses_tokens_is_stopped_and_colleagues_are_not(limited: Hub) -> None:
    ann = await limited.register("ann")
    for number in range(61):
        answer = await limited.ask("GET", "/me", token=f"guess{number}")
    assert_rate_limited(answer)
    assert (await ann.get("/me")).status == 200


@pytest.mark.parametrize("path", ["/invitations/accept", "/invitations/decline"])
async def test_who_guesses_invitations_while_logged_in_is_stopped(limited: Hub, path: str) -> None:
    ann = await limited.register("ann")
    for number in range(61):
        answer = await ann.post(path, {"token": f"guess{number}"})
    assert_rate_limited(answer)


async def test_an_account_asks_so_often_and_others_are_not_hindered(sqlite_url: str, tmp_path: Path) -> None:
    slow = Settings.read({"TEAMMARKS_LIMIT_REQUESTS_PER_ACCOUNT": "5/60"}).limits
    async with hub_in(tmp_path / "data", sqlite_url, limits=slow) as hub:
        ann, bob = await hub.register("ann"), await hub.register("bob")
        assert [(await ann.get("/me")).status for _ in range(6)] == [200] * 5 + [429]
        assert_rate_limited(await ann.get("/me/teams"))
        assert (await bob.get("/me")).status == 200


async def test_an_account_has_so_many_letters_sent(limited: Hub) -> None:
    ann = await limited.register("ann")
    organization = await ann.makes_organization()
    for number in range(61):
        answer = await ann.post(f"/organizations/{organization}/invitations", {"email": f"p{number}@example.org"})
    assert_rate_limited(answer)


@pytest.mark.parametrize("name", PACES)
def test_every_pace_is_a_setting(name: str) -> None:
    read = Settings.read({f"TEAMMARKS_LIMIT_{name.upper()}": "7/70 8/800"})
    assert str(getattr(read.limits, name)) == "7/70 8/800"


# Which addresses have accounts nobody finds out: bodies are equal, and so is the work. How long it takes in fact says
# `python -m loadtest.alike`.


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every use of argon2, which is what takes time."""
    counted: list[str] = []

    def counting(name: str) -> None:
        original = getattr(PasswordHasher, name)

        def call(self: PasswordHasher, *arguments: Any) -> Any:
            counted.append(name)
            return original(self, *arguments)

        monkeypatch.setattr(PasswordHasher, name, call)

    counting("hash")
    counting("verify")
    return counted


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sessions", {"password": "a wrong password"}),
        ("/accounts", {"password": "another password", "display_name": "Somebody"}),
        ("/accounts/password-resets", {}),
        ("/accounts/verification-mails", {}),
    ],
)
async def test_an_address_with_an_account_and_one_without_are_answered_alike(
    hub: Hub, hashings: list[str], path: str, body: dict[str, str]
) -> None:
    await hub.register("ann")
    seen = []
    for name in ("ann", "nobody"):
        hashings.clear()
        answer = await hub.ask("POST", path, {"email": f"{name}@example.org", **body})
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        seen.append((answer.status, headers, answer.text, list(hashings)))
    assert seen[0] == seen[1]
