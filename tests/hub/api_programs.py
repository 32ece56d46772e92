"""Programs that ask a hub with API tokens."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asking_hub import Answer, Hub, Person


@dataclass
class Program:
    """Asks in its owner's name."""

    hub: Hub
    id: str
    secret: str

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.hub.ask(method, path, body, token=self.secret)

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)


def token_body(hub: Hub, *scopes: str, days: float = 30, **pins: list[str]) -> dict[str, Any]:
    """`pins`: `organizations` and `teams`."""
    end = datetime.fromtimestamp(hub.clock(), UTC) + timedelta(days=days)
    return {"name": "Backup script", "scopes": list(scopes), "expires_at": end.isoformat(), "pins": pins}


async def makes_token(person: Person, *scopes: str, days: float = 30, **pins: list[str]) -> Program:
    answer = await person.post("/me/tokens", token_body(person.hub, *scopes, days=days, **pins))
    assert answer.status == 201, answer.text
    return Program(person.hub, answer.json["id"], answer.json["secret"])
