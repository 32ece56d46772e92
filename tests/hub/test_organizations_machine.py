"""Whatever people of two organizations ask, in any order, is answered as the matrix and the model say.

Organization, team, member, invitation and request of a path are chosen each by itself, so mostly they do not belong
together: then there is nothing to be found. Every answer's status, the members that result, one event for each change
and none without, and an owner in each organization are compared after every step.
"""

import asyncio
import copy
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from asking_hub import Answer, Hub, Person, hub_in
from databases import Databases
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from organization_model import OK, ROOT, Access, Invitation, Model, Organization, Team
from sqlalchemy import func, select

from hub.ids import AccountId
from hub.permissions import Action, Role
from hub.schema import audit_events, join_requests, memberships, organization_members

READER, WRITER, MANAGER = Access(True, False, False), Access(True, True, False), Access(True, True, True)
KEEPER = Access(False, False, True)
HERE = {
    "owner": Role.OWNER,
    "admin": Role.ADMIN,
    "member": Role.MEMBER,
    "manager": Role.MEMBER,
    "writer": Role.MEMBER,
    "reader": Role.MEMBER,
    "keeper": Role.MEMBER,
    "both": Role.MEMBER,
}
THERE = {"both": Role.OWNER, "other": Role.ADMIN}
IN_THE_TEAM = {"manager": MANAGER, "writer": WRITER, "reader": READER, "keeper": KEEPER}
NAMES = [*HERE, "other", "stranger", ROOT]
EXAMPLES = {"SqliteFiles": 100, "PostgresServer": 12}
STEPS = 30

who = st.sampled_from(NAMES) | st.sampled_from(["owner", "admin", "both"])
"""Those who may do most, more often."""
which = st.integers(0, 11)
roles = st.sampled_from(Role)
accesses = st.sampled_from([READER, WRITER, MANAGER, KEEPER])
offers = st.lists(st.tuples(which, st.booleans(), st.booleans()), max_size=2)
OF_ORGANIZATION = {
    "": Action.SEE_ORGANIZATION,
    "/members": Action.LIST_MEMBERS,
    "/teams": Action.LIST_TEAMS,
    "/teams?deleted=true": Action.LIST_DELETED_TEAMS,
    "/invitations": Action.LIST_INVITATIONS,
    "/join-requests": Action.LIST_INVITATIONS,
    "/audit-events": Action.SEE_EVENTS,
}
OF_TEAM = {
    "": Action.SEE_TEAM,
    "/members": Action.LIST_TEAM_MEMBERS,
    "/bookmarks": Action.READ_FOLDER,
    "/audit-events": Action.SEE_TEAM_EVENTS,
}


class Start:
    """Two organizations with everyone who is anything, in a database of which each example takes a copy."""

    database_url: str
    people: dict[str, Person]
    model: Model

    @classmethod
    async def made(cls, databases: Databases, folder: Path) -> "Start":
        start = cls()
        start.database_url = await databases.new()
        async with hub_in(folder, start.database_url) as hub:
            people = start.people = {name: await hub.register(name) for name in NAMES}
            await hub.accounts.administration.grant(AccountId(people[ROOT].id))
            start.model = Model()
            for owner, members in (("owner", HERE), ("both", THERE)):
                organization = await people[owner].makes_organization()
                teams = [await people[owner].makes_team(organization) for _ in range(2)]
                for name, role in members.items():
                    if name != owner:
                        await people[name].accepts(await people[owner].invites(organization, people[name], role))
                inside = IN_THE_TEAM if owner == "owner" else {}
                for name, access in inside.items():
                    await people[owner].put(f"/teams/{teams[0]}/members/{people[name].id}", vars(access))
                place = Organization(organization, dict(members))
                start.model.organizations.append(place)
                start.model.teams += [
                    Team(teams[0], place, {owner: MANAGER, **inside}),
                    Team(teams[1], place, {owner: MANAGER}),
                ]
        return start


class Organizations(RuleBasedStateMachine):
    def __init__(self, start: Start, databases: Databases, folder: Path) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.model = copy.deepcopy(start.model)
        self.people = {name: copy.copy(person) for name, person in start.people.items()}
        self.events = 0

        async def opened() -> Hub:
            database_url = await self.stack.enter_async_context(databases.lent(start.database_url))
            return await self.stack.enter_async_context(hub_in(folder, database_url))

        self.hub = self.runner.run(opened())
        for person in self.people.values():
            person.hub = self.hub
        self.events = self.runner.run(self._counted())

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()

    # What is chosen

    def place(self, number: int) -> Organization:
        return self.model.organizations[number % len(self.model.organizations)]

    def team(self, number: int) -> Team:
        return self.model.teams[number % len(self.model.teams)]

    def invitation(self, number: int) -> Invitation | None:
        """The newest come first."""
        return self.model.invitations[-1 - number % len(self.model.invitations)] if self.model.invitations else None

    def owner(self, place: Organization) -> str:
        return next(name for name, role in place.members.items() if role is Role.OWNER)

    # What is asked

    def ask(
        self, name: str, method: str, path: str, expected: int, body: Any = None, *, changes: bool = True
    ) -> Answer:
        answer = self.runner.run(self.people[name].ask(method, path, body))
        assert answer.status == expected, f"{name}: {method} {path} {body}: {answer.status}, not {expected}"
        if answer.status in (403, 404):
            assert answer.code == {403: "forbidden", 404: "not-found"}[answer.status]
        self.runner.run(self._compare(1 if changes and answer.status < 300 else 0))
        return answer

    async def _counted(self) -> int:
        async with self.hub.database.read() as connection:
            return await connection.scalar(select(func.count()).select_from(audit_events)) or 0

    async def _compare(self, new_events: int) -> None:
        names = {person.id: name for name, person in self.people.items()}
        self.events += new_events
        assert await self._counted() == self.events, "one event for each change"
        async with self.hub.database.read() as connection:
            members = {
                (row.organization_id, names[row.account_id]): row.role
                for row in await connection.execute(select(organization_members))
            }
            access = {
                (row.team_id, names[row.account_id]): Access(row.can_read, row.can_write, row.is_manager)
                for row in await connection.execute(select(memberships))
            }
        assert members == {
            (place.id, name): role for place in self.model.organizations for name, role in place.members.items()
        }
        assert access == {(team.id, name): has for team in self.model.teams for name, has in team.members.items()}
        for place in self.model.organizations:
            assert (place.id, Role.OWNER) in {(organization, role) for (organization, _), role in members.items()}

    @rule(name=who, number=which, path=st.sampled_from(sorted(OF_ORGANIZATION)))
    def look_at_an_organization(self, name: str, number: int, path: str) -> None:
        place = self.place(number)
        expected = self.model.in_organization(name, place, OF_ORGANIZATION[path])
        self.ask(name, "GET", f"/organizations/{place.id}{path}", expected, changes=False)

    @rule(name=who, number=which, path=st.sampled_from(sorted(OF_TEAM)))
    def look_at_a_team(self, name: str, number: int, path: str) -> None:
        team = self.team(number)
        expected = self.model.in_team(name, team, OF_TEAM[path])
        self.ask(name, "GET", f"/teams/{team.id}{path}", expected, changes=False)

    @rule(name=who, number=which)
    def rename_an_organization(self, name: str, number: int) -> None:
        place = self.place(number)
        expected = self.model.in_organization(name, place, Action.RENAME_ORGANIZATION)
        self.ask(name, "PATCH", f"/organizations/{place.id}", expected, {"name": "New"})

    @rule(name=who, number=which, whom=who, role=roles)
    def change_a_role(self, name: str, number: int, whom: str, role: Role) -> None:
        place = self.place(number)
        expected = self.model.change_role(name, place, whom, role)
        self.ask(name, "PATCH", f"/organizations/{place.id}/members/{self.people[whom].id}", expected, {"role": role})

    @rule(name=who, number=which, whom=who)
    def remove_a_member(self, name: str, number: int, whom: str) -> None:
        place = self.place(number)
        expected = self.model.remove(name, place, whom)
        self.ask(name, "DELETE", f"/organizations/{place.id}/members/{self.people[whom].id}", expected)

    @rule(name=who, number=which)
    def leave(self, name: str, number: int) -> None:
        self.remove_a_member(name, number, name)

    @rule(name=who, number=which, really=st.integers(0, 9))
    def delete_an_organization(self, name: str, number: int, really: int) -> None:
        place = self.place(number)
        if really or self.model.in_organization(name, place, Action.DELETE_ORGANIZATION) != OK:
            return  # seldom, or nothing is left to ask about
        self.ask(name, "DELETE", f"/organizations/{place.id}", self.model.delete_organization(name, place))

    @rule(name=who, number=which)
    def make_a_team(self, name: str, number: int) -> None:
        place = self.place(number)
        expected = self.model.in_organization(name, place, Action.CREATE_TEAM)
        expected = 201 if expected == OK else expected
        path = f"/organizations/{place.id}/teams"
        answer = self.runner.run(self.people[name].post(path, {"name": "New"}))
        assert answer.status == expected
        if answer.status == 201:
            self.model.teams.append(Team(answer.json["id"], place, {name: MANAGER}))
            self.events += 1

    @rule(name=who, number=which)
    def rename_a_team(self, name: str, number: int) -> None:
        team = self.team(number)
        expected = self.model.in_team(name, team, Action.RENAME_TEAM)
        self.ask(name, "PATCH", f"/teams/{team.id}", expected, {"name": "New"})

    @rule(name=who, number=which)
    def delete_a_team(self, name: str, number: int) -> None:
        team = self.team(number)
        self.ask(name, "DELETE", f"/teams/{team.id}", self.model.set_deleted(name, team, True))

    @rule(name=who, number=which)
    def bring_a_team_back(self, name: str, number: int) -> None:
        team = self.team(number)
        self.ask(name, "POST", f"/teams/{team.id}/undelete", self.model.set_deleted(name, team, False))

    @rule(name=who, number=which, whom=who, access=accesses)
    def set_access(self, name: str, number: int, whom: str, access: Access) -> None:
        team = self.team(number)
        expected = self.model.set_access(name, team, whom, access)
        self.ask(name, "PUT", f"/teams/{team.id}/members/{self.people[whom].id}", expected, vars(access))

    @rule(name=who, number=which, access=accesses)
    def set_ones_own_access(self, name: str, number: int, access: Access) -> None:
        self.set_access(name, number, name, access)

    @rule(name=who, number=which, whom=who)
    def take_out_of_a_team(self, name: str, number: int, whom: str) -> None:
        team = self.team(number)
        expected = self.model.take_out(name, team, whom)
        self.ask(name, "DELETE", f"/teams/{team.id}/members/{self.people[whom].id}", expected)

    @rule(name=who, number=which, role=roles, teams=offers, invited=who)
    def invite(self, name: str, number: int, role: Role, teams: list[tuple[int, bool, bool]], invited: str) -> None:
        self._offer(name, number, role, teams, {"email": self.people[invited].email}, invited=invited)

    @rule(name=who, number=which, role=roles, teams=offers, uses=st.integers(1, 2), approval=st.booleans())
    def make_a_link(
        self, name: str, number: int, role: Role, teams: list[tuple[int, bool, bool]], uses: int, approval: bool
    ) -> None:
        link = {"link": {"max_uses": uses, "needs_approval": approval}}
        self._offer(name, number, role, teams, link, max_uses=uses, needs_approval=approval)

    @rule(number=which, role=roles, teams=offers, invited=who, accepts=st.booleans())
    def an_owner_invites(
        self, number: int, role: Role, teams: list[tuple[int, bool, bool]], invited: str, accepts: bool
    ) -> None:
        known = len(self.model.invitations)
        self.invite(self.owner(self.place(number)), number, role, teams, invited)
        if len(self.model.invitations) > known:
            self._answer(invited, self.model.invitations[-1], accepts)

    @rule(number=which, role=roles, teams=offers, uses=st.integers(1, 2), approval=st.booleans(), by=who)
    def somebody_comes_by_an_owners_link(
        self, number: int, role: Role, teams: list[tuple[int, bool, bool]], uses: int, approval: bool, by: str
    ) -> None:
        known = len(self.model.invitations)
        self.make_a_link(self.owner(self.place(number)), number, role, teams, uses, approval)
        if len(self.model.invitations) > known:
            self._answer(by, self.model.invitations[-1], True)

    def _offer(
        self, name: str, number: int, role: Role, teams: list[tuple[int, bool, bool]], whom: Any, **more: Any
    ) -> None:
        offered = {self.team(team).id: Access(True, can_write, is_manager) for team, can_write, is_manager in teams}
        offer = Invitation(self.place(number), name, role, offered, **more)
        named = [
            {"team_id": team, "can_write": access.can_write, "is_manager": access.is_manager}
            for team, access in offered.items()
        ]
        path = f"/organizations/{offer.organization.id}/invitations"
        answer = self.ask(name, "POST", path, self.model.invite(offer), {**whom, "role": role, "teams": named})
        if answer.status == 201:
            offer.id, offer.token = answer.json["id"], answer.json["accept_url"].partition("#")[2]

    @rule(name=who, number=which, one=which)
    def withdraw(self, name: str, number: int, one: int) -> None:
        place, invitation = self.place(number), self.invitation(one)
        if invitation:
            expected = self.model.withdraw(name, place, invitation)
            self.ask(name, "DELETE", f"/organizations/{place.id}/invitations/{invitation.id}", expected)

    @rule(name=who, number=which, one=which)
    def send_again(self, name: str, number: int, one: int) -> None:
        place, invitation = self.place(number), self.invitation(one)
        if invitation:
            expected = self.model.resend(name, place, invitation)
            path = f"/organizations/{place.id}/invitations/{invitation.id}/resend"
            answer = self.ask(name, "POST", path, expected)
            if answer.status == OK:
                invitation.token = answer.json["accept_url"].partition("#")[2]

    @rule(name=who, one=which, accepts=st.booleans())
    def answer(self, name: str, one: int, accepts: bool) -> None:
        invitation = self.invitation(one)
        if invitation:
            self._answer(name, invitation, accepts)

    @rule(one=which)
    def accept_ones_own(self, one: int) -> None:
        invitation = self.invitation(one)
        if invitation and invitation.invited:
            self._answer(invitation.invited, invitation, True)

    def _answer(self, name: str, invitation: Invitation, accepts: bool) -> None:
        waited = invitation.came.get(name) == "waits"
        expected = self.model.answer(name, invitation, accepts=accepts)
        path = f"/invitations/{'accept' if accepts else 'decline'}"
        # Who asks again while they wait changes nothing.
        self.ask(name, "POST", path, expected, {"token": invitation.token}, changes=not (waited and accepts))
        if expected == 202 and not waited:
            whole = self.runner.run(self._requests())
            invitation.requests[name] = whole[invitation.id, self.people[name].id]

    async def _requests(self) -> dict[tuple[str, str], str]:
        async with self.hub.database.read() as connection:
            return {
                (row.invitation_id, row.account_id): row.id for row in await connection.execute(select(join_requests))
            }

    @rule(name=who, number=which, one=which, approves=st.booleans())
    def decide(self, name: str, number: int, one: int, approves: bool) -> None:
        asked = [(link, requester) for link in self.model.invitations for requester in link.requests]
        if asked:
            place, (invitation, requester) = self.place(number), asked[-1 - one % len(asked)]
            expected = self.model.decide(name, place, invitation, requester, approves=approves)
            path = f"/organizations/{place.id}/join-requests/{invitation.requests[requester]}"
            self.ask(name, "POST", f"{path}/{'approve' if approves else 'refuse'}", expected)


def test_whatever_people_do_they_are_answered_as_the_matrix_says(databases: Databases, tmp_path: Path) -> None:
    start = asyncio.run(Start.made(databases, tmp_path))
    run_state_machine_as_test(
        lambda: Organizations(start, databases, tmp_path),
        settings=settings(
            max_examples=EXAMPLES[type(databases).__name__],
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
