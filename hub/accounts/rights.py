"""The one place where use cases ask what their actor may do: what the matrix says and, by an API token, its scopes too.

`in_organization` and `in_team` load the place and the actor's standing in it inside the caller's transaction. The rule:
who asks for some `Work` first has the organization to itself until that work ends, so what is answered, and whatever
else is read of the organization, its members, teams and invitations after it, still holds when the work commits. Locks
are taken in the order session, organization, document, member.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from hub import permissions
from hub.accounts.models import Access, Account, Actor, Organization, Team
from hub.accounts.store import organizations, people, sessions, teams
from hub.accounts.work import Work
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, OrganizationId, TeamId
from hub.permissions import AFTER_RECENT_LOG_IN, Action, Role, Standing, nothing_here, suspended
from hub.scopes import not_for_tokens

Within: TypeAlias = AsyncConnection | Work
"""A reader's connection, or work that is going to write."""

Asking: TypeAlias = Actor | AccountId
"""Who asks; or an account whose right is asked for though it is not here, like an inviter's."""

RECENT: Final = timedelta(minutes=10)
"""So long whoever logged in may do what is dangerous. Then somebody else may have the device."""


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


def require(who: Asking, action: Action, standings: Iterable[Standing]) -> None:
    """Raises NOT_FOUND or FORBIDDEN as the matrix says, TOKEN_NOT_ALLOWED for what is not among the token's scopes,
    RECENT_LOGIN_REQUIRED for what is done after a recent log-in alone.
    """
    permissions.require(action, standings)
    if not _in_scope(who, action):
        raise not_for_tokens()
    if isinstance(who, Actor) and action in AFTER_RECENT_LOG_IN:
        require_recent(who)


def allows(who: Asking, action: Action, standings: Iterable[Standing]) -> bool:
    return permissions.allows(action, standings) and _in_scope(who, action)


def require_recent(actor: Actor) -> None:
    """Raises RECENT_LOGIN_REQUIRED where the actor has not said lately who they are, TOKEN_NOT_ALLOWED to a program."""
    if actor.token:
        raise not_for_tokens()
    if actor.asked_at - actor.proved_at > RECENT:
        raise TeammarksError(Code.RECENT_LOGIN_REQUIRED, "Give your password or second factor again, then try again.")


async def still_here(work: Work, actor: Actor) -> Account:
    """The actor's account, held, while their session lives: what they leave behind must not come after its end.

    Raises SESSION_ENDED.
    """
    found = await people.held(work.connection, actor.account)
    session = await sessions.alive(work.connection, actor.session, work.now)
    if found is None or session is None or session.ended or session.disabled:
        raise TeammarksError(Code.SESSION_ENDED, "This session has just ended; log in again.")
    return found.account


async def in_organization(within: Within, who: Asking, organization: OrganizationId, action: Action) -> Organization:
    """The organization, where `who` may do `action` in it.

    Otherwise raises as `require` does, or ORGANIZATION_SUSPENDED.
    """
    connection = _connection(within)
    if isinstance(within, Work):
        await organizations.lock(connection, organization)
    found, system_admin = await _seen(connection, organization, who)
    if found is None:
        raise nothing_here()
    require(who, action, standings(found.role, system_admin=system_admin))
    _require_not_suspended(found, action, within, system_admin)
    return found


async def in_team(within: Within, who: Asking, team: TeamId, action: Action, *, deleted: bool = False) -> TeamPlace:
    """The team, where `who` may do `action` in it, and where it is there or, if so asked, where it is `deleted`.

    Otherwise raises as `require` does, or ORGANIZATION_SUSPENDED.
    """
    connection = _connection(within)
    found = await teams.one(connection, team, deleted=deleted)
    if found and isinstance(within, Work):
        await organizations.lock(connection, found.organization)
        found = await teams.one(connection, team, deleted=deleted)  # it may have gone while we waited
    if found is None:
        raise nothing_here()
    organization, system_admin = await _seen(connection, found.organization, who, team)
    if organization is None:
        raise nothing_here()
    access = await teams.access(connection, team, _account(who))
    place = TeamPlace(found, frozenset(standings(organization.role, access, system_admin=system_admin)))
    require(who, action, place.standings)
    _require_not_suspended(organization, action, within, system_admin)
    return place


async def in_hub(within: Within, who: Asking, action: Action) -> None:
    """Whether `who` may do `action`, which is about the hub as a whole.

    Otherwise raises as `require` does.
    """
    system_admin = await people.is_admin(_connection(within), _account(who))
    require(who, action, standings(None, system_admin=system_admin))


async def _seen(
    connection: AsyncConnection, organization: OrganizationId, who: Asking, team: TeamId | None = None
) -> tuple[Organization | None, bool]:
    """The organization, where the account is a member or an admin of the hub, and whether it is the latter.

    None also where the token is pinned to neither it nor the team of it that is asked for.
    """
    if isinstance(who, Actor) and not who.pins.reach(organization, team):
        return None, False
    account = _account(who)
    system_admin = await people.is_admin(connection, account)
    found = await organizations.seen_by(connection, organization, account)
    if found is None and system_admin:
        found = await organizations.one(connection, organization)
    return found, system_admin


def _require_not_suspended(place: Organization, action: Action, within: Within, system_admin: bool) -> None:
    """Of a suspended organization its members see that it is one; an admin of the hub sees what such admins may see."""
    seen = action is Action.SEE_ORGANIZATION or (system_admin and permissions.allows(action, [Standing.SYSTEM_ADMIN]))
    if place.suspended and (isinstance(within, Work) or not seen):
        raise suspended()


def _connection(within: Within) -> AsyncConnection:
    return within.connection if isinstance(within, Work) else within


def _in_scope(who: Asking, action: Action) -> bool:
    return not isinstance(who, Actor) or who.token is None or who.token.may(action)


def _account(who: Asking) -> AccountId:
    return who.account if isinstance(who, Actor) else who
