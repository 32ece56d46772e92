"""The audit log in the database. There is no statement here, nor anywhere, that changes or deletes a row of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, lt

from sqlalchemy import insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.audit import AuditEvent, Event, Filter, Occurrence, Origin, Source
from hub.accounts.models import Slice
from hub.accounts.store.rows import Found
from hub.ids import AccountId, OrganizationId, SessionId, TeamId, new_id
from hub.schema import audit_events, teams


@dataclass(frozen=True, slots=True)
class Place:
    """What the wanted events are about; nothing of it: the whole hub."""

    organization: OrganizationId | None = None
    team: TeamId | None = None
    account: AccountId | None = None


async def add(connection: AsyncConnection, some: Sequence[Occurrence], by: Origin, now: datetime) -> None:
    for one in some:
        organization = one.organization
        if organization is None and one.team is not None:
            organization = await connection.scalar(select(teams.c.organization_id).where(teams.c.id == one.team))
        await connection.execute(
            insert(audit_events).values(
                id=new_id(),
                event=one.event,
                made_at=now,
                source=by.source,
                actor_id=by.account,
                session_id=by.session,
                address=by.address,
                organization_id=organization,
                team_id=one.team,
                account_id=one.account,
                detail=dict(one.detail),
            )
        )


async def found(connection: AsyncConnection, place: Place, chosen: Filter, wanted: Slice) -> list[AuditEvent]:
    """The newest first, after the event that `wanted` names, and one more."""
    it = audit_events.c
    query = select(audit_events).order_by(it.id.desc()).limit(wanted.limit + 1)
    if place.account is not None:
        query = query.where(or_(it.account_id == place.account, it.actor_id == place.account))
    for column, compare, value in (
        (it.organization_id, eq, place.organization),
        (it.team_id, eq, place.team),
        (it.event, eq, chosen.event),
        (it.actor_id, eq, chosen.actor),
        (it.made_at, ge, chosen.since),
        (it.made_at, lt, chosen.until),
        (it.id, lt, wanted.after),
    ):
        if value is not None:
            query = query.where(compare(column, value))
    return [_event(row) for row in await connection.execute(query)]


def _event(row: Found) -> AuditEvent:
    return AuditEvent(
        id=row.id,
        event=Event(row.event),
        made_at=row.made_at,
        origin=Origin(
            Source(row.source),
            row.actor_id and AccountId(row.actor_id),
            row.session_id and SessionId(row.session_id),
            row.address,
        ),
        organization=row.organization_id and OrganizationId(row.organization_id),
        team=row.team_id and TeamId(row.team_id),
        account=row.account_id and AccountId(row.account_id),
        detail=row.detail,
    )
