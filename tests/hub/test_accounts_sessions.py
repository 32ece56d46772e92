import asyncio
from datetime import UTC, datetime

import pytest
from asking_hub import PASSWORD, START, Answer, Hub, Person
from sqlalchemy import update

from hub.access import Change, ChangeKind
from hub.accounts.sessions import GRACE, IDLE_LIFETIME
from hub.ids import AccountId, SessionId
from hub.schema import accounts, sessions


async def refresh(person: Person, token: str | None = None) -> Answer:
    return await person.hub.ask("POST", "/sessions/refresh", {"refresh_token": token or person.refresh_token})


async def disable(person: Person) -> None:
    async with person.hub.database.write() as connection:
        disabled_at = datetime.fromtimestamp(START, UTC)
        await connection.execute(update(accounts).where(accounts.c.id == person.id).values(disabled_at=disabled_at))


async def test_log_in_answers_tokens_session_and_account(hub: Hub) -> None:
    ann = await hub.register("ann")
    answer = await hub.ask("POST", "/sessions", {"email": ann.email, "password": PASSWORD, "device": "Ann's laptop"})
    assert answer.status == 201
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 600)
    assert answer.json["session"]["device"] == "Ann's laptop"
    assert answer.json["account"] == {"id": ann.id, "email": ann.email, "display_name": "Ann"}


async def test_a_session_without_a_name_for_its_device_is_one_too(hub: Hub) -> None:
    ann = await hub.register("ann")
    answer = await hub.ask("POST", "/sessions", {"email": ann.email, "password": PASSWORD})
    assert (answer.status, answer.json["session"]["device"]) == (201, "")


@pytest.mark.parametrize("device", ["nul\u0000", "line\nbreak", "x" * 201, None, 7])
async def test_a_device_is_called_by_one_line(hub: Hub, device: object) -> None:
    ann = await hub.register("ann")
    answer = await hub.ask("POST", "/sessions", {"email": ann.email, "password": PASSWORD, "device": device})
    assert (answer.status, [wrong["field"] for wrong in answer.json["errors"]]) == (422, ["device"])


async def test_an_access_token_ends_after_ten_minutes_and_a_refresh_gives_the_next(hub: Hub) -> None:
    ann = await hub.register("ann")
    hub.clock.pass_s(600)
    expired = await ann.get("/me")
    assert (expired.status, expired.code) == (401, "token-expired")
    ann.take(await refresh(ann))
    assert (await ann.get("/me")).status == 200


async def test_a_refresh_keeps_the_session_and_changes_the_refresh_token(hub: Hub) -> None:
    ann = await hub.register("ann")
    answer = await refresh(ann)
    assert answer.json["session"]["id"] == ann.session
    assert answer.json["refresh_token"] != ann.refresh_token


async def test_whose_refresh_was_not_answered_gets_the_same_successor_within_a_minute(hub: Hub) -> None:
    ann = await hub.register("ann")
    lost = await refresh(ann)
    hub.clock.pass_s(GRACE.total_seconds())
    again = await refresh(ann)
    assert again.status == 200
    assert again.json["refresh_token"] == lost.json["refresh_token"]
    assert (await refresh(ann, again.json["refresh_token"])).status == 200


async def test_many_refreshes_at_once_all_get_the_same_successor(hub: Hub) -> None:
    ann = await hub.register("ann")
    answers = await asyncio.gather(*(refresh(ann) for _ in range(8)))
    assert len({answer.json["refresh_token"] for answer in answers}) == 1


async def test_a_refresh_token_used_again_later_ends_the_session_and_tells_its_owner(hub: Hub) -> None:
    ann = await hub.register("ann")
    successor = (await refresh(ann)).json["refresh_token"]
    hub.clock.pass_s(GRACE.total_seconds() + 1)
    reused = await refresh(ann)
    assert (reused.status, reused.code) == (401, "session-ended")
    assert (await refresh(ann, successor)).code == "session-ended"
    assert (await ann.get("/me")).code == "session-ended"
    assert hub.told == [Change(ChangeKind.SESSION, AccountId(ann.id), session=SessionId(ann.session))]


async def test_a_token_two_generations_old_ends_the_session_even_within_the_minute(hub: Hub) -> None:
    ann = await hub.register("ann")
    second = (await refresh(ann)).json["refresh_token"]
    third = (await refresh(ann, second)).json["refresh_token"]
    assert (await refresh(ann)).code == "session-ended"
    assert (await refresh(ann, third)).code == "session-ended"


async def test_a_thief_and_the_owner_cannot_both_go_on(hub: Hub) -> None:
    ann = await hub.register("ann")
    stolen = ann.refresh_token
    ann.take(await refresh(ann))
    hub.clock.pass_s(3600)
    ann.take(await refresh(ann))
    assert (await refresh(ann, stolen)).code == "session-ended"
    assert (await refresh(ann)).code == "session-ended"


async def test_a_made_up_refresh_token_is_invalid_and_ends_nothing(hub: Hub) -> None:
    ann = await hub.register("ann")
    last = ann.refresh_token[-1]
    forged = ann.refresh_token[:-1] + ("A" if last != "A" else "B")
    for text in (forged, "", "tmr_", ann.access_token[:200], "tmr_" + "A" * 72):
        answer = await refresh(ann, text or " ")
        assert (answer.status, answer.code) == (401, "token-invalid")
    assert (await refresh(ann)).status == 200


async def test_tokens_given_out_before_a_backup_was_restored_still_log_nobody_out(hub: Hub) -> None:
    ann = await hub.register("ann")
    for _ in range(3):
        ann.take(await refresh(ann))
    async with hub.database.write() as connection:
        await connection.execute(update(sessions).values(generation=1))
    ann.take(await refresh(ann))
    assert (await refresh(ann)).status == 200


async def test_an_access_token_is_no_refresh_token_and_the_reverse(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert (await hub.ask("GET", "/me", token=ann.refresh_token)).code == "token-invalid"
    assert (await refresh(ann, ann.access_token[:150])).code == "token-invalid"


async def test_a_session_lasts_while_its_device_is_seen_and_not_longer(hub: Hub) -> None:
    ann = await hub.register("ann")
    for _ in range(3):
        hub.clock.pass_s(IDLE_LIFETIME.total_seconds() - 1)
        ann.take(await refresh(ann))
    hub.clock.pass_s(IDLE_LIFETIME.total_seconds())
    assert (await refresh(ann)).code == "session-ended"


async def test_logging_out_ends_this_session_at_once_and_no_other(hub: Hub) -> None:
    laptop = await hub.register("ann")
    phone = await Person(hub, "ann").log_in()
    assert (await laptop.delete("/sessions/current")).status == 204
    assert (await laptop.get("/me")).code == "session-ended"
    assert (await refresh(laptop)).code == "session-ended"
    assert (await phone.get("/me")).status == 200
    assert hub.told == [Change(ChangeKind.SESSION, AccountId(laptop.id), session=SessionId(laptop.session))]


async def test_a_person_sees_their_devices_and_logs_another_one_out(hub: Hub) -> None:
    laptop = await hub.register("ann")
    phone = await Person(hub, "ann").log_in()
    await hub.register("bob")
    listed = (await laptop.get("/sessions")).items
    assert [(item["id"], item["current"]) for item in listed] == [(laptop.session, True), (phone.session, False)]
    assert (await laptop.delete(f"/sessions/{phone.session}")).status == 204
    assert (await phone.get("/me")).code == "session-ended"
    assert [item["id"] for item in (await laptop.get("/sessions")).items] == [laptop.session]


async def test_another_persons_session_an_ended_one_and_none_are_answered_alike(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    phone = await Person(hub, "ann").log_in()
    await phone.delete("/sessions/current")
    answers = [await ann.delete(f"/sessions/{session}") for session in (bob.session, phone.session, "nonsense")]
    assert {(answer.status, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert (await bob.get("/me")).status == 200


async def test_a_disabled_account_can_do_nothing_with_what_it_has(hub: Hub) -> None:
    ann = await hub.register("ann")
    await disable(ann)
    again = await hub.ask("POST", "/sessions", {"email": ann.email, "password": PASSWORD})
    for answer in (await ann.get("/me"), await refresh(ann), again):
        assert (answer.status, answer.code) == (403, "account-disabled")


async def test_who_does_not_know_the_password_does_not_learn_that_an_account_is_disabled(hub: Hub) -> None:
    ann = await hub.register("ann")
    await disable(ann)
    answer = await hub.ask("POST", "/sessions", {"email": ann.email, "password": "a wrong password"})
    assert answer.code == "credentials-wrong"
