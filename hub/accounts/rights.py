"""The one place where use cases ask what their actor may do.

Both questions load the place and the actor's standing in it inside the caller's transaction. The rule: who asks for
some `Work` first has the organization to itself until that work ends, so what is answered, and whatever else is read
of the organization, its members, teams and invitations after it, still holds when the work commits. Locks are taken in
the order session, organization, document, member.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import Access, Organization, Team
from hub.accounts.store import organizations, people, teams
from hub.accounts.work import Work
from hub.ids import AccountId, OrganizationId, TeamId
from hub.permissions import Action, Role, Standing, allows, nothing_here, require, suspended

Within: TypeAlias = AsyncConnection | Work
"""A reader's connection, or work that is going to write."""


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team and what the actor is to it."""

    team: Team
    standings: frozenset[Standing]


def standings(role: Role | None, access: Access | None = None, *, system_admin: bool = False) -> Iterable[Standing]:
    yield Standing.STRANGER
    if system_admin:
        yield Standing.SYSTEM_ADMIN
    if role is not None:
        yield Standing(role)
    if access is not None:
        yield from access.standings


async def in_organization(
    within: Within, account: AccountId, organization: OrganizationId, action: Action
) -> Organization:
    """The organization, where `account` may do `action` in it.

    Otherwise raises NOT_FOUND, FORBIDDEN or ORGANIZATION_SUSPENDED.
    """
    connection = _connection(within)
    if isinstance(within, Work):
        await organizations.lock(connection, organization)
    found, system_admin = await _seen(connection, organization, account)
    if found is None:
        raise nothing_here()
    require(action, standings(found.role, system_admin=system_admin))
    _require_not_suspended(found, action, within, system_admin)
    return found


async def in_team(
    within: Within, account: AccountId, team: TeamId, action: Action, *, deleted: bool = False
) -> TeamPlace:
    """The team, where `account` may do `action` in it, and where it is there or, if so asked, where it is `deleted`.

    Otherwise raises NOT_FOUND, FORBIDDEN or ORGANIZATION_SUSPENDED.
    """
    connection = _connection(within)
    found = await teams.one(connection, team, deleted=deleted)
    if found and isinstance(within, Work):
        await organizations.lock(connection, found.organization)
        found = await teams.one(connection, team, deleted=deleted)  # it may have gone while we waited
    if found is None:
        raise nothing_here()
    organization, system_admin = await _seen(connection, found.organization, account)
    if organization is None:
        raise nothing_here()
    access = await teams.access(connection, team, account)
    place = TeamPlace(found, frozenset(standings(organization.role, access, system_admin=system_admin)))
    require(action, place.standings)
    _require_not_suspended(organization, action, within, system_admin)
    return place


async def in_hub(within: Within, account: AccountId, action: Action) -> None:
    """Whether `account` may do `action`, which is about the hub as a whole; otherwise raises FORBIDDEN."""
    require(action, standings(None, system_admin=await people.is_admin(_connection(within), account)))


async def _seen(
    connection: AsyncConnection, organization: OrganizationId, account: AccountId
) -> tuple[Organization | None, bool]:
    """The organization, where the account is a member or an admin of the hub, and whether it is the latter."""
    system_admin = await people.is_admin(connection, account)
    found = await organizations.seen_by(connection, organization, account)
    if found is None and system_admin:
        found = await organizations.one(connection, organization)
    return found, system_admin


def _require_not_suspended(place: Organization, action: Action, within: Within, system_admin: bool) -> None:
    """Of a suspended organization its members see that it is one; an admin of the hub sees what such admins may see."""
    seen = action is Action.SEE_ORGANIZATION or (system_admin and allows(action, [Standing.SYSTEM_ADMIN]))
    if place.suspended and (isinstance(within, Work) or not seen):
        raise suspended()


def _connection(within: Within) -> AsyncConnection:
    return within.connection if isinstance(within, Work) else within
