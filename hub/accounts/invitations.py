"""Invitations: an offer to one e-mail address to join an organization and some of its teams.

The rule: nobody joins without consent, an invitation is used once and by the address it was made for, and it is worth
what its inviter may give at the moment it is accepted, not when it was made.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import ChangeKind
from hub.accounts.addresses import Address
from hub.accounts.audit import Event
from hub.accounts.models import Actor, Invitation, InvitedTeam, Page, Slice
from hub.accounts.rights import in_organization, in_team, standings
from hub.accounts.store import invitations, organizations, people, teams
from hub.accounts.store.invitations import Closing
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, InvitationId, OrganizationId, TeamId
from hub.permissions import Action, Role, allows, nothing_here, require

LIFETIME = timedelta(days=14)
_RANK = (Role.MEMBER, Role.ADMIN, Role.OWNER)


@dataclass(frozen=True, slots=True)
class Offer:
    """A team that an invitation is to include."""

    team: TeamId
    can_write: bool
    is_manager: bool


class Invitations:
    def __init__(self, ledger: Ledger, public_url: str) -> None:
        self._ledger = ledger
        self._public_url = public_url

    async def create(
        self, actor: Actor, organization: OrganizationId, invited: Address, role: Role, offers: Sequence[Offer]
    ) -> tuple[Invitation, str]:
        """The invitation and its link. Nobody can be told the link again: only a hash of its token is kept."""
        token = secrets.token_urlsafe(32)
        async with self._ledger.write() as work:
            await in_organization(work, actor.account, organization, Action.LIST_INVITATIONS)
            to_teams = [InvitedTeam(offer.team, "", offer.can_write, offer.is_manager) for offer in offers]
            await _require_right(work.connection, actor.account, organization, role, to_teams)
            made = await invitations.add(
                work.connection,
                organization,
                invited,
                role,
                to_teams,
                actor.account,
                _hashed(token),
                work.now,
                work.now + LIFETIME,
            )
            invitation = await _one(work.connection, made)
            await _tell_invited(work, invitation)
            _record(work, Event.INVITED, invitation)
        # In the fragment, which no browser sends: a token in a path or query lands in logs.
        return invitation, f"{self._public_url}/join#{token}"

    async def of_organization(self, actor: Actor, organization: OrganizationId, wanted: Slice) -> Page[Invitation]:
        """Those not answered yet that the actor may see: all, or the actor's own."""
        async with self._ledger.read() as connection:
            place = await in_organization(connection, actor.account, organization, Action.LIST_INVITATIONS)
            everything = allows(Action.SEE_ALL_INVITATIONS, standings(place.role))
            found = await invitations.open_in(
                connection, organization, wanted, only_by=None if everything else actor.account
            )
        return Page.of(found, wanted, lambda invitation: invitation.id)

    async def for_me(self, actor: Actor, wanted: Slice) -> Page[Invitation]:
        async with self._ledger.read() as connection:
            found = await invitations.open_for(connection, actor.email_key, wanted, self._ledger.now())
        return Page.of(found, wanted, lambda invitation: invitation.id)

    async def withdraw(self, actor: Actor, organization: OrganizationId, invitation: InvitationId) -> None:
        """Raises NOT_FOUND, also for what has been answered or withdrawn."""
        async with self._ledger.write() as work:
            place = await in_organization(work, actor.account, organization, Action.LIST_INVITATIONS)
            found = await invitations.one(work.connection, invitation)
            if found is None or found.organization != organization or found.closed:
                raise nothing_here()
            if found.inviter != actor.account:
                require(Action.SEE_ALL_INVITATIONS, standings(place.role))
            await invitations.close(work.connection, invitation, Closing.WITHDRAWN, work.now)
            await _tell_invited(work, found)
            _record(work, Event.INVITATION_WITHDRAWN, found)

    async def look_up(self, token: str) -> Invitation:
        """For whoever holds the token, logged in or not. Raises NOT_FOUND or GONE."""
        async with self._ledger.read() as connection:
            return await open_by_token(connection, token, self._ledger.now())

    async def accept(self, actor: Actor, token: str) -> Invitation:
        """Raises NOT_FOUND, FORBIDDEN for another address than the invited one, or GONE.

        Who is a member already keeps what they have and gains what the invitation adds.
        """
        async with self._ledger.write() as work:
            invitation = await _for(actor, work, token)
            organization, account = invitation.organization, actor.account
            member = await organizations.member(work.connection, organization, account)
            if member is None:
                await organizations.add_member(work.connection, organization, account, invitation.role, work.now)
            elif _RANK.index(member.role) < _RANK.index(invitation.role):
                await organizations.set_role(work.connection, organization, account, invitation.role)
            for offered in invitation.teams:
                await _join(work, offered, account)
            await invitations.close(work.connection, invitation.id, Closing.ACCEPTED, work.now)
            work.tell(ChangeKind.MEMBERSHIP, account)
            work.tell(ChangeKind.INVITATION, account)
            _record(work, Event.INVITATION_ACCEPTED, invitation, account)
        return invitation

    async def decline(self, actor: Actor, token: str) -> None:
        """Raises NOT_FOUND, FORBIDDEN for another address than the invited one, or GONE."""
        async with self._ledger.write() as work:
            invitation = await _for(actor, work, token)
            await invitations.close(work.connection, invitation.id, Closing.DECLINED, work.now)
            work.tell(ChangeKind.INVITATION, actor.account)
            _record(work, Event.INVITATION_DECLINED, invitation, actor.account)


async def open_by_token(connection: AsyncConnection, token: str, now: datetime) -> Invitation:
    """The invitation, where it may be accepted at this moment by somebody. Raises NOT_FOUND or GONE."""
    invitation = await _by_token(connection, token)
    await _require_open(connection, invitation, now)
    return invitation


async def _by_token(connection: AsyncConnection, token: str) -> Invitation:
    found = await invitations.by_token(connection, _hashed(token))
    if found is None:
        raise TeammarksError(Code.NOT_FOUND, "There is no such invitation; check that the link is complete.")
    return found


async def _for(actor: Actor, work: Work, token: str) -> Invitation:
    invitation = await _by_token(work.connection, token)
    if invitation.email_key != actor.email_key:
        # Before anything else: to whom it was forwarded it says nothing more.
        raise TeammarksError(Code.FORBIDDEN, "This invitation was made for another e-mail address.")
    await organizations.lock(work.connection, invitation.organization)
    invitation = await _by_token(work.connection, token)  # it may have been answered while we waited
    await _require_open(work.connection, invitation, work.now)
    return invitation


async def _require_open(connection: AsyncConnection, invitation: Invitation, now: datetime) -> None:
    if invitation.closed or invitation.expires_at <= now:
        raise TeammarksError(Code.GONE, "This invitation is used, withdrawn or expired; ask for a new one.")
    try:
        await _require_right(connection, invitation.inviter, invitation.organization, invitation.role, invitation.teams)
    except TeammarksError as error:
        if error.code is Code.ORGANIZATION_SUSPENDED:
            raise
        raise TeammarksError(
            Code.GONE, "Who made this invitation may not invite to this any more; ask for a new one."
        ) from error


async def _require_right(
    connection: AsyncConnection,
    inviter: AccountId,
    organization: OrganizationId,
    role: Role,
    to_teams: Sequence[InvitedTeam],
) -> None:
    """Raises FORBIDDEN or NOT_FOUND where `inviter` may not offer this."""
    if role is not Role.MEMBER:
        await in_organization(connection, inviter, organization, Action.INVITE_AS_OWNER_OR_ADMIN)
    if role is not Role.MEMBER or not to_teams:
        await in_organization(connection, inviter, organization, Action.INVITE_TO_ORGANIZATION)
    for offered in to_teams:
        place = await in_team(connection, inviter, offered.id, Action.INVITE_TO_TEAM)
        if place.team.organization != organization:
            raise nothing_here()


async def _one(connection: AsyncConnection, invitation: InvitationId) -> Invitation:
    found = await invitations.one(connection, invitation)
    assert found is not None, "it was made in this transaction"
    return found


async def _join(work: Work, offered: InvitedTeam, account: AccountId) -> None:
    team = await teams.one(work.connection, offered.id)
    assert team is not None, "an invitation lists the teams that exist"
    has = await teams.access(work.connection, team.id, account)
    access = offered.access.joined(has) if has else offered.access
    await teams.set_access(work.connection, team, account, access, work.now)


async def _tell_invited(work: Work, invitation: Invitation) -> None:
    known = await people.by_address(work.connection, invitation.email_key)
    if known:
        work.tell(ChangeKind.INVITATION, known.account.id)


def _record(work: Work, event: Event, invitation: Invitation, account: AccountId | None = None) -> None:
    work.record(
        event,
        organization=invitation.organization,
        account=account,
        invitation=invitation.id,
        role=invitation.role,
        teams=len(invitation.teams),
    )


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
