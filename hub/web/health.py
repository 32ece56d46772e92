"""Is the process alive, and can it serve: the two questions an operator's tools ask."""

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text

from hub.database import Database
from hub.errors import TeammarksError


class Health(BaseModel):
    status: str


class Readiness(BaseModel):
    status: str
    parts: dict[str, str]


def router(database: Database) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", operation_id="healthz", summary="The process answers")
    async def healthz() -> Health:
        return Health(status="ok")

    @routes.get(
        "/readyz",
        operation_id="readyz",
        summary="Each part the hub needs, and whether it works",
        responses={503: {"model": Readiness}},
    )
    async def readyz(response: Response) -> Readiness:
        try:
            async with database.read() as connection:
                await connection.execute(text("SELECT 1"))
        except TeammarksError:
            response.status_code = 503
            return Readiness(status="unavailable", parts={"database": "unavailable"})
        return Readiness(status="ok", parts={"database": "ok"})

    return routes
