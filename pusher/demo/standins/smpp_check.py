"""How the stand-in of a message centre reads SMPP 3.4: field by field, by means of its own, and strictly. Pure.

It shares no line with `channels.smpp`, so that a mistake there is not made here as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: Octets of the texts of a bind, their zero included, and of a message; "" stands for a single octet.
_BIND: Final = (("system_id", 16), ("password", 9), ("system_type", 13), *(("", 1),) * 3, ("range", 41))
_HEAD: Final = (("service_type", 6), ("", 1), ("", 1), ("source", 21), ("", 1), ("", 1), ("to", 21), ("", 1), ("", 1))
_TIMES: Final = (("", 1), ("at", 17), ("until", 17), ("", 1), ("", 1), ("", 1), ("", 1), ("", 1))

#: The code page of each data_coding that people can read here; the default alphabet is ASCII as far as both have it.
_PAGES: Final = {0: "ascii", 3: "latin-1", 8: "utf-16-be"}

#: command_status.
GOOD, LENGTH, COMMAND, BIND_STATE, PRIORITY = 0x00, 0x02, 0x03, 0x04, 0x06
SOURCE, RECEIVER, PASSWORD, SYSTEM, ESM_CLASS, MESSAGE_LENGTH = 0x0A, 0x0B, 0x0E, 0x0F, 0x43, 0x01
SERVICE, EXPIRY, NOT_ALLOWED = 0x15, 0x62, 0xC1

_PAYLOAD: Final = 0x0424


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in, and as what."""

    system_id: str = "gov"
    password: str = "standin"  # noqa: S105 - of a stand-in
    #: Every source begins with it.
    number: str = "106900001"
    #: Messages without an answer on one connection.
    window: int = 16


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submit_sm that was understood, or the command_status that it is refused with."""

    status: int = 0
    to: str = ""
    source: str = ""
    text: str = ""
    #: What joins the parts, how many they are, and which one this is.
    reference: int = 0
    total: int = 1
    number: int = 1
    wants_report: bool = False
    #: What does not depend on the words.
    shape: tuple[object, ...] = ()


class _ShortError(Exception):
    """A body ends too early, or a text has no end where it must."""


def login(body: bytes, account: Account) -> int:
    """The command_status for a bind."""
    try:
        fields, end = _fields(body, _BIND)
    except _ShortError:
        return LENGTH
    if end != len(body):
        return LENGTH
    checks = (
        (SYSTEM, fields[0] == account.system_id),
        (PASSWORD, fields[1] == account.password),
        (COMMAND, fields[3] == 0x34),
    )
    return next((status for status, is_good in checks if not is_good), GOOD)


def submitted(body: bytes, account: Account) -> Submitted:
    """What a submit_sm says, checked field by field."""
    try:
        fields, at = _fields(body, (*_HEAD, *_TIMES))
        content = body[at : at + int(fields[-1])]
        if len(content) != int(fields[-1]):
            return Submitted(MESSAGE_LENGTH)
        if _PAYLOAD in _options(body, at + len(content)):
            # Whatever else is there is passed over, but words stand in the message alone.
            return Submitted(NOT_ALLOWED)
    except _ShortError:
        return Submitted(LENGTH)
    return Submitted(refused) if (refused := _envelope(fields, account)) else _words(fields, content)


def _envelope(fields: list[str | int], account: Account) -> int:
    source, to, until = str(fields[3]), str(fields[6]), str(fields[11])
    ton, npi = fields[4], fields[5]
    is_number = to.isascii() and to.isdigit() and not to.startswith("0")
    checks = (
        (SERVICE, fields[0] == ""),
        (SOURCE, source.startswith(account.number)),
        (RECEIVER, is_number and (ton != 1 or (len(to) > 11 and npi == 1))),
        (ESM_CLASS, int(fields[7]) in (0x00, 0x03, 0x40, 0x43)),
        (PRIORITY, int(fields[9]) <= 3),
        (EXPIRY, until == "" or (len(until) == 16 and until[:15].isdigit() and until[15] in "+-R")),
    )
    return next((status for status, is_good in checks if not is_good), GOOD)


def _words(fields: list[str | int], content: bytes) -> Submitted:
    esm_class, coding = int(fields[7]), int(fields[14])
    place = (0, 1, 1)
    # Seven bits a character are packed on the way to the phone, others are not.
    if len(content) > (160 if coding == 0 else 140):
        return Submitted(MESSAGE_LENGTH)
    if esm_class & 0x40:
        if content[:3] != b"\x05\x00\x03" or not 1 <= content[5] <= content[4]:
            return Submitted(ESM_CLASS)
        place, content = (content[3], content[4], content[5]), content[6:]
    try:
        # A character that was cut in two does not decode.
        text = content.decode(_PAGES[coding])
    except (KeyError, UnicodeDecodeError):
        return Submitted(MESSAGE_LENGTH)
    shape = (fields[0], fields[3], fields[4], fields[12])
    return Submitted(0, str(fields[6]), str(fields[3]), text, *place, int(fields[12]) & 0x03 == 1, shape)


def _fields(body: bytes, table: tuple[tuple[str, int], ...]) -> tuple[list[str | int], int]:
    fields: list[str | int] = []
    at = 0
    for name, size in table:
        end = at + 1 if not name else body.find(b"\0", at, at + size) + 1
        if end <= at or end > len(body):
            raise _ShortError
        fields.append(body[at : end - 1].decode("ascii", "replace") if name else body[at])
        at = end
    return fields, at


def _options(body: bytes, at: int) -> Iterator[int]:
    """The tags of the optional parameters."""
    while at < len(body):
        size = int.from_bytes(body[at + 2 : at + 4], "big")
        if at + 4 + size > len(body):
            raise _ShortError
        yield int.from_bytes(body[at : at + 2], "big")
        at += 4 + size
