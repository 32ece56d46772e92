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
from hub.accounts.store import organizations, teams
from hub.accounts.work import Work
from hub.ids import AccountId, OrganizationId, TeamId
from hub.permissions import Action, Role, Standing, nothing_here, require

Within: TypeAlias = AsyncConnection | Work
"""A reader's connection, or work that is going to write."""


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team and what the actor is to it."""

    team: Team
    standings: frozenset[Standing]


def standings(role: Role | None, access: Access | None = None) -> Iterable[Standing]:
    yield Standing.STRANGER
    if role is not None:
        yield Standing(role)
    if access is not None:
        yield from access.standings


async def in_organization(
    within: Within, account: AccountId, organization: OrganizationId, action: Action
) -> Organization:
    """The organization, where `account` may do `action` in it; otherwise raises NOT_FOUND or FORBIDDEN."""
    if isinstance(within, Work):
        await organizations.lock(within.connection, organization)
    found = await organizations.seen_by(_connection(within), organization, account)
    require(action, standings(found.role if found else None))
    assert found is not None, f"a stranger may not {action}"
    return found


async def in_team(within: Within, account: AccountId, team: TeamId, action: Action) -> TeamPlace:
    """The team, where `account` may do `action` in it; otherwise raises NOT_FOUND or FORBIDDEN."""
    connection = _connection(within)
    found = await teams.one(connection, team)
    if found and isinstance(within, Work):
        await organizations.lock(connection, found.organization)
        found = await teams.one(connection, team)  # it may have gone while we waited
    if found is None:
        raise nothing_here()
    organization = await organizations.seen_by(connection, found.organization, account)
    access = await teams.access(connection, team, account)
    place = TeamPlace(found, frozenset(standings(organization.role if organization else None, access)))
    require(action, place.standings)
    return place


def _connection(within: Within) -> AsyncConnection:
    return within.connection if isinstance(within, Work) else within
