"""SMS through Alibaba Cloud (Dysmsapi 2017-05-25), or any gateway that speaks it.

Who receives the same words shares a request (SendSms), who receives words of his own as well (SendBatchSms). The
gateway answers for a request alone; which number got it, its reports say, by request and number, so each has a name of
his own made of both. A request that is refused for a number in it is repeated one by one, with our key in it.
"""

import itertools
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from typing_extensions import override

from channels.acs3 import Signer
from channels.aliyun_codes import CODES, OF_ONE_NUMBER
from channels.aliyun_reports import THANKS, provider_ids, read
from channels.bulk import Answered, Gates, NotTogetherError, Together, send_together
from channels.channel import Bulk, CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import SendError
from channels.fields import Fields, Prepared, prepare
from channels.http import Answer, HttpGateway, lacking
from channels.message import Address, Message
from channels.phone import mainland_number, number_for, unsendable
from channels.pushes import Pushes, PushSettings
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.slots import Pattern
from channels.sms_rules import ShortMessages

#: Connections of one process: at 10 ms a request they carry the platform's 5,000 requests a second.
_CONCURRENCY = 64

#: Most numbers of one SendSms and of one SendBatchSms (platform's limits).
MOST_NUMBERS = 1000
MOST_PERSONAL = 100


class AliyunTemplate(BaseModel):
    """A template as the platform has approved it; in the settings its bare code will do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: The platform's code ("SMS_…").
    id: str = Field(min_length=1)
    #: Our field name → the variable's name in this template; empty = as `fields` of the channel.
    fields: dict[str, str] = Field(default_factory=dict)


Template = Annotated[AliyunTemplate, BeforeValidator(lambda given: {"id": given} if isinstance(given, str) else given)]


class AliyunSmsSettings(PushSettings, ShortMessages):
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
    #: Template ("SMS_…") for folders that `templates` does not name.
    template: Template
    #: Template by folder ("warning", "education").
    templates: dict[str, Template] = Field(default_factory=dict)
    #: Our field name → the variable's name in the filed templates; empty = all fields but "path" under our names.
    fields: dict[str, str] = Field(default_factory=dict)
    #: Most characters of a variable (platform's limit for notices); longer values are cut with "…".
    longest_field: int = Field(default=35, ge=1)
    #: Parameters in the address, as the platform's pages declare them, and not in the body. Only for gateways that
    #: insist: numbers of people then stand in the logs of every proxy.
    in_query: bool = False
    #: Numbers of one request; where each receives words of his own, 100 at most. A time-out leaves all of a request in
    #: doubt, and only single requests bring our key back in their reports. 1 = every number its own request.
    numbers_per_request: int = Field(default=100, ge=1, le=MOST_NUMBERS)

    @property
    @override
    def signature(self) -> str:
        return self.sign_name

    @override
    def ready(self, message: Message) -> Fields:
        names = self.template_of(message).fields or self.fields
        return prepare(message.fields, names=names, longest=lambda _: self.longest_field)

    def template_of(self, message: Message) -> AliyunTemplate:
        """The filed template for the words of a message."""
        return self.templates.get(message.template, self.template)

    @model_validator(mode="after")
    def _has_a_secret(self) -> "AliyunSmsSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the AccessKey secret of the account")
        if self.in_query and self.numbers_per_request > 1 and "numbers_per_request" in self.model_fields_set:
            raise ValueError("in_query takes one number a request: leave out numbers_per_request")
        return self


@dataclass(frozen=True, slots=True)
class _Words:
    """A message made ready, percent-encoded."""

    fields: Fields
    #: Sign and template, as the form names them.
    sign: str
    template: str
    #: The values as a JSON object, with the places of personal ones.
    param: Pattern

    @property
    def is_personal(self) -> bool:
        """Whether they differ between recipients."""
        return bool(self.fields.personal)

    def param_of(self, to: Address) -> str:
        """One recipient's values."""
        return self.param.fill(self.fields.of(to.slots), _in_json_in_form)


class AliyunSms(Channel, Bulk, Reporting):
    """One account. The gateway does not recognise repeats."""

    def __init__(self, settings: AliyunSmsSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or _CONCURRENCY
        self.bulk_limit = 1 if settings.in_query else settings.numbers_per_request
        self._settings = settings
        self._now = outside.now
        self._url = f"{settings.scheme}://{settings.endpoint}/"
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout)
        self._secret = secret(settings.secret, settings.secret_file)
        self._signers = {
            action: Signer(
                access_key_id=settings.access_key_id,
                secret=self._secret,
                host=settings.endpoint,
                action=action,
                version="2017-05-25",
            )
            for action in ("SendSms", "SendBatchSms")
        }
        self._words = Prepared(self._prepare)
        self._together = Together(self, Gates(self.concurrency), self._words.of)
        # Nonces need not be hard to guess, only never the same: a random beginning and a count.
        self._nonce = secrets.token_hex(12)
        self._requests = itertools.count()
        self._pushes = Pushes(
            settings,
            partial(read, key=self._secret),
            wanted="a JSON array of SmsReport or SmsUp",
            thanks=THANKS,
        )

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        number = number_for(to.value)
        if number is None:
            raise unsendable(to.value)
        words = self._words.of(message)
        form = (
            f"OutId={quote(key, safe='')}&PhoneNumbers={number}&SignName={words.sign}&TemplateCode={words.template}"
            f"&TemplateParam={words.param_of(to)}"
        )
        answer = await self._post("SendSms", form, [to])
        name_of = provider_ids(answer.text("BizId"), key=self._secret)
        return Receipt(Outcome.SENT, provider_id=name_of(number), key=key, code="OK")

    @override
    async def send_many(self, message: Message, to: Sequence[Address], *, keys: Sequence[str]) -> Sequence[Answered]:
        return await send_together(
            self._together,
            message,
            to,
            keys=keys,
            ask=partial(self._ask_for_all, message),
            ask_each=partial(self._ask_for_each, message),
            most_each=min(self.bulk_limit, MOST_PERSONAL),
        )

    async def _ask_for_all(self, message: Message, to: Sequence[Address]) -> list[Receipt]:
        """One request of the same words for all. Raises SendError and NotTogetherError."""
        words, numbers = self._words.of(message), _numbers(to)
        form = (
            f"PhoneNumbers={'%2C'.join(numbers)}&SignName={words.sign}&TemplateCode={words.template}"
            f"&TemplateParam={words.param_of(to[0])}"
        )
        return self._receipts(await self._post_together("SendSms", form, to), numbers)

    async def _ask_for_each(self, message: Message, to: Sequence[Address]) -> list[Receipt]:
        """One request of words that differ. Raises SendError and NotTogetherError."""
        words, numbers = self._words.of(message), _numbers(to)
        signs, params = [f"%22{words.sign}%22"] * len(to), [words.param_of(each) for each in to]
        form = (
            f"PhoneNumberJson={_in_form(json.dumps(numbers))}&SignNameJson={_in_list(signs)}"
            f"&TemplateCode={words.template}&TemplateParamJson={_in_list(params)}"
        )
        return self._receipts(await self._post_together("SendBatchSms", form, to), numbers)

    async def _post_together(self, action: str, form: str, to: Sequence[Address]) -> Answer:
        try:
            return await self._post(action, form, to)
        except SendError as failure:
            if failure.code in OF_ONE_NUMBER:
                raise NotTogetherError from None
            raise

    def _receipts(self, answer: Answer, numbers: Sequence[str]) -> list[Receipt]:
        name_of = provider_ids(answer.text("BizId"), key=self._secret)
        return [Receipt(Outcome.SENT, provider_id=name_of(number), code="OK") for number in numbers]

    async def _post(self, action: str, form: str, to: Sequence[Address]) -> Answer:
        body, query = (b"", form) if self._settings.in_query else (form.encode("ascii"), "")
        nonce = f"{self._nonce}{next(self._requests):x}"
        headers = self._signers[action].headers(body, query=query, at=self._now(), nonce=nonce)
        url = f"{self._url}?{query}" if query else self._url
        return await self._gateway.post(url, data=body, headers=headers, judge=partial(_judge, to))

    def _prepare(self, message: Message) -> _Words:
        settings = self._settings
        fields = settings.ready(message)
        values = Pattern.of(json.dumps(dict(fields.texts), ensure_ascii=False, separators=(",", ":")))
        param = Pattern(tuple(_in_form(literal) for literal in values.literals), values.names)
        return _Words(fields, _in_form(settings.sign_name), _in_form(settings.template_of(message).id), param)

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """SmsReport and SmsUp, told apart by their fields."""
        return self._pushes.answer(request)


def _judge(to: Sequence[Address], answer: Answer) -> SendError | None:
    """What the gateway's own code means; a fault of the server without one is left to its HTTP status."""
    code = answer.text("Code")
    if code == "OK" or answer.status >= 500:
        return None
    if not code:
        return lacking(answer, "Code: check the endpoint")
    private = [value for each in to for value in (each.value, each.value.removeprefix("+86"), *each.slots.values())]
    return CODES.refusal(code, answer.text("Message"), private=private, retry_after=answer.retry_after)


def _numbers(to: Sequence[Address]) -> list[str]:
    """The numbers of addresses that are mobile numbers of the mainland."""
    return [mainland_number(each.value) or "" for each in to]


def _in_list(encoded: Sequence[str]) -> str:
    """Percent-encoded JSON values as a percent-encoded JSON array."""
    return f"%5B{'%2C'.join(encoded)}%5D"


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
    summary="SMS through Alibaba Cloud, or any gateway that speaks its SendSms and SendBatchSms",
    bulk=True,
    receipts=True,
    inbound=True,
)
