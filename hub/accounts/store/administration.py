"""The hub as a whole in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import AccountOverview, OrganizationOverview, Slice, Statistics
from hub.accounts.store.rows import sliced
from hub.ids import AccountId, OrganizationId
from hub.permissions import Role
from hub.schema import accounts, documents, memberships, organization_members, organizations, sessions, teams


async def accounts_found(
    connection: AsyncConnection, search: str, wanted: Slice, now: datetime
) -> Sequence[AccountOverview]:
    living = (
        select(func.count())
        .select_from(sessions)
        .where(sessions.c.account_id == accounts.c.id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
        .scalar_subquery()
    )
    query = select(accounts, living.label("sessions"))
    if search:
        query = query.where(
            or_(
                accounts.c.email_key.icontains(search, autoescape=True),
                accounts.c.display_name.icontains(search, autoescape=True),
            )
        )
    return [
        AccountOverview(
            id=AccountId(row.id),
            email=row.email,
            display_name=row.display_name,
            verified=row.verified_at is not None,
            disabled=row.disabled_at is not None,
            is_admin=row.is_admin,
            sessions=row.sessions,
            created_at=row.created_at,
        )
        for row in await connection.execute(sliced(query, accounts.c.id, wanted))
    ]


async def organizations_found(
    connection: AsyncConnection, search: str, wanted: Slice
) -> Sequence[OrganizationOverview]:
    members = (
        select(func.count())
        .select_from(organization_members)
        .where(organization_members.c.organization_id == organizations.c.id)
        .scalar_subquery()
    )
    its_teams = (
        select(func.count())
        .select_from(teams)
        .where(teams.c.organization_id == organizations.c.id, teams.c.deleted_at.is_(None))
        .scalar_subquery()
    )
    owners = _living_owners().where(organization_members.c.organization_id == organizations.c.id).scalar_subquery()
    query = select(organizations, members.label("members"), its_teams.label("teams"), owners.label("owners")).where(
        organizations.c.deleted_at.is_(None)
    )
    if search:
        query = query.where(organizations.c.name.icontains(search, autoescape=True))
    return [
        OrganizationOverview(
            id=OrganizationId(row.id),
            name=row.name,
            suspended=row.suspended_at is not None,
            orphaned=row.owners == 0,
            members=row.members,
            teams=row.teams,
            created_at=row.created_at,
        )
        for row in await connection.execute(sliced(query, organizations.c.id, wanted))
    ]


async def statistics(connection: AsyncConnection, now: datetime) -> Statistics:
    async def count(query: Select[int]) -> int:
        return await connection.scalar(query) or 0

    everybody = select(func.count()).select_from(accounts)
    all_organizations = select(func.count()).select_from(organizations).where(organizations.c.deleted_at.is_(None))
    return Statistics(
        accounts=await count(everybody),
        accounts_disabled=await count(everybody.where(accounts.c.disabled_at.is_not(None))),
        admins=await count(everybody.where(accounts.c.is_admin)),
        sessions=await count(
            select(func.count())
            .select_from(sessions)
            .where(sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
        ),
        organizations=await count(all_organizations),
        organizations_suspended=await count(all_organizations.where(organizations.c.suspended_at.is_not(None))),
        teams=await count(select(func.count()).select_from(teams).where(teams.c.deleted_at.is_(None))),
        memberships=await count(select(func.count()).select_from(memberships)),
        # What each document has been sent so far: counting the rows would read all of them.
        updates=int(await connection.scalar(select(func.sum(documents.c.head))) or 0),
    )


async def set_disabled(connection: AsyncConnection, account: AccountId, at: datetime | None) -> None:
    await connection.execute(update(accounts).where(accounts.c.id == account).values(disabled_at=at))


async def set_admin(connection: AsyncConnection, account: AccountId, is_admin: bool) -> None:
    await connection.execute(update(accounts).where(accounts.c.id == account).values(is_admin=is_admin))


async def end_sessions(connection: AsyncConnection, account: AccountId, because: str, now: datetime) -> int:
    """How many lived until now."""
    changed = await connection.execute(
        update(sessions)
        .where(sessions.c.account_id == account, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
        .values(revoked_at=now, revoked_because=because)
    )
    return changed.rowcount


async def set_suspended(connection: AsyncConnection, organization: OrganizationId, at: datetime | None) -> None:
    """With all its documents, where the log looks before it takes anything."""
    of_it = select(teams.c.id).where(teams.c.organization_id == organization)
    # In the order in which the log takes them.
    await connection.execute(
        select(documents.c.id).where(documents.c.id.in_(of_it)).order_by(documents.c.id).with_for_update()
    )
    await connection.execute(update(documents).where(documents.c.id.in_(of_it)).values(suspended_at=at))
    await connection.execute(update(organizations).where(organizations.c.id == organization).values(suspended_at=at))


async def living_owners(connection: AsyncConnection, organization: OrganizationId) -> int:
    """How many can log in."""
    query = _living_owners().where(organization_members.c.organization_id == organization)
    return await connection.scalar(query) or 0


def _living_owners() -> Select[int]:
    return (
        select(func.count())
        .select_from(organization_members.join(accounts))
        .where(organization_members.c.role == Role.OWNER, accounts.c.disabled_at.is_(None))
    )
