"""A real mail server, in the test's own event loop."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from certificates import HOST

USER, PASSWORD = "hub", "p@ss/w:rd"
TAKEN = "250 OK"


@dataclass
class MailServer:
    port: int = 0
    answer_to_recipient: str = TAKEN
    answer_to_letter: str = TAKEN
    connections: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    def url(self, scheme: str, user: str = "") -> str:
        return f"{scheme}://{user}{HOST}:{self.port}"

    async def handle_RCPT(  # noqa: N802 - the server's words
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer_to_recipient == TAKEN:
            envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer_to_letter == TAKEN:
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            self.recipients += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        return self.answer_to_letter


@asynccontextmanager
async def mail_server(
    certificate: Path | None = None, *, tls_first: bool = False, with_password: bool = False, port: int = 0
) -> AsyncIterator[MailServer]:
    """With a certificate it asks for STARTTLS, or for TLS from the first byte."""
    kept = MailServer()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def known(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=login == LoginPassword(USER.encode(), PASSWORD.encode()), handled=False)

    def conversation() -> SMTP:
        kept.connections += 1
        with warnings.catch_warnings():
            # It does not know that the password comes over TLS where that is there from the first byte.
            warnings.simplefilter("ignore")
            return SMTP(
                kept,
                hostname="mail.example.org",
                enable_SMTPUTF8=True,
                tls_context=None if tls_first else context,
                require_starttls=context is not None and not tls_first,
                authenticator=known if with_password else None,
                auth_required=with_password,
                auth_require_tls=not tls_first,
            )

    listening = await asyncio.get_running_loop().create_server(
        conversation, HOST, port, ssl=context if tls_first else None
    )
    async with listening:
        kept.port = listening.sockets[0].getsockname()[1]
        yield kept
