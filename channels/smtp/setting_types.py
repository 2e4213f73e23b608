"""Kinds of values that the settings of e-mail are made of."""

from email.utils import parseaddr
from typing import Annotated

from pydantic import AfterValidator, Field

from channels.smtp.mailbox import wire_mailbox
from channels.smtp.tokens import PLACE, ROOM


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line of printable characters")
    return value


def _mailbox(value: str) -> str:
    """`value`, if its address (with or without a display name) is one that can be written to."""
    wire = wire_mailbox(parseaddr(_one_line(value))[1])
    if value and (wire is None or not wire.isascii()):
        raise ValueError('must be an e-mail address such as "区政府 <tz@example.gov.cn>"')
    return value


def _address_pattern(value: str) -> str:
    """`value`, if it is a bare address in ASCII with at most one token on its left side, and room for it."""
    before, place, after = value.partition(PLACE)
    left = after.partition("@")[0]
    wire = wire_mailbox(f"{before}token{after}" if place else value)
    if value and (wire is None or not wire.isascii() or PLACE in after or (place and "@" in before)):
        raise ValueError('must be an e-mail address such as "bounce+{token}@example.gov.cn", with at most one {token}')
    if place and len(before + left) > ROOM:
        raise ValueError(f"may have at most {ROOM} characters beside {{token}} on its left side")
    return value


def _list_place(value: str) -> str:
    """`value`, if it is "" or an address (http, https, mailto) that can stand between angle brackets."""
    fits = value.isascii() and value.isprintable() and len(value) <= 600 and not set(value) & set(' <>,"')
    if value and not (fits and value.startswith(("https://", "http://", "mailto:"))):
        raise ValueError('must be an address such as "https://tz.example.gov.cn/help" or "mailto:tz@example.gov.cn"')
    return value


OneLine = Annotated[str, AfterValidator(_one_line)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$")]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
AddressPattern = Annotated[str, AfterValidator(_address_pattern)]
ListPlace = Annotated[str, AfterValidator(_list_place)]
