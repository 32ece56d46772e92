"""A secret that all hubs on one database share and that nobody else knows, Redis least of all."""

import secrets

from sqlalchemy import select, text

from hub.database import Database
from hub.schema import secrets as table

BYTES = 32


async def shared_secret(database: Database, name: str) -> bytes:
    """The secret of this name; the first who asks draws it. Raises TeammarksError STORAGE."""
    async with database.write() as connection:
        await connection.execute(
            text("INSERT INTO secrets (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING"),
            {"name": name, "value": secrets.token_bytes(BYTES)},
        )
        value: bytes = (await connection.execute(select(table.c.value).where(table.c.name == name))).scalar_one()
    return value
