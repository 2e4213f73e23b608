"""How residents may sign up by themselves."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _host(text: str) -> str:
    return text.strip().lower().removeprefix("@").rstrip(".")


#: How a telephone number begins, E.164.
_Beginning = Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")]


class SignUpSettings(BaseModel):
    """The page `/subscribe`. Without channels it only says which other ways there are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Channels over which addresses are confirmed, at most one for e-mail and one for telephones, whose messages cost,
    #: and one official account, whose codes are scanned.
    channels: tuple[str, ...] = ()
    #: Minutes between two confirmations to one address.
    again_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    #: Most confirmations to one address in 24 hours; twice as many in a week.
    per_address_day: Annotated[int, Field(ge=1, le=20)] = 3
    #: Most sign-ups from one line (IPv4 address, /64 of IPv6) in an hour; many people may share one.
    per_ip_hour: Annotated[int, Field(ge=1, le=10_000)] = 30
    #: Most confirmations over one channel, or codes of the account, in 24 hours: what a flood can cost at most.
    per_channel_day: Annotated[int, Field(ge=1)] = 2000
    #: Beginnings of the numbers that confirmations are sent to: mobile ones of the mainland. Numbers abroad cost many
    #: times as much, and some pay whoever has messages sent to them.
    phones: tuple[_Beginning, ...] = tuple(f"+861{digit}" for digit in "3456789")
    #: Name of the official account that residents may follow in WeChat instead; "" = there is none.
    wechat_name: str = ""
    #: Further mail domains that take mail for minutes only.
    disposable: tuple[Annotated[str, AfterValidator(_host)], ...] = ()
