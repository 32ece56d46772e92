"""Requests that create something under an `Idempotency-Key`: made again, they are answered alike and done once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from api_programs import makes_token
from asking_hub import Answer, Hub, Person
from sqlalchemy import select

from hub.errors import Code, TeammarksError
from hub.schema import repeats

NOT_REPEATABLE = {"logIn", "beginSecondFactor"}
"""Nobody has logged in yet; and a second authenticator takes the place of the first, which nobody confirmed."""
KEY = "7f4a1c52-0c1b-4b53-9c0c-8b7a55d1f0aa"


async def post(person: Person, path: str, body: Any, key: str = KEY) -> Answer:
    return await person.hub.ask("POST", path, body, token=person.access_token, headers={"Idempotency-Key": key})


async def create(person: Person, name: str = "Acme", key: str = KEY) -> Answer:
    return await post(person, "/organizations", {"name": name}, key)


async def test_a_request_that_is_made_again_is_answered_alike_and_done_once(hub: Hub) -> None:
    ann = await hub.register("ann")
    first, again = await create(ann), await create(ann)
    assert (first.status, first.text) == (again.status, again.text)
    assert len((await ann.get("/organizations")).items) == 1


async def test_the_answer_is_the_first_one_whatever_has_happened_since(hub: Hub) -> None:
    ann = await hub.register("ann")
    first = await create(ann)
    await ann.delete(f"/organizations/{first.json['id']}")
    assert (await create(ann)).text == first.text


async def test_of_many_at_once_one_is_done(hub: Hub) -> None:
    ann = await hub.register("ann")
    answers = await asyncio.gather(*(create(ann) for _ in range(6)))
    assert {(answer.status, answer.json.get("code")) for answer in answers} <= {
        (201, None),
        (409, "idempotency-key-in-use"),
    }
    assert len({answer.text for answer in answers if answer.status == 201}) == 1
    assert len((await ann.get("/organizations")).items) == 1
    assert (await create(ann)).status == 201


async def test_another_request_under_the_same_key_is_refused(hub: Hub) -> None:
    ann = await hub.register("ann")
    organization = (await create(ann)).json["id"]
    other = await create(ann, "Another")
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    elsewhere = await post(ann, f"/organizations/{organization}/teams", {"name": "Acme"})
    assert (elsewhere.status, elsewhere.code) == (422, "idempotency-key-reused")


async def test_each_account_has_its_own_keys(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    assert (await create(ann)).json["id"] != (await create(bob)).json["id"]


async def test_what_an_account_was_answered_its_api_tokens_are_not(hub: Hub) -> None:
    ann = await hub.register("ann")
    first = await create(ann)
    program = await makes_token(ann, "organizations:manage")
    again = await hub.ask(
        "POST", "/organizations", {"name": "Acme"}, token=program.secret, headers={"Idempotency-Key": KEY}
    )
    assert again.status == 201
    assert again.json["id"] != first.json["id"]


async def test_a_program_is_answered_alike_too(hub: Hub) -> None:
    program = await makes_token(await hub.register("ann"), "organizations:manage")
    answers = [
        await hub.ask("POST", "/organizations", {"name": "A"}, token=program.secret, headers={"Idempotency-Key": KEY})
        for _ in range(2)
    ]
    assert answers[0].text == answers[1].text


async def test_what_was_refused_may_be_granted_the_next_time(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    organization = await ann.makes_organization()
    await bob.accepts(await ann.invites(organization, bob))
    path = f"/organizations/{organization}/teams"
    assert (await post(bob, path, {"name": "New"})).status == 403
    await ann.patch(f"/organizations/{organization}/members/{bob.id}", {"role": "admin"})
    assert (await post(bob, path, {"name": "New"})).status == 201


async def test_what_is_asked_without_a_key_is_done_as_often_as_it_is_asked(hub: Hub) -> None:
    ann = await hub.register("ann")
    await create(ann)
    assert await ann.makes_organization() != await ann.makes_organization()


async def test_every_request_that_creates_something_can_be_made_once(hub: Hub) -> None:
    for method, path, operation in hub.contract.operations():
        if method == "POST" and "201" in operation["responses"] and operation["operationId"] not in NOT_REPEATABLE:
            names = [parameter["name"] for parameter in operation["parameters"]]
            assert "idempotency-key" in names, f"{method} {path}"


async def test_a_key_is_forgotten_after_a_day(hub: Hub) -> None:
    ann = await hub.register("ann")
    first = await create(ann)
    hub.clock.pass_s(timedelta(days=1).total_seconds())
    await ann.log_in()
    assert (await create(ann)).json["id"] != first.json["id"]


async def test_answers_older_than_a_day_are_deleted_whoever_asks_next(hub: Hub) -> None:
    ann = await hub.register("ann")
    await create(ann)
    hub.clock.pass_s(timedelta(days=1).total_seconds())
    await create(await hub.register("bob"), key="another")
    async with hub.database.read() as connection:
        assert len((await connection.execute(select(repeats))).all()) == 1


async def test_a_secret_is_answered_again_and_the_database_alone_does_not_tell_it(hub: Hub) -> None:
    ann = await hub.register("ann")
    path = f"/organizations/{await ann.makes_organization()}/invitations"
    first = await post(ann, path, {"email": "bob@example.org"})
    again = await post(ann, path, {"email": "bob@example.org"})
    assert first.json["accept_url"] == again.json["accept_url"]
    secret = first.json["accept_url"].partition("#")[2].encode()
    async with hub.database.read() as connection:
        rows = (await connection.execute(select(repeats))).all()
    assert len(rows) == 1
    assert all(secret not in value and KEY.encode() not in value for value in rows[0] if isinstance(value, bytes))


async def test_where_the_answer_could_not_be_kept_nothing_is_done_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def storage_gone(*_: object) -> None:
        raise TeammarksError(Code.STORAGE, "gone between the two commits")

    ann = await hub.register("ann")
    with monkeypatch.context() as patch:
        patch.setattr(hub.accounts.repeats, "answered", storage_gone)
        assert (await create(ann)).status == 201
    again = await create(ann)
    assert (again.status, again.code) == (409, "idempotency-key-in-use")
    assert len((await ann.get("/organizations")).items) == 1


@pytest.mark.parametrize("key", ["x" * 201, "with spaces", "control\x7f"])
async def test_a_key_is_short_and_can_be_seen(hub: Hub, key: str) -> None:
    answer = await create(await hub.register("ann"), key=key)
    assert (answer.status, answer.code) == (422, "invalid")
