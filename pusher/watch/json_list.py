"""JSON lists: the array of rows in whatever an API wraps around it. Pure; never raises.

Rows may stand in several arrays of one shape, as pieces of HTML, as JSON inside a string, or one object a line.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pusher.watch.found import Row
from pusher.watch.json_fields import (
    Fields,
    Record,
    date_of,
    dig,
    fields_of,
    index_number,
    is_cut,
    is_identifier,
    is_name,
    is_summary,
    is_title,
    page_address,
)
from pusher.watch.keys import keys
from pusher.watch.plain_text import paragraphs_of_markup, plain
from pusher.watch.selectors import JsonNames
from pusher.watch.tree import unwrapped

#: Deeper values are not looked at; no real answer comes near it.
_DEEPEST = 24
_MOST_VALUES = 300_000
_LONG_TITLE = 16
_CUT = re.compile(r"\s*(?:\.{3,}|…+)\s*$")


@dataclass(frozen=True, slots=True)
class JsonRows:
    """The rows of the arrays that were chosen."""

    rows: Sequence[Row]
    #: Weight of the rows, on the scale of `pusher.watch.pages.groups.Group.score`.
    score: float


def load(text: str) -> Any:
    """The value of JSON, of JSON lines, or of a call or assignment around JSON; ValueError if it is none of them."""
    stripped = text.strip().removeprefix("\ufeff")
    try:
        return json.loads(stripped)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        lines = _lines(stripped)
        inner = lines if lines is not None else _wrapped(stripped)
        if inner is None:
            raise ValueError(str(error)) from None
        return inner


def find_rows(value: Any, page: str, names: JsonNames, *, at: datetime) -> JsonRows | None:
    """The rows of an answer that was fetched from `page`; None where no array of it holds things with titles."""
    arrays = _configured(value, names) if names.rows else _arrays(value)
    by_shape: dict[tuple[str, ...], list[tuple[Record, Fields]]] = {}
    for path, records in arrays:
        fields = fields_of(records, names, at=at)
        if fields.titles:
            shape = (path.rsplit(".", 1)[-1], fields.titles[0], *fields.addresses[:1], *fields.dates[:1])
            by_shape.setdefault(shape, []).extend((record, fields) for record in records)
    found = [_rows(records, page, at=at) for records in by_shape.values()]
    return max((rows for rows in found if rows.rows), key=lambda rows: rows.score, default=None)


def find_text(value: Any, title: str) -> str:
    """The text of the object with this title that carries one (an article in a script); "" if none does."""
    for _, inner in walk(value):
        if (
            isinstance(inner, dict)
            and isinstance(inner.get("content"), str)
            and plain(str(inner.get("title", ""))) == title
        ):
            return paragraphs_of_markup(inner["content"])
    return ""


def texts_with_markup(value: Any) -> Sequence[str]:
    """The strings of an answer that are pieces of HTML with links, in order."""
    return [text for _, text in walk(value) if isinstance(text, str) and re.search(r"<a\s", text)]


def _lines(text: str) -> list[Any] | None:
    """JSON lines; None if any line is none."""
    try:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None
    return found if len(found) > 1 else None


def _wrapped(text: str) -> Any:
    match = re.match(r"[\w$.\s]{1,80}(?:=|\()\s*(?=[\[{])", text)
    if not match:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, match.end())[0]
    except (ValueError, RecursionError):
        return None


def _configured(value: Any, names: JsonNames) -> Iterator[tuple[str, Sequence[Record]]]:
    found = dig(value, names.rows)
    records = [record for record in found if isinstance(record, dict)] if isinstance(found, list) else []
    if records:
        yield names.rows, records


def _arrays(value: Any) -> Iterator[tuple[str, Sequence[Record]]]:
    """All arrays of objects, with their paths."""
    for path, inner in walk(value):
        if isinstance(inner, list):
            records = [record for record in inner if isinstance(record, dict)]
            if records and len(records) * 2 >= len(inner):
                yield path, records


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value inside a value with its path, in order; strings that hold JSON are opened."""
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    seen = 0
    while stack and seen < _MOST_VALUES:
        path, inner, depth = stack.pop()
        seen += 1
        opened = _opened(inner)
        yield path, opened
        if depth >= _DEEPEST:
            continue
        if isinstance(opened, dict):
            stack.extend((f"{path}.{name}", below, depth + 1) for name, below in reversed(opened.items()))
        elif isinstance(opened, list):
            stack.extend((path, below, depth + 1) for below in reversed(opened))


def _opened(value: Any) -> Any:
    if isinstance(value, str) and value[:2] in {"[{", '{"'}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _rows(records: Sequence[tuple[Record, Fields]], page: str, *, at: datetime) -> JsonRows:
    """The rows, and their weight: half for a date, half for a long title; less without an address."""
    rows = [row for record, fields in records if (row := _row(record, fields, page, at=at))]
    titles: dict[str, set[str]] = {}
    for row in rows:
        titles.setdefault(row.key, set()).add(row.title)
    kept = [_told_apart(row, page) if len(titles[row.key]) > 1 else row for row in rows]
    weights = (_weight(row) for row in kept)
    return JsonRows(kept, score=sum(weights))


def _weight(row: Row) -> float:
    length = min(len(row.title), _LONG_TITLE) / _LONG_TITLE
    dated = 0.5 + 0.5 * length if row.published else 0.25 * length
    return dated if row.url else 0.6 * dated


def _told_apart(row: Row, page: str) -> Row:
    """Things with one address and several titles are several things: the title becomes part of their key."""
    return Row(
        title=row.title,
        url=row.url,
        published=row.published,
        issuer=row.issuer,
        keys=keys(title=row.title, page=row.url or page),
        summary=row.summary,
        body=row.body,
        document_number=row.document_number,
    )


def _row(record: Record, fields: Fields, page: str, *, at: datetime) -> Row | None:
    title = _first(plain(str(value)) for value in _values(record, fields.titles) if is_title(value))
    if not title:
        return None
    url = _first(_address(value, page) for value in _values(record, fields.addresses))
    bodies = (name for name in fields.bodies if name not in fields.summaries or not is_summary(str(dig(record, name))))
    body = _first(_text(value) for value in _values(record, bodies) if not is_cut(str(value)))
    number = _first(index_number(value) for value in _values(record, fields.index_numbers))
    identifier = next((str(value) for value in _values(record, fields.identifiers) if is_identifier(value)), "")
    dates = (date_of(value, at=at) for value in _values(record, fields.dates))
    return Row(
        title=_whole(title, body),
        url=url,
        published=next((date for date in dates if date), None),
        issuer=_first(plain(value) for value in _values(record, fields.issuers) if is_name(value)),
        keys=keys(url, index_number=number, identifier=identifier, title=title, page=page),
        summary=_first(_text(value) for value in _values(record, fields.summaries) if is_summary(str(value))),
        body=body,
        document_number=_first(plain(str(value)) for value in _values(record, fields.document_numbers) if value)[:80],
        index_number=number,
    )


def _values(record: Record, names: Iterable[str]) -> Iterator[Any]:
    yield from (dig(record, name) for name in names)


def _first(texts: Iterator[str]) -> str:
    return next((text for text in texts if text), "")


def _text(value: Any) -> str:
    return paragraphs_of_markup(value) if isinstance(value, str) else ""


def _address(value: Any, page: str) -> str:
    """The address in a field; some hold JSON with one for each device ({"pc": "/a.html"})."""
    opened = _opened(value)
    if isinstance(opened, dict):
        return _first(page_address(inner, page) for inner in opened.values())
    return unwrapped(page_address(opened, page))


def _whole(title: str, body: str) -> str:
    """A title that was cut, as the text begins with it."""
    start = _CUT.sub("", title)
    if start == title:
        return title
    wanted = re.sub(r"\s", "", start)
    lines = (line for line in body[:5000].splitlines() if re.sub(r"\s", "", line).startswith(wanted))
    return next((line for line in lines if len(line) <= 300), title)
