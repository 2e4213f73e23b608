"""From rows of text to people: who is listed, which rows cannot be taken, and why. Pure.

The sentences are for the department that keeps the list, so they are Chinese; values in them are masked.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from subscribers import address_form
from subscribers.address_form import AddressError, mask
from subscribers.enrol import Newcomer
from subscribers.group_cells import Cell, Fault, GroupFileError, Row
from subscribers.headings import ADDRESS_KINDS, Heading, read_headings
from subscribers.same_person import share_a_person

#: Most characters of a personal value in a message.
LONGEST_VALUE = 200

#: Rows among which the headings are looked for: lists often begin with a title.
_HEADINGS_WITHIN = 5
#: A telephone number that went through a spreadsheet's number format.
_NUMBER_FORMAT = re.compile(r"(\d{7,15})\.0+", re.ASCII)
_SEPARATORS = re.compile(r"[、，,;；/+\s]+")

_CHANNEL_WORDS = {
    "phone": "短信 手机 手机短信 电话 sms phone",
    "email": "邮件 邮箱 电子邮件 email mail",
    "openid": "微信 公众号 微信公众号 wechat openid",
    "all": "全部 所有 都要 all",
}
_CHANNELS = {word: kind for kind, words in _CHANNEL_WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is not taken."""

    #: Row of the file, from 1.
    line: int
    #: Heading of the column; "" if it is the row as a whole.
    column: str
    #: The value, masked; "" if there is none.
    value: str
    #: What is wrong and what to do, in Chinese.
    reason: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of the list, however many rows name him."""

    newcomer: Newcomer
    #: His further columns by slot name, as JSON; "" if there are none.
    columns: str


@dataclass(frozen=True, slots=True)
class GroupList:
    """What a file says, checked, before anything is stored."""

    people: Sequence[Listed]
    refused: Sequence[Refusal]
    #: Rows that name somebody again: (row, first row that names him). His columns are those of the first.
    repeated: Sequence[tuple[int, int]]
    #: Slot name → heading.
    slots: Mapping[str, str]
    #: Rows with people, taken or not.
    rows: int
    #: SHA-256 of the file.
    digest: bytes


def check(rows: Iterable[Row], *, digest: bytes = b"") -> GroupList:
    """Read the headings, then every row. Raises GroupFileError where the file as a whole cannot be taken."""
    remaining = iter(rows)
    headings = _headings(remaining)
    people = _People()
    refused: list[Refusal] = []
    number = 0
    for number, (line, cells) in enumerate(remaining, start=1):  # noqa: B007  counted
        entry = _Entry(line, headings, cells)
        refused += entry.refusals or people.add(entry)
    if not number:
        raise GroupFileError("名单里没有人：标题下面没有内容")
    return GroupList(
        people=people.listed(),
        refused=refused,
        repeated=people.repeated,
        slots={heading.slot: heading.text for heading in headings if heading.slot},
        rows=number,
        digest=digest,
    )
