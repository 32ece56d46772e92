"""What every bus does, within one process and through Redis."""

from collections.abc import AsyncIterator

import pytest
from buses import Ear, joined

from hub.bus import Bus, LocalBus, News, Presences, RollCall, Word
from hub.ids import DocumentId, new_id
from loadtest.backends import Backend


@pytest.fixture(params=["local", "redis"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Bus, Bus]]:
    """Where two hubs speak and listen."""
    if request.param == "local":
        bus = LocalBus()
        yield bus, bus
    else:
        server: Backend = request.getfixturevalue("valkey_server")
        async with joined(server.url, new_id()) as (here, there):
            yield here, there


FOLDER, ANOTHER = DocumentId(new_id()), DocumentId(new_id())


def nobody(word: object) -> None:
    """Speaks, and does not listen."""


@pytest.mark.parametrize(
    "word",
    [
        News(FOLDER, 1, 1, (b"update",)),
        News(FOLDER, 7, 9, (b"", b"x", b"y" * 10_000)),
        News(FOLDER, 7, 9),
        RollCall(FOLDER),
    ],
)
async def test_what_one_says_the_other_hears(ends: tuple[Bus, Bus], word: Word) -> None:
    here, there = ends
    ear = await Ear(there, FOLDER).listening()
    await Ear(here, FOLDER).listening()
    here.publish(word, speaker=nobody)
    await ear.hears(word)


async def test_presences_come_with_the_name_of_their_hub(ends: tuple[Bus, Bus]) -> None:
    here, there = ends
    ear = await Ear(there, FOLDER).listening()
    await Ear(here, FOLDER).listening()
    here.publish(Presences(FOLDER, here.hub, b"presence"), speaker=nobody)
    await ear.hears(Presences(FOLDER, here.hub, b"presence"))


async def test_words_come_in_the_order_they_were_said(ends: tuple[Bus, Bus]) -> None:
    here, there = ends
    ear = await Ear(there, FOLDER).listening()
    await Ear(here, FOLDER).listening()
    words = [News(FOLDER, seq, seq, (b"update",)) for seq in range(1, 2_001)]
    for word in words:
        here.publish(word, speaker=nobody)
    await ear.hears(*words)


async def test_a_speaker_does_not_hear_itself(ends: tuple[Bus, Bus]) -> None:
    here, there = ends
    speaker, other = await Ear(here, FOLDER).listening(), await Ear(there, FOLDER).listening()
    here.publish(RollCall(FOLDER), speaker=speaker)
    there.publish(News(FOLDER, 1, 1), speaker=other)
    await speaker.hears(News(FOLDER, 1, 1))
    await other.hears(RollCall(FOLDER))


async def test_what_is_said_of_one_document_is_not_heard_at_another(ends: tuple[Bus, Bus]) -> None:
    here, there = ends
    ear, elsewhere = await Ear(there, FOLDER).listening(), await Ear(there, ANOTHER).listening()
    await Ear(here, FOLDER).listening()
    here.publish(RollCall(ANOTHER), speaker=nobody)
    here.publish(RollCall(FOLDER), speaker=nobody)
    await ear.hears(RollCall(FOLDER))
    await elsewhere.hears(RollCall(ANOTHER))


async def test_who_has_gone_hears_nothing_more(ends: tuple[Bus, Bus]) -> None:
    here, there = ends
    leaver, stays = await Ear(there, FOLDER).listening(), await Ear(there, FOLDER).listening()
    await Ear(here, FOLDER).listening()
    there.forget(FOLDER, leaver)
    here.publish(RollCall(FOLDER), speaker=nobody)
    await stays.hears(RollCall(FOLDER))
    assert leaver.words == []


async def test_one_who_comes_back_hears_again(ends: tuple[Bus, Bus]) -> None:
    here, there = ends
    await Ear(here, FOLDER).listening()
    for _ in range(20):
        ear = await Ear(there, FOLDER).listening()
        here.publish(RollCall(FOLDER), speaker=nobody)
        await ear.hears(RollCall(FOLDER))
        there.forget(FOLDER, ear)


async def test_speaking_to_nobody_is_no_failure(ends: tuple[Bus, Bus]) -> None:
    here, _ = ends
    here.publish(RollCall(FOLDER), speaker=nobody)
    here.rouse()
