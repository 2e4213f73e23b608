"""Signatures by the Standard Webhooks (standardwebhooks.com, version 1), of what we post and of what is posted to us.

A signature covers `webhook-id`, `webhook-timestamp` and the body, so that nothing can be changed, and nothing that is
old be played again.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr, field_validator, model_validator

from channels.channel import CallbackRequest
from channels.limits import Limits
from channels.secret import secret

#: What every secret of the standard begins with; Base64 of 24 to 64 bytes follows.
_PREFIX = "whsec_"

#: Seconds that a message may be old, or from the future, as the standard recommends.
_FRESH = 300.0


class SigningSettings(Limits):
    """The secret that both sides sign with."""

    #: "whsec_" and Base64 of 24 to 64 bytes: `openssl rand -base64 32` makes some.
    secret: SecretStr | None = None
    secret_file: Path | None = None
    #: The former secret, while the other side changes to the new one: messages bear a signature of each.
    old_secret: SecretStr | None = None
    old_secret_file: Path | None = None

    @field_validator("secret", "old_secret")
    @classmethod
    def _is_secret(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None:
            key(given.get_secret_value())
        return given

    @model_validator(mode="after")
    def _hold_secrets(self) -> "SigningSettings":
        for file in (self.secret_file, self.old_secret_file):
            if file is not None:
                key(secret(None, file))
        return self

    def keys(self) -> list[bytes]:
        """The keys to sign with, the newest first; none where there is no secret."""
        given = (secret(self.secret, self.secret_file), secret(self.old_secret, self.old_secret_file))
        return [key(each) for each in given if each]


def key(given: str) -> bytes:
    """The bytes of a secret. Raises ValueError with a sentence that does not repeat it."""
    try:
        found = base64.b64decode(given.removeprefix(_PREFIX), validate=True) if given.startswith(_PREFIX) else b""
    except binascii.Error:
        found = b""
    if not 24 <= len(found) <= 64:
        raise ValueError('a secret is "whsec_" and Base64 of 24 to 64 bytes: `openssl rand -base64 32` makes some')
    return found


def signature(secret_key: bytes, id: str, timestamp: int, body: bytes) -> str:
    """One entry of `webhook-signature`: HMAC-SHA-256 of number, time and body."""
    signed = hmac.digest(secret_key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(keys: Sequence[bytes], id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The headers of a JSON `body` that is posted under the number `id` at `timestamp` (seconds since 1970)."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(each, id, timestamp, body) for each in keys),
    }


def is_signed(request: CallbackRequest, keys: Sequence[bytes]) -> bool:
    """Whether whoever knows one of the `keys` has signed this, and lately. Without keys nothing is."""
    number, time = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not number or not (time.isascii() and time.isdecimal() and len(time) <= 12):
        return False
    if abs(request.at.timestamp() - int(time)) > _FRESH:
        return False
    given = [each.encode(errors="replace") for each in request.headers.get("webhook-signature", "").split()]
    fitting = [signature(each, number.encode(errors="replace").decode(), int(time), request.body) for each in keys]
    return any(hmac.compare_digest(one, each.encode()) for one in given for each in fitting)
