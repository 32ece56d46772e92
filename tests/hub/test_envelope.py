"""What Redis, or whoever has it, can do with what hubs send each other: nothing but lose and repeat it."""

import pytest
from buses import NOW, seal
from hypothesis import example, given
from hypothesis import strategies as st

from hub.bus import News, Presences, RollCall, Word
from hub.bus.envelope import ENVELOPE_BYTES, FRESH_S, NEWS_BYTES, decode, encode
from hub.ids import DocumentId
from hub.lib0 import MAX_INTEGER, ProtocolError

FOLDER = DocumentId("folder")


def test_what_is_sealed_is_opened_by_another_hub() -> None:
    here, there = seal("ours"), seal("ours")
    assert there.open("channel", here.seal("channel", b"word")) == (here.hub, b"word", 0)


def test_a_hub_s_own_envelope_is_not_opened() -> None:
    here = seal("ours")
    assert here.open("channel", here.seal("channel", b"word")) is None


def test_what_is_inside_cannot_be_read_from_outside() -> None:
    assert b"https://example.org" not in seal("ours").seal("channel", b"https://example.org")


def test_the_same_word_is_never_sealed_the_same_way() -> None:
    here = seal("ours")
    assert here.seal("channel", b"word") != here.seal("channel", b"word")


@pytest.mark.parametrize("at", range(0, 46, 3))
def test_an_envelope_that_was_changed_anywhere_is_none(at: int) -> None:
    envelope = bytearray(seal("ours").seal("channel", b"word"))
    envelope[at] ^= 1
    with pytest.raises(ProtocolError):
        seal("ours").open("channel", bytes(envelope))


@given(st.binary(max_size=100))
@example(b"")
@example(b"\x01" * 25)
@example(b"\x01" * (ENVELOPE_BYTES + 1))
def test_whatever_bytes_come_they_are_no_envelope(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        seal("ours").open("channel", data)


def test_an_envelope_that_was_moved_to_another_channel_is_none() -> None:
    with pytest.raises(ProtocolError):
        seal("ours").open("another", seal("ours").seal("channel", b"word"))


def test_without_the_secret_no_envelope_is_made() -> None:
    with pytest.raises(ProtocolError):
        seal("ours").open("channel", seal("ours", secret=b"guess").seal("channel", b"word"))


def test_a_copy_of_the_database_at_another_address_does_not_understand_the_first() -> None:
    ours, copy = seal("https://hub.example"), seal("https://staging.example")
    assert ours.mark != copy.mark
    with pytest.raises(ProtocolError):
        copy.open("channel", ours.seal("channel", b"word"))


@pytest.mark.parametrize("apart_s", [FRESH_S + 1, -FRESH_S - 1])
def test_an_envelope_of_another_time_is_none(apart_s: int) -> None:
    recorded = seal("ours", clock=lambda: NOW - apart_s).seal("channel", b"word")
    with pytest.raises(ProtocolError):
        seal("ours").open("channel", recorded)


words = st.one_of(
    st.builds(
        lambda first, updates: News(FOLDER, first, first + len(updates) - 1, tuple(updates)),
        st.integers(1, MAX_INTEGER - 10),
        st.lists(st.binary(max_size=20), min_size=1, max_size=10),
    ),
    st.builds(lambda first, more: News(FOLDER, first, first + more), st.integers(1, 2**52), st.integers(0, 2**51)),
    st.builds(Presences, st.just(FOLDER), st.just("hub"), st.binary(max_size=50)),
    st.just(RollCall(FOLDER)),
)


@given(words)
def test_a_word_comes_out_as_it_was_put_in(word: Word) -> None:
    assert decode(FOLDER, "hub", encode(word)) == word


@given(st.binary(max_size=60))
def test_bytes_are_a_word_or_refused(data: bytes) -> None:
    try:
        word = decode(FOLDER, "hub", data)
    except ProtocolError:
        return
    assert decode(FOLDER, "hub", encode(word)) == word


def test_large_updates_are_told_by_their_numbers_alone() -> None:
    half = b"x" * (NEWS_BYTES // 2)
    small, large = News(FOLDER, 1, 2, (half, half)), News(FOLDER, 1, 3, (half, half, b"x"))
    assert [decode(FOLDER, "", encode(news)) for news in (small, large)] == [small, News(FOLDER, 1, 3)]


def test_the_largest_news_fits_into_an_envelope() -> None:
    update = b"x" * (NEWS_BYTES // 1_000)
    news = News(FOLDER, MAX_INTEGER - 999, MAX_INTEGER, (update,) * 1_000)
    here, there = seal("ours"), seal("ours")
    assert there.open("channel", here.seal("channel", encode(news))) is not None
