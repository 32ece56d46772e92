"""Text as it may be written: whatever a browser hands over must read the same after it has travelled as UTF-8."""

from hub.errors import Code, TeammarksError

MAX_TITLE = 4_096
MAX_URL = 65_536
"""UTF-16 units. Readers accept more."""


def well_formed(text: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD, as it comes out of any encoding to UTF-8 in a browser."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def utf16_units(text: str) -> int:
    """The length that JavaScript gives it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def written_title(title: str) -> str:
    """The title as it is written: well-formed, and cut where readers of it would have to cut."""
    title = well_formed(title)
    if utf16_units(title) <= MAX_TITLE:
        return title
    return title.encode("utf-16-le")[: MAX_TITLE * 2].decode("utf-16-le", "ignore")


def written_url(url: str) -> str:
    """The URL as it is written: well-formed. Raises TeammarksError TOO_LARGE."""
    url = well_formed(url)
    if utf16_units(url) > MAX_URL:
        raise TeammarksError(Code.TOO_LARGE, f"The address is longer than {MAX_URL} characters.")
    return url
