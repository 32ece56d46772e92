"""Members of a room, for tests of rooms without sockets."""

from dataclasses import dataclass, field, replace

from eventually import eventually
from histories import one
from pycrdt import Doc

from hub.document import Document
from hub.errors import Code
from hub.ids import AccountId, DocumentId
from hub.limits import Limits
from hub.outbox import Outbox
from hub.protocol import Framing, Message, Step2, Update, read_hub_frame, read_y_websocket
from hub.room import Seat
from hub.rooms import Rooms

QUICK = replace(Limits(), presence_s=0.01, presence_renewal_s=0.05, idle_room_s=0.01)
A, B, C = one("a", "1", 1), one("b", "2", 2), one("c", "3", 3)


@dataclass(eq=False)
class Member:
    """Somebody in a room: what they were sent, and what became of their updates."""

    author: AccountId
    framing: Framing = Framing.HOCUSPOCUS
    seat: Seat = field(init=False)
    outbox: Outbox = field(init=False)
    outcomes: list[int | Code] = field(default_factory=list)
    lost: list[Code] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox = Outbox(max_frames=1000, max_bytes=2**24, overflowed=lambda: None)

    async def join(self, rooms: Rooms, folder: DocumentId) -> "Member":
        self.seat = await rooms.join(folder, self.framing, self.outbox, self.lost.append)
        return self

    def write(self, update: bytes, *, whole: bool = False, can_write: bool = True) -> None:
        self.seat.offer(update, self.author, whole=whole, can_write=can_write, settled=self.outcomes.append)

    async def settled(self, count: int) -> list[int | Code]:
        await eventually(f"{count} outcomes", lambda: len(self.outcomes) >= count)
        return self.outcomes

    @property
    def heard(self) -> list[Message]:
        self.frames += self.outbox.take_all()
        if self.framing is Framing.Y_WEBSOCKET:
            return [read_y_websocket(frame) for frame in self.frames]
        return [read_hub_frame(frame)[1] for frame in self.frames]

    @property
    def replica(self) -> Doc:
        """What this member's replica would hold."""
        document = Document()
        document.apply([message.update for message in self.heard if isinstance(message, Step2 | Update)])
        return document.doc
