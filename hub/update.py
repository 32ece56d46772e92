"""The anatomy of a Yjs update (v1), walked before the CRDT library sees it.

The library trusts what it decodes: for a few bytes that announce a hundred million entries it reserves gigabytes, and
values or shared types nested deeply enough overflow its stack and kill the process. The rule: nothing from outside is
decoded by the library unless every count in it is covered by bytes that are there, and all nesting is shallow.
"""

from collections.abc import Callable, Mapping
from typing import Final

from hub.lib0 import ProtocolError

MAX_VALUE_DEPTH: Final = 100
"""Of objects and arrays within one value. Some 20 000 overflow the stack; a bookmark has none."""

_ROOT_PARENT: Final = 1
_HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_KEY = 0x80, 0x40, 0x20
_GC, _SKIP, _SHARED_TYPE = 0, 10, 7
_XML_ELEMENT, _XML_HOOK, _LAST_TYPE = 3, 5, 6
_BYTES, _ARRAY, _OBJECT, _TEXT, _INTEGER = 116, 117, 118, 119, 125
_FIXED: Final = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
"""Bytes behind the tags of undefined, null, float32, float64, bigint, false and true."""


def inspect(update: bytes) -> int:
    """How many shared types this update nests in others. Raises ProtocolError for what is no update.

    Takes some 2 µs per struct.
    """
    try:
        nested, at = _structs(update)
        at = _deletions(update, at)
    except IndexError:
        raise ProtocolError("the update ends too early") from None
    if at != len(update):
        raise ProtocolError("something follows the update")
    return nested


def _structs(data: bytes) -> tuple[int, int]:
    nested = 0
    clients, at = _count(data, 0)
    for _ in range(clients):
        structs, at = _count(data, at)
        _, at = _uint(data, at)
        _, at = _uint(data, at)
        for _ in range(structs):
            info = data[at]
            kind = info & 0x1F
            at += 1
            if kind in (_GC, _SKIP):
                _, at = _uint(data, at)
                continue
            if info & _HAS_ORIGIN:
                at = _id(data, at)
            if info & _HAS_RIGHT_ORIGIN:
                at = _id(data, at)
            if not info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN):
                parent, at = _uint(data, at)
                at = _bytes(data, at) if parent == _ROOT_PARENT else _id(data, at)
                if info & _HAS_KEY:
                    at = _bytes(data, at)
            nested += kind == _SHARED_TYPE
            content = _CONTENT.get(kind)
            if content is None:
                raise ProtocolError("unknown kind of content")
            at = content(data, at)
    return nested, at


def _texts(data: bytes, at: int) -> int:
    count, at = _count(data, at)
    for _ in range(count):
        at = _bytes(data, at)
    return at


def _format(data: bytes, at: int) -> int:
    return _bytes(data, _bytes(data, at))


def _shared_type(data: bytes, at: int) -> int:
    reference, at = _uint(data, at)
    if reference > _LAST_TYPE:
        raise ProtocolError("unknown kind of shared type")
    return _bytes(data, at) if reference in (_XML_ELEMENT, _XML_HOOK) else at


def _values(data: bytes, at: int) -> int:
    count, at = _count(data, at)
    for _ in range(count):
        at = _value(data, at, MAX_VALUE_DEPTH)
    return at


def _document(data: bytes, at: int) -> int:
    return _value(data, _bytes(data, at), MAX_VALUE_DEPTH)


def _value(data: bytes, at: int, depth: int) -> int:
    tag = data[at]
    at += 1
    if tag in (_TEXT, _BYTES):
        return _bytes(data, at)
    if tag in _FIXED:
        return _end(data, at + _FIXED[tag])
    if tag == _INTEGER:
        while data[at] & 0x80:
            at += 1
        return at + 1
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
            at = _id(data, at)
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
        if byte < 0x80:
            return number, at + 1
        shift += 7
        if shift > 63:
            raise ProtocolError("a number is too large")


def _count(data: bytes, at: int) -> tuple[int, int]:
    """A number of things that follow, each of which takes a byte at least."""
    count, at = _uint(data, at)
    if count > len(data) - at:
        raise ProtocolError("more is announced than there is")
    return count, at


def _id(data: bytes, at: int) -> int:
    return _uint(data, _uint(data, at)[1])[1]


def _bytes(data: bytes, at: int) -> int:
    length, at = _uint(data, at)
    return _end(data, at + length)


def _end(data: bytes, at: int) -> int:
    if at > len(data):
        raise ProtocolError("the update ends too early")
    return at


def _number(data: bytes, at: int) -> int:
    return _uint(data, at)[1]


_CONTENT: Final[Mapping[int, Callable[[bytes, int], int]]] = {
    1: _number,  # deleted
    2: _texts,  # JSON
    3: _bytes,  # binary
    4: _bytes,  # string
    5: _bytes,  # embed
    6: _format,
    _SHARED_TYPE: _shared_type,
    8: _values,  # any
    9: _document,
}
"""How to step over each kind of content."""
