"""Invitations in the database. Their tokens are kept as SHA-256 only: 256 random bits need no slow hash."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.addresses import Address
from hub.accounts.models import Invitation, InvitedTeam, Link, Slice, Team
from hub.accounts.store import joining
from hub.accounts.store.rows import Found, Query, sliced
from hub.ids import AccountId, InvitationId, OrganizationId, TeamId, new_id
from hub.permissions import Role
from hub.schema import accounts, invitation_teams, invitations, organizations, teams


class Closing(StrEnum):
    """How an invitation ends, named as its column."""

    ACCEPTED = "accepted_at"
    DECLINED = "declined_at"
    WITHDRAWN = "withdrawn_at"


async def add(
    connection: AsyncConnection,
    organization: OrganizationId,
    invited: Address | Link,
    role: Role,
    to_teams: Sequence[InvitedTeam],
    inviter: AccountId,
    token_hash: bytes,
    now: datetime,
    expires_at: datetime,
) -> InvitationId:
    invitation = InvitationId(new_id())
    if isinstance(invited, Link):
        whom = {"email": "", "email_key": "", "max_uses": invited.max_uses, "needs_approval": invited.needs_approval}
    else:
        whom = {"email": invited.written, "email_key": invited.key}
    await connection.execute(
        insert(invitations).values(
            **whom,
            id=invitation,
            organization_id=organization,
            role=role,
            token_hash=token_hash,
            invited_by=inviter,
            created_at=now,
            expires_at=expires_at,
        )
    )
    if to_teams:
        await connection.execute(
            insert(invitation_teams),
            [
                {
                    "invitation_id": invitation,
                    "team_id": team.id,
                    "can_write": team.can_write,
                    "is_manager": team.is_manager,
                }
                for team in to_teams
            ],
        )
    return invitation


async def by_token(connection: AsyncConnection, token_hash: bytes) -> Invitation | None:
    return await _one(connection, invitations.c.token_hash == token_hash)


async def one(connection: AsyncConnection, invitation: InvitationId) -> Invitation | None:
    return await _one(connection, invitations.c.id == invitation)


async def open_in(
    connection: AsyncConnection, organization: OrganizationId, wanted: Slice, *, only_by: AccountId | None
) -> Sequence[Invitation]:
    """Those not answered yet, also where they have expired; all, or those that `only_by` made."""
    query = _rows().where(invitations.c.organization_id == organization, *_OPEN)
    if only_by is not None:
        query = query.where(invitations.c.invited_by == only_by)
    return await _many(connection, sliced(query, invitations.c.id, wanted))


async def open_for(connection: AsyncConnection, email_key: str, wanted: Slice, now: datetime) -> Sequence[Invitation]:
    """Those that wait for an answer of this address."""
    query = _rows().where(invitations.c.email_key == email_key, invitations.c.expires_at > now, *_OPEN)
    return await _many(connection, sliced(query, invitations.c.id, wanted))


async def renew(
    connection: AsyncConnection, invitation: InvitationId, inviter: AccountId, token_hash: bytes, expires_at: datetime
) -> None:
    """From now on it has this token and no other, and this inviter."""
    await connection.execute(
        update(invitations)
        .where(invitations.c.id == invitation)
        .values(invited_by=inviter, token_hash=token_hash, expires_at=expires_at)
    )


async def close(connection: AsyncConnection, invitation: InvitationId, how: Closing, now: datetime) -> None:
    await connection.execute(update(invitations).where(invitations.c.id == invitation).values({how.value: now}))


async def withdraw_all(
    connection: AsyncConnection,
    organization: OrganizationId,
    account: AccountId,
    roles: Collection[Role],
    now: datetime,
) -> bool:
    """Closes those in which the organization offers `account` one of `roles`. True where there were any.

    Links that do so stay, and are closed to this account.
    """
    await joining.bar(connection, _links(organization).where(invitations.c.role.in_(roles)), account, now)
    changed = await connection.execute(
        update(invitations)
        .where(
            invitations.c.organization_id == organization,
            invitations.c.email_key == _key_of(account),
            invitations.c.role.in_(roles),
            *_OPEN,
        )
        .values({Closing.WITHDRAWN.value: now})
    )
    return changed.rowcount > 0


async def leave_out(connection: AsyncConnection, team: Team, account: AccountId, now: datetime) -> None:
    """Takes the team out of those that wait for `account`, and closes links to it to this account."""
    offered = select(invitation_teams.c.invitation_id).where(invitation_teams.c.team_id == team.id)
    await joining.bar(connection, _links(team.organization).where(invitations.c.id.in_(offered)), account, now)
    waiting = select(invitations.c.id).where(invitations.c.email_key == _key_of(account), *_OPEN)
    await connection.execute(
        delete(invitation_teams).where(
            invitation_teams.c.team_id == team.id, invitation_teams.c.invitation_id.in_(waiting)
        )
    )


def _key_of(account: AccountId) -> ScalarSelect[str]:
    return select(accounts.c.email_key).where(accounts.c.id == account).scalar_subquery()


_OPEN: tuple[ColumnElement[bool], ...] = tuple(invitations.c[how].is_(None) for how in Closing)


def _links(organization: OrganizationId) -> Select[str]:
    return select(invitations.c.id).where(
        invitations.c.organization_id == organization, invitations.c.email_key == "", *_OPEN
    )


def _rows() -> Query:
    return (
        select(
            invitations,
            organizations.c.name.label("organization_name"),
            accounts.c.display_name.label("inviter_name"),
            accounts.c.disabled_at.label("inviter_disabled_at"),
        )
        .join_from(invitations, organizations, invitations.c.organization_id == organizations.c.id)
        .join(accounts, invitations.c.invited_by == accounts.c.id)
        .where(organizations.c.deleted_at.is_(None))
    )


async def _one(connection: AsyncConnection, which: ColumnElement[bool]) -> Invitation | None:
    found = await _many(connection, _rows().where(which))
    return found[0] if found else None


async def _many(connection: AsyncConnection, query: Query) -> Sequence[Invitation]:
    rows = (await connection.execute(query)).all()
    to_teams: dict[str, list[InvitedTeam]] = {row.id: [] for row in rows}
    offered = await connection.execute(
        select(invitation_teams, teams.c.name)
        .join_from(invitation_teams, teams)
        .where(invitation_teams.c.invitation_id.in_(to_teams), teams.c.deleted_at.is_(None))
        .order_by(teams.c.id)
    )
    for team in offered:
        to_teams[team.invitation_id].append(
            InvitedTeam(TeamId(team.team_id), team.name, team.can_write, team.is_manager)
        )
    uses = await joining.uses(connection, [row.id for row in rows if not row.email_key])
    return [_invitation(row, to_teams[row.id], uses.get(row.id, 0)) for row in rows]


def _invitation(row: Found, to_teams: Sequence[InvitedTeam], uses: int) -> Invitation:
    return Invitation(
        id=InvitationId(row.id),
        organization=OrganizationId(row.organization_id),
        organization_name=row.organization_name,
        email=row.email or None,
        email_key=row.email_key,
        link=None if row.email_key else Link(row.max_uses, uses, row.needs_approval),
        role=Role(row.role),
        teams=to_teams,
        inviter=AccountId(row.invited_by),
        inviter_name=row.inviter_name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        closed=any(getattr(row, how) is not None for how in Closing),
        inviter_disabled=row.inviter_disabled_at is not None,
    )
