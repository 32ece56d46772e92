"""Organizations and who belongs to them.

The rule: an organization that exists has an owner.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts.audit import Event
from hub.accounts.models import Actor, Member, Organization, Page, Slice, anything
from hub.accounts.rights import allows, in_organization, require, standings
from hub.accounts.store import invitations, organizations, people
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, OrganizationId
from hub.permissions import Action, Role, nothing_here
from hub.scopes import not_for_tokens


class Organizations:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def mine(self, actor: Actor, wanted: Slice) -> Page[Organization]:
        async with self._ledger.read() as connection:
            found = await organizations.of_account(connection, actor.account, wanted, actor.pins)
        return Page.of(found, wanted, lambda organization: organization.id)

    async def create(self, actor: Actor, name: str) -> Organization:
        require(actor, Action.CREATE_ORGANIZATION, standings(None))
        if actor.pins:
            raise not_for_tokens()  # a new one is outside of them
        async with self._ledger.write() as work:
            made = await organizations.add(work.connection, name, actor.account, work.now)
            work.record(Event.ORGANIZATION_CREATED, organization=made.id, account=actor.account)
        return made

    async def one(self, actor: Actor, organization: OrganizationId) -> Organization:
        async with self._ledger.read() as connection:
            return await in_organization(connection, actor, organization, Action.SEE_ORGANIZATION)

    async def rename(
        self,
        actor: Actor,
        organization: OrganizationId,
        name: str | None,
        only_if: Callable[[Organization], None] = anything,
    ) -> Organization:
        """None: it keeps its name, and nothing is changed."""
        async with self._ledger.write() as work:
            place = await in_organization(work, actor, organization, Action.RENAME_ORGANIZATION)
            only_if(place)
            if name is None:
                return place
            await organizations.rename(work.connection, organization, name)
            for account in await organizations.member_ids(work.connection, organization):
                work.tell(ChangeKind.RENAME, account)
            work.record(Event.ORGANIZATION_RENAMED, organization=organization)
        return replace(place, name=name)

    async def delete(self, actor: Actor, organization: OrganizationId) -> None:
        """Marks it deleted, with its teams and their folders."""
        async with self._ledger.write() as work:
            await in_organization(work, actor, organization, Action.DELETE_ORGANIZATION)
            await organizations.mark_deleted(work.connection, organization, work.now)
            for account in await organizations.member_ids(work.connection, organization):
                work.tell(ChangeKind.MEMBERSHIP, account)
            work.record(Event.ORGANIZATION_DELETED, organization=organization)

    async def members(self, actor: Actor, organization: OrganizationId, wanted: Slice) -> Page[Member]:
        async with self._ledger.read() as connection:
            place = await in_organization(connection, actor, organization, Action.LIST_MEMBERS)
            found = await organizations.members(connection, organization, wanted)
        return Page.of([_shown(member, place, actor) for member in found], wanted, lambda member: member.account)

    async def member(self, actor: Actor, organization: OrganizationId, account: AccountId) -> Member:
        async with self._ledger.read() as connection:
            place = await in_organization(connection, actor, organization, Action.LIST_MEMBERS)
            return _shown(await _member(connection, organization, account), place, actor)

    async def change_role(
        self,
        actor: Actor,
        organization: OrganizationId,
        account: AccountId,
        role: Role,
        only_if: Callable[[Member], None] = anything,
    ) -> Member:
        """Raises LAST_OWNER besides NOT_FOUND and FORBIDDEN."""
        async with self._ledger.write() as work:
            place = await in_organization(work, actor, organization, Action.CHANGE_ROLE)
            member = await _member(work.connection, organization, account)
            only_if(_shown(member, place, actor))
            if role is not Role.OWNER:
                await _keep_an_owner(work.connection, organization, member)
            await organizations.set_role(work.connection, organization, account, role)
            work.tell(ChangeKind.MEMBERSHIP, account)
            await _withdraw(work, organization, account, (Role.OWNER, Role.ADMIN))
            work.record(Event.ROLE_CHANGED, organization=organization, account=account, before=member.role, role=role)
        return _shown(replace(member, role=role), place, actor)

    async def remove(self, actor: Actor, organization: OrganizationId, account: AccountId) -> None:
        """Takes a member out of the organization and its teams, or leaves it where `account` is the actor.

        Raises LAST_OWNER besides NOT_FOUND and FORBIDDEN.
        """
        async with self._ledger.write() as work:
            place = await in_organization(work, actor, organization, Action.SEE_ORGANIZATION)
            member = await _member(work.connection, organization, account)
            if account == actor.account:
                action = Action.LEAVE_ORGANIZATION
            else:
                action = Action.REMOVE_MEMBER if member.role is Role.MEMBER else Action.REMOVE_OWNER_OR_ADMIN
            require(actor, action, standings(place.role, system_admin=place.role is None))
            await _keep_an_owner(work.connection, organization, member)
            await organizations.remove_member(work.connection, organization, account)
            work.tell(ChangeKind.MEMBERSHIP, account)
            await _withdraw(work, organization, account, tuple(Role))
            event = Event.MEMBER_LEFT if account == actor.account else Event.MEMBER_REMOVED
            work.record(event, organization=organization, account=account, role=member.role)


async def leave_all(work: Work, account: AccountId) -> None:
    """Takes the account, which is about to be deleted, out of every organization. To be called before it is held.

    Raises LAST_OWNER, and CONFLICT where it joins another organization at this moment.
    """
    for organization in await organizations.ids_of(work.connection, account):
        await organizations.lock(work.connection, organization)
        member = await organizations.member(work.connection, organization, account)
        if member is not None:
            await _keep_an_owner(work.connection, organization, member)
            await organizations.remove_member(work.connection, organization, account)
    await people.hold_whole(work.connection, account)
    if await organizations.ids_of(work.connection, account):
        raise TeammarksError(Code.CONFLICT, "You are joining an organization at this moment; try again.", retry=True)


async def _member(connection: AsyncConnection, organization: OrganizationId, account: AccountId) -> Member:
    found = await organizations.member(connection, organization, account)
    if found is None:
        raise nothing_here()
    return found


async def _keep_an_owner(connection: AsyncConnection, organization: OrganizationId, going: Member) -> None:
    """Raises LAST_OWNER where `going` is the only owner who can log in. The organization is ours alone."""
    if going.role is Role.OWNER and not await organizations.has_another_owner(connection, organization, going.account):
        raise TeammarksError(Code.LAST_OWNER, "An organization keeps at least one owner; make another one first.")


async def _withdraw(work: Work, organization: OrganizationId, account: AccountId, roles: Collection[Role]) -> None:
    """An older invitation must not undo what has just been decided about `account`."""
    if await invitations.withdraw_all(work.connection, organization, account, roles, work.now):
        work.tell(ChangeKind.INVITATION, account)


def _shown(member: Member, place: Organization, to: Actor) -> Member:
    return member if allows(to, Action.SEE_ADDRESSES, standings(place.role)) else replace(member, email=None)
