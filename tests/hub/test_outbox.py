import asyncio

from hub.outbox import Outbox


def outbox(*, max_frames: int = 10, max_bytes: int = 100) -> tuple[Outbox, list[str]]:
    overflows: list[str] = []
    made = Outbox(max_frames=max_frames, max_bytes=max_bytes, overflowed=lambda: overflows.append("full"))
    return made, overflows


async def test_frames_come_out_as_they_went_in() -> None:
    box, _ = outbox()
    for frame in (b"1", b"2", b"3"):
        assert box.put(frame)
    assert [await box.take() for _ in range(3)] == [b"1", b"2", b"3"]


async def test_a_reader_waits_for_the_next_frame() -> None:
    box, _ = outbox()
    reader = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    assert not reader.done()
    box.put(b"1")
    assert await reader == b"1"


async def test_too_many_frames_send_the_client_away_once() -> None:
    box, overflows = outbox(max_frames=2)
    assert [box.put(b"") for _ in range(5)] == [True, True, False, False, False]
    assert overflows == ["full"]


async def test_too_many_bytes_send_the_client_away() -> None:
    box, overflows = outbox(max_bytes=3)
    assert [box.put(b"ab"), box.put(b"cd")] == [True, False]
    assert overflows == ["full"]


async def test_what_was_taken_makes_room_again() -> None:
    box, overflows = outbox(max_frames=1, max_bytes=1)
    for _ in range(5):
        assert box.put(b"a")
        await box.take()
    assert not overflows


async def test_an_overfull_outbox_gives_nothing_of_what_waited() -> None:
    box, _ = outbox(max_frames=1)
    box.put(b"1")
    box.put(b"2")
    assert await box.take() is None


async def test_a_closed_outbox_gives_out_what_it_holds_and_then_ends() -> None:
    box, _ = outbox()
    box.put(b"1")
    box.close()
    assert not box.put(b"2")
    assert [await box.take(), await box.take()] == [b"1", None]


async def test_closing_wakes_the_reader() -> None:
    box, _ = outbox()
    reader = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    box.close()
    assert await reader is None


async def test_what_an_owner_withdraws_is_not_sent_any_more() -> None:
    box, _ = outbox(max_bytes=4)
    box.put(b"a1", "a")
    box.put(b"b1", "b")
    box.withdraw("a")
    assert box.put(b"b2", "b")
    assert box.take_all() == [b"b1", b"b2"]
