"""Fan-out between hubs: what one hub has stored, told to the others.

The rule: news is a hint, never truth. It may come late, twice, or not at all; the log knows.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hub.ids import DocumentId


@dataclass(frozen=True, slots=True)
class News:
    """Updates `first_seq`, `first_seq` + 1, … of a document are committed."""

    document: DocumentId
    first_seq: int
    updates: tuple[bytes, ...]

    @property
    def last_seq(self) -> int:
        return self.first_seq + len(self.updates) - 1


Listener = Callable[[News], None]


class Bus(Protocol):
    def publish(self, news: News, *, speaker: Listener) -> None:
        """Tell everyone who listens for this document but the speaker. Never waits and never fails."""
        ...

    def listen(self, document: DocumentId, listener: Listener) -> None:
        """From now on call `listener` with news of this document. It must not raise."""
        ...

    def forget(self, document: DocumentId, listener: Listener) -> None: ...


class LocalBus:
    """Within one process, at once."""

    def __init__(self) -> None:
        self._listeners: dict[DocumentId, list[Listener]] = defaultdict(list)

    def publish(self, news: News, *, speaker: Listener) -> None:
        for listener in list(self._listeners.get(news.document, ())):
            if listener != speaker:
                listener(news)

    def listen(self, document: DocumentId, listener: Listener) -> None:
        self._listeners[document].append(listener)

    def forget(self, document: DocumentId, listener: Listener) -> None:
        listeners = self._listeners[document]
        listeners.remove(listener)
        if not listeners:
            del self._listeners[document]
