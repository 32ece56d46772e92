"""What the database keeps for the hub alone: sealed with a key that is in the data folder.

The rule: a copy of the database without the data folder opens nothing, and what was sealed for one account opens for no
other.
"""

import base64
import binascii
import secrets
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.accounts import key_files
from hub.ids import AccountId

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Safe:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, file: Path) -> Self:
        """With the key in `file`, made first where there is none. Raises OSError where it can't be used."""
        if not file.exists():
            key_files.make(file, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        try:
            key = base64.b64decode(file.read_text(encoding="ascii").strip(), validate=True)
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _damaged(file) from error
        if len(key) != KEY_BYTES:
            raise _damaged(file)
        return cls(key)

    def seal(self, secret: bytes, whose: AccountId) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, whose.encode())

    def unseal(self, sealed: bytes, whose: AccountId) -> bytes | None:
        """None: it was sealed with another key, or for somebody else."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], whose.encode())
        except InvalidTag:
            return None


def _damaged(file: Path) -> OSError:
    return OSError(f"the key in {file} is damaged; put back the one that it was, or second factors cannot be checked")
