"""How a letter leaves the hub: as a message, by a way out that either takes it or says what is wrong."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from enum import StrEnum
from typing import Protocol

import idna

from hub.mail.outbox import Claimed


class Trouble(StrEnum):
    REFUSED = "refused"
    """This letter is not taken, now or later."""
    DEFERRED = "deferred"
    """This letter is not taken now."""
    SERVER = "server"
    """No letter is taken now."""


class Undelivered(Exception):
    """Its text is for the log, and has no address in it."""

    def __init__(self, trouble: Trouble, what: str) -> None:
        super().__init__(what)
        self.trouble = trouble


class Delivery(Protocol):
    async def deliver(self, message: EmailMessage) -> None:
        """Raises Undelivered."""
        ...

    async def hang_up(self) -> None:
        """There is nothing to deliver for now. Never raises."""
        ...


def compose(letter: Claimed, to: str, sender: str) -> EmailMessage:
    """The message is the same at each attempt, its Message-ID included: mail programs show it once."""
    message = EmailMessage(policy=SMTPUTF8)
    message["From"] = sender
    message["To"] = _recipient(to)
    message["Subject"] = letter.written.subject
    message["Date"] = letter.made_at
    message["Message-ID"] = f"<{letter.id}@{message['From'].addresses[0].domain}>"
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's absence is answered to us (RFC 3834)
    # As it is: quoted-printable would cut the links of the letters that wait in files.
    message.set_content(letter.written.text, cte="8bit")
    message.add_alternative(letter.written.html, subtype="html", cte="8bit")
    return message


def _recipient(to: str) -> Address:
    local, _, domain = to.rpartition("@")
    # In the form that needs nothing of the servers between. Not Python's own codec: it takes ß for ss.
    return Address(username=local, domain=domain if domain.isascii() else idna.encode(domain).decode())
