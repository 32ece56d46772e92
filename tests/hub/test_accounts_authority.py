from collections.abc import Callable

import pytest
from asking_hub import Hub, Person
from sqlalchemy import text

from hub.access import Authority
from hub.errors import Code, TeammarksError
from hub.ids import ME, DocumentId


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def organization(ann: Person) -> str:
    return await ann.makes_organization()


@pytest.fixture
async def folder(ann: Person, organization: str) -> DocumentId:
    return DocumentId(await ann.makes_team(organization))


@pytest.fixture
async def bob(ann: Person, organization: str, folder: DocumentId) -> Person:
    bob = await ann.hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob, "member", folder))
    return bob


@pytest.fixture
def authority(hub: Hub) -> Authority:
    return hub.accounts.authority


async def refusal(authority: Authority, token: str, address: str) -> Code:
    with pytest.raises(TeammarksError) as refused:
        await authority.admit(token, DocumentId(address))
    return refused.value.code


async def test_a_member_is_admitted_until_the_token_ends(
    hub: Hub, authority: Authority, bob: Person, folder: DocumentId
) -> None:
    grant = await authority.admit(bob.access_token, folder)
    assert (grant.account, grant.session, grant.document, grant.can_write) == (bob.id, bob.session, folder, True)
    assert grant.expires_at == hub.clock.now + 600


async def test_everyone_has_their_own_address_and_writes_nothing_there(authority: Authority, bob: Person) -> None:
    grant = await authority.admit(bob.access_token, ME)
    assert (grant.document, grant.can_write) == (ME, False)


@pytest.mark.parametrize(
    ("access", "can_write"),
    [
        ({"can_read": True}, False),
        ({"can_read": True, "can_write": True}, True),
        ({"can_read": True, "is_manager": True}, False),
        ({"can_read": False, "is_manager": True}, None),
    ],
)
async def test_the_membership_alone_decides_over_the_folder(
    authority: Authority, ann: Person, bob: Person, folder: DocumentId, access: dict[str, bool], can_write: bool | None
) -> None:
    await ann.put(f"/teams/{folder}/members/{bob.id}", access)
    if can_write is None:
        assert await refusal(authority, bob.access_token, folder) is Code.NOT_FOUND
    else:
        assert (await authority.admit(bob.access_token, folder)).can_write == can_write


async def test_an_owner_without_a_membership_has_no_folder(
    authority: Authority, ann: Person, folder: DocumentId
) -> None:
    await ann.delete(f"/teams/{folder}/members/{ann.id}")
    assert await refusal(authority, ann.access_token, folder) is Code.NOT_FOUND


async def test_a_folder_of_others_and_one_that_does_not_exist_are_answered_alike(
    hub: Hub, authority: Authority, folder: DocumentId
) -> None:
    eve = await hub.register("eve")
    texts = set()
    for address in (folder, "01a209d8-3836-71d6-85c4-2a1bbb1b3b84", "", "@you", "x" * 5000, "'; drop table teams"):
        with pytest.raises(TeammarksError) as refused:
            await authority.admit(eve.access_token, DocumentId(address))
        texts.add((refused.value.code, refused.value.safe))
    assert len(texts) == 1
    assert texts.pop()[0] is Code.NOT_FOUND


async def test_a_bad_token_is_admitted_nowhere(hub: Hub, authority: Authority, bob: Person, folder: DocumentId) -> None:
    assert await refusal(authority, "forged", ME) is Code.TOKEN_INVALID
    assert await refusal(authority, bob.refresh_token, folder) is Code.TOKEN_INVALID
    hub.clock.pass_s(600)
    assert await refusal(authority, bob.access_token, folder) is Code.TOKEN_EXPIRED


async def test_an_ended_session_is_admitted_nowhere(authority: Authority, bob: Person, folder: DocumentId) -> None:
    await bob.delete("/sessions/current")
    assert await refusal(authority, bob.access_token, folder) is Code.SESSION_ENDED
    assert await refusal(authority, bob.access_token, ME) is Code.SESSION_ENDED


async def test_a_grant_that_still_holds_is_confirmed_as_it_is(
    authority: Authority, bob: Person, folder: DocumentId
) -> None:
    for address in (folder, ME):
        grant = await authority.admit(bob.access_token, address)
        assert await authority.recheck(grant) == grant


async def test_a_grant_follows_the_membership_down_and_up(
    authority: Authority, ann: Person, bob: Person, folder: DocumentId
) -> None:
    grant = await authority.admit(bob.access_token, folder)
    path = f"/teams/{folder}/members/{bob.id}"
    await ann.put(path, {"can_read": True})
    lowered = await authority.recheck(grant)
    assert lowered
    assert not lowered.can_write
    await ann.put(path, {"can_read": True, "can_write": True})
    assert await authority.recheck(lowered) == grant


@pytest.mark.parametrize("end", ["removed", "left the organization", "team deleted", "organization deleted"])
async def test_a_grant_ends_with_what_it_came_from(
    authority: Authority, ann: Person, bob: Person, organization: str, folder: DocumentId, end: str
) -> None:
    grant = await authority.admit(bob.access_token, folder)
    me = await authority.admit(bob.access_token, ME)
    match end:
        case "removed":
            await ann.delete(f"/teams/{folder}/members/{bob.id}")
        case "left the organization":
            await bob.delete(f"/organizations/{organization}/members/{bob.id}")
        case "team deleted":
            await ann.delete(f"/teams/{folder}")
        case "organization deleted":
            await ann.delete(f"/organizations/{organization}")
    assert await authority.recheck(grant) is None
    assert await refusal(authority, bob.access_token, folder) is Code.NOT_FOUND
    assert await authority.recheck(me) == me


async def test_a_grant_ends_with_its_session_and_account(
    hub: Hub, authority: Authority, bob: Person, folder: DocumentId
) -> None:
    phone = await Person(hub, "bob").log_in()
    laptops, phones = [await authority.admit(person.access_token, folder) for person in (bob, phone)]
    await bob.delete("/sessions/current")
    assert await authority.recheck(laptops) is None
    assert await authority.recheck(phones) == phones
    async with hub.database.write() as connection:
        await connection.execute(text("update accounts set disabled_at = '2026-01-01 00:00:00'"))
    assert await authority.recheck(phones) is None
    assert await refusal(authority, phone.access_token, folder) is Code.ACCOUNT_DISABLED


async def test_a_database_that_does_not_answer_is_no_no(
    hub: Hub, authority: Authority, bob: Person, folder: DocumentId
) -> None:
    grant = await authority.admit(bob.access_token, folder)
    async with hub.database.write() as connection:
        await connection.execute(text("alter table sessions rename to hidden"))
    with pytest.raises(TeammarksError) as failed:
        await authority.recheck(grant)
    assert failed.value.code is Code.STORAGE


@pytest.mark.parametrize(
    "disguise",
    [
        str.upper,
        lambda folder: f" {folder}",
        lambda folder: f"{folder} ",
        lambda folder: f"{folder}\n",
        lambda folder: f"{folder}\0",
        lambda folder: folder[:-1],
        lambda folder: f"{folder}0",
        lambda folder: folder.replace("-", ""),
        lambda folder: folder.replace("0", "\N{FULLWIDTH DIGIT ZERO}"),
        lambda folder: f"{{{folder}}}",
        lambda folder: f"urn:uuid:{folder}",
        lambda folder: f"@me/{folder}",
        lambda folder: "%",
        lambda folder: "' OR 1=1 --",
        lambda _: "",
        lambda _: "@ME",
        lambda _: "@me ",
        lambda _: "%40me",
        lambda _: "\N{FULLWIDTH COMMERCIAL AT}me",
    ],
)
async def test_an_address_is_exactly_one_or_none(
    authority: Authority, bob: Person, folder: DocumentId, disguise: Callable[[str], str]
) -> None:
    assert await refusal(authority, bob.access_token, disguise(folder)) is Code.NOT_FOUND
