"""A mail server, as `TEAMMARKS_SMTP_URL` names it.

The rule: a letter holds a secret, so it goes over TLS with a certificate that is checked, or nowhere; unless the
operator says `smtp+plain`, for a server next to the hub.
"""

import asyncio
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from hub.mail.delivery import Trouble, Undelivered

ATTEMPT_S: Final = 60.0
"""For one letter, the connection included. Less than a claim lasts."""
FAREWELL_S: Final = 2.0
_PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class Smtp:
    """Satisfies `hub.mail.delivery.Delivery`. One connection, for all letters that are due at once."""

    def __init__(self, url: str, trusted: ssl.SSLContext | None = None) -> None:
        """`url` has been validated by the settings. `trusted`: the system's certificates if None."""
        parts = urlsplit(url)
        assert parts.hostname, "the settings have seen to it"
        self._client = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp",
            tls_context=None if parts.scheme == "smtp+plain" else trusted or ssl.create_default_context(),
            timeout=ATTEMPT_S,
        )

    async def deliver(self, message: EmailMessage) -> None:
        try:
            async with asyncio.timeout(ATTEMPT_S):
                if not self._client.is_connected:
                    await self._connect()
                await self._client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0].code, "the recipient") from None
        except aiosmtplib.SMTPDataError as error:
            raise _refused(error.code, "the letter") from None
        except aiosmtplib.SMTPNotSupported:
            raise Undelivered(Trouble.REFUSED, "the mail server cannot write to such an address") from None
        except aiosmtplib.SMTPResponseException as error:
            # Not its words: they may repeat an address.
            raise Undelivered(Trouble.SERVER, f"the mail server refuses us: {error.code}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise Undelivered(Trouble.SERVER, f"the mail server cannot be used: {_named(error)}") from None

    async def hang_up(self) -> None:
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                if self._client.is_connected:
                    await self._client.quit()
        self._client.close()

    async def _connect(self) -> None:
        try:
            await self._client.connect()
        except aiosmtplib.SMTPNotSupported as error:
            raise Undelivered(Trouble.SERVER, f"the mail server cannot be used: {error}") from None


def _refused(code: int, what: str) -> Undelivered:
    final = code >= 500
    return Undelivered(Trouble.REFUSED if final else Trouble.DEFERRED, f"the mail server refuses {what}: {code}")


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__
