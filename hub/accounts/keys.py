"""The keys that sign access tokens: made at the first start, kept in the data folder, published without their secret.

The rules: hubs that share a data folder share its keys, also when they make them at the same moment; and a key is
published before it signs and for as long as anything it signed may live. A key is `next`
(published, not yet used), then `active` (signs), then `retired` (verifies what it signed). The file is a JSON Web Key
Set (RFC 7517) whose members also carry their private part `d` and their `state`; only its owner may read it.
"""

import json
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.exceptions import InvalidKeyError

from hub.accounts import key_files

ALGORITHM = "ES256"
_PUBLIC = ("kty", "crv", "x", "y", "kid", "use", "alg")


class State(StrEnum):
    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


class SigningKeys:
    """One active key to sign with, and all that are known to verify with."""

    def __init__(self, members: list[dict[str, Any]]) -> None:
        """Raises ValueError, KeyError, TypeError or InvalidKeyError for what is no set of our keys."""
        self._private: dict[str, ec.EllipticCurvePrivateKey] = {}
        active: list[str] = []
        for member in members:
            key = ECAlgorithm(ECAlgorithm.SHA256).from_jwk(member)
            if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
                raise ValueError("expected private P-256 keys")
            self._private[member["kid"]] = key
            if State(member["state"]) is State.ACTIVE:
                active.append(member["kid"])
        if len(active) != 1:
            raise ValueError(f"expected one active key, got {len(active)}")
        self.active = active[0]
        self.published = {"keys": [{name: member[name] for name in _PUBLIC} for member in members]}
        """The public halves, as `/.well-known/jwks.json` shows them."""

    @classmethod
    def open(cls, file: Path) -> "SigningKeys":
        """The keys in `file`, made first where there is none. Raises OSError where it can't be used."""
        if not file.exists():
            key_files.make(file, json.dumps({"keys": [_new(State.ACTIVE), _new(State.NEXT)]}, indent=2))
        text = file.read_text(encoding="ascii")
        try:
            return cls(json.loads(text)["keys"])
        except (ValueError, KeyError, TypeError, InvalidKeyError) as error:
            raise OSError(f"the signing keys in {file} are damaged; move the file away to get new ones") from error

    @property
    def signing(self) -> ec.EllipticCurvePrivateKey:
        return self._private[self.active]

    def verifying(self, kid: str) -> ec.EllipticCurvePublicKey | None:
        key = self._private.get(kid)
        return key.public_key() if key else None


def _new(state: State) -> dict[str, Any]:
    key = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    return {**key, "kid": secrets.token_hex(8), "use": "sig", "alg": ALGORITHM, "state": state}
