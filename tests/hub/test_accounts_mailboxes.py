"""What is settled by mail: whose an address is, a forgotten password, another address."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking_hub import PASSWORD, Answer, Hub, Person, hub_in
from posted import posted, posted_to
from sqlalchemy import select

from hub.accounts.store.mailed_tokens import LIFETIME, Purpose
from hub.schema import mailed_tokens

NEW = "another horse battery"


@pytest.fixture
async def mailing(tmp_path: Path, database_url: str) -> AsyncIterator[Hub]:
    """A hub with a mail server, so that log-in asks for a confirmed address. Its letters stay in the outbox."""
    async with hub_in(
        tmp_path, database_url, smtp_url="smtp://mail.example.org", mail_from="hub@example.org"
    ) as opened:
        yield opened


async def registers(hub: Hub, name: str, password: str = PASSWORD, display_name: str = "") -> Answer:
    body = {"email": f"{name}@example.org", "password": password, "display_name": display_name or name.title()}
    return await hub.ask("POST", "/accounts", body)


async def logs_in(hub: Hub, name: str, password: str = PASSWORD) -> Answer:
    return await hub.ask("POST", "/sessions", {"email": f"{name}@example.org", "password": password, "device": ""})


async def verifies(hub: Hub, token: str) -> Answer:
    return await hub.ask("POST", "/accounts/verify", {"token": token})


async def asks_for_reset(hub: Hub, name: str) -> str:
    """The token of the letter that comes."""
    answer = await hub.ask("POST", "/accounts/password-resets", {"email": f"{name}@example.org"})
    assert (answer.status, answer.json) == (202, {"status": "accepted"})
    return (await posted_to(hub, f"{name}@example.org"))[-1].token("reset")


async def resets(hub: Hub, token: str, password: str = NEW) -> Answer:
    return await hub.ask("PUT", "/accounts/password-resets", {"token": token, "new_password": password})


async def verified(hub: Hub, name: str) -> Person:
    await registers(hub, name)
    (letter,) = await posted_to(hub, f"{name}@example.org")
    assert (await verifies(hub, letter.token("verify"))).status == 204
    return await Person(hub, name).log_in()


# Whose an address is


async def test_with_a_mail_server_one_logs_in_once_the_address_is_confirmed(mailing: Hub) -> None:
    assert (await mailing.ask("GET", "/meta")).json["verification"] is True
    await registers(mailing, "ann")
    refused = await logs_in(mailing, "ann")
    assert (refused.status, refused.code) == (403, "unverified")
    (letter,) = await posted_to(mailing, "ann@example.org")
    assert (await verifies(mailing, letter.token("verify"))).status == 204
    ann = await Person(mailing, "ann").log_in()
    assert (await ann.get("/me")).json["verified"] is True


async def test_without_a_mail_server_one_logs_in_and_confirms_later(hub: Hub) -> None:
    assert (await hub.ask("GET", "/meta")).json["verification"] is False
    ann = await hub.register("ann")
    assert (await ann.get("/me")).json["verified"] is False
    (letter,) = await posted_to(hub, ann.email)
    await verifies(hub, letter.token("verify"))
    assert (await ann.get("/me")).json["verified"] is True


async def test_that_an_address_is_not_confirmed_is_told_to_who_knows_the_password(mailing: Hub) -> None:
    await registers(mailing, "ann")
    assert (await logs_in(mailing, "ann", "a wrong password")).code == "credentials-wrong"


async def test_the_letter_can_be_sent_again_and_every_link_confirms(mailing: Hub) -> None:
    await registers(mailing, "ann")
    await mailing.ask("POST", "/accounts/verification-mails", {"email": "Ann@example.org"})
    first, second = await posted_to(mailing, "ann@example.org")
    assert (await verifies(mailing, second.token("verify"))).status == 204
    answer = await verifies(mailing, first.token("verify"))
    assert (answer.status, answer.code) == (410, "gone"), "there is nothing left to confirm"


async def test_a_letter_to_a_stranger_has_nothing_in_it_that_its_sender_chose(mailing: Hub) -> None:
    await registers(mailing, "ann", display_name="Win now at evil.example")
    (letter,) = await posted_to(mailing, "ann@example.org")
    assert "evil" not in letter.text + letter.html + letter.subject


# Registering an address again


async def test_the_owner_of_an_address_is_told_that_it_was_registered_again_and_nothing_changes(mailing: Hub) -> None:
    ann = await verified(mailing, "ann")
    new, again = await registers(mailing, "bob"), await registers(mailing, "ann", NEW, "Eve")
    assert (again.status, again.text, again.headers) == (new.status, new.text, new.headers)
    assert (await posted_to(mailing, ann.email))[-1].subject == "You have a Teammarks account already"
    assert (await logs_in(mailing, "ann", NEW)).code == "credentials-wrong"
    assert (await ann.get("/me")).json["display_name"] == "Ann"


async def test_who_registers_first_with_anothers_address_gains_nothing_by_it(hub: Hub) -> None:
    """The hub has no mail server at first, so Eve even gets in; then the address's owner comes."""
    eve = await hub.register("ann")
    await registers(hub, "ann", NEW)
    letter = (await posted_to(hub, "ann@example.org"))[-1]
    assert (await resets(hub, letter.token("reset"), NEW)).status == 204
    assert (await eve.get("/me")).code == "session-ended"
    assert (await hub.ask("POST", "/sessions/refresh", {"refresh_token": eve.refresh_token})).code == "session-ended"
    assert (await logs_in(hub, "ann", PASSWORD)).code == "credentials-wrong"
    assert (await logs_in(hub, "ann", NEW)).status == 201


# A forgotten password


async def test_a_new_password_ends_every_session_and_its_owner_is_told(mailing: Hub) -> None:
    ann = await verified(mailing, "ann")
    assert (await resets(mailing, await asks_for_reset(mailing, "ann"))).status == 204
    assert (await ann.get("/me")).code == "session-ended"
    assert (await logs_in(mailing, "ann")).code == "credentials-wrong"
    assert (await logs_in(mailing, "ann", NEW)).status == 201
    assert (await posted_to(mailing, ann.email))[-1].subject == "Your password was changed"


async def test_who_can_read_the_mail_has_confirmed_the_address_by_a_new_password(mailing: Hub) -> None:
    await registers(mailing, "ann")
    await resets(mailing, await asks_for_reset(mailing, "ann"))
    assert (await logs_in(mailing, "ann", NEW)).status == 201


async def test_a_link_is_used_once_and_then_the_others_of_its_account_are_void(mailing: Hub) -> None:
    ann = await verified(mailing, "ann")
    first, second = await asks_for_reset(mailing, "ann"), await asks_for_reset(mailing, "ann")
    await ann.put("/me/email", {"email": "new@example.org"})
    change = (await posted_to(mailing, "new@example.org"))[-1].token("verify")
    assert (await resets(mailing, first)).status == 204
    for token in (first, second):
        answer = await resets(mailing, token, "yet another password")
        assert (answer.status, answer.code) == (410, "gone")
    assert (await verifies(mailing, change)).code == "gone", "who asked for it may be why the password was changed"


async def test_of_two_who_use_a_link_at_once_one_does(mailing: Hub) -> None:
    await verified(mailing, "ann")
    token = await asks_for_reset(mailing, "ann")
    passwords = ["one horse battery", "two horse battery"]
    answers = await asyncio.gather(*(resets(mailing, token, password) for password in passwords))
    assert sorted(answer.status for answer in answers) == [204, 410]
    works = [(await logs_in(mailing, "ann", password)).status == 201 for password in passwords]
    assert works == [answer.status == 204 for answer in answers]


async def test_a_password_that_is_refused_uses_no_link_up(mailing: Hub) -> None:
    await verified(mailing, "ann")
    token = await asks_for_reset(mailing, "ann")
    assert (await resets(mailing, token, "short")).status == 422
    assert (await resets(mailing, token)).status == 204


@pytest.mark.parametrize("purpose", Purpose)
async def test_a_link_expires(mailing: Hub, purpose: Purpose) -> None:
    token = await a_token(mailing, purpose)
    mailing.clock.pass_s(LIFETIME[purpose].total_seconds())
    assert (await uses(mailing, purpose, token)).code == "gone"


async def a_token(hub: Hub, purpose: Purpose) -> str:
    if purpose is Purpose.VERIFY:
        await registers(hub, "ann")
        return (await posted_to(hub, "ann@example.org"))[-1].token("verify")
    ann = await verified(hub, "ann")
    if purpose is Purpose.RESET_PASSWORD:
        return await asks_for_reset(hub, "ann")
    await ann.put("/me/email", {"email": "new@example.org"})
    return (await posted_to(hub, "new@example.org"))[-1].token("verify")


async def uses(hub: Hub, purpose: Purpose, token: str) -> Answer:
    return await (resets(hub, token) if purpose is Purpose.RESET_PASSWORD else verifies(hub, token))


@pytest.mark.parametrize("purpose", Purpose)
async def test_a_token_is_good_for_its_purpose_alone_and_outlives_the_attempt(mailing: Hub, purpose: Purpose) -> None:
    token = await a_token(mailing, purpose)
    other: list[Any] = [
        await (verifies(mailing, token) if purpose is Purpose.RESET_PASSWORD else resets(mailing, token)),
        await mailing.ask("POST", "/invitations/lookup", {"token": token}),
        await mailing.ask("POST", "/sessions/refresh", {"refresh_token": token}),
        await mailing.ask("GET", "/me", token=token),
    ]
    assert [answer.code for answer in other] == ["gone", "not-found", "token-invalid", "token-invalid"]
    assert (await uses(mailing, purpose, token)).status == 204


async def test_no_other_kind_of_token_settles_anything_by_mail(hub: Hub) -> None:
    ann = await verified(hub, "ann")
    invitation = await ann.invites(await ann.makes_organization(), "bob@example.org")
    for token in (ann.access_token[:200], ann.refresh_token, invitation, "", "guess"):
        assert (await verifies(hub, token)).code == "gone"
        assert (await resets(hub, token)).code == "gone"


async def test_the_database_holds_no_token_that_could_be_used(mailing: Hub) -> None:
    await registers(mailing, "ann")
    token = (await posted_to(mailing, "ann@example.org"))[-1].token("verify")
    async with mailing.database.read() as connection:
        (row,) = (await connection.execute(select(mailed_tokens))).all()
    assert token.encode() not in row.token_hash
    assert token not in str(row)


async def test_tokens_that_expired_are_cleared_away(mailing: Hub) -> None:
    await registers(mailing, "ann")
    for _ in range(3):
        await mailing.ask("POST", "/accounts/password-resets", {"email": "nobody@example.org"})
    mailing.clock.pass_s(2 * 24 * 3600)
    await asks_for_reset(mailing, "ann")
    async with mailing.database.read() as connection:
        assert len((await connection.execute(select(mailed_tokens))).all()) == 1


# What nobody finds out


@pytest.mark.parametrize("path", ["/accounts/password-resets", "/accounts/verification-mails"])
async def test_asking_for_a_letter_is_answered_alike_for_known_unknown_and_confirmed_addresses(
    mailing: Hub, path: str
) -> None:
    await registers(mailing, "bob")
    await verified(mailing, "ann")
    answers = [await mailing.ask("POST", path, {"email": f"{name}@example.org"}) for name in ("ann", "bob", "nobody")]
    assert {(answer.status, answer.text, str(sorted(answer.headers.items()))) for answer in answers} == {
        (202, answers[0].text, str(sorted(answers[0].headers.items())))
    }


@pytest.mark.parametrize("path", ["/accounts/password-resets", "/accounts/verification-mails"])
async def test_an_unknown_address_costs_what_a_known_one_does_and_gets_no_letter(mailing: Hub, path: str) -> None:
    await registers(mailing, "ann")
    await mailing.ask("POST", path, {"email": "ann@example.org"})
    await mailing.ask("POST", path, {"email": "nobody@example.org"})
    known, unknown = (await posted(mailing))[-2:]
    assert (known.to, unknown.to) == ("ann@example.org", None)
    assert known.subject == unknown.subject
    assert (await verifies(mailing, unknown.text.partition("#")[2].split()[0])).code == "gone"


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-Server", "Forwarded", "Origin", "Referer"])
async def test_links_begin_with_the_hubs_public_address_whatever_a_request_says(mailing: Hub, name: str) -> None:
    value = "host=evil.example" if name == "Forwarded" else "evil.example"
    body = {"email": "ann@example.org", "password": PASSWORD, "display_name": "Ann"}
    await mailing.ask("POST", "/accounts", body, headers={name: value})
    await mailing.ask("POST", "/accounts/password-resets", body | {}, headers={name: value})
    for path in ("/accounts/password-resets", "/accounts/verification-mails"):
        await mailing.ask("POST", path, {"email": "ann@example.org"}, headers={name: value})
    letters = await posted(mailing)
    assert len(letters) == 3
    assert not [letter for letter in letters if "evil" in letter.text + letter.html]


@pytest.mark.parametrize("name", ["{{7*7}}", "{% raw %}", "<img src=x onerror=alert(1)>", "&amp;"])
async def test_a_name_is_text_in_a_letter_whatever_it_looks_like(mailing: Hub, name: str) -> None:
    await registers(mailing, "ann", display_name=name)
    await resets(mailing, await asks_for_reset(mailing, "ann"))
    letter = (await posted_to(mailing, "ann@example.org"))[-1]
    assert f"Hello {name}, the password" in letter.text
    assert name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in letter.html


# Another address


async def test_an_address_changes_once_the_new_one_is_confirmed_and_the_old_one_is_told(mailing: Hub) -> None:
    ann = await verified(mailing, "ann")
    assert (await ann.put("/me/email", {"email": "Anna@Example.org"})).status == 202
    assert (await ann.get("/me")).json["email"] == "ann@example.org"
    assert "Anna@example.org" in (await posted_to(mailing, "ann@example.org"))[-1].text
    (letter,) = await posted_to(mailing, "Anna@example.org")
    assert (await verifies(mailing, letter.token("verify"))).status == 204
    me = (await ann.get("/me")).json
    assert (me["email"], me["verified"]) == ("Anna@example.org", True)
    assert (await posted_to(mailing, "ann@example.org"))[-1].subject == "Your account has another e-mail address"
    assert (await logs_in(mailing, "anna")).status == 201
    assert (await logs_in(mailing, "ann")).code == "credentials-wrong"


async def test_a_link_to_the_old_address_is_void_once_it_is_the_old_one(mailing: Hub) -> None:
    ann = await verified(mailing, "ann")
    reset = await asks_for_reset(mailing, "ann")
    await ann.put("/me/email", {"email": "anna@example.org"})
    (letter,) = await posted_to(mailing, "anna@example.org")
    await verifies(mailing, letter.token("verify"))
    assert (await resets(mailing, reset)).code == "gone"


async def test_an_address_that_another_account_has_is_not_given_and_only_its_owner_learns_of_it(mailing: Hub) -> None:
    ann, bob = await verified(mailing, "ann"), await verified(mailing, "bob")
    free, taken = (
        await ann.put("/me/email", {"email": "free@example.org"}),
        await ann.put("/me/email", {"email": bob.email}),
    )
    assert (taken.status, taken.text, taken.headers) == (free.status, free.text, free.headers)
    letter = (await posted_to(mailing, bob.email))[-1]
    assert letter.subject == "This address has an account already"
    assert "#" not in letter.text


async def test_of_two_accounts_that_confirm_the_same_address_the_first_has_it(mailing: Hub) -> None:
    ann, bob = await verified(mailing, "ann"), await verified(mailing, "bob")
    for person in (ann, bob):
        await person.put("/me/email", {"email": "new@example.org"})
    tokens = [letter.token("verify") for letter in await posted_to(mailing, "new@example.org")]
    answers = [await verifies(mailing, token) for token in tokens]
    assert [answer.status for answer in answers] == [204, 409]
    assert answers[1].code == "conflict"
    assert [(await person.get("/me")).json["email"] for person in (ann, bob)] == ["new@example.org", bob.email]


async def test_an_address_can_be_written_in_another_way(mailing: Hub) -> None:
    ann = await verified(mailing, "ann")
    await ann.put("/me/email", {"email": "ANN@example.org"})
    (letter,) = await posted_to(mailing, "ANN@example.org")
    assert (await verifies(mailing, letter.token("verify"))).status == 204
    assert (await ann.get("/me")).json["email"] == "ANN@example.org"


# Deleting an account


async def test_a_deleted_account_is_gone_with_its_sessions_and_memberships(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    await bob.accepts(await ann.invites(organization, bob, "member", team))
    assert (await bob.delete("/me")).status == 204
    assert (await bob.get("/me")).code == "session-ended"
    assert (await hub.ask("POST", "/sessions/refresh", {"refresh_token": bob.refresh_token})).status == 401
    assert (await logs_in(hub, "bob")).code == "credentials-wrong"
    for place in (f"/organizations/{organization}", f"/teams/{team}"):
        members = (await ann.get(f"{place}/members")).items
        assert [member["account_id"] for member in members] == [ann.id]
    assert (await posted_to(hub, bob.email))[-1].subject == "Your account was deleted"
    assert hub.told[-1].account == bob.id, "whoever holds its sockets hears of it"


async def test_an_address_is_free_again_once_its_account_is_deleted(hub: Hub) -> None:
    ann = await hub.register("ann")
    await ann.delete("/me")
    assert (await hub.register("ann")).id != ann.id


async def test_the_last_owner_of_an_organization_cannot_delete_their_account(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    organization = await ann.makes_organization()
    answer = await ann.delete("/me")
    assert (answer.status, answer.code) == (409, "last-owner")
    assert (await ann.get("/me")).status == 200
    await bob.accepts(await ann.invites(organization, bob, "owner"))
    assert (await ann.delete("/me")).status == 204


async def test_of_two_owners_who_delete_their_accounts_at_once_one_stays(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    organization = await ann.makes_organization()
    await bob.accepts(await ann.invites(organization, bob, "owner"))
    answers = await asyncio.gather(ann.delete("/me"), bob.delete("/me"))
    assert sorted(answer.status for answer in answers) == [204, 409]


async def test_a_link_to_a_deleted_account_is_void(hub: Hub) -> None:
    ann = await hub.register("ann")
    token = await asks_for_reset(hub, "ann")
    await ann.delete("/me")
    assert (await resets(hub, token)).code == "gone"
