"""The ways in: what a fetched page is, and its rows (`read_list`); what an article says (`read_article`). Pure."""

import re
from dataclasses import replace
from datetime import datetime

from pusher.watch.decode import decode
from pusher.watch.feed import is_feed, read_feed
from pusher.watch.found import Article, Kind, Page, Reading, Row
from pusher.watch.json_page import is_json, read_json
from pusher.watch.pages.article import read_article_page
from pusher.watch.pages.hidden import records
from pusher.watch.pages.web_page import read_web_page
from pusher.watch.selectors import Selectors
from pusher.watch.told_apart import told_apart
from pusher.watch.tree import document

_CAP = re.compile(r"<(?:\w+:)?alert\b|urn:oasis:names:tc:emergency:(?:cap|EDXL)", re.IGNORECASE)
_HEAD = 4000


def read_list(page: Page, kind: Kind | None, selectors: Selectors | None, *, at: datetime) -> Reading:
    """The rows of a list page, feed or JSON list; `kind` None lets the page say what it is.

    Never raises: an answer that says nothing of the source's rows comes back with `Reading.failure`.
    """
    text, encoding = decode(page.body, page.content_type)
    chosen = selectors or Selectors()
    own = kind_of(text)
    if kind is Kind.LISTING and own in {Kind.JSON, Kind.FEED}:
        reading = _read(page, text, encoding, own, chosen, at=at)
        reading = replace(reading, problems=(*reading.problems, f'the answer is no web page: set kind = "{own}"'))
    else:
        reading = _read(page, text, encoding, kind or own, chosen, at=at)
    return replace(reading, rows=told_apart(reading.rows))


def read_article(page: Page, row: Row | None, selectors: Selectors | None, *, at: datetime) -> Article:
    """What an article page says; what it does not say is taken from the row that led to it. Never raises."""
    text, encoding = decode(page.body, page.content_type)
    parsed = document(text, page.url)
    if parsed is None:
        title = row.title if row else ""
        return Article(
            page.url, title, keys=row.keys if row else (), problems=("the page is empty",), encoding=encoding
        )
    chosen = selectors or Selectors()
    return read_article_page(parsed, page.url, row, chosen.article, at=at, encoding=encoding)


def _read(page: Page, text: str, encoding: str, kind: Kind | None, selectors: Selectors, *, at: datetime) -> Reading:
    match kind:
        case Kind.JSON:
            return read_json(page, text, encoding, selectors.fields, at=at)
        case Kind.FEED:
            return read_feed(page, text, encoding, at=at)
        case Kind.CAP:
            return Reading(Kind.CAP, encoding, failure="alerts are read by the CAP reader, not here")
        case _:
            return read_web_page(page, text, encoding, kind, selectors, at=at)


def kind_of(text: str) -> Kind | None:
    """What a document is by its first characters; None for HTML, which has to be looked at."""
    if is_json(text):
        return Kind.JSON
    if (
        _CAP.search(text[:_HEAD])
        and text.lstrip()[:1] == "<"
        and not re.search(r"<html\b", text[:_HEAD], re.IGNORECASE)
    ):
        return Kind.CAP
    return Kind.FEED if is_feed(text) and not records(text) else None
