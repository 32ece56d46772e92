"""What the hub writes down for its operator, as lines of text or of JSON.

The rule: no line holds what a person wrote or keeps secret: no title, address, password, token or e-mail address. Our
own lines name things by their ids. An exception's words may repeat anything, so of most of them only the type and the
place are written; and other people's libraries, which at DEBUG write down all they handle, are heard from WARNING on.
"""

import json
import logging
import traceback
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, Literal

from hub.errors import TeammarksError

Format = Literal["text", "json"]

OURS: Final = (TeammarksError, AssertionError)
"""Exceptions whose words are sentences of ours."""
_STANDARD: Final = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}

log = logging.getLogger(__name__)


def start(level: str, form: Format) -> None:
    """Write lines of this level and above, ours and nobody else's chatter, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines() if form == "json" else _TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("hub").setLevel(level.upper())


def watch(loop: AbstractEventLoop) -> None:
    """Write down what nobody awaited. The loop's own words would show what a callback was called with."""

    def failed(_: AbstractEventLoop, context: dict[str, Any]) -> None:
        log.error("something failed that nobody awaits", exc_info=context.get("exception"))

    loop.set_exception_handler(failed)


def told(error: BaseException) -> Iterator[str]:
    """Lines that say what went wrong and where, its causes first, and nothing of what it was about."""
    if before := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        yield from told(before)
        yield "and then"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}: {frame.line}"
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    yield f"{kind}: {error}" if isinstance(error, OURS) else kind
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from (f"| {line}" for line in told(one))


class _TextLines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        return "\n".join(told(ei[1]))


class _JsonLines(logging.Formatter):
    """One object a line. What is logged with `extra` are fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1]:
            line["error"] = list(told(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)
