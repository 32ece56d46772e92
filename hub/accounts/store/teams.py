"""Teams and memberships in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import Access, MyTeam, Pins, Slice, Team, TeamMember
from hub.accounts.store.rows import Found, Query, sliced
from hub.ids import AccountId, DocumentId, OrganizationId, TeamId, document_of, new_id
from hub.permissions import suspended
from hub.schema import accounts, documents, memberships, organizations, teams


async def add(connection: AsyncConnection, organization: OrganizationId, name: str, now: datetime) -> Team:
    """The team and its document; a room for it can be opened as soon as this is committed."""
    team = TeamId(new_id())
    await connection.execute(insert(teams).values(id=team, organization_id=organization, name=name, created_at=now))
    await connection.execute(insert(documents).values(id=document_of(team), head=0))
    return Team(team, name, organization, now)


async def one(connection: AsyncConnection, team: TeamId, *, deleted: bool = False) -> Team | None:
    """Where it is there, or where it is `deleted`."""
    query = select(teams).where(teams.c.id == team, _is(deleted))
    row = (await connection.execute(query)).one_or_none()
    return _team(row) if row else None


async def of_organization(
    connection: AsyncConnection, organization: OrganizationId, wanted: Slice, *, only_of: AccountId | None
) -> Sequence[Team]:
    """All its teams, or those of which `only_of` is a member."""
    query = select(teams).where(teams.c.organization_id == organization, _is(deleted=False))
    if only_of is not None:
        theirs = select(memberships.c.team_id).where(memberships.c.account_id == only_of)
        query = query.where(teams.c.id.in_(theirs))
    return [_team(row) for row in await connection.execute(sliced(query, teams.c.id, wanted))]


async def deleted_since(
    connection: AsyncConnection, organization: OrganizationId, wanted: Slice, since: datetime
) -> Sequence[Team]:
    query = select(teams).where(teams.c.organization_id == organization, teams.c.deleted_at > since)
    return [_team(row) for row in await connection.execute(sliced(query, teams.c.id, wanted))]


async def of_account(connection: AsyncConnection, account: AccountId, wanted: Slice, pins: Pins) -> Sequence[MyTeam]:
    """Those that `pins` reach."""
    query = (
        select(teams, organizations.c.name.label("organization_name"), organizations.c.suspended_at, *_RIGHTS)
        .join_from(memberships, teams, memberships.c.team_id == teams.c.id)
        .join(organizations, teams.c.organization_id == organizations.c.id)
        .where(memberships.c.account_id == account, teams.c.deleted_at.is_(None))
    )
    if pins:
        query = query.where(or_(teams.c.organization_id.in_(pins.organizations), teams.c.id.in_(pins.teams)))
    return [
        MyTeam(
            TeamId(row.id),
            row.name,
            OrganizationId(row.organization_id),
            row.organization_name,
            _access(row),
            row.suspended_at is not None,
        )
        for row in await connection.execute(sliced(query, teams.c.id, wanted))
    ]


async def rename(connection: AsyncConnection, team: TeamId, name: str) -> None:
    await connection.execute(update(teams).where(teams.c.id == team).values(name=name))


async def mark_deleted(connection: AsyncConnection, team: TeamId, now: datetime | None) -> None:
    """Or not deleted any more, where `now` is None."""
    await connection.execute(update(documents).where(documents.c.id == document_of(team)).values(deleted_at=now))
    await connection.execute(update(teams).where(teams.c.id == team).values(deleted_at=now))


async def access(connection: AsyncConnection, team: TeamId, account: AccountId) -> Access | None:
    row = (await connection.execute(select(*_RIGHTS).where(_this(team, account)))).one_or_none()
    return _access(row) if row else None


async def access_to_document(connection: AsyncConnection, document: DocumentId, account: AccountId) -> Access | None:
    """None where there is no such document, it is deleted, or the account is no member of its team.

    Raises ORGANIZATION_SUSPENDED to a member.
    """
    query = (
        select(*_RIGHTS, documents.c.suspended_at)
        .join_from(memberships, documents, memberships.c.team_id == documents.c.id)
        .where(documents.c.id == document, documents.c.deleted_at.is_(None), memberships.c.account_id == account)
    )
    row = (await connection.execute(query)).one_or_none()
    if row and row.suspended_at:
        raise suspended()
    return _access(row) if row else None


async def set_access(connection: AsyncConnection, team: Team, account: AccountId, new: Access, now: datetime) -> bool:
    """True where the account became a member by it. It has to be a member of the team's organization."""
    values = {"can_read": new.can_read, "can_write": new.can_write, "is_manager": new.is_manager}
    changed = await connection.execute(update(memberships).where(_this(team.id, account)).values(**values))
    if changed.rowcount:
        return False
    await connection.execute(
        insert(memberships).values(
            team_id=team.id, account_id=account, organization_id=team.organization, created_at=now, **values
        )
    )
    return True


async def remove_member(connection: AsyncConnection, team: TeamId, account: AccountId) -> None:
    await connection.execute(delete(memberships).where(_this(team, account)))


async def members(connection: AsyncConnection, team: TeamId, wanted: Slice) -> Sequence[TeamMember]:
    query = sliced(_member_rows(team), memberships.c.account_id, wanted)
    return [_member(row) for row in await connection.execute(query)]


async def member(connection: AsyncConnection, team: TeamId, account: AccountId) -> TeamMember | None:
    row = (await connection.execute(_member_rows(team).where(memberships.c.account_id == account))).one_or_none()
    return _member(row) if row else None


async def member_ids(connection: AsyncConnection, team: TeamId) -> Sequence[AccountId]:
    found = await connection.scalars(select(memberships.c.account_id).where(memberships.c.team_id == team))
    return [AccountId(account) for account in found]


def _is(deleted: bool) -> ColumnElement[bool]:
    return teams.c.deleted_at.is_not(None) if deleted else teams.c.deleted_at.is_(None)


_RIGHTS = (memberships.c.can_read, memberships.c.can_write, memberships.c.is_manager)


def _this(team: TeamId, account: AccountId) -> ColumnElement[bool]:
    return and_(memberships.c.team_id == team, memberships.c.account_id == account)


def _member_rows(team: TeamId) -> Query:
    return (
        select(memberships, accounts.c.display_name, accounts.c.email)
        .join_from(memberships, accounts, memberships.c.account_id == accounts.c.id)
        .where(memberships.c.team_id == team)
    )


def _team(row: Found) -> Team:
    return Team(TeamId(row.id), row.name, OrganizationId(row.organization_id), row.created_at, row.deleted_at)


def _access(row: Found) -> Access:
    return Access(row.can_read, row.can_write, row.is_manager)


def _member(row: Found) -> TeamMember:
    return TeamMember(AccountId(row.account_id), row.display_name, row.email, _access(row), row.created_at)
