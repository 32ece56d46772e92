"""What hubs send each other through Redis: words about documents, sealed.

The rule: Redis is not believed. Whoever controls it can drop, delay, repeat and reorder envelopes, and see whose they
are; without the secret that hubs share through the database it can neither read what is inside nor make one up, nor
move one to another channel, nor bring an old one back.
"""

import hmac
from collections.abc import Callable
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.bus import News, Presences, RollCall, Word
from hub.ids import DocumentId
from hub.lib0 import MAX_INTEGER, ProtocolError, Reader, varbytes, varuint

NEWS_BYTES: Final = 64 * 1024
"""Larger updates are not carried: Redis would copy them to every hub, and the log gives them once to each that asks."""
ENVELOPE_BYTES: Final = NEWS_BYTES + 16 * 1024
"""Nothing honest is larger."""
FRESH_S: Final = 60
"""How far the clocks of two hubs may be apart; tokens need them closer. An envelope that is older is none: it might
speak of a database before a backup was put back."""
SENDERS: Final = 64
"""Keys of other hubs kept at hand."""
NAME_BYTES: Final = 16

_VERSION: Final = b"\x01"
_HEADER: Final = len(_VERSION) + NAME_BYTES + 8


class _Kind(IntEnum):
    NEWS = 0
    PRESENCES = 1
    ROLL_CALL = 2


class Seal:
    """Seals what this hub says and opens what others said. `name`: fresh random bytes, so that each start has its key.

    `installation` keeps apart what uses one Redis: a database and its copy share the secret, but not an address.
    `mark`: the same for all hubs that understand each other, and for no other.
    """

    def __init__(self, secret: bytes, installation: str, name: bytes, clock: Callable[[], float]) -> None:
        assert len(name) == NAME_BYTES, f"expected a name of {NAME_BYTES} bytes"
        self.hub = name.hex()
        self._root = hmac.digest(secret, b"teammarks envelope 1\0" + installation.encode(), "sha256")
        self.mark = hmac.digest(self._root, b"channels", "sha256").hex()[:16]
        self._name = name
        self._clock = clock
        self._mine = self._key_of(name)
        self._theirs: dict[bytes, AESGCM] = {}
        self._sealed = 0

    def seal(self, channel: str, body: bytes) -> bytes:
        self._sealed += 1  # a key never sees the same nonce again
        header = _VERSION + self._name + self._sealed.to_bytes(8)
        inside = varuint(int(self._clock() * 1000)) + body
        return header + self._mine.encrypt(header[-8:].rjust(12, b"\0"), inside, header + channel.encode())

    def open(self, channel: str, envelope: bytes) -> tuple[str, bytes, float] | None:
        """The hub that sealed it, what it says, and how many seconds ago, by two clocks. None: this hub did.

        Raises ProtocolError for all but envelopes.
        """
        header, sealed = envelope[:_HEADER], envelope[_HEADER:]
        if len(envelope) > ENVELOPE_BYTES or len(header) < _HEADER or header[:1] != _VERSION:
            raise ProtocolError("not an envelope")
        name = header[1:-8]
        if name == self._name:
            return None
        key = self._theirs.get(name) or self._key_of(name)
        try:
            inside = key.decrypt(header[-8:].rjust(12, b"\0"), sealed, header + channel.encode())
        except InvalidTag:
            raise ProtocolError("the seal is broken") from None
        if name not in self._theirs:
            if len(self._theirs) >= SENDERS:
                self._theirs.clear()
            self._theirs[name] = key
        reader = Reader(inside)
        age_s = self._clock() - reader.varuint() / 1000
        if abs(age_s) > FRESH_S:
            raise ProtocolError("the envelope is old")
        return name.hex(), inside[len(inside) - reader.left :], age_s

    def _key_of(self, name: bytes) -> AESGCM:
        return AESGCM(hmac.digest(self._root, name, "sha256"))


def encode(word: Word) -> bytes:
    match word:
        case News(_, first, last, updates):
            if sum(map(len, updates)) > NEWS_BYTES:
                updates = ()
            carried = varuint(len(updates)) + b"".join(map(varbytes, updates))
            return varuint(_Kind.NEWS) + varuint(first) + varuint(last) + carried
        case Presences(_, _, payload):
            return varuint(_Kind.PRESENCES) + varbytes(payload)
        case RollCall():
            return varuint(_Kind.ROLL_CALL)


def decode(document: DocumentId, hub: str, body: bytes) -> Word:
    """What `hub` said about `document`. Raises ProtocolError."""
    reader = Reader(body)
    word = _word(document, hub, reader)
    if reader.left:
        raise ProtocolError("a word is longer than it should be")
    return word


def _word(document: DocumentId, hub: str, reader: Reader) -> Word:
    match reader.varuint():
        case _Kind.NEWS:
            first, last, carried = reader.varuint(), reader.varuint(), reader.varuint()
            if not 1 <= first <= last <= MAX_INTEGER or carried not in (0, last - first + 1):
                raise ProtocolError("news with numbers that make no sense")
            return News(document, first, last, tuple(reader.byte_string() for _ in range(carried)))
        case _Kind.PRESENCES:
            return Presences(document, hub, reader.byte_string())
        case _Kind.ROLL_CALL:
            return RollCall(document)
        case _:
            raise ProtocolError("an unknown word")
