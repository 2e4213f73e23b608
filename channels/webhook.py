"""Webhooks: each message is posted to a program, signed by the Standard Webhooks (standardwebhooks.com, version 1).

The receiver checks `webhook-signature`, refuses a `webhook-timestamp` that is older than some minutes, and passes over
a `webhook-id` that it knows: a repetition bears the same one. Receivers are programs at addresses of their own, or one
call server that reads the words out over the telephone.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import override

from channels import call
from channels.card import Card
from channels.channel import Borrowing, CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.gate import Private
from channels.http import Answer, HttpGateway, failure_of
from channels.message import Address, Message
from channels.outward import Outward
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.standard_webhooks import SigningSettings, headers

#: The receiver is gone and wants nothing more (the standard's "disable this endpoint").
_GONE = 410
#: A call server will not dial this number, or not say these words.
_NOT_THIS_ONE = frozenset({_GONE, 422})


class WebhookSettings(SigningSettings):
    """What all receivers of the channel share."""

    #: Whom it reaches: programs at addresses of their own, or telephones by one call server.
    to: Literal["url", "phone"] = "url"
    #: With `to = "phone"`: where the call server takes its calls.
    url: str | None = Field(default=None, pattern=r"^https?://[^/?#\s]+[^\s]*$")
    #: Private addresses that receivers may stand at: true, false, or a list of networks.
    allow_private: Private = False
    #: Whether plain http is allowed; words and signature then travel in the clear.
    allow_http: bool = False
    concurrency: int | None = Field(default=16, ge=1, le=1000)

    @model_validator(mode="after")
    def _is_whole(self) -> "WebhookSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: what receivers check the signature with")
        if (self.to == "phone") != (self.url is not None):
            raise ValueError('to = "phone" and url go together: the call server that dials for all of them')
        if self.url is not None and not self.url.startswith("https://") and not self.allow_http:
            raise ValueError("url is not https: numbers and words would travel in the clear, unless allow_http = true")
        return self


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
        signed = headers(self._keys, key, int(self._now().timestamp()), body)
        status = await self._outward.post(to.value, body, signed, judge=_refusal)
        return Receipt(Outcome.DELIVERED, key=key, code=str(status))

    @override
    async def close(self) -> None:
        await self._outward.close()


class CallServer(Borrowing, Reporting):
    """One call server. It passes over a call that it knows, so a lost answer leaves no doubt."""

    def __init__(self, settings: WebhookSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 16
        self._url = settings.url or ""
        self._keys = settings.keys()
        self._now = outside.now
        # Its status says it all.
        self._server = HttpGateway(outside.http, timeout=settings.timeout, recognises_repeats=True, read=_nothing)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        body = call.told(message, to, key)
        signed = headers(self._keys, key, int(self._now().timestamp()), body)
        answer = await self._server.post(self._url, data=body, headers=signed, judge=_will_not_call)
        return Receipt(Outcome.SENT, key=key, code=str(answer.status))

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """What became of a call, signed as calls are."""
        return call.heard(request, self._keys)


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


def _will_not_call(answer: Answer) -> SendError | None:
    """What one number's own trouble is; everything else is the call server's, and so ours."""
    if answer.status not in _NOT_THIS_ONE:
        return None
    return PermanentFailure("the call server will not make this call", code=f"http-{answer.status}", suppresses=False)


def _nothing(_body: str) -> Mapping[str, object]:
    return {}


def _build(_name: str, settings: WebhookSettings, outside: Outside) -> Channel:
    return Webhook(settings, outside)


def _build_calls(_name: str, settings: WebhookSettings, outside: Outside) -> Channel:
    return CallServer(settings, outside)


def _as_set(settings: WebhookSettings) -> Kind[WebhookSettings]:
    return CALLS if settings.to == "phone" else KIND


KIND = Kind(
    name="webhook",
    form="card",
    address="url",
    settings=WebhookSettings,
    build=_build,
    summary="posts to programs, or calls by a call server, signed by the Standard Webhooks",
    as_set=_as_set,
)

#: What it is where one call server dials.
CALLS = replace(KIND, form="script", address="phone", build=_build_calls, receipts=True, inbound=True)
