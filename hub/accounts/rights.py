"""The one place where use cases ask what their actor may do.

Both questions load the place and the actor's standing in it inside the caller's transaction, so that the answer still
holds when the caller writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import Access, Organization, Team
from hub.accounts.store import organizations, teams
from hub.ids import AccountId, OrganizationId, TeamId
from hub.permissions import Action, Role, Standing, nothing_here, require


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
    connection: AsyncConnection,
    account: AccountId,
    organization: OrganizationId,
    action: Action,
    *,
    lock: bool = False,
) -> Organization:
    """The organization, where `account` may do `action` in it; otherwise raises NOT_FOUND or FORBIDDEN.

    With `lock` nobody else changes its members until this transaction ends. Locks are taken in the order
    organization, team, member.
    """
    found = await organizations.seen_by(connection, organization, account, lock=lock)
    require(action, standings(found.role if found else None))
    assert found is not None, f"a stranger may not {action}"
    return found


async def in_team(connection: AsyncConnection, account: AccountId, team: TeamId, action: Action) -> TeamPlace:
    """The team, where `account` may do `action` in it; otherwise raises NOT_FOUND or FORBIDDEN."""
    found = await teams.one(connection, team)
    if found is None:
        raise nothing_here()
    organization = await organizations.seen_by(connection, found.organization, account, lock=False)
    access = await teams.access(connection, team, account)
    place = TeamPlace(found, frozenset(standings(organization.role if organization else None, access)))
    require(action, place.standings)
    return place
