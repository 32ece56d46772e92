import pytest
from asking_hub import Hub, Person

from hub.access import Change, ChangeKind
from hub.accounts.teams import KEPT
from hub.ids import AccountId, TeamId

READ = {"can_read": True, "can_write": False, "is_manager": False}
WRITE = {"can_read": True, "can_write": True, "is_manager": False}


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
async def bob(ann: Person, organization: str) -> Person:
    """A member of the organization, in no team."""
    bob = await ann.hub.register("bob")
    await bob.accepts(await ann.invites(organization, bob))
    ann.hub.told.clear()
    return bob


def told(kind: ChangeKind, person: Person, team: str) -> Change:
    return Change(kind, AccountId(person.id), team=TeamId(team))


async def test_who_creates_a_team_reads_writes_and_manages_it(ann: Person, organization: str) -> None:
    answer = await ann.post(f"/organizations/{organization}/teams", {"name": "Service endpoints"})
    assert answer.status == 201
    assert (answer.json["name"], answer.json["organization_id"]) == ("Service endpoints", organization)
    assert (await ann.get("/me/teams")).json == {
        "items": [
            {
                "id": answer.json["id"],
                "name": "Service endpoints",
                "organization": {"id": organization, "name": "Acme"},
                "can_read": True,
                "can_write": True,
                "is_manager": True,
                "suspended": False,
                "document": answer.json["id"],
            }
        ],
        "next_cursor": None,
    }
    assert (await ann.get(f"/teams/{answer.json['id']}")).json == answer.json


async def test_a_member_is_added_changed_and_removed_and_hears_of_each(ann: Person, bob: Person, team: str) -> None:
    path = f"/teams/{team}/members/{bob.id}"
    ann.hub.told.clear()
    added = await ann.put(path, READ)
    assert (added.status, added.json["account_id"], added.json["can_write"]) == (201, bob.id, False)
    changed = await ann.put(path, WRITE)
    assert (changed.status, changed.json["can_write"]) == (200, True)
    assert [item["can_write"] for item in (await bob.get("/me/teams")).items] == [True]
    assert (await ann.delete(path)).status == 204
    assert (await bob.get("/me/teams")).items == []
    assert ann.hub.told == [told(ChangeKind.MEMBERSHIP, bob, team)] * 3


async def test_left_out_rights_are_taken_not_kept(ann: Person, bob: Person, team: str) -> None:
    await ann.put(f"/teams/{team}/members/{bob.id}", {**WRITE, "is_manager": True})
    changed = (await ann.put(f"/teams/{team}/members/{bob.id}", {})).json
    assert (changed["can_read"], changed["can_write"], changed["is_manager"]) == (True, False, False)


@pytest.mark.parametrize(
    "access",
    [
        {"can_read": False, "can_write": True},
        {"can_read": False, "can_write": True, "is_manager": True},
        {"can_read": False},
        {"can_read": "yes"},
        {"can_read": 1},
        {"can_read": None},
        {**READ, "role": "owner"},
        {**READ, "account_id": "x"},
    ],
)
async def test_access_that_makes_no_sense_is_refused(ann: Person, bob: Person, team: str, access: object) -> None:
    answer = await ann.put(f"/teams/{team}/members/{bob.id}", access)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.json["errors"]


async def test_only_who_belongs_to_the_organization_can_be_added(ann: Person, team: str) -> None:
    eve = await ann.hub.register("eve")
    for account in (eve.id, "nonsense"):
        assert (await ann.put(f"/teams/{team}/members/{account}", READ)).code == "not-found"


async def test_taking_out_who_is_not_in_the_team_finds_nobody(ann: Person, bob: Person, team: str) -> None:
    assert (await ann.delete(f"/teams/{team}/members/{bob.id}")).code == "not-found"


async def test_a_reader_cannot_raise_their_own_access_but_can_leave(ann: Person, bob: Person, team: str) -> None:
    path = f"/teams/{team}/members/{bob.id}"
    await ann.put(path, READ)
    assert (await bob.put(path, WRITE)).code == "forbidden"
    assert (await bob.delete(path)).status == 204
    assert (await bob.get(f"/teams/{team}")).code == "not-found"


async def test_an_admin_without_a_membership_manages_the_team_and_has_no_folder(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    await ann.patch(f"/organizations/{organization}/members/{bob.id}", {"role": "admin"})
    assert (await bob.get(f"/teams/{team}")).status == 200
    assert (await bob.get("/me/teams")).items == []
    assert (await bob.put(f"/teams/{team}/members/{bob.id}", READ)).status == 201
    assert len((await bob.get("/me/teams")).items) == 1


async def test_a_new_name_of_a_team_is_told_to_its_members(ann: Person, bob: Person, team: str) -> None:
    await ann.put(f"/teams/{team}/members/{bob.id}", READ)
    ann.hub.told.clear()
    assert (await ann.patch(f"/teams/{team}", {"name": "Dashboards"})).json["name"] == "Dashboards"
    assert sorted(change.account for change in ann.hub.told) == sorted([ann.id, bob.id])
    assert {change.kind for change in ann.hub.told} == {ChangeKind.RENAME}
    assert [item["name"] for item in (await bob.get("/me/teams")).items] == ["Dashboards"]


async def test_a_deleted_team_is_gone_for_everyone_and_its_members_hear_it(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    await ann.put(f"/teams/{team}/members/{bob.id}", READ)
    ann.hub.told.clear()
    assert (await ann.delete(f"/teams/{team}")).status == 204
    assert sorted(change.account for change in ann.hub.told) == sorted([ann.id, bob.id])
    assert (await ann.get(f"/teams/{team}")).code == "not-found"
    assert (await ann.delete(f"/teams/{team}")).code == "not-found"
    assert (await bob.get("/me/teams")).items == []
    assert (await ann.get(f"/organizations/{organization}/teams")).items == []


async def test_owners_see_all_teams_and_members_those_they_are_in(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    other = await ann.makes_team(organization, "Other")
    await ann.put(f"/teams/{other}/members/{bob.id}", READ)
    listed = f"/organizations/{organization}/teams"
    assert [item["id"] for item in (await ann.get(listed)).items] == [team, other]
    assert [item["id"] for item in (await bob.get(listed)).items] == [other]


async def test_only_owners_and_admins_see_the_addresses_in_a_team(ann: Person, bob: Person, team: str) -> None:
    await ann.put(f"/teams/{team}/members/{bob.id}", {**WRITE, "is_manager": True})
    assert all(item["email"] for item in (await ann.get(f"/teams/{team}/members")).items)
    assert not any(item["email"] for item in (await bob.get(f"/teams/{team}/members")).items)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 200])
async def test_a_list_read_page_by_page_is_the_whole_list_in_order(ann: Person, organization: str, limit: int) -> None:
    made = [await ann.makes_team(organization, f"Team {number}") for number in range(5)]
    for path in (f"/organizations/{organization}/teams", "/me/teams"):
        found, cursor = [], ""
        while True:
            page = (await ann.get(f"{path}?limit={limit}{cursor}")).json
            assert len(page["items"]) <= limit
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert found == made


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=-1", "cursor=x", "cursor=%00", "limit=1e3"]
)
async def test_a_wrong_page_is_refused(ann: Person, query: str) -> None:
    answer = await ann.get(f"/me/teams?{query}")
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.json["errors"][0]["field"] == query.partition("=")[0]


async def test_a_deleted_team_comes_back_as_it_was_and_its_members_hear_it(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    await ann.put(f"/teams/{team}/members/{bob.id}", WRITE)
    before = (await ann.get(f"/teams/{team}")).json, (await ann.get(f"/teams/{team}/members")).json
    await ann.delete(f"/teams/{team}")
    listed = f"/organizations/{organization}/teams?deleted=true"
    (deleted,) = (await ann.get(listed)).items
    assert (deleted["id"], deleted["deleted_at"] is not None) == (team, True)
    ann.hub.told.clear()
    answer = await ann.post(f"/teams/{team}/undelete", None)
    assert (answer.status, answer.json) == (200, before[0])
    assert sorted(change.account for change in ann.hub.told) == sorted([ann.id, bob.id])
    assert (await ann.get(f"/teams/{team}/members")).json == before[1]
    assert (await ann.get(listed)).items == []
    assert (await ann.post(f"/teams/{team}/undelete", None)).code == "not-found"


async def test_a_deleted_team_can_be_brought_back_for_a_while(ann: Person, organization: str, team: str) -> None:
    other = await ann.makes_team(organization)
    await ann.delete(f"/teams/{team}")
    await ann.delete(f"/teams/{other}")
    ann.hub.clock.pass_s(KEPT.total_seconds() - 1)
    await ann.log_in()
    assert (await ann.post(f"/teams/{team}/undelete", None)).status == 200
    ann.hub.clock.pass_s(1)
    assert (await ann.post(f"/teams/{other}/undelete", None)).code == "gone"
    assert (await ann.get(f"/organizations/{organization}/teams?deleted=true")).items == []


async def test_who_left_meanwhile_does_not_come_back_with_the_team(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    await ann.put(f"/teams/{team}/members/{bob.id}", WRITE)
    await ann.delete(f"/teams/{team}")
    await bob.delete(f"/organizations/{organization}/members/{bob.id}")
    await ann.post(f"/teams/{team}/undelete", None)
    assert [item["account_id"] for item in (await ann.get(f"/teams/{team}/members")).items] == [ann.id]


async def test_a_team_does_not_come_back_into_an_organization_that_is_deleted(
    ann: Person, organization: str, team: str
) -> None:
    await ann.delete(f"/organizations/{organization}")
    assert (await ann.post(f"/teams/{team}/undelete", None)).code == "not-found"


@pytest.mark.parametrize("raised", [WRITE, {**READ, "is_manager": True}])
async def test_a_manager_cannot_raise_their_own_access_but_can_lower_it(
    ann: Person, bob: Person, team: str, raised: dict[str, bool]
) -> None:
    path = f"/teams/{team}/members/{bob.id}"
    managing = {"can_read": False, "can_write": False, "is_manager": True}
    await ann.put(path, managing)
    assert (await bob.put(path, raised)).code == "forbidden"
    await ann.put(path, {**WRITE, "is_manager": True})
    assert (await bob.put(path, raised)).status == 200


async def test_a_manager_cannot_raise_themselves_by_an_invitation_or_link_of_their_own(
    ann: Person, bob: Person, organization: str, team: str
) -> None:
    managing = {"can_read": False, "can_write": False, "is_manager": True}
    await ann.put(f"/teams/{team}/members/{bob.id}", managing)
    for token in (
        await bob.invites(organization, bob, "member", team),
        await bob.invites_by_link(organization, team),
        await bob.invites_by_link(organization, team, needs_approval=True),
    ):
        assert (await bob.post("/invitations/accept", {"token": token})).code == "forbidden"


async def test_an_owner_who_adds_themselves_to_a_team_is_in_its_log(ann: Person, team: str) -> None:
    own = f"/teams/{team}/members/{ann.id}"
    await ann.delete(own)
    assert (await ann.put(own, READ)).status == 201
    (newest, *_) = (await ann.get(f"/teams/{team}/audit-events")).items
    assert (newest["event"], newest["actor_id"], newest["account_id"]) == ("team.member-added", ann.id, ann.id)


@pytest.mark.parametrize("place", ["team", "organization"])
async def test_a_merge_patch_changes_what_it_names_and_nothing_else(
    ann: Person, organization: str, team: str, place: str
) -> None:
    path = {"team": f"/teams/{team}", "organization": f"/organizations/{organization}"}[place]
    before = (await ann.get(path)).json
    ann.hub.told.clear()
    assert (await ann.patch(path, {})).json == before
    assert ann.hub.told == []
    merge_patch = {"Content-Type": "application/merge-patch+json"}
    answer = await ann.hub.ask(
        "PATCH", path, token=ann.access_token, content=b'{"name": "Renamed"}', headers=merge_patch
    )
    assert (answer.status, answer.json) == (200, {**before, "name": "Renamed"})
    for wrong in ({"name": None}, {"name": ""}, {"id": team}, []):
        assert (await ann.patch(path, wrong)).code == "invalid"
