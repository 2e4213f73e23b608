"""SMS through Alibaba Cloud (Dysmsapi 2017-05-25), or any gateway that speaks it: one number a request.

SendSms would take up to 1000 numbers at once, but it answers for all of them together: one bad number refuses the
others, one time-out leaves all in doubt, and a receipt could not carry the key of its own delivery. So it is not used
in bulk; over kept connections single requests reach the platform's own limit (5,000 a second) anyway.
"""

import itertools
import json
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import Field, SecretStr, model_validator
from typing_extensions import override

from channels.acs3 import Signer
from channels.aliyun_codes import CODES
from channels.aliyun_reports import THANKS, read
from channels.channel import CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import PermanentFailure, SendError, TechnicalFailure
from channels.fields import Fields, Prepared, prepare
from channels.http import Answer, HttpGateway, failure_of
from channels.message import Address, Message
from channels.phone import number_for
from channels.pushes import Pushes, PushSettings
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.slots import Pattern

#: Connections of one process: at 10 ms a request they carry the platform's 5,000 requests a second.
_CONCURRENCY = 64


class AliyunSmsSettings(PushSettings):
    """Settings of an account."""

    #: Requests a second of one account (platform's limit).
    per_second: float | None = Field(default=5000, gt=0)
    burst: int = Field(default=100, ge=1)
    #: Host, with port where it is not the usual one.
    endpoint: str = Field(default="dysmsapi.aliyuncs.com", pattern=r"^[A-Za-z0-9.-]+(:[0-9]+)?$")
    #: "http" only within a trusted network: numbers and words travel in the clear.
    scheme: Literal["https", "http"] = "https"
    access_key_id: str = Field(min_length=1)
    secret: SecretStr | None = None
    secret_file: Path | None = None
    #: 签名, without 【】.
    sign_name: str = Field(min_length=1)
    #: Template code ("SMS_…") for folders that `templates` does not name.
    template: str = Field(min_length=1)
    #: Template code by folder ("warning", "education").
    templates: dict[str, str] = Field(default_factory=dict)
    #: Our field name → the variable's name in the filed template; empty = all fields under our names.
    fields: dict[str, str] = Field(default_factory=dict)
    #: Most characters of a variable (platform's limit for notices); longer values are cut with "…".
    longest_field: int = Field(default=35, ge=1)
    #: Parameters in the address, as the platform's pages declare them, and not in the body. Only for gateways that
    #: insist: numbers of people then stand in the logs of every proxy.
    in_query: bool = False

    @model_validator(mode="after")
    def _has_a_secret(self) -> "AliyunSmsSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the AccessKey secret of the account")
        return self


@dataclass(frozen=True, slots=True)
class _Words:
    """A message made ready: the form's part that is the same for everybody, with the personal values' places."""

    fields: Fields
    form: Pattern


class AliyunSms(Channel, Reporting):
    """One account. The gateway does not recognise repeats; its receipts bring our key back."""

    def __init__(self, settings: AliyunSmsSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or _CONCURRENCY
        self._settings = settings
        self._now = outside.now
        self._url = f"{settings.scheme}://{settings.endpoint}/"
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout)
        self._signer = Signer(
            access_key_id=settings.access_key_id,
            secret=secret(settings.secret, settings.secret_file),
            host=settings.endpoint,
            action="SendSms",
            version="2017-05-25",
        )
        self._words = Prepared(self._prepare)
        # Nonces need not be hard to guess, only never the same: a random beginning and a count.
        self._nonce = secrets.token_hex(12)
        self._requests = itertools.count()
        self._pushes = Pushes(settings, read, wanted="a JSON array of SmsReport or SmsUp", thanks=THANKS)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        number = number_for(to.value)
        if number is None:
            raise PermanentFailure("the address is not a phone number")
        words = self._words.of(message)
        form = f"OutId={quote(key, safe='')}&PhoneNumbers={number}&" + words.form.fill(
            words.fields.of(to.slots), _in_json_in_form
        )
        answer = await self._post(form, to)
        return Receipt(Outcome.SENT, provider_id=answer.text("BizId") or None, key=key, code="OK")

    async def _post(self, form: str, to: Address) -> Answer:
        body, query = (b"", form) if self._settings.in_query else (form.encode("ascii"), "")
        nonce = f"{self._nonce}{next(self._requests):x}"
        headers = self._signer.headers(body, query=query, at=self._now(), nonce=nonce)
        url = f"{self._url}?{query}" if query else self._url
        return await self._gateway.post(url, data=body, headers=headers, judge=partial(_judge, to))

    def _prepare(self, message: Message) -> _Words:
        settings = self._settings
        fields = prepare(message.fields, names=settings.fields, longest=lambda _: settings.longest_field)
        template = settings.templates.get(message.template, settings.template)
        values = Pattern.of(json.dumps(dict(fields.texts), ensure_ascii=False, separators=(",", ":")))
        start = f"SignName={_in_form(settings.sign_name)}&TemplateCode={_in_form(template)}&TemplateParam="
        first, *others = (_in_form(literal) for literal in values.literals)
        return _Words(fields, Pattern((start + first, *others), values.names))

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """SmsReport and SmsUp, told apart by their fields."""
        return self._pushes.answer(request)


def _judge(to: Address, answer: Answer) -> SendError | None:
    """What the gateway's own code means; a fault of the server without one is left to its HTTP status."""
    code = answer.text("Code")
    if code == "OK" or answer.status >= 500:
        return None
    if not code:
        return failure_of(answer) or TechnicalFailure("the answer has no Code: check the endpoint")
    private = (to.value, to.value.removeprefix("+86"), *to.slots.values())
    return CODES.refusal(code, answer.text("Message"), private=private, retry_after=answer.retry_after)


def _in_form(text: str) -> str:
    """`text` percent-encoded as the signature wants it (RFC 3986)."""
    return quote(text, safe="")


def _in_json_in_form(value: str) -> str:
    return _in_form(json.encoder.encode_basestring(value)[1:-1])


def _build(_name: str, settings: AliyunSmsSettings, outside: Outside) -> AliyunSms:
    return AliyunSms(settings, outside)


KIND = Kind(
    name="aliyun_sms",
    form="sms",
    address="phone",
    settings=AliyunSmsSettings,
    build=_build,
    summary="SMS through Alibaba Cloud, or any gateway that speaks its SendSms",
    receipts=True,
    inbound=True,
)
