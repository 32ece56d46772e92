"""The wire: bytes ↔ messages, in the framings of Hocuspocus (`/sync`) and y-websocket (`/yjs/{team_id}`).

A Hocuspocus frame is
`varstring(address) varuint(type) body`, but for two bare one-byte frames, ping and pong; a y-websocket frame is
`varuint(type) body`. The rule: whatever bytes come in, reading returns a message or raises ProtocolError.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from hub.lib0 import ProtocolError, Reader, varbytes, varstring, varuint


class Framing(Enum):
    HOCUSPOCUS = "hocuspocus"
    Y_WEBSOCKET = "y-websocket"


@dataclass(frozen=True, slots=True)
class Step1:
    """What I have (a state vector): send me the rest."""

    state_vector: bytes


@dataclass(frozen=True, slots=True)
class Step2:
    """All that your state vector lacks, as one update."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Update:
    update: bytes


@dataclass(frozen=True, slots=True)
class Awareness:
    """An awareness update: presence of some clients."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """Send me everyone's presence."""


@dataclass(frozen=True, slots=True)
class Token:
    """From a client. `version` is the provider's, None where it does not say."""

    token: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class TokenWanted:
    """From the hub: send me a fresh token."""


@dataclass(frozen=True, slots=True)
class Denied:
    reason: str


@dataclass(frozen=True, slots=True)
class Granted:
    can_write: bool


@dataclass(frozen=True, slots=True)
class Stateless:
    payload: str


@dataclass(frozen=True, slots=True)
class Close:
    """Of one document; the socket stays. Clients may leave the reason out."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """The first `count` update-bearing frames of this client are committed, the last under number `seq`.

    Stock clients read the bare fact and skip the numbers.
    """

    count: int
    seq: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Update-bearing frame number `count` was not taken."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Pong:
    pass


FromClient = (
    Step1 | Step2 | Update | Awareness | QueryAwareness | Token | Stateless | Close | Ping | Pong
)  # fmt: skip
FromHub = (
    Step1 | Step2 | Update | Awareness | QueryAwareness | TokenWanted | Denied | Granted
    | Stateless | Close | Stored | Refused | Ping | Pong
)  # fmt: skip
Message = FromClient | FromHub

PING: Final = b"\x09"
PONG: Final = b"\x0a"
NO_PRESENCE: Final = b"\x00"
"""An awareness update about nobody: changes nothing, and is an application frame to a client that counts them."""


class _Type(IntEnum):
    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    STATELESS = 5
    CLOSE = 7
    STATUS = 8


def read_client_frame(data: bytes) -> tuple[str, FromClient]:
    """A Hocuspocus frame that a client sent, with its address ("" for ping and pong). Raises ProtocolError."""
    if data == PING:
        return "", Ping()
    if data == PONG:
        return "", Pong()
    reader = Reader(data)
    address = reader.string()
    match reader.varuint():
        case _Type.AUTH:
            if reader.varuint() != 0:
                raise ProtocolError("a client may only send a token here")
            token = reader.string()
            return address, Token(token, reader.string() if reader.left else None)
        case _Type.STATELESS:
            return address, Stateless(reader.string())
        case _Type.CLOSE:
            return address, Close(reader.string() if reader.left else "")
        case kind:
            return address, _shared_message(kind, reader)


def read_hub_frame(data: bytes) -> tuple[str, FromHub]:
    """A Hocuspocus frame that a hub sent: what tests and load tools read. Raises ProtocolError."""
    if data == PING:
        return "", Ping()
    if data == PONG:
        return "", Pong()
    reader = Reader(data)
    address = reader.string()
    match reader.varuint():
        case _Type.AUTH:
            match reader.varuint():
                case 0:
                    return address, TokenWanted()
                case 1:
                    return address, Denied(reader.string())
                case 2:
                    return address, Granted(reader.string() == "read-write")
                case _:
                    raise ProtocolError("unknown kind of authentication message")
        case _Type.STATELESS:
            return address, Stateless(reader.string())
        case _Type.CLOSE:
            return address, Close(reader.string())
        case _Type.STATUS:
            if reader.varuint() == 1:
                return address, Stored(reader.varuint(), reader.varuint())
            return address, Refused(reader.varuint(), reader.string())
        case kind:
            return address, _shared_message(kind, reader)


def read_y_websocket(data: bytes) -> Step1 | Step2 | Update | Awareness | QueryAwareness:
    """A y-websocket frame, either way. Raises ProtocolError."""
    reader = Reader(data)
    return _shared_message(reader.varuint(), reader)


def _shared_message(kind: int, reader: Reader) -> Step1 | Step2 | Update | Awareness | QueryAwareness:
    if kind == _Type.SYNC:
        match reader.varuint():
            case 0:
                return Step1(reader.byte_string())
            case 1:
                return Step2(reader.byte_string())
            case 2:
                return Update(reader.byte_string())
            case _:
                raise ProtocolError("unknown kind of sync message")
    if kind == _Type.AWARENESS:
        return Awareness(reader.byte_string())
    if kind == _Type.QUERY_AWARENESS:
        return QueryAwareness()
    raise ProtocolError("this type of message is not for the hub")


def encode(framing: Framing, address: str, message: Message) -> bytes:
    """One frame. The address is no part of a y-websocket frame, whose socket is one document."""
    match framing, message:
        case _, Ping():
            return PING
        case _, Pong():
            return PONG
        case Framing.Y_WEBSOCKET, Denied(reason):
            return b"\x02\x00" + varstring(reason)
        case Framing.Y_WEBSOCKET, _:
            return _body(message)
        case Framing.HOCUSPOCUS, _:
            return varstring(address) + _body(message)


def _body(message: Message) -> bytes:
    match message:
        case Step1(state_vector):
            return b"\x00\x00" + varbytes(state_vector)
        case Step2(update):
            return b"\x00\x01" + varbytes(update)
        case Update(update):
            return b"\x00\x02" + varbytes(update)
        case Awareness(payload):
            return b"\x01" + varbytes(payload)
        case Token(token, version):
            return b"\x02\x00" + varstring(token) + (b"" if version is None else varstring(version))
        case TokenWanted():
            return b"\x02\x00"
        case Denied(reason):
            return b"\x02\x01" + varstring(reason)
        case Granted(can_write):
            return b"\x02\x02" + varstring("read-write" if can_write else "readonly")
        case QueryAwareness():
            return b"\x03"
        case Stateless(payload):
            return b"\x05" + varstring(payload)
        case Close(reason):
            return b"\x07" + varstring(reason)
        case Stored(count, seq):
            return b"\x08\x01" + varuint(count) + varuint(seq)
        case Refused(count, reason):
            return b"\x08\x00" + varuint(count) + varstring(reason)
        case Ping() | Pong():
            raise AssertionError("ping and pong are whole frames")
