"""Joining by an invitation: accepting and declining it, and approving who came by a link that needs it.

The rule: an invitation to an address is used once, and by that address; a link is used by each account once, as often
as it says; and nobody uses an invitation of their own, for a team's manager could raise themselves by it. Who joins
keeps what they have and gains what is offered.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts.audit import Event
from hub.accounts.invitations import by_token, gone, record, require_open, require_right
from hub.accounts.models import Actor, Invitation, InvitedTeam, JoinRequest, Page, Slice
from hub.accounts.rights import allows, in_organization, require, standings
from hub.accounts.store import invitations, joining, organizations, people, teams
from hub.accounts.store.invitations import Closing
from hub.accounts.store.joining import State
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, OrganizationId, RequestId
from hub.permissions import Action, Role, nothing_here

_RANK = (Role.MEMBER, Role.ADMIN, Role.OWNER)


class Joining:
    def __init__(self, ledger: Ledger, *, mails: bool) -> None:
        """`mails`: letters arrive, so an address counts for something once it is verified."""
        self._ledger = ledger
        self._mails = mails

    async def accept(self, actor: Actor, token: str) -> tuple[Invitation, bool]:
        """What was offered, and whether the actor has joined; if not, they wait for approval.

        Raises NOT_FOUND, FORBIDDEN for another address than the invited one, or GONE.
        """
        async with self._ledger.write() as work:
            invitation, came = await self._offered(work, actor, token)
            waits = invitation.link is not None and invitation.link.needs_approval
            if waits and came is None:
                await joining.put(work.connection, invitation.id, actor.account, State.WAITING, work.now)
                record(work, Event.JOINING_ASKED, invitation, actor.account)
            elif not waits:
                await _join(work, invitation, actor.account)
                record(work, Event.INVITATION_ACCEPTED, invitation, actor.account)
        return invitation, not waits

    async def decline(self, actor: Actor, token: str) -> None:
        """Raises as `accept` does."""
        async with self._ledger.write() as work:
            invitation, _ = await self._offered(work, actor, token)
            if invitation.link is None:
                await invitations.close(work.connection, invitation.id, Closing.DECLINED, work.now)
            else:
                await joining.put(work.connection, invitation.id, actor.account, State.DECLINED, work.now)
            work.tell(ChangeKind.INVITATION, actor.account)
            record(work, Event.INVITATION_DECLINED, invitation, actor.account)

    async def requests(self, actor: Actor, organization: OrganizationId, wanted: Slice) -> Page[JoinRequest]:
        """Those that wait and that the actor may see: all, or those by the actor's own links."""
        async with self._ledger.read() as connection:
            place = await in_organization(connection, actor, organization, Action.LIST_INVITATIONS)
            everything = allows(actor, Action.SEE_ALL_INVITATIONS, standings(place.role))
            found = await joining.waiting(
                connection, organization, wanted, only_by=None if everything else actor.account
            )
        return Page.of(found, wanted, lambda request: request.id)

    async def approve(self, actor: Actor, organization: OrganizationId, request: RequestId) -> None:
        """Whoever may invite to the same may approve, whether or not the inviter still may and the link is open.

        Raises NOT_FOUND, also for who waits no more, or FORBIDDEN.
        """
        async with self._ledger.write() as work:
            found, invitation = await _waiting(work, actor, organization, request)
            await require_right(work.connection, actor, organization, invitation.role, invitation.teams)
            await _join(work, invitation, found.account)
            record(work, Event.INVITATION_APPROVED, invitation, found.account)

    async def refuse(self, actor: Actor, organization: OrganizationId, request: RequestId) -> None:
        """The account cannot come by this link again; somebody else can in its place. Raises as `approve` does."""
        async with self._ledger.write() as work:
            found, invitation = await _waiting(work, actor, organization, request)
            await joining.put(work.connection, invitation.id, found.account, State.REFUSED, work.now)
            work.tell(ChangeKind.INVITATION, found.account)
            record(work, Event.INVITATION_REFUSED, invitation, found.account)

    async def _offered(self, work: Work, actor: Actor, token: str) -> tuple[Invitation, State | None]:
        """What the actor may answer now, with the organization theirs alone; and None, or WAITING for who came."""
        connection = work.connection
        invitation = await by_token(connection, token)
        if not invitation.is_for(actor.email_key):
            # Before anything else: to whom it was forwarded it says nothing more.
            raise TeammarksError(Code.FORBIDDEN, "This invitation was made for another e-mail address.")
        account = await people.one(connection, actor.account)
        if self._mails and not (account and account.verified):
            raise TeammarksError(Code.FORBIDDEN, "Verify your e-mail address first.")
        await organizations.lock(connection, invitation.organization)
        invitation = await by_token(connection, token)  # it may have been answered while we waited
        if invitation.inviter == actor.account:
            raise TeammarksError(Code.FORBIDDEN, "You made this invitation: it is for somebody else.")
        came = await joining.state(connection, invitation.id, actor.account)
        if came is State.WAITING:
            if invitation.closed:
                raise gone()
            return invitation, came
        if came is not None:
            raise gone()
        await require_open(connection, invitation, work.now)
        return invitation, None


async def _waiting(
    work: Work, actor: Actor, organization: OrganizationId, request: RequestId
) -> tuple[JoinRequest, Invitation]:
    place = await in_organization(work, actor, organization, Action.LIST_INVITATIONS)
    found = await joining.one(work.connection, request)
    invitation = await invitations.one(work.connection, found.invitation) if found else None
    if found is None or invitation is None or invitation.organization != organization:
        raise nothing_here()
    if invitation.inviter != actor.account:
        require(actor, Action.SEE_ALL_INVITATIONS, standings(place.role))
    return found, invitation


async def _join(work: Work, invitation: Invitation, account: AccountId) -> None:
    connection, organization = work.connection, invitation.organization
    member = await organizations.member(connection, organization, account)
    if member is None:
        await organizations.add_member(connection, organization, account, invitation.role, work.now)
    elif _RANK.index(member.role) < _RANK.index(invitation.role):
        await organizations.set_role(connection, organization, account, invitation.role)
    for offered in invitation.teams:
        await _join_team(work, offered, account)
    if invitation.link is not None:
        await joining.put(connection, invitation.id, account, State.JOINED, work.now)
    if await _used_up(connection, invitation):
        await invitations.close(connection, invitation.id, Closing.ACCEPTED, work.now)
    work.tell(ChangeKind.MEMBERSHIP, account)
    work.tell(ChangeKind.INVITATION, account)


async def _used_up(connection: AsyncConnection, invitation: Invitation) -> bool:
    link = invitation.link
    return link is None or await joining.joined(connection, invitation.id) >= link.max_uses


async def _join_team(work: Work, offered: InvitedTeam, account: AccountId) -> None:
    team = await teams.one(work.connection, offered.id)
    assert team is not None, "an invitation lists the teams that exist"
    has = await teams.access(work.connection, team.id, account)
    access = offered.access.joined(has) if has else offered.access
    await teams.set_access(work.connection, team, account, access, work.now)
