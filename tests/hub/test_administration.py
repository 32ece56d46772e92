"""The hub as a whole, run by its admins."""

import pytest
from asking_hub import PASSWORD, Hub, Person

from hub.access import Change, ChangeKind
from hub.accounts.addresses import address
from hub.accounts.models import Slice
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, DocumentId, OrganizationId


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def organization(ann: Person) -> str:
    return await ann.makes_organization()


@pytest.fixture
async def team(ann: Person, organization: str) -> str:
    return await ann.makes_team(organization)


@pytest.fixture
async def root(hub: Hub) -> Person:
    """An admin of the hub, who belongs to no organization."""
    root = await hub.register("root")
    await hub.accounts.administration.grant(AccountId(root.id))
    return root


async def refusal(person: Person, folder: str) -> Code:
    with pytest.raises(TeammarksError) as refused:
        await person.hub.accounts.authority.admit(person.access_token, DocumentId(folder))
    return refused.value.code


# Accounts


async def test_a_disabled_account_is_cut_off_everywhere_and_cannot_log_in(root: Person, ann: Person, team: str) -> None:
    grant = await ann.hub.accounts.authority.admit(ann.access_token, DocumentId(team))
    ann.hub.told.clear()
    assert (await root.post(f"/admin/accounts/{ann.id}/disable", None)).status == 204
    assert ann.hub.told == [Change(ChangeKind.SESSION, AccountId(ann.id))]
    assert await ann.hub.accounts.authority.recheck(grant) is None
    assert (await ann.get("/me")).status in (401, 403)
    log_in = await ann.hub.ask("POST", "/sessions", {"email": ann.email, "password": PASSWORD})
    assert log_in.code == "account-disabled"


async def test_an_enabled_account_logs_in_again_and_its_old_devices_stay_out(root: Person, ann: Person) -> None:
    await root.post(f"/admin/accounts/{ann.id}/disable", None)
    await root.post(f"/admin/accounts/{ann.id}/enable", None)
    assert (await ann.get("/me")).code == "session-ended"
    assert (await (await ann.log_in()).get("/me")).status == 200


async def test_ended_sessions_are_all_of_that_account_and_no_other(root: Person, ann: Person) -> None:
    phone = await Person(ann.hub, "ann").log_in()
    ann.hub.told.clear()
    assert (await root.delete(f"/admin/accounts/{ann.id}/sessions")).status == 204
    assert ann.hub.told == [Change(ChangeKind.SESSION, AccountId(ann.id))]
    assert {(await device.get("/me")).code for device in (ann, phone)} == {"session-ended"}
    assert (await root.get("/me")).status == 200
    assert (await (await ann.log_in()).get("/me")).status == 200


async def test_nobody_can_disable_themselves(root: Person) -> None:
    assert (await root.post(f"/admin/accounts/{root.id}/disable", None)).code == "conflict"
    assert (await root.get("/me")).status == 200


async def test_what_is_so_already_is_a_conflict(root: Person, ann: Person, organization: str) -> None:
    for once in (f"accounts/{ann.id}/enable", f"organizations/{organization}/resume"):
        assert (await root.post(f"/admin/{once}", None)).code == "conflict"
    for twice in (f"accounts/{ann.id}/disable", f"organizations/{organization}/suspend"):
        assert (await root.post(f"/admin/{twice}", None)).status == 204
        assert (await root.post(f"/admin/{twice}", None)).code == "conflict"


async def test_what_does_not_exist_is_not_found(root: Person) -> None:
    for path in (f"accounts/{root.session}/disable", f"organizations/{root.session}/suspend"):
        assert (await root.post(f"/admin/{path}", None)).code == "not-found"


async def test_accounts_are_listed_and_found_by_name_or_address(root: Person, ann: Person) -> None:
    await root.post(f"/admin/accounts/{ann.id}/disable", None)
    first = await root.get("/admin/accounts?limit=1")
    rest = await root.get(f"/admin/accounts?limit=1&cursor={first.json['next_cursor']}")
    listed = {item["email"]: item for item in first.items + rest.items}
    assert set(listed) == {ann.email, root.email}
    assert (listed[ann.email]["disabled"], listed[ann.email]["sessions"], listed[root.email]["sessions"]) == (
        True,
        0,
        1,
    )
    assert (listed[root.email]["is_admin"], listed[ann.email]["is_admin"]) == (True, False)
    for text in ("ANN", "ann@example"):
        assert [item["id"] for item in (await root.get(f"/admin/accounts?search={text}")).items] == [ann.id]
    assert (await root.get("/admin/accounts?search=%25")).items == []


async def test_an_admin_whose_right_was_revoked_has_none_at_once(root: Person) -> None:
    await root.hub.accounts.administration.revoke(AccountId(root.id))
    assert (await root.get("/admin/stats")).code == "forbidden"


async def test_the_first_admin_is_created_whatever_registration_is_set_to(hub: Hub) -> None:
    await hub.accounts.administration.create(address("root@example.org"), PASSWORD, "Root")
    root = await Person(hub, "root").log_in()
    assert (await root.get("/admin/stats")).json["admins"] == 1
    with pytest.raises(TeammarksError) as refused:
        await hub.accounts.administration.create(address("ROOT@example.org"), PASSWORD, "Root")
    assert refused.value.code is Code.CONFLICT


# Organizations


async def test_a_suspended_organizations_folders_are_closed_with_a_clear_code(
    root: Person, ann: Person, organization: str, team: str
) -> None:
    grant = await ann.hub.accounts.authority.admit(ann.access_token, DocumentId(team))
    ann.hub.told.clear()
    assert (await root.post(f"/admin/organizations/{organization}/suspend", None)).status == 204
    assert ann.hub.told == [Change(ChangeKind.MEMBERSHIP, AccountId(ann.id))]
    assert await ann.hub.accounts.authority.recheck(grant) is None
    assert await refusal(ann, team) is Code.ORGANIZATION_SUSPENDED
    eve = await ann.hub.register("eve")
    assert await refusal(eve, team) is Code.NOT_FOUND


async def test_of_a_suspended_organization_nothing_can_be_read_or_changed_but_that_it_is_one(
    root: Person, ann: Person, organization: str, team: str
) -> None:
    bob = await ann.hub.register("bob")
    token = await ann.invites(organization, bob)
    await root.post(f"/admin/organizations/{organization}/suspend", None)
    for answer in (
        await ann.patch(f"/organizations/{organization}", {"name": "New"}),
        await ann.get(f"/organizations/{organization}/members"),
        await ann.delete(f"/organizations/{organization}/members/{ann.id}"),
        await ann.get(f"/teams/{team}"),
        await ann.delete(f"/teams/{team}/members/{ann.id}"),
        await ann.post(f"/organizations/{organization}/teams", {"name": "New"}),
        await bob.post("/invitations/accept", {"token": token}),
    ):
        assert (answer.status, answer.code) == (403, "organization-suspended")
    assert (await ann.get(f"/organizations/{organization}")).json["suspended"]
    (mine,) = (await ann.get("/me/teams")).items
    assert (mine["id"], mine["suspended"]) == (team, True)  # who hears that it is gone removes the folder


async def test_an_admin_looks_into_a_suspended_organization_and_not_into_its_folders(
    root: Person, ann: Person, organization: str, team: str
) -> None:
    await root.accepts(await ann.invites(organization, root, "owner", team))
    await root.post(f"/admin/organizations/{organization}/suspend", None)
    assert (await root.get(f"/organizations/{organization}/members")).status == 200
    assert (await root.get(f"/organizations/{organization}/audit-events")).code == "organization-suspended"
    assert (await root.patch(f"/teams/{team}", {"name": "New"})).code == "organization-suspended"
    assert await refusal(root, team) is Code.ORGANIZATION_SUSPENDED


async def test_a_resumed_organization_is_as_it_was(root: Person, ann: Person, organization: str, team: str) -> None:
    before = [(await ann.get(path)).json for path in ("/me/teams", "/organizations", f"/teams/{team}/members")]
    await root.post(f"/admin/organizations/{organization}/suspend", None)
    ann.hub.told.clear()
    await root.post(f"/admin/organizations/{organization}/resume", None)
    assert ann.hub.told == [Change(ChangeKind.MEMBERSHIP, AccountId(ann.id))]
    after = [(await ann.get(path)).json for path in ("/me/teams", "/organizations", f"/teams/{team}/members")]
    assert after == before
    assert (await ann.hub.accounts.authority.admit(ann.access_token, DocumentId(team))).can_write


async def test_an_organization_without_an_owner_who_can_log_in_is_orphaned_and_can_be_rescued(
    root: Person, ann: Person, organization: str
) -> None:
    bob = await ann.hub.register("bob")
    rescue = f"/admin/organizations/{organization}/rescue"
    assert (await root.post(rescue, {"email": bob.email})).code == "conflict"
    await root.post(f"/admin/accounts/{ann.id}/disable", None)
    (listed,) = (await root.get("/admin/organizations")).items
    assert (listed["orphaned"], listed["members"]) == (True, 1)
    assert (await root.post(rescue, {"email": "nobody@example.org"})).code == "not-found"
    assert (await root.post(rescue, {"email": ann.email})).code == "not-found"
    assert (await root.post(rescue, {"email": bob.email})).status == 204
    assert (await bob.get(f"/organizations/{organization}")).json["role"] == "owner"
    assert not (await root.get("/admin/organizations?search=acme")).items[0]["orphaned"]


async def test_who_comes_second_to_a_rescue_is_refused(ann: Person, organization: str) -> None:
    administration = ann.hub.accounts.administration
    bob, cid = await ann.hub.register("bob"), await ann.hub.register("cid")
    await administration.disable(None, AccountId(ann.id))
    await administration.rescue(None, OrganizationId(organization), address(bob.email))
    with pytest.raises(TeammarksError) as refused:
        await administration.rescue(None, OrganizationId(organization), address(cid.email))
    assert refused.value.code is Code.CONFLICT
    (listed,) = (await administration.organizations(None, Slice())).items
    assert listed.members == 2


async def test_statistics_count_what_there_is(root: Person, ann: Person, organization: str, team: str) -> None:
    await root.post(f"/admin/organizations/{organization}/suspend", None)
    await root.post(f"/admin/accounts/{ann.id}/disable", None)
    assert (await root.get("/admin/stats")).json == {
        "accounts": 2,
        "accounts_disabled": 1,
        "admins": 1,
        "sessions": 1,
        "organizations": 1,
        "organizations_suspended": 1,
        "teams": 1,
        "memberships": 1,
        "updates": 0,
    }
