"""RSS and Atom, however tolerant one must be: own encoding, own dates, a bare <item> without a feed around it. Pure.

The library never sees an address, so it fetches nothing; it is given bytes in UTF-8 whose declaration was taken away.
"""

import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import feedparser

from pusher.watch.dates import bare_date, date_of_address, read_date
from pusher.watch.found import Kind, Page, Reading, Row
from pusher.watch.keys import keys
from pusher.watch.plain_text import fold, paragraphs_of_markup, plain
from pusher.watch.tree import address

_PROLOGUE = re.compile(
    r"^\s*(?:<\?xml[^>]*\?>|<\?xml-stylesheet[^>]*\?>|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>|<!--.*?-->|\s)*", re.DOTALL
)
_FEED = re.compile(r"<(?:\w+:)?(rss|feed|RDF)\b", re.IGNORECASE)
_BARE = re.compile(r"<(item|entry)\b", re.IGNORECASE)
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: What is shorter than this is the summary of a text that stands elsewhere.
_WHOLE_TEXT = 500


def is_feed(text: str) -> bool:
    """Whether a document is a feed, or entries that lost theirs."""
    start = _PROLOGUE.sub("", text[:20000], count=1)
    return bool(_FEED.match(start) or _BARE.match(start))


def read_feed(page: Page, text: str, encoding: str, *, at: datetime) -> Reading:
    """The entries of a feed in its order."""
    parsed = feedparser.parse(io.BytesIO(_whole(text).encode("utf-8")), response_headers=_HEADERS)
    entries = [dict(entry) for entry in parsed.entries]
    repeated = {name for name, times in Counter(entry.get("id", "") for entry in entries).items() if times > 1}
    rows = [row for entry in entries if (row := _row(entry, page, repeated, at=at))]
    failure = "" if parsed.get("version") or rows else "the answer is no feed (RSS or Atom) that can be read"
    title = plain(str(parsed.feed.get("title", "")))
    problems = () if rows or failure else ("the feed is empty",)
    return Reading(Kind.FEED, encoding, rows, column=title, failure=failure, problems=problems)


_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def _whole(text: str) -> str:
    """The feed without prologue, or one around the bare entries."""
    bare = _PROLOGUE.sub("", _UNSPEAKABLE.sub("", text), count=1)
    if not _BARE.match(bare):
        return bare
    return f'<rss version="2.0"><channel>{bare}</channel></rss>'


def _row(entry: Mapping[str, Any], page: Page, repeated: set[str], *, at: datetime) -> Row | None:
    title = plain(str(entry.get("title", "")))
    url = address(str(entry.get("link", "")), page.url)
    text = _text(entry)
    if not title and not text:
        return None
    name = fold(str(entry.get("id", "")))
    identifier = name if name not in repeated else ""
    known = keys(url, identifier=identifier, title=title, page=page.url)
    return Row(
        title=title or text.split("\n")[0][:80],
        url=url,
        published=_published(entry, url, at=at),
        issuer=plain(str(entry.get("author", "")))[:100],
        keys=known,
        summary=text if len(text) < _WHOLE_TEXT else "",
        body=text if len(text) >= _WHOLE_TEXT else "",
        attachments=_enclosures(entry, page.url),
    )


def _text(entry: Mapping[str, Any]) -> str:
    contents = [str(content.get("value", "")) for content in entry.get("content", [])]
    return paragraphs_of_markup(max([*contents, str(entry.get("summary", ""))], key=len))


def _published(entry: Mapping[str, Any], url: str, *, at: datetime) -> datetime | None:
    """As it is written: the library reads times without zone as UTC, which is eight hours wrong."""
    written = [str(entry[name]) for name in ("published", "updated", "created", "date") if entry.get(name)]
    found = (bare_date(text, at=at) or read_date(text, at=at) for text in written)
    return next((day for day in found if day), None) or date_of_address(url, at=at)


def _enclosures(entry: Mapping[str, Any], base: str) -> Sequence[tuple[str, str]]:
    enclosed = (link for link in entry.get("links", []) if link.get("rel") == "enclosure")
    found = (address(str(link.get("href", "")), base) for link in enclosed)
    return [(url.rsplit("/", 1)[-1], url) for url in found if url]
