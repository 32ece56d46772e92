"""Invitations: offers to join an organization and some of its teams, for one e-mail address or whoever holds a link.

The rule: nobody joins without consent, an invitation is known by its token, of which only a hash is kept, and it is
worth what its inviter may give at the moment it is used, not when it was made.
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
from hub.accounts.models import Actor, Invitation, InvitedTeam, Link, Page, Slice
from hub.accounts.rights import Asking, allows, in_organization, in_team, require, standings
from hub.accounts.store import invitations, people
from hub.accounts.store.invitations import Closing
from hub.accounts.work import Ledger, Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, InvitationId, OrganizationId, TeamId
from hub.mail.letters import Invited
from hub.permissions import Action, Role, nothing_here

LIFETIME = timedelta(days=14)
"""Where the inviter chooses none."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A team that an invitation is to include."""

    team: TeamId
    can_write: bool
    is_manager: bool


class Invitations:
    def __init__(self, ledger: Ledger, public_url: str, *, mails: bool) -> None:
        """`mails`: letters arrive, so that the link is for who reads them alone."""
        self._ledger = ledger
        self._public_url = public_url
        self._mails = mails

    async def create(
        self,
        actor: Actor,
        organization: OrganizationId,
        invited: Address | Link,
        role: Role,
        offers: Sequence[Offer],
        lifetime: timedelta = LIFETIME,
    ) -> tuple[Invitation, str | None]:
        """The invitation and its address, which nobody can be told again. None: it has been mailed."""
        token = secrets.token_urlsafe(32)
        async with self._ledger.write() as work:
            await in_organization(work, actor, organization, Action.LIST_INVITATIONS)
            to_teams = [InvitedTeam(offer.team, "", offer.can_write, offer.is_manager) for offer in offers]
            await require_right(work.connection, actor, organization, role, to_teams)
            made = await invitations.add(
                work.connection,
                organization,
                invited,
                role,
                to_teams,
                actor.account,
                _hashed(token),
                work.now,
                work.now + lifetime,
            )
            invitation = await _one(work.connection, made)
            await _tell_invited(work, invitation)
            record(work, Event.INVITED, invitation)
            return invitation, self._delivered(work, invitation, token)

    async def of_organization(self, actor: Actor, organization: OrganizationId, wanted: Slice) -> Page[Invitation]:
        """Those not answered yet that the actor may see: all, or the actor's own."""
        async with self._ledger.read() as connection:
            place = await in_organization(connection, actor, organization, Action.LIST_INVITATIONS)
            everything = allows(actor, Action.SEE_ALL_INVITATIONS, standings(place.role))
            found = await invitations.open_in(
                connection, organization, wanted, only_by=None if everything else actor.account
            )
        return Page.of(found, wanted, lambda invitation: invitation.id)

    async def for_me(self, actor: Actor, wanted: Slice) -> Page[Invitation]:
        async with self._ledger.read() as connection:
            found = await invitations.open_for(connection, actor.email_key, wanted, self._ledger.now())
        return Page.of(found, wanted, lambda invitation: invitation.id)

    async def send_again(
        self, actor: Actor, organization: OrganizationId, invitation: InvitationId, lifetime: timedelta = LIFETIME
    ) -> tuple[Invitation, str | None]:
        """With a new token, as if the actor had made it now; the old token is worth nothing any more.

        As `create` otherwise. Raises NOT_FOUND, also for what has been answered or withdrawn.
        """
        token = secrets.token_urlsafe(32)
        async with self._ledger.write() as work:
            found = await _theirs(work, actor, organization, invitation)
            await require_right(work.connection, actor, organization, found.role, found.teams)
            await invitations.renew(work.connection, invitation, actor.account, _hashed(token), work.now + lifetime)
            found = await _one(work.connection, invitation)
            await _tell_invited(work, found)
            record(work, Event.INVITATION_SENT_AGAIN, found)
            return found, self._delivered(work, found, token)

    async def withdraw(self, actor: Actor, organization: OrganizationId, invitation: InvitationId) -> None:
        """Raises NOT_FOUND, also for what has been answered or withdrawn."""
        async with self._ledger.write() as work:
            found = await _theirs(work, actor, organization, invitation)
            await invitations.close(work.connection, invitation, Closing.WITHDRAWN, work.now)
            await _tell_invited(work, found)
            record(work, Event.INVITATION_WITHDRAWN, found)

    async def look_up(self, token: str) -> Invitation:
        """For whoever holds the token, logged in or not. Raises NOT_FOUND or GONE."""
        async with self._ledger.read() as connection:
            return await open_by_token(connection, token, self._ledger.now())

    def _delivered(self, work: Work, invitation: Invitation, token: str) -> str | None:
        """Mails it where it is for an address. The address that the inviter has to pass on, if it is theirs to know."""
        if invitation.email is not None:
            work.mail(invitation.email, Invited(invitation.inviter_name, invitation.organization_name, token))
            if self._mails:
                return None
        # In the fragment, which no browser sends: a token in a path or query lands in logs.
        return f"{self._public_url}/join#{token}"


async def open_by_token(connection: AsyncConnection, token: str, now: datetime) -> Invitation:
    """The invitation, where it may be used at this moment by somebody. Raises NOT_FOUND or GONE."""
    invitation = await by_token(connection, token)
    await require_open(connection, invitation, now)
    return invitation


async def by_token(connection: AsyncConnection, token: str) -> Invitation:
    found = await invitations.by_token(connection, _hashed(token))
    if found is None:
        raise TeammarksError(Code.NOT_FOUND, "There is no such invitation; check that the link is complete.")
    return found


async def require_open(connection: AsyncConnection, invitation: Invitation, now: datetime) -> None:
    if invitation.closed or invitation.full or invitation.inviter_disabled or invitation.expires_at <= now:
        raise gone()
    try:
        await require_right(connection, invitation.inviter, invitation.organization, invitation.role, invitation.teams)
    except TeammarksError as error:
        if error.code is Code.ORGANIZATION_SUSPENDED:
            raise
        raise TeammarksError(
            Code.GONE, "Who made this invitation may not invite to this any more; ask for a new one."
        ) from error


def gone() -> TeammarksError:
    return TeammarksError(Code.GONE, "This invitation is used, withdrawn or expired; ask for a new one.")


async def require_right(
    connection: AsyncConnection,
    inviter: Asking,
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


def record(work: Work, event: Event, invitation: Invitation, account: AccountId | None = None) -> None:
    work.record(
        event,
        organization=invitation.organization,
        account=account,
        invitation=invitation.id,
        role=invitation.role,
        teams=len(invitation.teams),
        by_link=invitation.link is not None,
    )


async def _theirs(work: Work, actor: Actor, organization: OrganizationId, invitation: InvitationId) -> Invitation:
    """One that is not answered yet and that the actor made, or may see everyone's. Raises NOT_FOUND."""
    place = await in_organization(work, actor, organization, Action.LIST_INVITATIONS)
    found = await invitations.one(work.connection, invitation)
    if found is None or found.organization != organization or found.closed:
        raise nothing_here()
    if found.inviter != actor.account:
        require(actor, Action.SEE_ALL_INVITATIONS, standings(place.role))
    return found


async def _one(connection: AsyncConnection, invitation: InvitationId) -> Invitation:
    found = await invitations.one(connection, invitation)
    assert found is not None, "it was made in this transaction, or found"
    return found


async def _tell_invited(work: Work, invitation: Invitation) -> None:
    known = await people.by_address(work.connection, invitation.email_key)
    if known:
        work.tell(ChangeKind.INVITATION, known.account.id)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
