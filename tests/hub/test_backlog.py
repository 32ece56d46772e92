from hypothesis import given
from hypothesis import strategies as st

from hub.backlog import NEWS_KEPT, Backlog
from hub.bus import News
from hub.ids import DocumentId
from hub.replay import Row

FOLDER = DocumentId("folder")


def update(seq: int) -> bytes:
    return f"update {seq}".encode()


def news(first: int, last: int) -> News:
    return News(FOLDER, first, last, tuple(update(seq) for seq in range(first, last + 1)))


def rows(first: int, last: int) -> list[Row]:
    return [Row(seq, update(seq)) for seq in range(first, last + 1)]


def heard(*some: News) -> Backlog:
    backlog = Backlog()
    for each in some:
        backlog.hear(each)
    return backlog


def test_what_follows_is_taken() -> None:
    backlog = heard(news(4, 4), news(5, 7))
    assert backlog.is_beyond(3)
    assert backlog.take_following(3) == rows(4, 7)
    assert not backlog.is_beyond(7)


def test_what_is_known_already_is_passed_over() -> None:
    backlog = heard(news(1, 3))
    assert backlog.take_following(3) == []
    assert (backlog.take_expected(3), backlog.is_beyond(3)) == (None, False)


def test_of_what_is_half_known_the_rest_is_taken() -> None:
    assert heard(news(1, 5)).take_following(3) == rows(4, 5)


def test_what_lies_behind_a_gap_is_expected_of_the_log() -> None:
    backlog = heard(news(1, 2), news(4, 6))
    assert backlog.take_following(0) == rows(1, 2)
    assert backlog.is_beyond(2)
    assert backlog.take_expected(2) == 6
    assert not backlog.is_beyond(2)


def test_news_without_updates_is_expected_of_the_log() -> None:
    backlog = heard(News(FOLDER, 1, 3))
    assert (backlog.take_following(0), backlog.take_expected(0)) == ([], 3)


def test_however_much_is_said_a_bounded_part_is_kept() -> None:
    backlog = heard(*(news(seq, seq) for seq in range(1, NEWS_KEPT + 10)))
    assert backlog.take_following(0) == rows(1, NEWS_KEPT)
    assert backlog.take_expected(NEWS_KEPT) == NEWS_KEPT + 9


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 5)), max_size=30), st.integers(0, 10))
def test_whatever_is_heard_rows_follow_each_other_and_nothing_beyond_is_forgotten(
    spans: list[tuple[int, int]], head: int
) -> None:
    backlog = heard(*(news(first, first + more) for first, more in spans))
    taken = backlog.take_following(head)
    assert taken == rows(head + 1, head + len(taken))
    newest = max((first + more for first, more in spans), default=0)
    assert max(head + len(taken), backlog.take_expected(head + len(taken)) or 0) == max(newest, head)
