"""From rows of text to people: who is listed, which rows cannot be taken, and why. Pure.

The sentences are for the department that keeps the list, so they are Chinese; values in them are masked.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from subscribers import address_form
from subscribers.address_form import AddressError, mask
from subscribers.datum import Datum
from subscribers.group_cells import Cell, Fault, GroupFileError, Row
from subscribers.headings import ADDRESS_KINDS, COORDINATES, IGNORED, Heading, read_headings
from subscribers.position import Position, PositionError, coarse
from subscribers.same_person import share_a_person

#: Most characters of a personal value in a message.
LONGEST_VALUE = 200

#: Limits of one list; a file with more refusals than that has its columns mixed up.
MOST_ROWS = 500_000
MOST_COLUMNS = 64
MOST_REFUSED = 100_000

#: Rows among which the headings are looked for: lists often begin with a title.
_HEADINGS_WITHIN = 5
#: A telephone number that went through a spreadsheet's number format.
_NUMBER_FORMAT = re.compile(r"(\d{7,15})\.0+", re.ASCII)
#: Degrees East or North.
_DECIMAL = re.compile(r"\d{1,3}(\.\d{1,12})?", re.ASCII)
#: Built once: `json.dumps` would build an encoder for every row.
_WRITE_JSON = json.JSONEncoder(ensure_ascii=False).encode
_SEPARATORS = re.compile(r"[、，,;；/+\s]+")

_CHANNEL_WORDS = {
    "phone": "短信 手机 手机短信 电话 sms phone",
    "email": "邮件 邮箱 电子邮件 email mail",
    "openid": "微信 公众号 微信公众号 wechat openid",
    "wecom": "企业微信 wecom",
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

    #: First row that names him.
    line: int
    #: Kind and value as `address_form.normalise` gives it; in the order in which he is to be reached.
    addresses: tuple[tuple[str, str], ...]
    #: "first" or "all", for people who have not chosen themselves.
    preference: str
    #: His further columns by slot name, as JSON; "" if there are none.
    columns: str
    #: Where he lives; None if the list does not say.
    place: Position | None = None


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
    #: Row of the file → its cells, of every row that is refused.
    refused_rows: Mapping[int, Sequence[Cell]]
    #: The headings as they stand in the file.
    headings: Sequence[str]


def check(rows: Iterable[Row], *, digest: bytes = b"", mapping: Mapping[str, str] | None = None) -> GroupList:
    """Read the headings, then every row; `mapping`: heading → what the column means, see `headings.read_headings`.

    Raises GroupFileError where the file as a whole cannot be taken.
    """
    remaining = iter(rows)
    headings = _headings(remaining, mapping or {})
    people = _People()
    refused: list[Refusal] = []
    refused_rows: dict[int, Sequence[Cell]] = {}
    number = 0
    for line, cells in remaining:
        number += 1
        found = _read_row(line, headings, cells)
        wrong = people.add(found) if isinstance(found, Listed) else found
        if wrong:
            refused += wrong
            refused_rows[line] = cells
        _check_limits(number, refused)
    if not number:
        raise GroupFileError("名单里没有人：标题下面没有内容")
    return GroupList(
        people=list(people.listed.values()),
        refused=refused,
        repeated=people.repeated,
        slots={heading.slot: heading.text for heading in headings if heading.slot},
        rows=number,
        digest=digest,
        refused_rows=refused_rows,
        headings=[heading.text for heading in headings],
    )


def _check_limits(rows: int, refused: Sequence[Refusal]) -> None:
    if rows > MOST_ROWS:
        raise GroupFileError(f"名单超过 {MOST_ROWS} 行，请分成几份")
    if len(refused) > MOST_REFUSED:
        first = refused[0]
        raise GroupFileError(f"有问题的地方太多，请先看第 {first.line} 行“{first.column}”：{first.reason}")


class _CellError(ValueError):
    """What is wrong with a cell, in Chinese."""


class _Row:
    """What one row says, cell by cell."""

    def __init__(self) -> None:
        self.addresses: dict[tuple[str, str], None] = {}
        #: Kinds in the order in which he is to be reached, or "all"; none = the order of the columns.
        self.channels: list[str] = []
        self.values: dict[str, str] = {}
        self.degrees: dict[str, float] = {}
        self.datum: Datum = "wgs-84"

    def read(self, heading: Heading, text: str) -> None:
        """Take one cell in. Raises AddressError and _CellError."""
        if heading.meaning in ADDRESS_KINDS:
            self.addresses[heading.meaning, _address(heading.meaning, text)] = None
        elif heading.meaning == "channel":
            self.channels += _channels(text)
        elif heading.meaning in COORDINATES:
            self.degrees[heading.meaning], self.datum = _degrees(text), heading.datum
        elif heading.meaning == IGNORED:
            return
        elif heading.slot:
            self.values[heading.slot] = _value(text)
        else:
            raise _CellError("这一格上面没有标题：请补上标题或清空")

    def listed(self, line: int) -> Listed:
        """The person of this row."""
        order = self.channels
        return Listed(
            line,
            tuple(sorted(self.addresses, key=lambda one: order.index(one[0]) if one[0] in order else len(order))),
            "all" if "all" in order else "first",
            _WRITE_JSON(self.values) if self.values else "",
            self.place(),
        )

    def place(self) -> Position | None:
        """Where he lives. Raises PositionError."""
        if not self.degrees:
            return None
        if len(self.degrees) < len(COORDINATES):
            raise PositionError("经度和纬度只写了一个：请补上另一个，或都清空")
        return coarse(self.degrees["latitude"], self.degrees["longitude"], self.datum)


class _People:
    """The people of the list so far: who shares an address with an earlier row is the person of that row."""

    def __init__(self) -> None:
        self.listed: dict[int, Listed] = {}
        self.repeated: list[tuple[int, int]] = []
        self._line_of: dict[tuple[str, str], int] = {}

    def add(self, person: Listed) -> list[Refusal]:
        keys = _keys(person)
        earlier = sorted({self._line_of[key] for key in keys if key in self._line_of})
        for line in earlier:
            if not share_a_person(set(keys), set(_keys(self.listed[line]))):
                return [_shared_mailbox(person, line)]
        self.listed[person.line] = person
        self._line_of.update(dict.fromkeys(keys, person.line))
        first, *again = [*earlier, person.line]
        for line in again:
            self._join(first, self.listed.pop(line))
        return []

    def _join(self, first: int, again: Listed) -> None:
        self.repeated.append((again.line, first))
        known = self.listed[first]
        addresses = tuple(dict.fromkeys(known.addresses + again.addresses))
        self.listed[first] = replace(known, addresses=addresses, place=known.place or again.place)
        self._line_of.update(dict.fromkeys(_keys(again), first))


def _headings(rows: Iterator[Row], mapping: Mapping[str, str]) -> list[Heading]:
    for _, (_, cells) in zip(range(_HEADINGS_WITHIN), rows, strict=False):
        headings = read_headings(cells, mapping)
        if headings is not None:
            return headings
    raise GroupFileError("找不到标题行：表格的开头要有一行标题，其中有“手机号”“邮箱”或“openid”")


def _read_row(line: int, headings: Sequence[Heading], cells: Sequence[Cell]) -> Listed | list[Refusal]:
    if len(cells) > MOST_COLUMNS:
        raise GroupFileError(f"第 {line} 行有 {len(cells)} 列，名单最多 {MOST_COLUMNS} 列")
    row = _Row()
    beyond = [Heading("", "")] * (len(cells) - len(headings))
    refused = [
        Refusal(line, heading.text, cell.shown if isinstance(cell, Fault) else mask(cell), reason)
        for heading, cell in zip([*headings, *beyond], cells, strict=False)
        if cell and (reason := _objection(row, heading, cell))
    ]
    if not refused and not row.addresses:
        refused.append(Refusal(line, "", "", "没有手机号、邮箱或 openid"))
    try:
        return refused or row.listed(line)
    except PositionError as error:
        return [Refusal(line, "经度、纬度", "", str(error))]


def _objection(row: _Row, heading: Heading, cell: Cell) -> str:
    """Why the cell cannot be taken; "" if it was."""
    if isinstance(cell, Fault):
        return cell.reason
    try:
        row.read(heading, cell)
    except (_CellError, AddressError) as error:
        return str(error)
    return ""


def _address(kind: str, text: str) -> str:
    if kind == "phone" and "." in text and (number := _NUMBER_FORMAT.fullmatch(text)):
        text = number[1]
    return address_form.normalise(kind, text)


def _degrees(text: str) -> float:
    """Degrees with a decimal point, as every map program gives them."""
    if not _DECIMAL.fullmatch(text):
        raise _CellError("经度、纬度要写成带小数点的度数，例如 115.991，不写度分秒")
    return float(text)


def _channels(text: str) -> Iterator[str]:
    for word in _SEPARATORS.split(text.lower()):
        if word not in _CHANNELS:
            raise _CellError("渠道只能写：短信、邮件、微信、企业微信或全部")
        yield _CHANNELS[word]


def _value(text: str) -> str:
    if len(text) > LONGEST_VALUE:
        raise _CellError(f"超过 {LONGEST_VALUE} 个字")
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())


def _keys(person: Listed) -> list[tuple[str, str]]:
    return [(kind, address_form.identity(kind, value)) for kind, value in person.addresses]


def _shared_mailbox(person: Listed, earlier: int) -> Refusal:
    reason = f"邮箱与第 {earlier} 行相同，手机号却不同：同一人请写在同一行，两人请只留一人的邮箱"
    return Refusal(person.line, "", "", reason)
