"""Writes on a condition: `If-Match` with the tag of what was seen writes over that and nothing newer.

It may be left out. What a write replaces here is a name, a role or a right, each of them whole, and then the last write
stands.
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header
from pydantic import BaseModel

from hub.errors import Code, TeammarksError
from hub.web.tags import tag_of, tags_in

S = TypeVar("S")


class Condition:
    def __init__(self, if_match: str) -> None:
        self._wanted = tags_in(if_match)

    def on(self, shown: Callable[[S], BaseModel]) -> Callable[[S | None], None]:
        """What a use case calls with what it is about to write over; None: with nothing.

        Raises PRECONDITION_FAILED.
        """

        def require(now: S | None) -> None:
            if self._wanted and (now is None or not self._wanted & {"*", tag_of(shown(now))}):
                raise TeammarksError(Code.PRECONDITION_FAILED, "This has changed since you saw it. Read it again.")

        return require


async def _condition(
    if_match: Annotated[str, Header(description="`ETag` of what is to be written over; without it, whatever is")] = "",
) -> Condition:
    return Condition(if_match)


OnlyIf = Annotated[Condition, Depends(_condition)]
REPLACES = (Code.PRECONDITION_FAILED,)
"""What an operation that replaces something can be refused for."""
