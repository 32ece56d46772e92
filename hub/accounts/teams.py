"""Teams and who may open their folders.

The rule: a membership row is the only key to a folder. Owners and admins manage every team, and still see a folder only
with a row of their own.
"""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts.audit import Event
from hub.accounts.models import Access, Actor, MyTeam, Page, Slice, Team, TeamMember
from hub.accounts.rights import TeamPlace, in_organization, in_team, standings
from hub.accounts.store import invitations, organizations, teams
from hub.accounts.work import Ledger
from hub.ids import AccountId, OrganizationId, TeamId
from hub.permissions import Action, allows, nothing_here, require

FOUNDERS = Access(can_read=True, can_write=True, is_manager=True)
"""What the creator of a team gets."""


class Teams:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def mine(self, actor: Actor, wanted: Slice) -> Page[MyTeam]:
        async with self._ledger.read() as connection:
            found = await teams.of_account(connection, actor.account, wanted)
        return Page.of(found, wanted, lambda team: team.id)

    async def of_organization(self, actor: Actor, organization: OrganizationId, wanted: Slice) -> Page[Team]:
        """Those that the actor may see."""
        async with self._ledger.read() as connection:
            place = await in_organization(connection, actor.account, organization, Action.LIST_TEAMS)
            everything = allows(Action.SEE_TEAM, standings(place.role))
            found = await teams.of_organization(
                connection, organization, wanted, only_of=None if everything else actor.account
            )
        return Page.of(found, wanted, lambda team: team.id)

    async def create(self, actor: Actor, organization: OrganizationId, name: str) -> Team:
        """With an empty folder, and the actor as its first manager."""
        async with self._ledger.write() as work:
            await in_organization(work, actor.account, organization, Action.CREATE_TEAM)
            team = await teams.add(work.connection, organization, name, work.now)
            await teams.set_access(work.connection, team, actor.account, FOUNDERS, work.now)
            work.tell(ChangeKind.MEMBERSHIP, actor.account, team=team.id)
            work.record(Event.TEAM_CREATED, organization=organization, team=team.id, account=actor.account)
        return team

    async def one(self, actor: Actor, team: TeamId) -> Team:
        async with self._ledger.read() as connection:
            return (await in_team(connection, actor.account, team, Action.SEE_TEAM)).team

    async def rename(self, actor: Actor, team: TeamId, name: str) -> Team:
        async with self._ledger.write() as work:
            place = await in_team(work, actor.account, team, Action.RENAME_TEAM)
            await teams.rename(work.connection, team, name)
            for account in await teams.member_ids(work.connection, team):
                work.tell(ChangeKind.RENAME, account, team=team)
            work.record(Event.TEAM_RENAMED, team=team)
        return replace(place.team, name=name)

    async def delete(self, actor: Actor, team: TeamId) -> None:
        """Marks the team and its folder deleted; its members lose it, its log stays."""
        async with self._ledger.write() as work:
            await in_team(work, actor.account, team, Action.DELETE_TEAM)
            await teams.mark_deleted(work.connection, team, work.now)
            for account in await teams.member_ids(work.connection, team):
                work.tell(ChangeKind.MEMBERSHIP, account, team=team)
            work.record(Event.TEAM_DELETED, team=team)

    async def members(self, actor: Actor, team: TeamId, wanted: Slice) -> Page[TeamMember]:
        async with self._ledger.read() as connection:
            place = await in_team(connection, actor.account, team, Action.LIST_TEAM_MEMBERS)
            found = await teams.members(connection, team, wanted)
        return Page.of([_shown(member, place) for member in found], wanted, lambda member: member.account)

    async def set_member(
        self, actor: Actor, team: TeamId, account: AccountId, access: Access
    ) -> tuple[TeamMember, bool]:
        """Gives `account`, a member of the organization, this access and no other. True: it is new in the team."""
        async with self._ledger.write() as work:
            place = await in_team(work, actor.account, team, Action.CHANGE_TEAM_MEMBERS)
            if await organizations.member(work.connection, place.team.organization, account) is None:
                raise nothing_here()
            added = await teams.set_access(work.connection, place.team, account, access, work.now)
            await invitations.leave_out(work.connection, team, account)  # an older offer must not undo this
            member = await _member(work.connection, team, account)
            work.tell(ChangeKind.MEMBERSHIP, account, team=team)
            work.record(
                Event.TEAM_MEMBER_ADDED if added else Event.TEAM_MEMBER_CHANGED,
                team=team,
                account=account,
                can_read=access.can_read,
                can_write=access.can_write,
                is_manager=access.is_manager,
            )
        return _shown(member, place), added

    async def remove_member(self, actor: Actor, team: TeamId, account: AccountId) -> None:
        """Takes `account` out of the team, or leaves it where that is the actor."""
        async with self._ledger.write() as work:
            place = await in_team(work, actor.account, team, Action.SEE_TEAM)
            await _member(work.connection, team, account)
            leaving = account == actor.account
            require(Action.LEAVE_TEAM if leaving else Action.CHANGE_TEAM_MEMBERS, place.standings)
            await teams.remove_member(work.connection, team, account)
            await invitations.leave_out(work.connection, team, account)
            work.tell(ChangeKind.MEMBERSHIP, account, team=team)
            work.record(Event.TEAM_MEMBER_LEFT if leaving else Event.TEAM_MEMBER_REMOVED, team=team, account=account)


async def _member(connection: AsyncConnection, team: TeamId, account: AccountId) -> TeamMember:
    found = await teams.member(connection, team, account)
    if found is None:
        raise nothing_here()
    return found


def _shown(member: TeamMember, to: TeamPlace) -> TeamMember:
    return member if allows(Action.SEE_ADDRESSES, to.standings) else replace(member, email=None)
