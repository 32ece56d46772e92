"""Organizations and their members in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.models import Member, Organization, Pins, Slice
from hub.accounts.store.rows import Found, Query, sliced
from hub.ids import AccountId, OrganizationId, new_id
from hub.permissions import Role
from hub.schema import accounts, documents, organization_members, organizations, teams

_members = organization_members


async def add(connection: AsyncConnection, name: str, owner: AccountId, now: datetime) -> Organization:
    organization = OrganizationId(new_id())
    await connection.execute(insert(organizations).values(id=organization, name=name, created_at=now))
    await add_member(connection, organization, owner, Role.OWNER, now)
    return Organization(organization, name, Role.OWNER, now)


async def lock(connection: AsyncConnection, organization: OrganizationId) -> None:
    """Keeps everybody else who locks it waiting until this transaction ends.

    A statement of its own: what is read with the lock was looked up before the wait for it.
    """
    await connection.execute(
        select(organizations.c.id).where(organizations.c.id == organization).with_for_update(key_share=True)
    )


async def seen_by(connection: AsyncConnection, organization: OrganizationId, account: AccountId) -> Organization | None:
    """None where the account is no member."""
    row = (await connection.execute(_mine(account).where(organizations.c.id == organization))).one_or_none()
    return _organization(row) if row else None


async def one(connection: AsyncConnection, organization: OrganizationId) -> Organization | None:
    """As somebody sees it who is no member."""
    query = select(organizations, null().label("role")).where(
        organizations.c.id == organization, organizations.c.deleted_at.is_(None)
    )
    row = (await connection.execute(query)).one_or_none()
    return _organization(row) if row else None


async def of_account(
    connection: AsyncConnection, account: AccountId, wanted: Slice, pins: Pins
) -> Sequence[Organization]:
    """Those that `pins` reach."""
    query = _mine(account)
    if pins:
        query = query.where(organizations.c.id.in_(pins.organizations))
    return [_organization(row) for row in await connection.execute(sliced(query, organizations.c.id, wanted))]


async def rename(connection: AsyncConnection, organization: OrganizationId, name: str) -> None:
    await connection.execute(update(organizations).where(organizations.c.id == organization).values(name=name))


async def mark_deleted(connection: AsyncConnection, organization: OrganizationId, now: datetime) -> None:
    """With its teams and their documents, so that no folder of it can be opened or written any more."""
    of_it = select(teams.c.id).where(teams.c.organization_id == organization, teams.c.deleted_at.is_(None))
    # In the order in which the log takes them.
    await connection.execute(
        select(documents.c.id).where(documents.c.id.in_(of_it)).order_by(documents.c.id).with_for_update()
    )
    await connection.execute(update(documents).where(documents.c.id.in_(of_it)).values(deleted_at=now))
    await connection.execute(update(teams).where(teams.c.id.in_(of_it)).values(deleted_at=now))
    await connection.execute(update(organizations).where(organizations.c.id == organization).values(deleted_at=now))


async def add_member(
    connection: AsyncConnection, organization: OrganizationId, account: AccountId, role: Role, now: datetime
) -> None:
    await connection.execute(
        insert(_members).values(organization_id=organization, account_id=account, role=role, created_at=now)
    )


async def members(connection: AsyncConnection, organization: OrganizationId, wanted: Slice) -> Sequence[Member]:
    query = sliced(_member_rows(organization), _members.c.account_id, wanted)
    return [_member(row) for row in await connection.execute(query)]


async def member(connection: AsyncConnection, organization: OrganizationId, account: AccountId) -> Member | None:
    row = (await connection.execute(_member_rows(organization).where(_members.c.account_id == account))).one_or_none()
    return _member(row) if row else None


async def member_ids(connection: AsyncConnection, organization: OrganizationId) -> Sequence[AccountId]:
    found = await connection.scalars(select(_members.c.account_id).where(_members.c.organization_id == organization))
    return [AccountId(account) for account in found]


async def set_role(connection: AsyncConnection, organization: OrganizationId, account: AccountId, role: Role) -> None:
    await connection.execute(
        update(_members)
        .where(_members.c.organization_id == organization, _members.c.account_id == account)
        .values(role=role)
    )


async def remove_member(connection: AsyncConnection, organization: OrganizationId, account: AccountId) -> None:
    """Memberships in its teams go with it, by the foreign key."""
    await connection.execute(
        delete(_members).where(_members.c.organization_id == organization, _members.c.account_id == account)
    )


async def has_another_owner(connection: AsyncConnection, organization: OrganizationId, account: AccountId) -> bool:
    """Whether somebody else owns it who can log in, until this transaction ends."""
    found = await connection.execute(
        select(_members.c.account_id)
        .join(accounts, accounts.c.id == _members.c.account_id)
        .where(
            _members.c.organization_id == organization,
            _members.c.role == Role.OWNER,
            _members.c.account_id != account,
            accounts.c.disabled_at.is_(None),
        )
        .order_by(_members.c.account_id)
        .with_for_update(read=True, of=accounts)
    )
    return bool(found.all())


async def ids_of(connection: AsyncConnection, account: AccountId) -> Sequence[OrganizationId]:
    """Of all it is a member of, in the order in which they are to be locked."""
    query = select(_members.c.organization_id).where(_members.c.account_id == account)
    found = await connection.scalars(
        query.join(organizations).where(organizations.c.deleted_at.is_(None)).order_by(_members.c.organization_id)
    )
    return [OrganizationId(organization) for organization in found]


def _mine(account: AccountId) -> Query:
    return (
        select(organizations, _members.c.role)
        .join_from(organizations, _members)
        .where(_members.c.account_id == account, organizations.c.deleted_at.is_(None))
    )


def _organization(row: Found) -> Organization:
    role = row.role and Role(row.role)
    return Organization(OrganizationId(row.id), row.name, role, row.created_at, row.suspended_at is not None)


def _member_rows(organization: OrganizationId) -> Query:
    return (
        select(_members.c.account_id, accounts.c.display_name, accounts.c.email, _members.c.role, _members.c.created_at)
        .join_from(_members, accounts)
        .where(_members.c.organization_id == organization)
    )


def _member(row: Found) -> Member:
    return Member(AccountId(row.account_id), row.display_name, row.email, Role(row.role), row.created_at)
