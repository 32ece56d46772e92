"""Another password, chosen by who knows the one that is; and the end of all other sessions."""

import pytest
from api_programs import makes_token
from asking_hub import PASSWORD, Answer, Hub, Person
from authenticator import log_in
from posted import posted_to

from hub.access import Change, ChangeKind
from hub.ids import AccountId

NEW = "another horse battery"


async def changes(person: Person, current: str = PASSWORD, new: str = NEW) -> Answer:
    return await person.put("/me/password", {"current_password": current, "new_password": new})


async def test_the_new_password_is_good_and_the_old_one_is_not(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert (await changes(ann)).status == 204
    assert (await log_in(ann, None, PASSWORD)).code == "credentials-wrong"
    assert (await log_in(ann, None, NEW)).status == 201


async def test_other_devices_are_logged_out_and_this_one_is_not(hub: Hub) -> None:
    ann, phone = await hub.register("ann"), await Person(hub, "ann").log_in()
    hub.told.clear()
    assert (await changes(ann)).status == 204
    assert (await phone.get("/me")).code == "session-ended"
    refreshed = await hub.ask("POST", "/sessions/refresh", {"refresh_token": phone.refresh_token})
    assert refreshed.code == "session-ended"
    assert (await ann.get("/me")).status == 200
    assert hub.told == [Change(ChangeKind.SESSION, AccountId(ann.id))]


async def test_programs_go_on(hub: Hub) -> None:
    ann = await hub.register("ann")
    program = await makes_token(ann, "read")
    assert (await changes(ann)).status == 204
    assert (await program.get("/organizations")).status == 200


async def test_its_owner_gets_a_letter_and_older_links_are_void(hub: Hub) -> None:
    ann = await hub.register("ann")
    await hub.ask("POST", "/accounts/password-resets", {"email": ann.email})
    token = (await posted_to(hub, ann.email))[-1].token("reset")
    assert (await changes(ann)).status == 204
    assert (await posted_to(hub, ann.email))[-1].subject == "Your password was changed"
    late = await hub.ask("PUT", "/accounts/password-resets", {"token": token, "new_password": "third horse battery"})
    assert late.code == "gone"


async def test_who_does_not_know_the_password_chooses_none(hub: Hub) -> None:
    ann, phone = await hub.register("ann"), await Person(hub, "ann").log_in()
    refused = await changes(ann, "a wrong password")
    assert (refused.status, refused.code) == (401, "credentials-wrong")
    assert (await phone.get("/me")).status == 200
    assert (await log_in(ann)).status == 201


@pytest.mark.parametrize("new", ["short", "password123", "x" * 1001])
async def test_a_password_that_is_easy_to_guess_is_refused(hub: Hub, new: str) -> None:
    assert (await changes(await hub.register("ann"), PASSWORD, new)).code == "invalid"


async def test_all_other_devices_are_logged_out_at_once(hub: Hub) -> None:
    ann, phone, bob = await hub.register("ann"), await Person(hub, "ann").log_in(), await hub.register("bob")
    assert (await ann.delete("/sessions?keep=current")).status == 204
    assert (await phone.get("/me")).code == "session-ended"
    assert [item["current"] for item in (await ann.get("/sessions")).items] == [True]
    assert (await bob.get("/me")).status == 200


@pytest.mark.parametrize("query", ["", "?keep=", "?keep=all"])
async def test_which_session_is_kept_is_to_be_said(hub: Hub, query: str) -> None:
    ann = await hub.register("ann")
    assert (await ann.delete(f"/sessions{query}")).code == "invalid"
    assert (await ann.get("/me")).status == 200
