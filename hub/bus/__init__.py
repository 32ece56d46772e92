"""Between hubs: what one has stored, who is there, and that something about an account changed.

The rule: what is heard is a hint, never truth. It may come late, twice, or not at all; the log knows, and so does the
table of changes. No hint carries a right.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from hub.ids import DocumentId


@dataclass(frozen=True, slots=True)
class News:
    """Updates `first_seq` to `last_seq` of a document are committed. Without `updates` the log has to be read."""

    document: DocumentId
    first_seq: int
    last_seq: int
    updates: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        assert 1 <= self.first_seq <= self.last_seq, "expected at least one update"
        assert len(self.updates) in (0, self.last_seq - self.first_seq + 1), "expected every update or none"


@dataclass(frozen=True, slots=True)
class Presences:
    """An awareness update of clients that are on the hub of this name."""

    document: DocumentId
    hub: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class RollCall:
    """Somebody would like to know who is there: every hub says it of its own clients."""

    document: DocumentId


@dataclass(frozen=True, slots=True)
class Resumed:
    """From now on this document's news is heard. What came before may have been missed."""

    document: DocumentId


Word: TypeAlias = News | Presences | RollCall
"""What one hub tells the others about a document."""

Listener: TypeAlias = Callable[[Word | Resumed], None]


class Bus(Protocol):
    @property
    def hub(self) -> str:
        """This hub's name among those that are joined, a new one at every start."""
        ...

    @property
    def alone(self) -> bool:
        """No other hub writes to the database, so nothing can be missed."""
        ...

    @property
    def connected(self) -> bool:
        """Whether the others hear of anything now. If not they find out by looking, a little later."""
        ...

    def publish(self, word: Word, *, speaker: Listener) -> None:
        """Tell everyone who listens for this document but the speaker. Never waits and never fails."""
        ...

    def listen(self, document: DocumentId, listener: Listener) -> None:
        """From now on call `listener` with words about this document. It must not raise."""
        ...

    def forget(self, document: DocumentId, listener: Listener) -> None: ...

    def rouse(self) -> None:
        """Something about an account changed: the other hubs should look into the table of changes."""
        ...

    def on_rouse(self, look: Callable[[], None]) -> None:
        """Call `look` whenever another hub says so. It must not raise."""
        ...


class LocalBus:
    """Within one process, at once."""

    hub = "this"
    alone = True
    connected = True

    def __init__(self) -> None:
        self._listeners: defaultdict[DocumentId, list[Listener]] = defaultdict(list)

    def publish(self, word: Word, *, speaker: Listener) -> None:
        self.tell(word, but=speaker)

    def tell(self, word: Word | Resumed, but: Listener | None = None) -> None:
        for listener in list(self._listeners.get(word.document, ())):
            if listener != but:
                listener(word)

    def listen(self, document: DocumentId, listener: Listener) -> None:
        self._listeners[document].append(listener)

    def forget(self, document: DocumentId, listener: Listener) -> None:
        listeners = self._listeners[document]
        listeners.remove(listener)
        if not listeners:
            del self._listeners[document]

    def listened_to(self, document: DocumentId) -> bool:
        return document in self._listeners

    @property
    def documents(self) -> list[DocumentId]:
        """Those somebody listens for."""
        return list(self._listeners)

    def rouse(self) -> None:
        pass  # there is no other

    def on_rouse(self, look: Callable[[], None]) -> None:
        pass
