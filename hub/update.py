"""The anatomy of a Yjs update (v1), walked before the CRDT library sees it.

The library trusts what it decodes: for a few bytes that announce a hundred million entries it reserves gigabytes, and
values or shared types nested deeply enough overflow its stack and kill the process. It also takes what the library of
the browsers cannot: one such update in the log, and no browser could open the folder any more. The rules: nothing from
outside is decoded by the library unless every count in it is covered by bytes that are there, and all nesting is
shallow; nothing passes that the two libraries would understand differently, or only one of them at all.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from hub.lib0 import MAX_INTEGER, ProtocolError, check_json

MAX_VALUE_DEPTH: Final = 100
"""Of objects and arrays within one value. Some 20 000 overflow the stack; a bookmark has none."""
MAX_CLOCK: Final = 0xFFFF_FFFF
"""Of the characters and values that one client ever wrote. yrs counts in 32 bits and would begin again."""

_NODES: Final = b"n"
"""The name of the root map in which every new key is a new bookmark, folder or separator."""
_ROOT_PARENT: Final = 1
_HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_KEY = 0x80, 0x40, 0x20
_GC, _SKIP, _SHARED_TYPE = 0, 10, 7
_XML_ELEMENT, _XML_HOOK, _LAST_TYPE = 3, 5, 6
_BYTES, _ARRAY, _OBJECT, _TEXT, _INTEGER = 116, 117, 118, 119, 125
_FIXED: Final = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
"""Bytes behind the tags of undefined, null, float32, float64, bigint, false and true."""
_UNDEFINED: Final = b"\x09undefined"
"""Among JSON values, how Yjs writes what JSON cannot."""


class Contents(NamedTuple):
    """Of one update, what a document may not hold without end."""

    nodes: int
    """Keys that it gives a first value in the map of nodes. One that is there already may be among them."""
    nested: int
    """Shared types that it nests in others."""


def inspect(update: bytes) -> Contents:
    """What this update holds. Raises ProtocolError for what is no update.

    Takes some 2 µs per struct.
    """
    try:
        contents, at = _structs(update)
        at = _deletions(update, at)
    except IndexError:
        raise ProtocolError("the update ends too early") from None
    if at != len(update):
        raise ProtocolError("something follows the update")
    return contents


def _structs(data: bytes) -> tuple[Contents, int]:
    nodes = nested = 0
    clients, at = _count(data, 0)
    for _ in range(clients):
        structs, at = _count(data, at)
        client, at = _uint(data, at)
        clock, at = _uint(data, at)
        for _ in range(structs):
            info = data[at]
            kind = info & 0x1F
            at += 1
            if kind in (_GC, _SKIP):
                length, at = _uint(data, at)
            else:
                if info & _HAS_ORIGIN:
                    at = _earlier_id(data, at, client, clock)
                if info & _HAS_RIGHT_ORIGIN:
                    at = _earlier_id(data, at, client, clock)
                if not info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN):
                    parent, at = _uint(data, at)
                    if parent == _ROOT_PARENT:
                        length, start = _uint(data, at)
                        at = _end(data, start + length)
                        nodes += bool(info & _HAS_KEY) and data[start:at] == _NODES
                    else:
                        at = _earlier_id(data, at, client, clock)
                    if info & _HAS_KEY:
                        at = _bytes(data, at)
                nested += kind == _SHARED_TYPE
                content = _CONTENT.get(kind)
                if content is None:
                    raise ProtocolError("unknown kind of content")
                length, at = content(data, at)
            clock = _clock_after(clock, length)
    return Contents(nodes, nested), at


def _earlier_id(data: bytes, at: int, client: int, clock: int) -> int:
    """Steps over the id of what an item is beside or within. Yjs fails on one that its client had yet to make."""
    of_client, at = _uint(data, at)
    of_clock, at = _uint(data, at)
    if of_client == client and of_clock >= clock:
        raise ProtocolError("something builds on what comes after it")
    return at


def _clock_after(clock: int, length: int) -> int:
    if not length:
        raise ProtocolError("something has no length")
    if clock + length > MAX_CLOCK:
        raise ProtocolError("a clock is too large")
    return clock + length


# Contents: each takes where it starts, and returns its length in the client's clock and where it ends.


def _deleted(data: bytes, at: int) -> tuple[int, int]:
    return _uint(data, at)


def _jsons(data: bytes, at: int) -> tuple[int, int]:
    count, at = _count(data, at)
    for _ in range(count):
        start, at = at, _bytes(data, at)
        if data[start:at] != _UNDEFINED:
            _check_json(data, start)
    return count, at


def _binary(data: bytes, at: int) -> tuple[int, int]:
    return 1, _bytes(data, at)


def _string(data: bytes, at: int) -> tuple[int, int]:
    # Counted as JavaScript does, in UTF-16.
    text, at = _text(data, at)
    return len(text.encode("utf-16-le")) // 2, at


def _embed(data: bytes, at: int) -> tuple[int, int]:
    return 1, _check_json(data, at)


def _format(data: bytes, at: int) -> tuple[int, int]:
    return 1, _check_json(data, _bytes(data, at))


def _shared_type(data: bytes, at: int) -> tuple[int, int]:
    reference, at = _uint(data, at)
    if reference > _LAST_TYPE:
        raise ProtocolError("unknown kind of shared type")
    return 1, _bytes(data, at) if reference in (_XML_ELEMENT, _XML_HOOK) else at


def _values(data: bytes, at: int) -> tuple[int, int]:
    count, at = _count(data, at)
    for _ in range(count):
        at = _value(data, at, MAX_VALUE_DEPTH)
    return count, at


def _document(data: bytes, at: int) -> tuple[int, int]:
    at = _bytes(data, at)
    if data[at] != _OBJECT:
        raise ProtocolError("a document has no options")
    return 1, _value(data, at, MAX_VALUE_DEPTH)


def _value(data: bytes, at: int, depth: int) -> int:
    tag = data[at]
    at += 1
    if tag in (_TEXT, _BYTES):
        return _bytes(data, at)
    if tag in _FIXED:
        return _end(data, at + _FIXED[tag])
    if tag == _INTEGER:
        return _signed(data, at)
    if tag not in (_OBJECT, _ARRAY):
        raise ProtocolError("unknown kind of value")
    if not depth:
        raise ProtocolError("a value is nested too deeply")
    count, at = _count(data, at)
    for _ in range(count):
        if tag == _OBJECT:
            at = _bytes(data, at)
        at = _value(data, at, depth - 1)
    return at


def _deletions(data: bytes, at: int) -> int:
    clients, at = _count(data, at)
    for _ in range(clients):
        _, at = _uint(data, at)
        ranges, at = _count(data, at)
        for _ in range(ranges):
            clock, at = _uint(data, at)
            length, at = _uint(data, at)
            _clock_after(clock, length)
    return at


def _uint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 0x80:
        return byte, at + 1
    number, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        number |= (byte & 0x7F) << shift
        if number > MAX_INTEGER:
            raise ProtocolError("a number is too large")
        if byte < 0x80:
            return number, at + 1
        shift += 7
        if shift > 63:
            raise ProtocolError("a number is too large")


def _signed(data: bytes, at: int) -> int:
    # The first byte holds the sign and six bits.
    if data[at] < 0x80:
        return at + 1
    rest, at = _uint(data, at + 1)
    if rest > MAX_INTEGER >> 6:
        raise ProtocolError("a number is too large")
    return at


def _count(data: bytes, at: int) -> tuple[int, int]:
    """A number of things that follow, each of which takes a byte at least."""
    count, at = _uint(data, at)
    if count > len(data) - at:
        raise ProtocolError("more is announced than there is")
    return count, at


def _bytes(data: bytes, at: int) -> int:
    length, at = _uint(data, at)
    return _end(data, at + length)


def _end(data: bytes, at: int) -> int:
    if at > len(data):
        raise ProtocolError("the update ends too early")
    return at


def _text(data: bytes, at: int) -> tuple[str, int]:
    length, start = _uint(data, at)
    end = _end(data, start + length)
    try:
        return data[start:end].decode(), end
    except UnicodeDecodeError:
        raise ProtocolError("a text is not UTF-8") from None


def _check_json(data: bytes, at: int) -> int:
    text, at = _text(data, at)
    check_json(text)
    return at


_CONTENT: Final[Mapping[int, Callable[[bytes, int], tuple[int, int]]]] = {
    1: _deleted,
    2: _jsons,
    3: _binary,
    4: _string,
    5: _embed,
    6: _format,
    _SHARED_TYPE: _shared_type,
    8: _values,
    9: _document,
}
"""How to step over each kind of content."""
