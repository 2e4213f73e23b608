"""Reads the pages that rows lead to, and known ones again, with the pauses of the fetcher."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from pusher.watch.fetch import Fetched, Fetcher, FetchError, NotModified
from pusher.watch.found import Article, Kind, Page, Reading, Row
from pusher.watch.read import read_article, read_list
from pusher.watch.source import SourceSettings
from pusher.watch.standing import Validators

#: Known pages whose validators are remembered; the oldest are forgotten first.
_REMEMBERED = 2000
#: Rows that lead to files, not pages; and how such files begin.
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|ofd|zip|rar|jpe?g|png|mp4)$", re.IGNORECASE)
_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xd8\xff", b"\x89PNG", b"Rar!")


async def read_rows(page: Page, settings: SourceSettings, *, kind: Kind | None, at: datetime) -> Reading:
    """`read_list` in a thread: a page takes up to 200 ms, and nothing else of the service should wait for it."""
    return await asyncio.to_thread(read_list, page, kind, settings.selectors, at=at)


def is_followed(settings: SourceSettings, row: Row) -> bool:
    """Whether the row's own page is to be read: it has one, and the list does not hold the text already."""
    return settings.follow_articles and bool(row.url) and not row.body and not is_file(row.url)


def is_file(url: str) -> bool:
    """Whether an address leads to a file, which is an attachment and not a page."""
    return bool(_FILE.search(urlsplit(url).path))


def with_file(row: Row) -> Row:
    """The row with the file that it leads to as its attachment."""
    return replace(row, attachments=((row.title, row.url),)) if not row.attachments and row.url else row


@dataclass(slots=True)
class Articles:
    """Reads article pages for one watcher."""

    fetcher: Fetcher
    #: Address → what to ask with whether the page has changed, in the order of the last visits.
    _visited: dict[str, Validators] = field(default_factory=dict)

    async def read(self, settings: SourceSettings, row: Row, *, at: datetime) -> Article | None:
        """What the row's page says; None if it is a file. Raises FetchError."""
        answer = await self._fetch(settings, row.url, Validators())
        assert isinstance(answer, Fetched), "nothing was asked that allows another answer"
        return await _article(answer.page, settings, row, at=at)

    async def read_again(self, settings: SourceSettings, row: Row, *, at: datetime) -> Article | None:
        """What a known page says now; None if it has not changed since the last visit. Raises FetchError."""
        known = self._visited.get(row.url, Validators())
        self._remember(row.url, known)
        answer = await self._fetch(settings, row.url, known)
        return None if isinstance(answer, NotModified) else await _article(answer.page, settings, row, at=at)

    def longest_unread(self, rows: Sequence[Row], count: int) -> Sequence[Row]:
        """The `count` of `rows` whose pages were read the longest time ago."""
        turn = {url: number for number, url in enumerate(self._visited)}
        return sorted(rows, key=lambda row: turn.get(row.url, -1))[:count]

    async def _fetch(self, settings: SourceSettings, url: str, known: Validators) -> Fetched | NotModified:
        answer = await self.fetcher.fetch(
            url, validators=known, allow_private=settings.allow_private, robots=settings.robots
        )
        self._remember(url, answer.validators)
        return answer

    def _remember(self, url: str, validators: Validators) -> None:
        self._visited.pop(url, None)
        self._visited[url] = validators
        if len(self._visited) > _REMEMBERED:
            del self._visited[next(iter(self._visited))]


async def _article(page: Page, settings: SourceSettings, row: Row, *, at: datetime) -> Article | None:
    if page.body.startswith(_BINARY):
        return None
    return await asyncio.to_thread(_read, page, settings, row, at)


def _read(page: Page, settings: SourceSettings, row: Row, at: datetime) -> Article:
    article = read_article(page, row, settings.selectors, at=at)
    if not article.body and not article.attachments:
        # A check of the browser looks like a page without text; its words must not become an item.
        failure = read_list(page, Kind.ARTICLE, settings.selectors, at=at).failure
        if failure:
            raise FetchError(failure)
    return article
