"""Who is in one room, told in time: to its members, and to the same document's rooms on other hubs.

The rule: changes gather for a moment and renewals for long, here; what another hub tells has been gathered there and
is passed to members soon. A hub that is killed says no goodbye, so who was there is gone when nobody renews them.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable

from hub.bus import Presences, RollCall, Word
from hub.ids import DocumentId
from hub.lib0 import ProtocolError
from hub.limits import Limits
from hub.presence import Presence

log = logging.getLogger(__name__)


class Attendance:
    """`tell`: an awareness update to all members; `publish`: a word to other hubs. `hub`: this hub's name there."""

    def __init__(
        self,
        document: DocumentId,
        hub: str,
        limits: Limits,
        *,
        tell: Callable[[bytes], None],
        publish: Callable[[Word], None],
    ) -> None:
        self._document = document
        self._hub = hub
        self._limits = limits
        self._tell = tell
        self._publish = publish
        self._presence = Presence(max_bytes=limits.presence_bytes, max_clients=limits.presence_clients)
        self._telling: asyncio.TimerHandle | None = None
        self._pace = 1.0
        """How much longer than usual to gather, after so much was told at once."""
        self._sweeping: asyncio.TimerHandle | None = None

    def take(self, member: Hashable, payload: bytes) -> None:
        """What a member says. Raises ProtocolError."""
        if self._presence.take(member, payload):
            self._tell_in(self._limits.presence_s)
        elif not self._telling and self._presence.has_renewals:
            self._tell_in(self._limits.presence_renewal_s)

    def leave(self, member: Hashable) -> None:
        if self._presence.leave(member):
            self._tell_in(self._limits.presence_s)

    def everyone(self) -> bytes | None:
        """All who are present, for a newcomer; None if there is nobody."""
        return self._presence.everyone()

    def hear(self, word: Word) -> None:
        """What another hub says."""
        match word:
            case Presences(_, hub, payload):
                try:
                    self._presence.take(hub, payload, elsewhere=True)
                except ProtocolError as error:
                    log.warning(
                        "document %s: what another hub says of who is there is refused: %s", word.document, error
                    )
                self._tell_in(self._limits.presence_s)
                self._sweep_later()
            case RollCall():
                self._publish_all(self._presence.of_this_hub())

    def resume(self) -> None:
        """Other hubs and this one hear each other from now on."""
        self._publish_all(self._presence.of_this_hub())
        self._publish(RollCall(self._document))

    def end(self) -> None:
        if self._sweeping:
            self._sweeping.cancel()
        if self._telling:
            self._telling.cancel()
            self._tell_now()  # or other hubs would keep for a while who left last

    def _tell_in(self, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + delay_s * self._pace
        if self._telling:
            if self._telling.when() <= at:
                return
            self._telling.cancel()
        self._telling = loop.call_at(at, self._tell_now)

    def _tell_now(self) -> None:
        self._telling = None
        untold = self._presence.news()
        self._pace = max(1.0, len(untold.members or b"") / self._limits.presence_frame_bytes)
        if untold.members:
            self._tell(untold.members)
        self._publish_all(untold.hubs)

    def _publish_all(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            self._publish(Presences(self._document, self._hub, piece))

    def _sweep_later(self) -> None:
        if self._presence.has_others and not self._sweeping:
            self._sweeping = asyncio.get_running_loop().call_later(self._limits.presence_gone_s, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = None
        if self._presence.sweep():
            self._tell_in(self._limits.presence_s)
        self._sweep_later()
