"""An HTML page of unknown kind: the list in it, the article that it is, or neither. Pure; never raises."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pusher.watch.found import Article, Kind, Page, Reading, Row
from pusher.watch.pages.article import looks_like_article, read_article_page
from pusher.watch.pages.body import attachments, find_body
from pusher.watch.pages.headings import page_name
from pusher.watch.pages.hidden import HiddenList, hidden_list
from pusher.watch.pages.listing import Listing, find_list, select_list
from pusher.watch.pages.obstacles import obstacle
from pusher.watch.pages.site import area_of, column_of
from pusher.watch.selectors import Selectors
from pusher.watch.tree import Document, document

#: With so much prose beside its rows, and the signs of an article, a page is one with related links.
_PROSE = 200
_SOME_PROSE = 60
_LONGEST_COLUMN = 20


@dataclass(frozen=True, slots=True)
class _Lists:
    """What a page has to offer as a list."""

    seen: Listing | None
    hidden: HiddenList | None


def read_web_page(
    page: Page, text: str, encoding: str, kind: Kind | None, selectors: Selectors, *, at: datetime
) -> Reading:
    """The page as `kind` says, or as it is recognised where `kind` is None."""
    parsed = document(text, page.url)
    if parsed is None:
        return Reading(kind or Kind.PAGE, encoding, failure="the answer is empty")
    if kind is Kind.ARTICLE:
        return _article(parsed, page, encoding, selectors, at=at)
    if selectors.rows:
        return _selected(parsed, page, encoding, selectors, at=at)
    seen = find_list(parsed, at=at)
    lists = _Lists(seen, hidden_list(parsed, text, seen, at=at))
    found = kind or _kind(parsed, lists)
    if found is Kind.ARTICLE:
        return _article(parsed, page, encoding, selectors, at=at)
    if found is Kind.LISTING:
        return _listing(parsed, page, text, encoding, lists)
    return _nothing(parsed, text, encoding, lists)


def _kind(page: Document, lists: _Lists) -> Kind:
    """What a page is: its tags are believed first, then the balance of rows and prose."""
    if page.meta("articletitle") not in {"", page.meta("columnname")}:
        return Kind.ARTICLE
    body = find_body(page)
    rows = lists.seen.rows if lists.seen else ()
    inside = {element for part in body.parts for element in part.iter("*")}
    prose = len(body.text) - sum(facts.length for facts in rows if facts.link in inside)
    is_likely = looks_like_article(page)
    has_dated_rows = bool(lists.seen and lists.seen.dated)
    if prose >= (_PROSE if has_dated_rows else _SOME_PROSE) and is_likely:
        return Kind.ARTICLE
    if prose >= _PROSE and not has_dated_rows and not lists.hidden:
        return Kind.ARTICLE
    if lists.hidden or (lists.seen and not lists.seen.is_one_of_many and (lists.seen.dated or not is_likely)):
        return Kind.LISTING
    if lists.seen and lists.seen.is_one_of_many:
        return Kind.PAGE
    return Kind.ARTICLE if body.is_known and (body.text or attachments(page)) else Kind.PAGE


def _article(parsed: Document, page: Page, encoding: str, selectors: Selectors, *, at: datetime) -> Reading:
    article = read_article_page(parsed, page.url, None, selectors.article, at=at, encoding=encoding)
    failure = "" if article.body or article.attachments else obstacle(parsed)
    return Reading(
        Kind.ARTICLE,
        encoding,
        [_row_of(article)] if article.title and not failure else [],
        column=article.column,
        site=article.site,
        area=article.area,
        article=article,
        failure=failure,
        problems=article.problems,
    )


def _row_of(article: Article) -> Row:
    return Row(
        title=article.title,
        url=article.url,
        published=article.published,
        issuer=article.issuer,
        keys=article.keys,
        summary=article.summary,
        body=article.body,
        document_number=article.document_number,
        index_number=article.index_number,
        attachments=article.attachments,
    )


def _selected(parsed: Document, page: Page, encoding: str, selectors: Selectors, *, at: datetime) -> Reading:
    rows = [facts.as_row(page.url) for facts in select_list(parsed, selectors, at=at).rows]
    problems = _dead_links(rows) if rows else (f"the selector {selectors.rows!r} of the settings finds no row here",)
    return _reading(Kind.LISTING, parsed, encoding, rows, problems)


def _listing(parsed: Document, page: Page, text: str, encoding: str, lists: _Lists) -> Reading:
    """The better of the two lists."""
    if lists.hidden:
        rows, problems = lists.hidden.rows, (f"the rows stand in {lists.hidden.place} of the page",)
        return _reading(Kind.LISTING, parsed, encoding, rows, (*problems, *_dead_links(rows)))
    if lists.seen is None:
        return _nothing(parsed, text, encoding, lists, kind=Kind.LISTING)
    rows = [facts.as_row(page.url) for facts in lists.seen.rows]
    crowded = (
        ("the page shows several lists; name the right rows with a selector",) if lists.seen.is_one_of_many else ()
    )
    return _reading(Kind.LISTING, parsed, encoding, rows, (*crowded, *_dead_links(rows)))


def _nothing(parsed: Document, text: str, encoding: str, lists: _Lists, *, kind: Kind = Kind.PAGE) -> Reading:
    """Neither list nor article, with the reason as far as it can be seen."""
    failure = obstacle(parsed)
    if failure:
        return _reading(kind, parsed, encoding, (), (), failure=failure)
    if lists.seen:
        reason = "the page shows several lists of different columns: watch the column's own page"
    else:
        reason = hint(parsed, text) or "neither a list nor an article was recognised; name the rows with a selector"
    return _reading(kind, parsed, encoding, (), (reason,))


def _reading(
    kind: Kind, parsed: Document, encoding: str, rows: Sequence[Row], problems: Sequence[str], *, failure: str = ""
) -> Reading:
    return Reading(
        kind,
        encoding,
        rows,
        column=column_of(parsed) or (_named_by_title(parsed) if rows else ""),
        site=parsed.meta("sitename"),
        area=area_of(parsed),
        failure=failure,
        problems=problems,
    )


def _named_by_title(parsed: Document) -> str:
    """The first part of <title>, where it can be a column's name."""
    name = page_name(parsed)
    return name if len(name) <= _LONGEST_COLUMN and name != parsed.meta("sitename") else ""


def _dead_links(rows: Sequence[Row]) -> Sequence[str]:
    dead = sum(not row.url for row in rows)
    return (f"{dead} of {len(rows)} rows cannot be opened: their links lead nowhere",) if dead else ()


def hint(page: Document, text: str) -> str:
    """Where the rows of an empty page come from, for the systems that are known; "" if it does not show."""
    number = re.search(r"""\bSID['"]?\s*:\s*['"]?(\d+)""", text)
    if number and "gkmlpt" in text:
        address = page.absolute(f"/gkmlpt/api/all/0?page=1&sid={number[1]}")
        return f"the rows are fetched by a script: watch {address} as json, with the column's number for the 0"
    if "dataproxy.jsp" in text:
        return "the rows are fetched by a script from …/module/web/jpage/dataproxy.jsp: watch that address"
    frames = [page.absolute(frame.get("src", "")) for frame in page.root.iter("iframe", "frame")]
    inner = next(filter(None, frames), "")
    return f"the page shows another one in a frame: watch {inner}" if inner else ""
