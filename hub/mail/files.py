"""Letters as files in the data folder, where there is no mail server: the operator can open them, or pass them on."""

import asyncio
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from hub.mail.delivery import Trouble, Undelivered

KEPT: Final = 1_000
"""Older ones are deleted: strangers cause letters, and the disk is not theirs."""


class Files:
    """Satisfies `hub.mail.delivery.Delivery`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, message: EmailMessage) -> None:
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise Undelivered(
                Trouble.SERVER, f"letters cannot be written to {self._folder}: {error.strerror}"
            ) from None

    async def hang_up(self) -> None:
        """Nothing is open."""

    def _write(self, message: EmailMessage) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # By the letter's id, which begins with its time.
        path = self._folder / f"{message['Message-ID'].strip('<>').partition('@')[0]}.eml"
        unfinished = path.with_suffix(".part")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
        unfinished.rename(path)
        for old in sorted(self._folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
