"""Is the process alive, and can it serve: the two questions an operator's tools ask.

The rule: 503 says that requests belong elsewhere. What other hubs would not do better makes a hub degraded and no more:
otherwise the loss of Redis would take every hub out of service at once, and so would a database that is slow.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text

from hub.accounts.changes import Changes
from hub.bus import Bus
from hub.crdt_store import CrdtStore
from hub.database import Database
from hub.errors import TeammarksError

ANSWERS_WITHIN_S: Final = 2.0
"""A database that takes longer is as good as none."""


class Condition(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"
    DRAINING = "draining"


SERVES: Final = (Condition.OK, Condition.DEGRADED)


class Health(BaseModel):
    status: Condition


class Readiness(BaseModel):
    status: Condition
    parts: dict[str, Condition]


def router(
    database: Database, log: CrdtStore, bus: Bus, changes: Changes, *, is_draining: Callable[[], bool]
) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", operation_id="healthz", summary="The process answers")
    async def healthz() -> Health:
        return Health(status=Condition.OK)

    @routes.get(
        "/readyz",
        operation_id="readyz",
        summary="Whether the hub serves, and each part it works with",
        description="`database`: it answers, and no hub uses it that is not joined with this one. `log`: the last "
        "commit of updates succeeded. `bus`: the other hubs are reached, if there are any. `changes`: it is known what "
        "was changed about accounts; until it is, sockets are given nothing. A hub that is degraded serves what it "
        "can, and others would serve no better; what is slower then is in the manual.",
        responses={503: {"model": Readiness, "description": "Unavailable, or draining: about to stop"}},
    )
    async def readyz(response: Response) -> Readiness:
        parts = {
            "database": await _condition(database),
            "log": Condition.DEGRADED if log.failing else Condition.OK,
            "bus": Condition.OK if bus.connected else Condition.DEGRADED,
            "changes": Condition.DEGRADED if changes.blind else Condition.OK,
        }
        worst = max(parts.values(), key=list(Condition).index)
        status = Condition.DRAINING if is_draining() else worst
        if status not in SERVES:
            response.status_code = 503
        return Readiness(status=status, parts=parts)

    return routes


async def _condition(database: Database) -> Condition:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S), database.read() as connection:
            await connection.execute(text("SELECT 1"))
    except (TeammarksError, TimeoutError):
        return Condition.UNAVAILABLE
    return Condition.OK if database.alone else Condition.DEGRADED
