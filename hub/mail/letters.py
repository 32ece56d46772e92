"""The letters of the hub: what each of them tells, and their text and HTML.

The rule: what a letter tells is data and never a template, and it stays on its line; and every link in it begins with
the hub's public address, never with what a request says this hub is called.
"""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_TEMPLATES: Final = Path(__file__).parent / "templates"
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told. Each kind has two templates of its name; the first line of the text is the subject."""

    template: ClassVar[str]


@dataclass(frozen=True, slots=True)
class VerifyAddress(Letter):
    """To an address that was registered. Has no name in it: a stranger may have chosen one to advertise with."""

    template = "verify-address"
    token: str


@dataclass(frozen=True, slots=True)
class AlreadyRegistered(Letter):
    """To the owner of an address that was registered again."""

    template = "already-registered"
    token: str


@dataclass(frozen=True, slots=True)
class ResetPassword(Letter):
    template = "reset-password"
    token: str


@dataclass(frozen=True, slots=True)
class PasswordChanged(Letter):
    template = "password-changed"
    name: str


@dataclass(frozen=True, slots=True)
class ConfirmNewAddress(Letter):
    """To the address that an account is to have."""

    template = "confirm-new-address"
    token: str


@dataclass(frozen=True, slots=True)
class AddressTaken(Letter):
    """To an address that another account was to have, and that has its own."""

    template = "address-taken"


@dataclass(frozen=True, slots=True)
class AddressChangeAsked(Letter):
    """To the address that an account has."""

    template = "address-change-asked"
    name: str
    new_address: str


@dataclass(frozen=True, slots=True)
class AddressChanged(Letter):
    """To the address that an account had."""

    template = "address-changed"
    name: str
    new_address: str


@dataclass(frozen=True, slots=True)
class AccountDeleted(Letter):
    template = "account-deleted"
    name: str


@dataclass(frozen=True, slots=True)
class SessionStolen(Letter):
    """To the owner of a session that was ended because its refresh token was used twice."""

    template = "session-stolen"
    name: str
    device: str


class SecondFactorChange(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CODES_MADE = "codes made"
    CODE_USED = "code used"


@dataclass(frozen=True, slots=True)
class SecondFactorChanged(Letter):
    template = "second-factor-changed"
    name: str
    change: SecondFactorChange


@dataclass(frozen=True, slots=True)
class ApiTokenMade(Letter):
    """`token` is what its owner calls it; the secret is in no letter."""

    template = "api-token-made"
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Invited(Letter):
    """To the address that an invitation was made for. `token` is the invitation's."""

    template = "invited"
    inviter: str
    organization: str
    token: str


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    text: str
    html: str


class Writer:
    def __init__(self, public_url: str) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=select_autoescape(["html"], default=False),
            undefined=StrictUndefined,
            finalize=_on_one_line,
        )
        self._templates.globals["hub"] = public_url

    def write(self, letter: Letter) -> Written:
        told = asdict(letter)
        subject, _, text = self._templates.get_template(f"{letter.template}.txt").render(told).partition("\n")
        html = self._templates.get_template(f"{letter.template}.html").render(told)
        return Written(subject, text.strip() + "\n", html)


def _on_one_line(value: object) -> object:
    """What is put into a template, so that no name can begin a line of its own."""
    return _BREAKS.sub(" ", value) if type(value) is str else value
