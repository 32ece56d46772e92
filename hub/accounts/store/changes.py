"""What was committed about accounts, in the order of commits, for every hub on this database to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Change, ChangeKind
from hub.ids import AccountId, SessionId, TeamId
from hub.schema import changes, counters

KEPT: Final = 10_000
"""Older ones are deleted. Whoever has not seen one of them in time reads everything again."""

_COUNTER: Final = "changes"
_ADVANCE: Final = (
    update(counters)
    .where(counters.c.name == _COUNTER)
    .values(value=counters.c.value + bindparam("count"))
    .returning(counters.c.value)
)
_BEGIN: Final = text("INSERT INTO counters (name, value) VALUES (:name, 0) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class Committed:
    """What came after a certain number, and the newest number there is. `missing`: some of it is not kept any more."""

    newest: int
    changes: Sequence[Change]
    missing: bool


async def add(connection: AsyncConnection, some: Sequence[Change], now: datetime) -> None:
    """To be the last of its transaction: until the commit, others that have changes to add wait here.

    That is why numbers follow the order of commits, and a reader who has seen one has seen all before it.
    """
    count = {"count": len(some)}
    newest = await connection.scalar(_ADVANCE, count)
    if newest is None:
        await connection.execute(_BEGIN, {"name": _COUNTER})
        newest = await connection.scalar(_ADVANCE, count)
    assert newest is not None, "expected the counter that was just made"
    rows = [
        {
            "seq": seq,
            "kind": change.kind,
            "account_id": change.account,
            "team_id": change.team,
            "session_id": change.session,
            "made_at": now,
        }
        for seq, change in enumerate(some, newest - len(some) + 1)
    ]
    await connection.execute(insert(changes), rows)
    await connection.execute(delete(changes).where(changes.c.seq <= newest - KEPT))


async def newest(connection: AsyncConnection) -> int:
    return await connection.scalar(select(counters.c.value).where(counters.c.name == _COUNTER)) or 0


async def after(connection: AsyncConnection, seq: int) -> Committed:
    now_newest = await newest(connection)
    if now_newest == seq:
        return Committed(seq, [], missing=False)
    rows = (await connection.execute(select(changes).where(changes.c.seq > seq).order_by(changes.c.seq))).all()
    found = [
        Change(
            ChangeKind(row.kind),
            AccountId(row.account_id),
            row.team_id and TeamId(row.team_id),
            row.session_id and SessionId(row.session_id),
        )
        for row in rows
    ]
    # Fewer than the numbers say: some were deleted, or an older backup was put back.
    return Committed(now_newest, found, missing=len(found) != now_newest - seq)
