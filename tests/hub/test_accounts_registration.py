import asyncio
from pathlib import Path
from typing import Any

import pytest
from asking_hub import PASSWORD, Hub, Person, hub_in

from hub.accounts.addresses import address
from hub.accounts.passwords import Cost, Passwords
from hub.accounts.store import people


def registration(email: str = "ann@example.org", **other: Any) -> dict[str, Any]:
    return {"email": email, "password": PASSWORD, "display_name": "Ann", **other}


def log_in(email: str = "ann@example.org", password: str = PASSWORD) -> dict[str, Any]:
    return {"email": email, "password": password}


async def test_who_registers_can_log_in_and_read_their_account(hub: Hub) -> None:
    ann = await hub.register("ann")
    me = (await ann.get("/me")).json
    assert (me["id"], me["email"], me["display_name"]) == (ann.id, "ann@example.org", "Ann")
    assert me["verified"] is False, "without a mail server nobody has proved an address"


async def test_registering_a_known_address_is_answered_alike_and_changes_nothing(hub: Hub) -> None:
    first = await hub.ask("POST", "/accounts", registration())
    again = await hub.ask("POST", "/accounts", registration(password="another password", display_name="Eve"))
    assert (again.status, again.text, again.headers) == (first.status, first.text, first.headers)
    assert (await hub.ask("POST", "/sessions", log_in())).json["account"]["display_name"] == "Ann"
    assert (await hub.ask("POST", "/sessions", log_in(password="another password"))).status == 401


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(hub: Hub) -> None:
    await hub.register("ann")
    wrong = await hub.ask("POST", "/sessions", log_in(password="a wrong password"))
    unknown = await hub.ask("POST", "/sessions", log_in(email="nobody@example.org"))
    assert (wrong.status, wrong.code) == (401, "credentials-wrong")
    assert (unknown.status, unknown.text, unknown.headers) == (wrong.status, wrong.text, wrong.headers)


@pytest.mark.parametrize("written", ["ANN@Example.ORG", "  ann@example.org ", "Ann@example.org"])
async def test_an_address_is_the_same_however_its_case_is_written(hub: Hub, written: str) -> None:
    await hub.register("ann")
    assert (await hub.ask("POST", "/sessions", log_in(email=written))).status == 201


async def test_domains_that_only_look_alike_are_different_addresses(hub: Hub) -> None:
    await hub.ask("POST", "/accounts", registration("bob@straße.de"))
    assert (await hub.ask("POST", "/sessions", log_in("bob@STRAẞE.de"))).status == 201
    assert (await hub.ask("POST", "/sessions", log_in("bob@strasse.de"))).code == "credentials-wrong"


@pytest.mark.parametrize(
    "email", ["admin@corp.local", "ann@mail.test", "zoë@exämple.org", "a+b@example.org", "x@intranet"]
)
async def test_addresses_of_company_networks_and_other_scripts_are_welcome(hub: Hub, email: str) -> None:
    await hub.ask("POST", "/accounts", registration(email))
    assert (await hub.ask("POST", "/sessions", log_in(email))).status == 201


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (registration(email="not-an-address"), "email"),
        (registration(email="a@b\r\nBcc: everyone@example.org"), "email"),
        (registration(email="x" * 400 + "@example.org"), "email"),
        (registration(email=7), "email"),
        (registration(password="short"), "password"),
        (registration(password="x" * 1001), "password"),
        (registration(password="password1"), "password"),
        (registration(password="ILoveYou"), "password"),
        (registration(password="ｐａｓｓｗｏｒｄ"), "password"),
        (registration(password=None), "password"),
        (registration(display_name="   "), "display_name"),
        (registration(display_name="line\nbreak"), "display_name"),
        (registration(display_name="nul\u0000"), "display_name"),
        (registration(display_name="\u200b \u2060"), "display_name"),
        (registration(display_name="\u202eann"), "display_name"),
        (registration(display_name="\U0001d160" * 40), "display_name"),
        (registration(display_name="x" * 101), "display_name"),
        (registration(verified=True), ""),
        (registration(id="01a209d8-3836-71d6-85c4-2a1bbb1b3b84"), ""),
        ({"email": "ann@example.org", "password": PASSWORD}, "display_name"),
        ([], ""),
        ("text", ""),
        (None, ""),
    ],
)
async def test_a_wrong_registration_is_refused_naming_the_field(hub: Hub, body: Any, where: str) -> None:
    answer = await hub.ask("POST", "/accounts", body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert where in [wrong["field"] for wrong in answer.json["errors"]]
    assert all(wrong["message"] for wrong in answer.json["errors"])


async def test_half_a_character_is_refused_like_any_other_wrong_text(hub: Hub) -> None:
    body = b'{"email": "ann@example.org", "password": "\\ud800 long enough", "display_name": "\\udfff"}'
    answer = await hub.ask("POST", "/accounts", content=body)
    assert (answer.status, answer.code) == (422, "invalid")


async def test_a_refusal_never_repeats_what_was_sent(hub: Hub) -> None:
    canary = "canary-7f3a"
    bodies: list[tuple[str, Any]] = [
        ("/accounts", registration(email=canary, password=canary[:7], display_name=canary * 20)),
        ("/accounts", {canary: canary}),
        ("/accounts", [canary]),
        ("/sessions", {"email": f"{canary}@example.org", "password": canary}),
        ("/sessions", {"email": [canary], "password": {canary: canary}}),
        ("/sessions/refresh", {"refresh_token": canary}),
        ("/invitations/lookup", {"token": canary}),
    ]
    for path, body in bodies:
        answer = await hub.ask("POST", path, body)
        assert answer.status >= 400
        assert canary[:7] not in answer.text
    answer = await hub.ask("POST", "/accounts", content=b'{"email": "' + canary.encode())
    assert answer.status == 422
    assert canary not in answer.text


async def test_a_person_changes_how_they_are_called(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert (await ann.patch("/me", {"display_name": " Ann  A. "})).json["display_name"] == "Ann  A."
    assert (await ann.get("/me")).json["display_name"] == "Ann  A."


@pytest.mark.parametrize("name", ["Zoë", "דנה", "山田", "🧑\u200d🤝\u200d🧑 both"])
async def test_names_of_every_script_are_welcome(hub: Hub, name: str) -> None:
    ann = await hub.register("ann")
    assert (await ann.patch("/me", {"display_name": name})).json["display_name"] == name


async def test_a_person_cannot_change_what_is_not_theirs_to_change(hub: Hub) -> None:
    ann = await hub.register("ann")
    for field in ("email", "verified", "id", "disabled_at"):
        assert (await ann.patch("/me", {"display_name": "Ann", field: "x"})).status == 422


@pytest.mark.parametrize("chosen", ["closed", "invitation"])
async def test_the_first_account_can_be_made_whatever_the_setting_and_then_no_other(
    tmp_path: Path, database_url: str, chosen: str
) -> None:
    async with hub_in(tmp_path, database_url, registration=chosen) as hub:
        assert (await hub.ask("GET", "/meta")).json["registration"] == "open"
        await hub.register("ann")
        assert (await hub.ask("GET", "/meta")).json["registration"] == chosen
        answer = await hub.ask("POST", "/accounts", registration("bob@example.org"))
        assert (answer.status, answer.code) == (403, "registration-closed")


async def test_of_many_who_come_first_to_a_closed_hub_at_once_one_is_first(tmp_path: Path, database_url: str) -> None:
    async with hub_in(tmp_path, database_url, registration="closed") as hub:
        answers = await asyncio.gather(
            *(hub.ask("POST", "/accounts", registration(f"p{number}@example.org")) for number in range(8))
        )
        assert sorted(answer.status for answer in answers) == [202] + 7 * [403]


async def test_a_closed_hub_does_not_tell_which_addresses_have_an_account(tmp_path: Path, database_url: str) -> None:
    async with hub_in(tmp_path, database_url, registration="closed") as hub:
        await hub.register("ann")
        known, unknown = [
            await hub.ask("POST", "/accounts", registration(email)) for email in ("ann@example.org", "bob@example.org")
        ]
        assert (known.status, known.text, known.headers) == (unknown.status, unknown.text, unknown.headers)


class TestByInvitation:
    """A hub on which Ann has the first account, and invites."""

    @pytest.fixture
    async def settled(self, tmp_path: Path, database_url: str) -> Any:
        async with hub_in(tmp_path, database_url, registration="invitation") as hub:
            ann = await hub.register("ann")
            organization = await ann.makes_organization()
            yield hub, ann, organization, await ann.invites(organization, "bob@example.org")

    async def test_the_invited_person_registers_and_joins(self, settled: Any) -> None:
        hub, _, organization, token = settled
        answer = await hub.ask("POST", "/accounts", registration("Bob@example.org", invitation_token=token))
        assert answer.status == 202
        bob = await Person(hub, "bob").log_in()
        await bob.accepts(token)
        assert [item["id"] for item in (await bob.get("/organizations")).items] == [organization]

    async def test_without_an_invitation_nobody_registers(self, settled: Any) -> None:
        hub, *_ = settled
        assert (await hub.ask("POST", "/accounts", registration("bob@example.org"))).code == "registration-closed"

    async def test_an_invitation_is_for_its_own_address(self, settled: Any) -> None:
        hub, _, _, token = settled
        answer = await hub.ask("POST", "/accounts", registration("eve@example.org", invitation_token=token))
        assert (answer.status, answer.code) == (403, "registration-closed")

    async def test_an_unknown_invitation_is_none(self, settled: Any) -> None:
        hub, *_ = settled
        answer = await hub.ask("POST", "/accounts", registration("bob@example.org", invitation_token="guess"))
        assert answer.code == "registration-closed"

    async def test_an_expired_invitation_is_none(self, settled: Any) -> None:
        hub, _, _, token = settled
        hub.clock.pass_s(15 * 24 * 3600)
        answer = await hub.ask("POST", "/accounts", registration("bob@example.org", invitation_token=token))
        assert answer.code == "registration-closed"

    async def test_a_withdrawn_invitation_is_none(self, settled: Any) -> None:
        hub, ann, organization, token = settled
        (invitation,) = (await ann.get(f"/organizations/{organization}/invitations")).items
        await ann.delete(f"/organizations/{organization}/invitations/{invitation['id']}")
        answer = await hub.ask("POST", "/accounts", registration("bob@example.org", invitation_token=token))
        assert answer.code == "registration-closed"


async def test_a_password_is_hashed_anew_at_log_in_when_the_parameters_have_changed(hub: Hub) -> None:
    old = Passwords(Cost(memory_kib=16, passes=1, lanes=1))
    async with hub.database.write() as connection:
        ann = address("ann@example.org")
        await people.add(connection, ann, "Ann", await old.hash(PASSWORD), hub.accounts.people._ledger.now())

    async def stored() -> str:
        async with hub.database.read() as connection:
            known = await people.by_address(connection, ann.key)
        assert known
        return known.password_hash

    assert "m=16," in await stored()
    assert (await hub.ask("POST", "/sessions", log_in(password="a wrong password"))).status == 401
    assert "m=16," in await stored(), "only who knows the password can have it hashed anew"
    assert (await hub.ask("POST", "/sessions", log_in())).status == 201
    assert "m=8," in await stored()
    assert (await hub.ask("POST", "/sessions", log_in())).status == 201
