"""What a hub of `asking_hub` has put into the outbox, where nobody sends it."""

import re
from dataclasses import dataclass

from asking_hub import PUBLIC_URL, Hub
from sqlalchemy import select

from hub.schema import letters


@dataclass(frozen=True)
class Posted:
    to: str | None
    subject: str
    text: str
    html: str

    def token(self, page: str) -> str:
        """Of its link to this page of the hub; the text and the HTML have the same."""
        (link,) = re.findall(r"\S+://\S+/\S+#\S+", self.text)
        assert f'href="{link}"' in self.html
        assert link.startswith(f"{PUBLIC_URL}/{page}#")
        return str(link.partition("#")[2])


async def posted(hub: Hub) -> list[Posted]:
    """The oldest first."""
    async with hub.database.read() as connection:
        rows = (await connection.execute(select(letters).order_by(letters.c.id))).all()
    return [Posted(row.recipient, row.subject, row.text, row.html) for row in rows]


async def posted_to(hub: Hub, to: str) -> list[Posted]:
    return [letter for letter in await posted(hub) if letter.to == to]
