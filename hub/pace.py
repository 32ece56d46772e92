"""How often something may be done, as an operator writes it.

`10/60 30/3600` means ten times a minute and thirty times an hour, both: who goes on has to wait longer and longer, and
never for ever. `none` means as often as one likes.
"""

import re
from dataclasses import dataclass
from typing import Self

NONE = "none"
_WINDOW = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,8})")


@dataclass(frozen=True, slots=True)
class Window:
    """So many times at once, which come back one by one, all of them within `seconds`."""

    times: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Pace:
    windows: tuple[Window, ...]

    @classmethod
    def of(cls, value: object) -> Self:
        """From the text that it is written as. Raises ValueError with a sentence for the operator."""
        if isinstance(value, cls):
            return value
        parts = str(value).split()
        if parts == [NONE]:
            return cls(())
        found = [_WINDOW.fullmatch(part) for part in parts]
        if not found or None in found:
            raise ValueError("expected TIMES/SECONDS like 10/60, several with spaces between, or none")
        return cls(tuple(Window(int(match[1]), int(match[2])) for match in found if match))

    def __str__(self) -> str:
        return " ".join(f"{window.times}/{window.seconds}" for window in self.windows) or NONE
