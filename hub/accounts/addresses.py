"""E-mail addresses: which are acceptable, and which two are the same person's."""

import unicodedata
from dataclasses import dataclass

import email_validator

# A hub often lives inside a company, where `.local` and the like are real domains.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

_LONGEST = 320


@dataclass(frozen=True, slots=True)
class Address:
    written: str
    """As its owner writes it."""
    key: str
    """Equal for addresses that we take to be the same: without regard to case and to how letters are composed.

    The domain is in its ASCII form, in which two names are equal only where the network thinks so: folding the case of
    `straße.de` would give `strasse.de`, which somebody else owns.
    """


def address(text: str) -> Address:
    """Raises ValueError with a sentence that doesn't repeat the input."""
    try:
        checked = email_validator.validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except email_validator.EmailNotValidError:
        raise ValueError("expected an e-mail address like ann@example.org") from None
    key = unicodedata.normalize("NFC", checked.local_part.casefold()) + "@" + checked.ascii_domain.lower()
    if max(len(checked.normalized), len(key)) > _LONGEST:
        raise ValueError(f"expected an e-mail address of at most {_LONGEST} characters")
    return Address(checked.normalized, key)
