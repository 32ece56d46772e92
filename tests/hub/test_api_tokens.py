"""API tokens: made, shown once, kept as hashes, and what ends them. What they are good for is in `test_scopes.py`."""

import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_programs import Program, makes_token, token_body
from asking_hub import START, Hub, Person, hub_in
from posted import posted_to
from sqlalchemy import select

from hub.accounts import api_secret
from hub.accounts.api_tokens import LONGEST, MOST
from hub.ids import AccountId
from hub.schema import api_tokens
from hub.scopes import Scope

DAY_S = 24 * 3600


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def organization(ann: Person) -> str:
    return await ann.makes_organization()


@pytest.fixture
async def team(ann: Person, organization: str) -> str:
    return await ann.makes_team(organization)


# The secret


def base62(text: str) -> int:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return sum(digits.index(digit) * 62**place for place, digit in enumerate(reversed(text)))


def test_a_scanner_can_tell_a_secret_from_what_only_looks_like_one() -> None:
    secrets = {api_secret.make() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert re.fullmatch("tmp_[0-9A-Za-z]{49}", secret)
        assert base62(secret[-6:]) == zlib.crc32(secret[4:-6].encode())
        assert api_secret.is_whole(secret)


@pytest.mark.parametrize("place", range(4, 53))
def test_one_wrong_letter_is_found_without_asking_anybody(place: int) -> None:
    secret = api_secret.make()
    wrong = secret[:place] + ("a" if secret[place] != "a" else "b") + secret[place + 1 :]
    assert not api_secret.is_whole(wrong)


@pytest.mark.parametrize("text", ["", "tmp_", "tmr_x", "tmp_" + "0" * 48, "tmp_" + "ä" * 49])
def test_what_is_no_secret_is_none(text: str) -> None:
    assert not api_secret.is_whole(text)


async def test_a_copy_of_the_database_holds_no_secret(hub: Hub, ann: Person) -> None:
    secret = (await makes_token(ann, "read")).secret
    async with hub.database.read() as connection:
        (row,) = (await connection.execute(select(api_tokens))).all()
    assert secret[4:] not in str(row)
    assert secret.encode() not in row.secret_hash


# Making, listing, deleting


async def test_a_token_is_shown_with_its_secret_once(ann: Person, organization: str, team: str) -> None:
    body = token_body(ann.hub, "folders:read", "read", organizations=[organization], teams=[team])
    made = (await ann.post("/me/tokens", body)).json
    secret = made.pop("secret")
    assert (await ann.get("/me/tokens")).items == [made]
    assert secret not in (await ann.get("/me/tokens")).text
    assert (made["name"], made["scopes"]) == ("Backup script", ["folders:read", "read"])
    assert made["pins"] == {"organizations": [organization], "teams": [team]}
    assert made["last_used_at"] is None


async def test_nobody_sees_or_deletes_the_tokens_of_others(hub: Hub, ann: Person) -> None:
    bob = await hub.register("bob")
    token = await makes_token(ann, "read")
    assert (await bob.get("/me/tokens")).items == []
    assert (await bob.delete(f"/me/tokens/{token.id}")).code == "not-found"
    assert [item["id"] for item in (await ann.get("/me/tokens")).items] == [token.id]


async def test_the_owner_gets_a_letter_without_the_secret(hub: Hub, ann: Person) -> None:
    token = await makes_token(ann, "read")
    letter = (await posted_to(hub, ann.email))[-1]
    assert letter.subject == "An API token was made for your account"
    assert "Backup script" in letter.text
    assert token.secret not in letter.text + letter.html


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["admin"]},
        {"scopes": None},
        {"name": " "},
        {"name": "two\nlines"},
        {"expires_at": None},
        {"expires_at": "tomorrow"},
        {"expires_at": "2027-06-01T00:00:00"},
        {"pins": {"teams": ["acme"]}},
        {"pins": {"addresses": ["192.0.2.1"]}},
        {"pins": {"teams": ["01a209d8-3836-71d6-85c4-2a1bbb1b3b84"] * 51}},
        {"secret": "tmp_mine"},
    ],
)
async def test_what_makes_no_sense_is_refused(ann: Person, change: dict[str, Any]) -> None:
    refused = await ann.post("/me/tokens", {**token_body(ann.hub, "read"), **change})
    assert (refused.status, refused.code) == (422, "invalid")
    assert (await ann.get("/me/tokens")).items == []


@pytest.mark.parametrize("days", [-1, 0, LONGEST.days + 1, 10_000])
async def test_a_token_ends_within_a_year_and_not_before_it_began(ann: Person, days: float) -> None:
    assert (await ann.post("/me/tokens", token_body(ann.hub, "read", days=days))).code == "invalid"


async def test_a_token_without_an_end_is_none(ann: Person) -> None:
    body = token_body(ann.hub, "read")
    del body["expires_at"]
    assert (await ann.post("/me/tokens", body)).code == "invalid"


async def test_nobody_pins_a_token_to_what_they_do_not_see(hub: Hub, organization: str, team: str) -> None:
    eve = await hub.register("eve")
    for pins in ({"organizations": [organization]}, {"teams": [team]}):
        assert (await eve.post("/me/tokens", token_body(hub, "read", **pins))).code == "not-found"


async def test_an_account_has_so_many_tokens_and_expired_ones_do_not_count(hub: Hub, ann: Person) -> None:
    for _ in range(MOST):
        await makes_token(ann, "read", days=1)
    assert (await ann.post("/me/tokens", token_body(hub, "read"))).code == "conflict"
    hub.clock.pass_s(2 * DAY_S)
    await ann.log_in()
    await makes_token(ann, "read")
    async with hub.database.read() as connection:
        assert len((await connection.execute(select(api_tokens))).all()) == 1


# Using


async def works(program: Program) -> bool:
    answer = await program.get("/organizations")
    assert answer.status in (200, 401, 403), answer.text
    return answer.status == 200


async def test_a_token_opens_what_its_owner_sees(ann: Person, organization: str) -> None:
    program = await makes_token(ann, "read")
    assert [item["id"] for item in (await program.get("/organizations")).items] == [organization]


async def test_an_invented_or_damaged_token_opens_nothing(hub: Hub, ann: Person) -> None:
    secret = (await makes_token(ann, "read")).secret
    for wrong in (api_secret.make(), secret[:-1], secret + "0", secret.swapcase(), "tmp_", secret.encode().hex()):
        answer = await hub.ask("GET", "/organizations", token=wrong)
        assert (answer.status, answer.code) == (401, "token-invalid")


async def test_a_deleted_token_opens_nothing(ann: Person) -> None:
    program, other = await makes_token(ann, "read"), await makes_token(ann, "read")
    assert (await ann.delete(f"/me/tokens/{program.id}")).status == 204
    assert (await program.get("/organizations")).code == "token-invalid"
    assert await works(other)
    assert (await ann.delete(f"/me/tokens/{program.id}")).code == "not-found"


async def test_a_token_ends_when_it_says(hub: Hub, ann: Person) -> None:
    program = await makes_token(ann, "read", days=7)
    hub.clock.pass_s(7 * DAY_S - 1)
    assert await works(program)
    hub.clock.pass_s(1)
    assert (await program.get("/organizations")).code == "token-expired"
    assert (await (await ann.log_in()).get("/me/tokens")).items == []


async def test_when_it_was_last_used_is_known_to_the_minute(hub: Hub, ann: Person) -> None:
    program = await makes_token(ann, "read")

    async def last_used() -> datetime:
        (item,) = (await ann.get("/me/tokens")).items
        return datetime.fromisoformat(item["last_used_at"])

    begin = datetime.fromtimestamp(START, UTC)
    for passed_s, noted_s in ((0, 0), (59, 0), (1, 60), (30, 60), (30, 120)):
        hub.clock.pass_s(passed_s)
        assert await works(program)
        assert await last_used() == begin + timedelta(seconds=noted_s)


async def test_a_log_out_and_a_new_device_change_nothing_for_programs(ann: Person) -> None:
    program = await makes_token(ann, "read")
    assert (await ann.delete("/sessions/current")).status == 204
    assert await works(program)


# What ends it


async def test_a_disabled_account_has_no_tokens_and_gets_none_back(hub: Hub, ann: Person) -> None:
    program = await makes_token(ann, "read")
    await hub.accounts.administration.disable(None, AccountId(ann.id))
    assert not await works(program)
    await hub.accounts.administration.enable(None, AccountId(ann.id))
    assert not await works(program)


async def test_a_deleted_account_has_none(hub: Hub) -> None:
    bob = await hub.register("bob")
    program = await makes_token(bob, "read")
    assert (await bob.delete("/me")).status == 204
    assert not await works(program)


async def test_a_new_password_by_mail_ends_them(hub: Hub, ann: Person) -> None:
    """Somebody may have claimed the address and left one behind."""
    program = await makes_token(ann, "read")
    await hub.ask("POST", "/accounts/password-resets", {"email": ann.email})
    token = (await posted_to(hub, ann.email))[-1].token("reset")
    await hub.ask("PUT", "/accounts/password-resets", {"token": token, "new_password": "another horse battery"})
    assert not await works(program)


async def test_what_is_removed_from_an_organization_sees_nothing_of_it_with_a_token(
    hub: Hub, ann: Person, organization: str, team: str
) -> None:
    bob = await hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob, "member", team))
    program = await makes_token(bob, *Scope, organizations=[organization])
    places = [f"/organizations/{organization}", f"/teams/{team}", f"/teams/{team}/bookmarks"]
    assert [(await program.get(path)).status for path in places] == [200] * 3
    await ann.delete(f"/organizations/{organization}/members/{bob.id}")
    assert [(await program.get(path)).status for path in places] == [404] * 3
    assert (await program.get("/organizations")).items == []


async def test_a_token_of_an_account_that_was_lowered_can_no_more_than_it(
    hub: Hub, ann: Person, organization: str
) -> None:
    bob = await hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob, "admin"))
    program = await makes_token(bob, "teams:manage")
    path = f"/organizations/{organization}/teams"
    assert (await program.ask("POST", path, {"name": "One"})).status == 201
    await ann.patch(f"/organizations/{organization}/members/{bob.id}", {"role": "member"})
    assert (await program.ask("POST", path, {"name": "Two"})).code == "forbidden"


async def test_what_a_program_does_is_in_the_audit_log_under_its_token(ann: Person, organization: str) -> None:
    program = await makes_token(ann, "organizations:manage")
    assert (await program.ask("PATCH", f"/organizations/{organization}", {"name": "Acme 2"})).status == 200
    event = (await ann.get(f"/organizations/{organization}/audit-events")).items[0]
    assert (event["source"], event["actor_id"], event["session_id"]) == ("token", ann.id, program.id)


async def test_tokens_outlive_the_hub(sqlite_url: str, tmp_path: Path) -> None:
    async with hub_in(tmp_path / "data", sqlite_url) as hub:
        program = await makes_token(await hub.register("ann"), "read")
    async with hub_in(tmp_path / "data", sqlite_url) as hub:
        program.hub = hub
        assert await works(program)
