import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from eventually import eventually
from members import QUICK
from test_presence import read, update

from hub.attendance import Attendance
from hub.bus import Presences, RollCall, Word
from hub.ids import DocumentId

FOLDER = DocumentId("folder")


class Here:
    """A room's attendance, what its members were told, and what other hubs were."""

    def __init__(self, **limits: float) -> None:
        self.told: list[dict[int, tuple[int, str]]] = []
        self.said: list[Word] = []
        limited = replace(QUICK, presence_gone_s=0.05, **limits)  # type: ignore[arg-type]
        self.attendance = Attendance(
            FOLDER, "here", limited, tell=lambda news: self.told.append(read(news)), publish=self.said.append
        )


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    opened = Here()
    yield opened
    opened.attendance.end()


async def test_what_a_member_says_is_told_here_and_elsewhere(here: Here) -> None:
    here.attendance.take("ann", update((1, 1, "{}")))
    await eventually("presence", lambda: bool(here.told))
    assert here.told == [{1: (1, "{}")}]
    assert here.said == [Presences(FOLDER, "here", update((1, 1, "{}")))]


async def test_what_another_hub_says_is_told_here_and_not_passed_on(here: Here) -> None:
    here.attendance.hear(Presences(FOLDER, "there", update((1, 1, "{}"))))
    await eventually("presence", lambda: bool(here.told))
    assert (here.told, here.said) == ([{1: (1, "{}")}], [])


async def test_a_mere_renewal_of_another_hub_is_passed_to_members_soon(here: Here) -> None:
    for clock in (1, 2):
        here.attendance.hear(Presences(FOLDER, "there", update((1, clock, "{}"))))
        await eventually("presence", lambda clock=clock: {1: (clock, "{}")} in here.told)  # type: ignore[misc]


async def test_at_a_roll_call_each_hub_names_its_own(here: Here) -> None:
    here.attendance.take("ann", update((1, 1, "{}")))
    here.attendance.hear(Presences(FOLDER, "there", update((2, 1, "{}"))))
    here.attendance.hear(RollCall(FOLDER))
    assert here.said == [Presences(FOLDER, "here", update((1, 1, "{}")))]


async def test_a_hub_that_is_heard_again_names_its_own_and_asks_for_the_others(here: Here) -> None:
    here.attendance.take("ann", update((1, 1, "{}")))
    here.attendance.resume()
    assert here.said == [Presences(FOLDER, "here", update((1, 1, "{}"))), RollCall(FOLDER)]


async def test_more_than_one_member_may_have_is_said_in_pieces_that_others_take(here: Here) -> None:
    for client in range(40):
        here.attendance.take(f"member {client}", update((client, 1, "{}")))
    here.attendance.resume()
    there = Here()
    for word in here.said:
        there.attendance.hear(word)
    assert len(read(there.attendance.everyone())) == 40
    there.attendance.end()


async def test_who_leaves_last_is_told_elsewhere_before_the_end(here: Here) -> None:
    here.attendance.take("ann", update((1, 1, "{}")))
    await eventually("presence", lambda: bool(here.told))
    here.attendance.leave("ann")
    here.attendance.end()
    assert here.said[-1] == Presences(FOLDER, "here", update((1, 1, "null")))


@pytest.mark.parametrize(("size", "times"), [(2_000, 20), (10, 1)])
async def test_after_much_at_once_more_gathers_as_much_longer(size: int, times: int) -> None:
    here = Here(presence_s=0.05, presence_frame_bytes=100)
    here.attendance.take("ann", update((1, 1, f'"{"x" * size}"')))
    await eventually("presence", lambda: bool(here.told))
    before = asyncio.get_running_loop().time()
    here.attendance.take("ann", update((1, 2, "{}")))
    due = here.attendance._telling
    assert due
    assert due.when() - before == pytest.approx(0.05 * times, rel=0.1)
    here.attendance.end()
