"""Requests under keys of their clients' choice, and how they were answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.schema import Instant, repeats

_EXPIRED_AT_ONCE: Final = 20
_ADD: Final = text(
    "INSERT INTO repeats (name, asked, made_at) VALUES (:name, :asked, :made_at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("made_at", type_=Instant()))


@dataclass(frozen=True, slots=True)
class Before:
    """`answer` is sealed; None: it is not there."""

    asked: bytes
    answer: bytes | None


async def add(
    connection: AsyncConnection, name: bytes, asked: bytes, now: datetime, kept_since: datetime
) -> Before | None:
    """The request of that name that was carried out before; None: there was none, and this one has it now.

    One of the same name in another transaction is waited for. Each time a few that are older than `kept_since` are
    cleared away.
    """
    expired = (
        select(repeats.c.name)
        .where(repeats.c.made_at <= kept_since)
        .limit(_EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await connection.execute(
        delete(repeats).where((repeats.c.name.in_(expired)) | (repeats.c.name == name), repeats.c.made_at <= kept_since)
    )
    added = await connection.execute(_ADD, {"name": name, "asked": asked, "made_at": now})
    if added.rowcount:
        return None
    row = (await connection.execute(select(repeats).where(repeats.c.name == name))).one()
    return Before(row.asked, row.answer)


async def answered(connection: AsyncConnection, name: bytes, answer: bytes) -> None:
    await connection.execute(update(repeats).where(repeats.c.name == name).values(answer=answer))
