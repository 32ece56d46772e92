"""Where a node stands among its siblings: strings that sort, with room between any two of them.

A position is a whole number (a head letter that tells how many base-62 digits follow, so that longer numbers sort
after shorter ones; `Z…A` for negative ones) or a middle between two neighbours, and then three random digits, so that
two people who insert at the same place at once do not collide. It never ends in `0`: between `a` and `a0` nothing fits.
"""

from random import Random

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In the order of their ASCII codes."""

MAX_WRITTEN = 48
"""Characters. A folder whose next position would be longer is spaced anew; readers accept 256."""

_BASE = len(DIGITS)


def between(left: str | None, right: str | None, random: Random) -> str:
    """A position after `left` and before `right` (None: the end), and so is whatever begins with it.

    `left` must be smaller than `right`.
    """
    assert left is None or right is None or left < right, "expected two positions in order"
    if left is None and right is None:
        stem = whole_number(1)
    elif right is None:
        stem = _next_number(left or "") or _middle(left or "", None)
    elif left is None:
        stem = _previous_number(right) or _middle("", right)
    else:
        stem = _middle(left, right)
    return stem + _jitter(random)


def following(first: str, nth: int) -> str:
    """The position of the nth after the first (n >= 1) of several put down together.

    They share one jitter, so two batches put down at the same place at once do not mix.
    """
    # No multiple of 62: it would end in 0.
    return first + whole_number(nth + (nth - 1) // (_BASE - 1))


def spaced(nth: int, random: Random) -> str:
    """The position of the nth child (n >= 0) of a folder whose positions have grown too long.

    The number depends on n alone, so two people who do this at once to the same children get the same order.
    """
    return whole_number(nth + 1) + _jitter(random)


def whole_number(value: int) -> str:
    """`a0` … `az`, `b00` … `bzz`, `c000` …, for 0 and up."""
    assert value >= 0, "negative numbers are only reached by counting down"
    width = 1
    while value >= _BASE**width:
        value -= _BASE**width
        width += 1
    digits = ""
    for _ in range(width):
        value, digit = divmod(value, _BASE)
        digits = DIGITS[digit] + digits
    return chr(ord("a") + width - 1) + digits


def _number_of(position: str) -> tuple[str, str] | None:
    """The head and the digits of the whole number that a position begins with; missing digits are zeros."""
    head = position[:1]
    if not head.isalpha():
        return None
    width = ord(head) - ord("a") + 1 if head >= "a" else ord("Z") - ord(head) + 1
    return head, position[1 : width + 1].ljust(width, "0")


def _next_number(position: str) -> str | None:
    """The smallest whole number above, or None where numbers end."""
    if (number := _number_of(position)) is None:
        return whole_number(0)
    head, digits = number
    kept = digits.rstrip(DIGITS[-1])
    if kept:
        return head + kept[:-1] + DIGITS[DIGITS.index(kept[-1]) + 1] + DIGITS[0] * (len(digits) - len(kept))
    if head == "Z":
        return whole_number(0)
    if head == "z":
        return None
    width = len(digits) + (1 if head >= "a" else -1)
    return chr(ord(head) + 1) + DIGITS[0] * width


def _previous_number(position: str) -> str | None:
    """The greatest whole number below, or None where numbers begin."""
    if (number := _number_of(position)) is None:
        return None
    head, digits = number
    kept = digits.rstrip(DIGITS[0])
    if kept:
        return head + kept[:-1] + DIGITS[DIGITS.index(kept[-1]) - 1] + DIGITS[-1] * (len(digits) - len(kept))
    if head == "a":
        return "Zz"
    if head == "A":
        return None
    width = len(digits) + (-1 if head >= "a" else 1)
    return chr(ord(head) - 1) + DIGITS[-1] * width


def _middle(left: str, right: str | None) -> str:
    """A string after `left` and before `right` that `right` does not begin with, so that digits may be added."""
    middle = ""
    while True:
        i = len(middle)
        low = DIGITS.index(left[i]) if i < len(left) else 0
        high = _BASE if right is None else DIGITS.index(right[i])
        if high - low > 1:
            return middle + DIGITS[(low + high) // 2]
        middle += DIGITS[low]
        if low < high:
            right = None  # Already before it: only `left` binds from here.


def _jitter(random: Random) -> str:
    return "".join(random.choices(DIGITS, k=2)) + random.choice(DIGITS[1:])
