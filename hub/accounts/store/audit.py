"""The audit log in the database. There is no statement here, nor anywhere, that changes or deletes a row of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accounts.audit import Occurrence, Origin
from hub.ids import new_id
from hub.schema import audit_events, teams


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
