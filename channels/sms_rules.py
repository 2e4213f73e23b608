"""What is known of a short message before anything is queued: whether it will be taken, and what it costs. Pure.

It comes from the settings alone, so that planning and commands can ask without a connection to anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from channels.failure import TechnicalFailure
from channels.limits import OwnLinks
from channels.message import Lane, Message
from channels.slots import KEY, LIKE_A_KEY, Pattern
from channels.sms_text import segments, signed, units
from channels.sms_words import FreeText

#: Most characters of a text with its sign (platforms' limit).
LONGEST = 500

#: What the law asks advertising to end with (通信短信息服务管理规定 Art. 20), as the platforms' rules word it.
REFUSE = "拒收请回复R"

#: A person's name of this length is reckoned with where words hold one.
_NAME = "王小明"


def _span(text: str) -> str:
    begin, separator, end = text.partition("-")
    try:
        is_span = bool(separator) and time.fromisoformat(begin.strip()) < time.fromisoformat(end.strip())
    except ValueError:
        is_span = False
    if not is_span:
        raise ValueError(f'"{text}" is not a span of hours such as "08:00-21:00"')
    return text


class ShortMessages(OwnLinks):
    """Settings that all channels of short messages have beside their own."""

    #: Yuan for one message of 70 characters (67 of a longer one); None = not known.
    price: Decimal | None = Field(default=None, ge=0)
    #: Folders of templates that are advertising: their words must end with 拒收请回复R.
    marketing: tuple[str, ...] = ()
    #: Hours of the day (+08:00) in which it sends, warnings aside: "08:00-21:00"; None = at any hour.
    sms_hours: Annotated[str, AfterValidator(_span)] | None = None
    #: Most messages to one number within an hour, and within 24 hours, warnings aside; None = no limit of ours.
    per_number_hour: int | None = Field(default=None, ge=1)
    per_number_day: int | None = Field(default=None, ge=1)

    @property
    def signature(self) -> str:
        """The 签名 that stands before the words, without 【】; "" where the gateway adds one that we do not know."""
        return ""

    def ready(self, message: Message) -> object:
        """The words as the gateway takes them. Raises TechnicalFailure where they do not fit (template, fields)."""
        return FreeText.of_message(message)

    @property
    def has_caps(self) -> bool:
        """Whether messages to one number are counted."""
        return self.per_number_hour is not None or self.per_number_day is not None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one message to everybody costs."""

    #: Messages that are paid for, for one person.
    segments: int
    people: int
    #: Yuan, for all; None = the price is not known.
    yuan: Decimal | None


def objections(settings: ShortMessages, message: Message) -> Sequence[str]:
    """Why the gateway, or the law, would not take it: one sentence each; empty = nothing stands against it."""
    found = []
    try:
        settings.ready(message)
    except TechnicalFailure as failure:
        found.append(failure.detail)
    text = _text(message)
    if units(signed(text, settings.signature)) > LONGEST:
        found.append(f"the text is longer than {LONGEST} characters with its signature: shorten its template")
    if "【" in text.removeprefix("【演练】").removeprefix("【测试】"):
        found.append("the text holds 【, which only a signature may: take it out of the template")
    if message.template in settings.marketing and not text.rstrip("。. ").endswith(REFUSE):
        found.append(f"advertising must end with {REFUSE}: add it to the template sms.text")
    if message.template in settings.marketing and message.lane is Lane.WARNING:
        found.append("advertising cannot be a warning")
    return found


def cost(settings: ShortMessages, message: Message, people: int) -> Cost:
    """What `message` to so many people costs, as its free text is counted."""
    each = segments(_text(message), settings.signature)
    return Cost(each, people, None if settings.price is None else settings.price * each * people)


def _text(message: Message) -> str:
    text = message.parts.get("text") or "，".join(message.fields.values())
    pattern = Pattern.of(text)
    return pattern.fill({**dict.fromkeys(pattern.names, _NAME), KEY: LIKE_A_KEY})
