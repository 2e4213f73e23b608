"""Webhooks: each message is posted to a program, signed by the Standard Webhooks (standardwebhooks.com, version 1).

The receiver checks `webhook-signature`, refuses a `webhook-timestamp` that is older than some minutes, and passes over
a `webhook-id` that it knows: a repetition bears the same one.
"""

import base64
import binascii
import hashlib
import hmac
import json
from pathlib import Path

from pydantic import Field, SecretStr, field_validator, model_validator
from typing_extensions import override

from channels.card import Card
from channels.channel import Channel, Kind, Outside
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.gate import Private
from channels.http import Answer, failure_of
from channels.limits import Limits
from channels.message import Address, Message
from channels.outward import Outward
from channels.receipt import Outcome, Receipt
from channels.secret import secret

#: What every secret of the standard begins with; Base64 of 24 to 64 bytes follows.
_PREFIX = "whsec_"

#: The receiver is gone and wants nothing more (the standard's "disable this endpoint").
_GONE = 410


class WebhookSettings(Limits):
    """What all receivers of the channel share."""

    #: "whsec_" and Base64 of 24 to 64 bytes: `openssl rand -base64 32` makes some.
    secret: SecretStr | None = None
    secret_file: Path | None = None
    #: The former secret, while receivers change to the new one: messages bear a signature of each.
    old_secret: SecretStr | None = None
    old_secret_file: Path | None = None
    #: Private addresses that receivers may stand at: true, false, or a list of networks.
    allow_private: Private = False
    #: Whether plain http is allowed; words and signature then travel in the clear.
    allow_http: bool = False
    concurrency: int | None = Field(default=16, ge=1, le=1000)

    @field_validator("secret", "old_secret")
    @classmethod
    def _is_secret(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None:
            key(given.get_secret_value())
        return given

    @model_validator(mode="after")
    def _is_whole(self) -> "WebhookSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: what receivers check the signature with")
        for file in (self.secret_file, self.old_secret_file):
            if file is not None:
                key(secret(None, file))
        return self

    def keys(self) -> list[bytes]:
        """The keys to sign with, the newest first."""
        given = (secret(self.secret, self.secret_file), secret(self.old_secret, self.old_secret_file))
        return [key(each) for each in given if each]


class Webhook(Channel):
    """All receivers of one channel. A repeated message bears the same number, so a lost answer leaves no doubt."""

    def __init__(self, settings: WebhookSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 16
        self._settings = settings
        self._keys = settings.keys()
        self._now = outside.now
        self._outward = Outward(settings.allow_private, timeout=settings.timeout)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if not to.value.startswith("https://") and not self._settings.allow_http:
            raise PermanentFailure("the address is not https", suppresses=False)
        body = json.dumps(told(message, to, key), ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(self._now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signature(each, key, timestamp, body) for each in self._keys),
        }
        status = await self._outward.post(to.value, body, headers, judge=_refusal)
        return Receipt(Outcome.DELIVERED, key=key, code=str(status))

    @override
    async def close(self) -> None:
        await self._outward.close()


def told(message: Message, to: Address, key: str) -> dict[str, object]:
    """The body: what kind of message, and its words."""
    card = Card.of(message, to)
    return {
        "type": f"message.{message.lane.value}",
        "data": {
            "id": key,
            "broadcast": message.id,
            "folder": message.template,
            "title": card.title,
            "text": card.text,
            "url": card.url,
            "expires": None if message.expires is None else message.expires.isoformat(),
        },
    }


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


def _refusal(answer: Answer) -> SendError | None:
    """What a status means here: a receiver's trouble is that receiver's own, never the channel's."""
    if answer.status == _GONE:
        return PermanentFailure("the receiver wants nothing more (410)", code="http-410")
    failure = failure_of(answer)
    match failure:
        case TechnicalFailure():
            return PermanentFailure(failure.detail, code=failure.code, suppresses=False)
        case TemporaryFailure():
            return TemporaryFailure(failure.detail, code=failure.code, retry_after=failure.retry_after, by_address=True)
        case _:
            return failure


def _build(_name: str, settings: WebhookSettings, outside: Outside) -> Channel:
    return Webhook(settings, outside)


KIND = Kind(
    name="webhook",
    form="card",
    address="url",
    settings=WebhookSettings,
    build=_build,
    summary="posts to programs, signed by the Standard Webhooks",
)
