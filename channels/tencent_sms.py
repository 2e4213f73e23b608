"""SMS through Tencent Cloud (SMS 2021-01-11): up to 200 numbers a request, and an answer for each of them.

Where all receive the same words, 200 go at once; where they differ, each recipient has a request of his own. The
session context carries our key where it is one recipient's; reports name the message by its serial number.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from typing_extensions import override

from channels.bulk import Answered, Gates, Together, send_together
from channels.channel import Bulk, CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.fields import Prepared
from channels.http import Answer, HttpGateway, lacking
from channels.message import Address, Message
from channels.phone import address_of, international_number
from channels.pushes import Pushes, PushSettings, text
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.sms_rules import ShortMessages
from channels.sms_words import FiledTemplate, Values
from channels.tc3 import Signer
from channels.tencent_codes import CODES
from channels.tencent_reports import THANKS, read

#: Connections of one process.
_CONCURRENCY = 64

#: Most numbers of one request (platform's limit).
MOST_NUMBERS = 200


class TencentTemplate(FiledTemplate):
    """A template of the account."""

    #: Most characters of a variable: 6 for accounts opened since 2024-01-25; older ones see theirs in the console.
    longest: int | None = Field(default=6, ge=1)


class TencentSmsSettings(PushSettings, ShortMessages):
    """Settings of an account."""

    #: Requests a second of one account (platform's limit); a request of 200 numbers is one.
    per_second: float | None = Field(default=3000, gt=0)
    burst: int = Field(default=100, ge=1)
    #: Host, with port where it is not the usual one.
    endpoint: str = Field(default="sms.tencentcloudapi.com", pattern=r"^[A-Za-z0-9.-]+(:[0-9]+)?$")
    #: "http" only within a trusted network: numbers and words travel in the clear.
    scheme: Literal["https", "http"] = "https"
    #: Where the platform handles the request: "ap-guangzhou", "ap-beijing" or "ap-nanjing".
    region: str = Field(default="ap-guangzhou", pattern=r"^[a-z0-9-]+$")
    #: SecretId and SecretKey of an API key that may send SMS.
    secret_id: str = Field(pattern=r"^[!-~]+$")
    secret: SecretStr | None = None
    secret_file: Path | None = None
    #: SdkAppId of the application in the SMS console ("1400…").
    app_id: str = Field(pattern=r"^[0-9]+$")
    #: 签名, without 【】; its words, not its number.
    sign_name: str = Field(min_length=1)
    #: Numbers of one request where all receive the same words; a time-out leaves all of it in doubt.
    numbers_per_request: int = Field(default=MOST_NUMBERS, ge=1, le=MOST_NUMBERS)
    #: Extension of the sender's number; "" = none. Only for accounts that have one.
    extend_code: str = Field(default="", pattern=r"^[0-9]*$")
    #: The template for folders that `templates` does not name.
    template: TencentTemplate
    #: Template by folder ("warning", "education").
    templates: dict[str, TencentTemplate] = Field(default_factory=dict)

    @property
    @override
    def signature(self) -> str:
        return self.sign_name

    @override
    def ready(self, message: Message) -> Values:
        return self.templates.get(message.template, self.template).values(message)

    @model_validator(mode="after")
    def _has_a_secret(self) -> "TencentSmsSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the SecretKey of the API key")
        return self


class TencentSms(Channel, Bulk, Reporting):
    """One account. The gateway does not recognise repeats."""

    def __init__(self, settings: TencentSmsSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or _CONCURRENCY
        self.bulk_limit = settings.numbers_per_request
        self._settings = settings
        self._now = outside.now
        self._url = f"{settings.scheme}://{settings.endpoint}/"
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout)
        self._signer = Signer(
            secret_id=settings.secret_id,
            secret=secret(settings.secret, settings.secret_file),
            host=settings.endpoint,
            service="sms",
            action="SendSms",
            version="2021-01-11",
            region=settings.region,
        )
        self._words = Prepared(lambda message: self._template(message).values(message))
        self._together = Together(self, Gates(self.concurrency), self._words.of)
        token = secret(settings.callback_token, settings.callback_token_file)
        self._pushes = Pushes(settings, partial(read, key=token), wanted="a status report or a reply", thanks=THANKS)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if international_number(to.value) is None:
            raise PermanentFailure("the address is not a phone number")
        (answer,) = await self._ask(message, [to], context=key)
        if isinstance(answer, SendError):
            raise answer
        return answer

    @override
    async def send_many(self, message: Message, to: Sequence[Address], *, keys: Sequence[str]) -> Sequence[Answered]:
        return await send_together(self._together, message, to, keys=keys, ask=partial(self._ask, message))

    async def _ask(self, message: Message, to: Sequence[Address], *, context: str = "") -> Sequence[Answered]:
        """One request. Raises SendError where it fails as a whole."""
        body = self._body(message, self._words.of(message), to, context)
        headers = self._signer.headers(body, at=self._now())
        answer = await self._gateway.post(self._url, data=body, headers=headers, judge=partial(_judge, to))
        told = answer.at("Response", "SendStatusSet")
        return _each(to, told if isinstance(told, list) else [], key=context or None)

    def _body(self, message: Message, words: Values, to: Sequence[Address], context: str) -> bytes:
        settings = self._settings
        request = {
            "PhoneNumberSet": [_with_country(address) for address in to],
            "SmsSdkAppId": settings.app_id,
            "SignName": settings.sign_name,
            "TemplateId": self._template(message).id,
            "TemplateParamSet": words.of(to[0].slots),
            **({"SessionContext": context} if context else {}),
            **({"ExtendCode": settings.extend_code} if settings.extend_code else {}),
        }
        return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()

    def _template(self, message: Message) -> TencentTemplate:
        return self._settings.templates.get(message.template, self._settings.template)

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """Status reports and replies, told apart by their fields."""
        return self._pushes.answer(request)


def _judge(to: Sequence[Address], answer: Answer) -> SendError | None:
    """What the gateway's own code for the whole request means; a fault of the server is left to its HTTP status."""
    code = answer.text("Response", "Error", "Code")
    if code:
        words = answer.text("Response", "Error", "Message")
        return CODES.refusal(code, words, private=_private(to), retry_after=answer.retry_after)
    if answer.status >= 500 or isinstance(answer.at("Response", "SendStatusSet"), list):
        return None
    return lacking(answer, "SendStatusSet: check the endpoint")


def _each(to: Sequence[Address], told: Sequence[object], *, key: str | None) -> list[Answered]:
    """The answer of each address: by its number, and by its place where the gateway wrote the number in another way."""
    statuses = [status for status in told if isinstance(status, dict)]
    numbers, asked = [text(status, "PhoneNumber") for status in statuses], [_with_country(address) for address in to]
    if numbers == asked:
        # As it nearly always is: every one in its place, and as it was asked for.
        return [_one(address, status, key=key) for address, status in zip(to, statuses, strict=True)]
    by_number = dict(zip(map(address_of, numbers), statuses, strict=True))
    in_order = dict(enumerate(statuses)) if len(statuses) == len(to) else {}
    return [
        _one(address, by_number.get(number, in_order.get(place)), key=key)
        for place, (address, number) in enumerate(zip(to, asked, strict=True))
    ]


def _with_country(to: Address) -> str:
    """A number as the platform wants it ("+8613800000000")."""
    return f"+{international_number(to.value) or ''}"


def _one(to: Address, status: Mapping[str, object] | None, *, key: str | None) -> Answered:
    if status is None:
        return TemporaryFailure("the gateway said nothing of this number", in_doubt=True)
    code = text(status, "Code")
    # The platform's own pages write it in either way.
    if code.upper() == "OK":
        return Receipt(Outcome.SENT, provider_id=text(status, "SerialNo") or None, key=key, code=code)
    return CODES.refusal(code, text(status, "Message"), private=_private([to]))


def _private(to: Sequence[Address]) -> tuple[str, ...]:
    numbers = (number for address in to for number in (address.value, address.value.removeprefix("+86")))
    return (*numbers, *(value for address in to for value in address.slots.values()))


def _build(_name: str, settings: TencentSmsSettings, outside: Outside) -> TencentSms:
    return TencentSms(settings, outside)


KIND = Kind(
    name="tencent_sms",
    form="sms",
    address="phone",
    settings=TencentSmsSettings,
    build=_build,
    summary="SMS through Tencent Cloud: 200 numbers a request, an answer for each",
    bulk=True,
    receipts=True,
    inbound=True,
)
