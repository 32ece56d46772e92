"""What is asked or written on a condition: nothing is sent twice, and nothing unseen is written over."""

import asyncio
from typing import Any

import pytest
from asking_hub import Answer, Hub, Person


async def ask(person: Person, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await person.hub.ask(method, path, body, token=person.access_token, headers=named)


@pytest.mark.parametrize("path", ["/me", "/organizations", "/sessions", "/meta"])
async def test_what_a_client_has_is_not_sent_again(hub: Hub, path: str) -> None:
    ann = await hub.register("ann")
    first = await ann.get(path)
    again = await ask(ann, "GET", path, if_none_match=first.headers["etag"])
    assert (again.status, again.text, again.headers["etag"]) == (304, "", first.headers["etag"])
    assert "x-content-type-options" in again.headers
    among = f'"other", W/{first.headers["etag"]}'
    assert (await ask(ann, "GET", path, if_none_match=among)).status == 304
    assert (await ask(ann, "GET", path, if_none_match='"other"')).status == 200


async def test_what_has_changed_is_sent(hub: Hub) -> None:
    ann = await hub.register("ann")
    before = (await ann.get("/me")).headers["etag"]
    renamed = await ann.patch("/me", {"display_name": "Anna"})
    now = await ask(ann, "GET", "/me", if_none_match=before)
    assert (now.status, now.json["display_name"]) == (200, "Anna")
    assert now.headers["etag"] == renamed.headers["etag"] != before


async def test_a_refusal_has_no_tag(hub: Hub) -> None:
    ann = await hub.register("ann")
    refused = await ask(ann, "GET", "/organizations/01a209d8-3836-71d6-85c4-2a1bbb1b3b84", if_none_match="*")
    assert (refused.status, "etag" in refused.headers) == (404, False)


async def writes(ann: Person, bob: Person) -> dict[str, tuple[str, str, Any, str]]:
    """Of each write that replaces something: how it is asked, and the tag of what is there now."""
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    await bob.accepts(await ann.invites(organization, bob))
    reader = f"/teams/{team}/members/{bob.id}"
    shown = {
        path: (await ann.get(path)).headers["etag"]
        for path in ("/me", f"/organizations/{organization}", f"/organizations/{organization}/members/{bob.id}")
    }
    in_team = (await ann.put(reader, {"can_read": True, "can_write": False, "is_manager": False})).headers["etag"]
    of_team = (await ann.get(f"/teams/{team}")).headers["etag"]
    me, place, member = shown
    return {
        "me": ("PATCH", me, {"display_name": "Anna"}, shown[me]),
        "organization": ("PATCH", place, {"name": "New"}, shown[place]),
        "role": ("PATCH", member, {"role": "admin"}, shown[member]),
        "team": ("PATCH", f"/teams/{team}", {"name": "New"}, of_team),
        "access": ("PUT", reader, {"can_read": True, "can_write": True, "is_manager": False}, in_team),
    }


@pytest.mark.parametrize("what", ["me", "organization", "role", "team", "access"])
async def test_a_write_stands_only_on_what_its_writer_has_seen(hub: Hub, what: str) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    method, path, body, tag = (await writes(ann, bob))[what]
    refused = await ask(ann, method, path, body, if_match='"something-else"')
    assert (refused.status, refused.code) == (412, "precondition-failed")
    written = await ask(ann, method, path, body, if_match=tag)
    assert written.status == 200
    late = await ask(ann, method, path, body, if_match=tag)
    assert (late.status, late.code) == (412, "precondition-failed")
    assert (await ask(ann, method, path, body, if_match=written.headers["etag"])).status == 200
    assert (await ask(ann, method, path, body, if_match="*")).status == 200
    assert (await ask(ann, method, path, body)).status == 200


async def test_nothing_is_written_over_where_nothing_is(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    organization = await ann.makes_organization()
    team = await ann.makes_team(organization)
    await bob.accepts(await ann.invites(organization, bob))
    access = {"can_read": True, "can_write": False, "is_manager": False}
    assert (await ask(ann, "PUT", f"/teams/{team}/members/{bob.id}", access, if_match="*")).status == 412
    assert (await ann.get(f"/teams/{team}/members")).items[0]["account_id"] == ann.id


async def test_of_two_who_write_over_the_same_at_once_one_is_told(hub: Hub) -> None:
    ann = await hub.register("ann")
    organization = await ann.makes_organization()
    path = f"/organizations/{organization}"
    tag = (await ann.get(path)).headers["etag"]
    answers = await asyncio.gather(
        *(ask(ann, "PATCH", path, {"name": f"Name {number}"}, if_match=tag) for number in range(4))
    )
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]


async def test_who_may_not_write_does_not_learn_whether_it_has_changed(hub: Hub) -> None:
    ann, eve = await hub.register("ann"), await hub.register("eve")
    organization = await ann.makes_organization()
    answer = await ask(eve, "PATCH", f"/organizations/{organization}", {"name": "x"}, if_match='"guess"')
    assert (answer.status, answer.code) == (404, "not-found")
