"""What is dangerous asks for a log-in within the last ten minutes, or for password or second factor once more."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_programs import token_body
from asking_hub import PASSWORD, Answer, Hub, Person, hub_in
from authenticator import begins_second_factor, has_second_factor

from hub.accounts.models import Pins
from hub.accounts.rights import RECENT
from hub.errors import Code, TeammarksError
from hub.limits import Limits
from hub.scopes import Scope

WHILE_S = int(RECENT.total_seconds())
DANGEROUS: list[tuple[str, str, Any]] = [
    ("POST", "/me/second-factor", None),
    ("PUT", "/me/second-factor", {"otp": "123456"}),
    ("DELETE", "/me/second-factor", None),
    ("POST", "/me/second-factor/recovery-codes", None),
    ("POST", "/me/tokens", {"name": "Bot", "scopes": ["read"], "expires_at": "2027-02-01T00:00:00Z"}),
    ("PUT", "/me/email", {"email": "new@example.org"}),
    ("DELETE", "/me", None),
]


@pytest.fixture
async def limited(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path / "data", sqlite_url, limits=Limits()) as hub:
        yield hub


async def comes_back_later(person: Person) -> None:
    """Its session goes on, as those of devices do for months."""
    person.hub.clock.pass_s(WHILE_S + 1)
    person.take(await person.hub.ask("POST", "/sessions/refresh", {"refresh_token": person.refresh_token}))


async def proves(person: Person, **how: str) -> Answer:
    return await person.post("/sessions/reauthenticate", how)


@pytest.mark.parametrize(("method", "path", "body"), DANGEROUS)
async def test_what_is_dangerous_is_refused_to_who_logged_in_long_ago(
    hub: Hub, method: str, path: str, body: Any
) -> None:
    ann = await hub.register("ann")
    await comes_back_later(ann)
    refused = await ann.ask(method, path, body)
    assert (refused.status, refused.code) == (403, "recent-login-required")
    assert (await proves(ann, password=PASSWORD)).status == 204
    answer = await ann.ask(method, path, body)
    assert answer.status < 300 or answer.code in ("conflict", "second-factor-wrong")


async def test_nothing_is_left_behind_by_a_request_that_was_under_way_when_its_session_ended(hub: Hub) -> None:
    """For whoever resets the password of an account that somebody else has made or entered."""
    ann = await hub.register("ann")
    under_way = await hub.accounts.sessions.authenticate(ann.access_token)
    await ann.delete("/sessions/current")
    end = datetime.fromtimestamp(hub.clock() + 60, UTC)
    for work in (
        hub.accounts.api_tokens.create(under_way, "Bot", frozenset({Scope.READ}), Pins(), end),
        hub.accounts.second_factors.begin(under_way),
        hub.accounts.second_factors.confirm(under_way, "123456"),
    ):
        with pytest.raises(TeammarksError) as refused:
            await work
        assert refused.value.code is Code.SESSION_ENDED


async def test_ten_minutes_are_recent(hub: Hub) -> None:
    ann = await hub.register("ann")
    hub.clock.pass_s(WHILE_S - 1)
    assert (await ann.post("/me/tokens", token_body(hub, "read"))).status == 201


async def test_a_refresh_proves_nothing(hub: Hub) -> None:
    ann = await hub.register("ann")
    await comes_back_later(ann)
    assert (await ann.post("/me/second-factor", None)).code == "recent-login-required"


async def test_who_proves_it_on_one_device_has_not_on_another(hub: Hub) -> None:
    ann, phone = await hub.register("ann"), await Person(hub, "ann").log_in()
    await comes_back_later(ann)
    phone.take(await hub.ask("POST", "/sessions/refresh", {"refresh_token": phone.refresh_token}))
    assert (await proves(ann, password=PASSWORD)).status == 204
    assert (await ann.post("/me/second-factor", None)).status == 201
    assert (await phone.post("/me/second-factor", None)).code == "recent-login-required"


async def test_a_wrong_password_proves_nothing(hub: Hub) -> None:
    ann = await hub.register("ann")
    await comes_back_later(ann)
    refused = await proves(ann, password="a wrong password")
    assert (refused.status, refused.code) == (401, "credentials-wrong")
    assert (await ann.post("/me/second-factor", None)).code == "recent-login-required"


async def test_a_code_of_the_second_factor_proves_it_too_and_once(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    await comes_back_later(ann)
    code = authenticator.code()
    assert (await proves(ann, otp=code)).status == 204
    assert (await ann.post("/me/second-factor/recovery-codes", None)).status == 200
    assert (await proves(ann, otp=code)).code == "second-factor-wrong"
    assert (await proves(ann, otp=authenticator.wrong_code())).code == "second-factor-wrong"


async def test_so_does_a_recovery_code(hub: Hub) -> None:
    ann = await hub.register("ann")
    code = (await has_second_factor(ann)).recovery_codes[0]
    await comes_back_later(ann)
    assert (await proves(ann, otp=code)).status == 204
    assert (await proves(ann, otp=code)).code == "second-factor-wrong"


async def test_a_code_proves_nothing_where_no_second_factor_is_in_use(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert (await proves(ann, otp="123456")).code == "second-factor-wrong"
    authenticator = await begins_second_factor(ann)
    assert (await proves(ann, otp=authenticator.code())).code == "second-factor-wrong"


@pytest.mark.parametrize("body", [{}, {"password": PASSWORD, "otp": "123456"}, {"password": None, "otp": None}])
async def test_it_is_one_or_the_other(hub: Hub, body: dict[str, Any]) -> None:
    ann = await hub.register("ann")
    assert (await ann.post("/sessions/reauthenticate", body)).code == "invalid"


async def test_who_guesses_the_password_of_a_session_is_stopped(limited: Hub) -> None:
    ann = await limited.register("ann")
    codes = [(await proves(ann, password=f"guess {number}")).code for number in range(11)]
    assert codes == ["credentials-wrong"] * 10 + ["rate-limited"]
    assert (await proves(ann, password=PASSWORD)).code == "rate-limited"
    limited.clock.pass_s(60)
    assert (await proves(ann, password=PASSWORD)).status == 204


async def test_codes_that_are_guessed_in_a_session_count_as_at_log_in(limited: Hub) -> None:
    ann = await limited.register("ann")
    authenticator = await has_second_factor(ann)
    codes = [(await proves(ann, otp=authenticator.wrong_code())).code for _ in range(6)]
    assert codes == ["second-factor-wrong"] * 5 + ["rate-limited"]
    assert (await proves(ann, password=PASSWORD)).status == 204
