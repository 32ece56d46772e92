import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from hub import logs
from hub.errors import Code, TeammarksError

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Puts back what a hub changes for its whole process."""
    root, ours = logging.getLogger(), logging.getLogger("hub")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def failing_with_a_secret() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise LookupError(f"no {SECRET}") from error


@pytest.mark.parametrize("form", ["text", "json"])
def test_of_an_exception_its_kind_and_place_are_logged_and_not_its_words(
    form: logs.Format, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.start("info", form)
    try:
        failing_with_a_secret()
    except LookupError:
        logging.getLogger("hub.somewhere").exception("it failed")
    said = capsys.readouterr().err
    assert SECRET not in said
    assert "it failed" in said
    for expected in ("builtins.ValueError", "and then", "builtins.LookupError", "failing_with_a_secret"):
        assert expected in said


def test_what_is_inside_a_group_of_exceptions_is_told_alike() -> None:
    lines = list(logs.told(ExceptionGroup(SECRET, [ValueError(SECRET), AssertionError("expected a grant")])))
    assert lines == ["builtins.ExceptionGroup", "| builtins.ValueError", "| builtins.AssertionError: expected a grant"]


def test_our_own_sentences_are_told() -> None:
    error = TeammarksError(Code.STORAGE, "Try again.", inside="the disk is full")
    assert list(logs.told(error)) == ["hub.errors.TeammarksError: the disk is full"]


def test_a_cause_that_was_hidden_stays_hidden() -> None:
    with pytest.raises(LookupError) as caught:
        try:
            int(SECRET)
        except ValueError:
            raise LookupError from None
    assert "ValueError" not in "\n".join(logs.told(caught.value))


def test_each_json_line_is_an_object_with_the_fields_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("info", "json")
    logging.getLogger("hub.somewhere").warning("two\nlines of %s", "it", extra={"document": "d1", "updates": [1, 2]})
    line = json.loads(capsys.readouterr().err)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "hub.somewhere",
        "message": "two\nlines of it",
        "document": "d1",
        "updates": [1, 2],
    }


def test_at_debug_other_peoples_libraries_still_say_only_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("debug", "text")
    for name in ("uvicorn.error", "websockets.server", "sqlalchemy.engine", "aiosqlite", "asyncpg", "redis", "asyncio"):
        logging.getLogger(name).info(SECRET)
        logging.getLogger(name).debug(SECRET)
    logging.getLogger("hub.somewhere").debug("ours")
    logging.getLogger("uvicorn.error").error("theirs")
    said = capsys.readouterr().err
    assert SECRET not in said
    assert "ours" in said
    assert "theirs" in said


async def test_what_nobody_awaits_is_logged_without_what_it_was_called_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.start("info", "text")
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    logs.watch(loop)
    loop.call_soon(int, SECRET)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.set_exception_handler(before)
    said = capsys.readouterr().err
    assert SECRET not in said
    assert "builtins.ValueError" in said
