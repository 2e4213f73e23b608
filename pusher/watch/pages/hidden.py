"""Lists that a page holds but does not show: records of JCMS, rows in a script, rows in a comment. Pure."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lxml import etree

from pusher.watch.found import Row
from pusher.watch.json_list import JsonRows, find_rows
from pusher.watch.pages.listing import Listing, find_list
from pusher.watch.pages.row import Region, read_row
from pusher.watch.pages.script_values import markup, values
from pusher.watch.selectors import JsonNames
from pusher.watch.tree import Document, document

_RECORD = re.compile(r"<record>", re.IGNORECASE)
_RECORD_END = re.compile(r"</record>", re.IGNORECASE)
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_TEMPLATE = re.compile(r"template|handlebars|mustache|ng-", re.IGNORECASE)
#: The list of a script must be this much better than the list that is seen; that one may be a side column.
_BETTER_IN_SCRIPT = 1.5
_BETTER_IN_RECORDS = 0.8
_MEAN_TITLE = 8
#: Shorter texts hold no list.
_LEAST_LIST = 60
_MOST_COMMENTS = 50


@dataclass(frozen=True, slots=True)
class HiddenList:
    """Rows that were found out of sight."""

    rows: Sequence[Row]
    #: Weight of the rows, on the scale of `pusher.watch.pages.groups.Group.score`.
    score: float
    #: Where they stood, for the report.
    place: str


def records(text: str) -> Sequence[str]:
    """The contents of the <record>s of a JCMS answer, or of a page that such an answer was put into."""
    pieces = _RECORD.split(text)[1:]
    return [_content(_RECORD_END.split(piece, maxsplit=1)[0]) for piece in pieces if _RECORD_END.search(piece)]


def hidden_list(page: Document, text: str, seen: Listing | None, *, at: datetime) -> HiddenList | None:
    """The list out of sight that is better than the one in sight; None if there is none.

    Comments come last: beside rows with dates that readers see, they hold what was taken off the page.
    """
    weight = seen.score if seen else 0.0
    found = in_records(records(text), page.base, at=at)
    if found and found.score > _BETTER_IN_RECORDS * weight:
        return found
    found = max(_in_scripts(page, at=at), key=lambda hidden: hidden.score, default=None)
    if found and found.score > _BETTER_IN_SCRIPT * weight:
        return found
    found = max(_in_comments(page, at=at), key=lambda hidden: hidden.score, default=None)
    return found if found and found.score > weight and not (seen and seen.dated) else None


def in_records(contents: Sequence[str], base: str, *, at: datetime) -> HiddenList | None:
    """The rows of records, one in each, or the list that they make together."""
    whole = document("".join(f"<div class='record'>{content}</div>" for content in contents), base)
    if whole is None:
        return None
    boxes = [box for box in whole.root.iter("div") if box.get("class") == "record"]
    rows = [facts for box in boxes if (facts := read_row(Region((box,)), whole, at=at)) and not facts.rivals]
    if len(rows) == len(boxes):
        return HiddenList([facts.as_row(base) for facts in rows], len(rows), "records")
    return _as_hidden(whole, "records", at=at)


def _content(inner: str) -> str:
    match = _CDATA.fullmatch(inner)
    return match[1] if match else html.unescape(inner)


def _in_scripts(page: Document, *, at: datetime) -> Iterator[HiddenList]:
    for script in page.root.iter("script"):
        text = script.text or ""
        if len(text) < _LEAST_LIST or _TEMPLATE.search(script.get("type", "")):
            continue
        known = list(values(text))
        for value in [*known, [value for value in known if isinstance(value, dict)]]:
            found = find_rows(value, page.base, JsonNames(), at=at)
            if found and _is_list(found):
                yield HiddenList(found.rows, found.score, "a script")
        written = document(markup(text), page.base)
        hidden = _as_hidden(written, "a script", at=at) if written is not None else None
        if hidden:
            yield hidden


def _in_comments(page: Document, *, at: datetime) -> Iterator[HiddenList]:
    written = (comment.text or "" for comment in page.root.iter(etree.Comment))
    for text in islice((text for text in written if "<a" in text and len(text) >= _LEAST_LIST), _MOST_COMMENTS):
        inner = document(text, page.base)
        hidden = _as_hidden(inner, "a comment", at=at) if inner is not None else None
        if hidden:
            yield hidden


def _as_hidden(page: Document, place: str, *, at: datetime) -> HiddenList | None:
    found = find_list(page, at=at)
    return HiddenList([facts.as_row(page.base) for facts in found.rows], found.score, place) if found else None


def _is_list(found: JsonRows) -> bool:
    """Whether rows of a script are published things and no menu: they lead somewhere, and have dates or long titles."""
    rows = found.rows
    leading = sum(bool(row.url) for row in rows) * 2 >= len(rows)
    dated = sum(row.published is not None for row in rows) * 2 >= len(rows)
    long = sum(len(row.title) for row in rows) >= _MEAN_TITLE * len(rows)
    return leading and (long if dated else long and len(rows) > 2 and all(row.url for row in rows))
