"""SMS through 移动云MAS, China Mobile's platform for governments and companies, over HTTP.

The platform takes up to 5000 numbers a request and answers for the request alone; which number got it, the status
reports say, by request and number. So all who receive the same words share a request, each with a name of his own made
of both; a request that is refused for a number in it is repeated one by one, and a time-out leaves all of it in doubt.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import Field, SecretStr, field_validator, model_validator
from typing_extensions import override

from channels.bulk import Answered, Gates, Together, send_together
from channels.channel import Bulk, CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import PermanentFailure, SendError
from channels.fields import Prepared
from channels.http import Answer, HttpGateway, lacking
from channels.mas_codes import CODES
from channels.mas_reports import THANKS, provider_id, read
from channels.message import Address, Message
from channels.phone import mainland_number
from channels.pushes import Pushes, PushSettings
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.sms_rules import ShortMessages
from channels.sms_words import FiledTemplate, FreeText, Values

#: Connections of one process.
_CONCURRENCY = 16

#: Most numbers of one request (platform's limit).
_MOST_NUMBERS = 5000


class MasSmsSettings(PushSettings, ShortMessages):
    """Settings of an interface account (接口账号)."""

    #: The whole address that the account was given: "…/sms/submit" or "…/sms/norsubmit" for free text,
    #: "…/sms/tmpsubmit" for filed templates. "http" sends secret, numbers and words in the clear.
    url: str = Field(pattern=r"^https?://[^\s/?#@]+/\S*$")
    #: SHA-256 fingerprint of the server's certificate (64 hex digits, colons allowed), where no known authority has
    #: signed it; None = an authority must have. Certificates are never left unchecked.
    certificate_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    #: Name of the customer at China Mobile (企业名称).
    ec_name: str = Field(min_length=1)
    #: Login of the interface account (接口账号用户名).
    ap_id: str = Field(min_length=1)
    #: Its password.
    secret: SecretStr | None = None
    secret_file: Path | None = None
    #: Code of the sign (签名编码), not its words; the platform puts the words before the text.
    sign: str = Field(min_length=1)
    #: Extension of the sender's number (扩展码); "" = none.
    add_serial: str = Field(default="", pattern=r"^[0-9]*$")
    #: The filed template for folders that `templates` does not name; None = free text.
    template: FiledTemplate | None = None
    #: Template by folder ("warning", "education"); only together with `template`.
    templates: dict[str, FiledTemplate] = Field(default_factory=dict)
    #: Numbers of one request where all receive the same words. A time-out leaves all of a request in doubt.
    numbers_per_request: int = Field(default=500, ge=1, le=_MOST_NUMBERS)

    @field_validator("certificate_sha256", mode="before")
    @classmethod
    def _without_colons(cls, given: object) -> object:
        return given.replace(":", "").lower() if isinstance(given, str) else given

    @override
    def ready(self, message: Message) -> Values | FreeText:
        template = self.templates.get(message.template, self.template)
        return FreeText.of_message(message) if template is None else template.values(message)

    @model_validator(mode="after")
    def _is_whole(self) -> "MasSmsSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the password of the interface account")
        if self.templates and self.template is None:
            raise ValueError("set template as well: templates alone would leave other folders without words")
        if self.certificate_sha256 and not self.url.startswith("https:"):
            raise ValueError("certificate_sha256 needs an https address in url")
        return self


class MasSms(Channel, Bulk, Reporting):
    """One account. The gateway does not recognise repeats."""

    def __init__(self, settings: MasSmsSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or _CONCURRENCY
        self.bulk_limit = settings.numbers_per_request
        self._settings = settings
        self._secret = secret(settings.secret, settings.secret_file)
        self._gateway = HttpGateway(
            outside.http, timeout=settings.timeout, certificate_sha256=settings.certificate_sha256
        )
        self._words = Prepared(self._prepare)
        self._together = Together(self, Gates(self.concurrency), self._words.of)
        self._pushes = Pushes(
            settings,
            partial(read, key=self._secret),
            wanted="a status report or an answer",
            thanks=THANKS,
            content_type="text/plain",
        )

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if mainland_number(to.value) is None:
            raise PermanentFailure("the address is not a mobile number of the mainland")
        (receipt,) = await self._ask(message, [to])
        return receipt

    @override
    async def send_many(self, message: Message, to: Sequence[Address], *, keys: Sequence[str]) -> Sequence[Answered]:
        return await send_together(self._together, message, to, keys=keys, ask=partial(self._ask, message))

    async def _ask(self, message: Message, to: Sequence[Address]) -> list[Receipt]:
        """One request. Raises SendError where it is refused."""
        numbers = [mainland_number(address.value) or "" for address in to]
        body = b64encode(self._body(message, ",".join(numbers), to[0]))
        answer = await self._gateway.post(
            self._settings.url,
            data=body,
            headers={"Content-Type": "text/plain; charset=utf-8"},
            judge=partial(_judge, to, self._secret),
        )
        # The manual spells it in two ways.
        group = answer.text("msgGroup") or answer.text("mgsGroup")
        names = [provider_id(group, number, key=self._secret) if group else None for number in numbers]
        return [Receipt(Outcome.SENT, provider_id=name, code="success") for name in names]

    def _body(self, message: Message, numbers: str, to: Address) -> bytes:
        """The request as JSON; `to` is one of its recipients, whose words are everybody's."""
        settings, words = self._settings, self._words.of(message)
        told = {"ecName": settings.ec_name, "apId": settings.ap_id, "secretKey": self._secret}
        if isinstance(words, Values):
            params = json.dumps(words.of(to.slots), ensure_ascii=False, separators=(",", ":"))
            told |= {"templateId": self._template_id(message), "mobiles": numbers, "params": params}
        else:
            told |= {"mobiles": numbers, "content": words.of(to.slots)}
        told |= {"sign": settings.sign, "addSerial": settings.add_serial}
        # The checksum is of all values in this order.
        told["mac"] = hashlib.md5("".join(told.values()).encode(), usedforsecurity=False).hexdigest()
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    def _prepare(self, message: Message) -> Values | FreeText:
        return self._settings.ready(message)

    def _template(self, message: Message) -> FiledTemplate | None:
        return self._settings.templates.get(message.template, self._settings.template)

    def _template_id(self, message: Message) -> str:
        template = self._template(message)
        return template.id if template is not None else ""

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """Status reports and answers, told apart by their fields."""
        return self._pushes.answer(request)


def _judge(to: Sequence[Address], secret: str, answer: Answer) -> SendError | None:
    """What `rspcod` means; a fault of the server without one is left to its HTTP status."""
    code = answer.text("rspcod")
    if code == "success" or answer.status >= 500:
        return None
    if not code:
        return lacking(answer, "rspcod: check url")
    numbers = (number for address in to for number in (address.value, address.value.removeprefix("+86")))
    return CODES.refusal(code, answer.text("message"), private=(secret, *numbers), retry_after=answer.retry_after)


def _build(_name: str, settings: MasSmsSettings, outside: Outside) -> MasSms:
    return MasSms(settings, outside)


KIND = Kind(
    name="mas_sms",
    form="sms",
    address="phone",
    settings=MasSmsSettings,
    build=_build,
    summary="SMS through 移动云MAS of China Mobile: thousands of numbers a request, reports for each",
    bulk=True,
    receipts=True,
    inbound=True,
)
