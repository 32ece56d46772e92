"""lib0's encoding, the alphabet of every Yjs format: varuints (LEB128), and byte strings and texts behind their length.

The rule: reading hostile bytes raises ProtocolError and nothing else.
"""

import json
from typing import Any, Final

MAX_INTEGER: Final = 2**53 - 1
"""JavaScript's largest exact integer. lib0 fails on a larger one, and so would everyone whom it is passed on to."""
MAX_VARUINT_BYTES: Final = 8


class ProtocolError(Exception):
    """These bytes are not what they should be. The text names no content."""


def varuint(number: int) -> bytes:
    assert number >= 0, f"expected a natural number, got {number}"
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def varbytes(value: bytes) -> bytes:
    return varuint(len(value)) + value


def varstring(text: str) -> bytes:
    return varbytes(text.encode())


class Reader:
    """lib0 values from the front of some bytes. Every method raises ProtocolError where they do not suffice."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def varuint(self) -> int:
        number = 0
        data, at = self._data, self._at
        for shift in range(0, 7 * MAX_VARUINT_BYTES, 7):
            try:
                byte = data[at]
            except IndexError:
                raise ProtocolError("the frame ends too early") from None
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                if number > MAX_INTEGER:
                    break
                self._at = at
                return number
        raise ProtocolError("a number is too large")

    def byte_string(self) -> bytes:
        length = self.varuint()
        start = self._at
        if length > len(self._data) - start:
            raise ProtocolError("the frame ends too early")
        self._at = start + length
        return self._data[start : self._at]

    def string(self) -> str:
        try:
            return self.byte_string().decode()
        except UnicodeDecodeError:
            raise ProtocolError("a text is not UTF-8") from None


def check_json(text: str) -> None:
    """Raises ProtocolError for what JavaScript's `JSON.parse` would refuse."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ProtocolError("a text is not JSON") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
