"""Teams and who may open their folders.

The rule: a membership row is the only key to a folder. Owners and admins manage every team, and still see a folder only
with a row of their own.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts.audit import Event
from hub.accounts.models import Access, Actor, MyTeam, Page, Slice, Team, TeamMember, anything
from hub.accounts.rights import TeamPlace, allows, in_organization, in_team, require, standings
from hub.accounts.store import invitations, organizations, teams
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, OrganizationId, TeamId
from hub.permissions import Action, nothing_here

FOUNDERS = Access(can_read=True, can_write=True, is_manager=True)
"""What the creator of a team gets."""
KEPT = timedelta(days=30)
"""How long a deleted team can be brought back."""


class Teams:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def mine(self, actor: Actor, wanted: Slice) -> Page[MyTeam]:
        async with self._ledger.read() as connection:
            found = await teams.of_account(connection, actor.account, wanted, actor.pins)
        return Page.of(found, wanted, lambda team: team.id)

    async def of_organization(self, actor: Actor, organization: OrganizationId, wanted: Slice) -> Page[Team]:
        """Those that the actor may see."""
        async with self._ledger.read() as connection:
            place = await in_organization(connection, actor, organization, Action.LIST_TEAMS)
            everything = allows(actor, Action.SEE_TEAM, standings(place.role))
            found = await teams.of_organization(
                connection, organization, wanted, only_of=None if everything else actor.account
            )
        return Page.of(found, wanted, lambda team: team.id)

    async def create(self, actor: Actor, organization: OrganizationId, name: str) -> Team:
        """With an empty folder, and the actor as its first manager."""
        async with self._ledger.write() as work:
            await in_organization(work, actor, organization, Action.CREATE_TEAM)
            team = await teams.add(work.connection, organization, name, work.now)
            await teams.set_access(work.connection, team, actor.account, FOUNDERS, work.now)
            work.tell(ChangeKind.MEMBERSHIP, actor.account, team=team.id)
            work.record(Event.TEAM_CREATED, organization=organization, team=team.id, account=actor.account)
        return team

    async def one(self, actor: Actor, team: TeamId) -> Team:
        async with self._ledger.read() as connection:
            return (await in_team(connection, actor, team, Action.SEE_TEAM)).team

    async def readable(self, actor: Actor, team: TeamId) -> Team:
        """Where the actor may read its folder."""
        async with self._ledger.read() as connection:
            return (await in_team(connection, actor, team, Action.READ_FOLDER)).team

    async def rename(
        self, actor: Actor, team: TeamId, name: str | None, only_if: Callable[[Team], None] = anything
    ) -> Team:
        """None: it keeps its name, and nothing is changed."""
        async with self._ledger.write() as work:
            place = await in_team(work, actor, team, Action.RENAME_TEAM)
            only_if(place.team)
            if name is None:
                return place.team
            await teams.rename(work.connection, team, name)
            await _tell_members(work, team, ChangeKind.RENAME)
            work.record(Event.TEAM_RENAMED, team=team)
        return replace(place.team, name=name)

    async def delete(self, actor: Actor, team: TeamId) -> None:
        """Marks the team and its folder deleted; its members lose it, its log stays."""
        async with self._ledger.write() as work:
            await in_team(work, actor, team, Action.DELETE_TEAM)
            await teams.mark_deleted(work.connection, team, work.now)
            await _tell_members(work, team, ChangeKind.MEMBERSHIP)
            work.record(Event.TEAM_DELETED, team=team)

    async def deleted(self, actor: Actor, organization: OrganizationId, wanted: Slice) -> Page[Team]:
        """Those that can be brought back."""
        async with self._ledger.read() as connection:
            await in_organization(connection, actor, organization, Action.LIST_DELETED_TEAMS)
            since = self._ledger.now() - KEPT
            found = await teams.deleted_since(connection, organization, wanted, since)
        return Page.of(found, wanted, lambda team: team.id)

    async def undelete(self, actor: Actor, team: TeamId) -> Team:
        """As it was, with its folder and those of its members who are still in the organization.

        Raises GONE where it was deleted too long ago.
        """
        async with self._ledger.write() as work:
            place = await in_team(work, actor, team, Action.DELETE_TEAM, deleted=True)
            if place.team.deleted_at is None or place.team.deleted_at <= work.now - KEPT:
                raise TeammarksError(Code.GONE, f"This team was deleted more than {KEPT.days} days ago.")
            await teams.mark_deleted(work.connection, team, None)
            await _tell_members(work, team, ChangeKind.MEMBERSHIP)
            work.record(Event.TEAM_UNDELETED, team=team)
        return replace(place.team, deleted_at=None)

    async def members(self, actor: Actor, team: TeamId, wanted: Slice) -> Page[TeamMember]:
        async with self._ledger.read() as connection:
            place = await in_team(connection, actor, team, Action.LIST_TEAM_MEMBERS)
            found = await teams.members(connection, team, wanted)
        return Page.of([_shown(member, place, actor) for member in found], wanted, lambda member: member.account)

    async def set_member(
        self,
        actor: Actor,
        team: TeamId,
        account: AccountId,
        access: Access,
        only_if: Callable[[TeamMember | None], None] = anything,
    ) -> tuple[TeamMember, bool]:
        """Gives `account`, a member of the organization, this access and no other. True: it is new in the team."""
        async with self._ledger.write() as work:
            place = await in_team(work, actor, team, Action.CHANGE_TEAM_MEMBERS)
            if await organizations.member(work.connection, place.team.organization, account) is None:
                raise nothing_here()
            if account == actor.account:
                await _require_no_raise(work.connection, actor, place, access)
            had = await teams.member(work.connection, team, account)
            only_if(_shown(had, place, actor) if had else None)
            added = await teams.set_access(work.connection, place.team, account, access, work.now)
            # An older offer must not undo this.
            await invitations.leave_out(work.connection, place.team, account, work.now)
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
        return _shown(member, place, actor), added

    async def remove_member(self, actor: Actor, team: TeamId, account: AccountId) -> None:
        """Takes `account` out of the team, or leaves it where that is the actor."""
        async with self._ledger.write() as work:
            place = await in_team(work, actor, team, Action.SEE_TEAM)
            await _member(work.connection, team, account)
            leaving = account == actor.account
            require(actor, Action.LEAVE_TEAM if leaving else Action.CHANGE_TEAM_MEMBERS, place.standings)
            await teams.remove_member(work.connection, team, account)
            await invitations.leave_out(work.connection, place.team, account, work.now)
            work.tell(ChangeKind.MEMBERSHIP, account, team=team)
            work.record(Event.TEAM_MEMBER_LEFT if leaving else Event.TEAM_MEMBER_REMOVED, team=team, account=account)


async def _require_no_raise(connection: AsyncConnection, actor: Actor, place: TeamPlace, access: Access) -> None:
    """Who may give access to others may take from their own; more is for those who manage every team."""
    has = await teams.access(connection, place.team.id, actor.account)
    if has is None or has.joined(access) != has:
        require(actor, Action.ADD_ONESELF_TO_TEAM, place.standings)


async def _tell_members(work: Work, team: TeamId, kind: ChangeKind) -> None:
    for account in await teams.member_ids(work.connection, team):
        work.tell(kind, account, team=team)


async def _member(connection: AsyncConnection, team: TeamId, account: AccountId) -> TeamMember:
    found = await teams.member(connection, team, account)
    if found is None:
        raise nothing_here()
    return found


def _shown(member: TeamMember, place: TeamPlace, to: Actor) -> TeamMember:
    return member if allows(to, Action.SEE_ADDRESSES, place.standings) else replace(member, email=None)
