"""What a room has been told the log holds beyond it, and has not taken in yet.

The rule: only what follows without a gap is taken from news. All else makes the room read the log, and however much
is said, no more than a bounded part of it is kept.
"""

from typing import Final

from hub.bus import News
from hub.replay import Row

NEWS_KEPT: Final = 1_000


class Backlog:
    def __init__(self) -> None:
        self._news: list[News] = []
        self._expected = 0

    def hear(self, news: News) -> None:
        if len(self._news) < NEWS_KEPT and news.updates:
            self._news.append(news)
        else:
            self.expect(news.last_seq)

    def expect(self, seq: int) -> None:
        """The log has, or may have, updates up to this number."""
        self._expected = max(self._expected, seq)

    def is_beyond(self, head: int) -> bool:
        """Whether there is something to be taken in, or to be passed over, by a room that has everything to `head`."""
        return bool(self._news) or self._expected > head

    def take_following(self, head: int) -> list[Row]:
        """The rows behind `head` that have been told without a gap. What lies behind a gap is expected of the log."""
        heard, self._news = self._news, []
        rows: list[Row] = []
        for news in heard:
            if news.first_seq > head + 1:
                self.expect(news.last_seq)
                continue
            rows += [Row(seq, news.updates[seq - news.first_seq]) for seq in range(head + 1, news.last_seq + 1)]
            head = max(head, news.last_seq)
        return rows

    def take_expected(self, head: int) -> int | None:
        """The number up to which the log has to be read. None: nothing is expected beyond `head`."""
        expected, self._expected = self._expected, 0
        return expected if expected > head else None
