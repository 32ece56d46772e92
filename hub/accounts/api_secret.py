"""The secret of an API token, as text: `tmp_`, 43 letters and digits that hold 256 random bits, six that check them.

The rule: whoever finds one can tell that it is one without asking us: `tmp_[0-9A-Za-z]{49}`, where the last six are
the CRC-32 of the 43 before them, all in base 62. So a scanner of published code finds what somebody let slip, and
nothing else.
"""

import hashlib
import re
import secrets
import string
import zlib
from typing import Final

PREFIX: Final = "tmp_"
RANDOM_BITS: Final = 256

_LETTERS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARS, _CHECK_CHARS = 43, 6  # as many as 256 and 32 bits need at most
_FORM: Final = re.compile(f"{PREFIX}([0-9A-Za-z]{{{_RANDOM_CHARS}}})([0-9A-Za-z]{{{_CHECK_CHARS}}})")


def make() -> str:
    random = _base62(secrets.randbits(RANDOM_BITS), _RANDOM_CHARS)
    return PREFIX + random + _check(random)


def is_meant(text: str) -> bool:
    """Whether this is to be an API token's secret; it may be damaged or invented."""
    return text.startswith(PREFIX)


def is_whole(text: str) -> bool:
    """Whether it is as one that was made here."""
    parts = _FORM.fullmatch(text)
    return parts is not None and parts[2] == _check(parts[1])


def hashed(text: str) -> bytes:
    """As the database keeps it: so many random bits need no slow hash."""
    return hashlib.sha256(text.encode()).digest()


def _check(random: str) -> str:
    return _base62(zlib.crc32(random.encode()), _CHECK_CHARS)


def _base62(number: int, chars: int) -> str:
    digits = []
    for _ in range(chars):
        number, digit = divmod(number, len(_LETTERS))
        digits.append(_LETTERS[digit])
    assert number == 0, "it fits"
    return "".join(reversed(digits))
