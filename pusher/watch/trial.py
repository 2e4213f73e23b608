"""A try of one address: what would be found there. Nothing is stored."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.gate import Private
from pusher.item import Item
from pusher.review.review import Reviewed
from pusher.watch.articles import Articles, is_file, is_followed, read_rows, with_file
from pusher.watch.cap_feed import CapReading, read_cap
from pusher.watch.fetch import Fetched, Fetcher, FetchError
from pusher.watch.fetch_error import host_of
from pusher.watch.found import Kind, Page, Reading, Row
from pusher.watch.items import item_of_article, item_of_row
from pusher.watch.selectors import Selectors
from pusher.watch.source import SourceSettings, checked_url

#: Article pages that are opened, at most, and for how many seconds in all.
_ARTICLES = 5
_SECONDS = 30
_NAME = "try"


@dataclass(frozen=True, slots=True)
class TriedItem:
    """One thing as it would be found."""

    item: Item
    domains: tuple[str, ...]
    areas: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As `pusher source try --json` prints it; `published` is ISO 8601 or None."""
        return {
            "title": self.item.title,
            "url": self.item.url,
            "published": self.item.published.isoformat() if self.item.published else None,
            "issuer": self.item.issuer,
            "domains": list(self.domains),
            "areas": list(self.areas),
            "text_chars": len(self.item.body or self.item.summary),
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """What an address gave."""

    kind: Kind
    #: Name of the encoding that was read ("utf-8", "gb18030").
    encoding: str
    #: In the page's order, each thing once.
    items: tuple[TriedItem, ...]
    #: Doubts, one sentence each; where nothing was recognised the first says why.
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As `pusher source try --json` prints it."""
        return {
            "kind": self.kind.value,
            "encoding": self.encoding,
            "items": [item.to_json() for item in self.items],
            "problems": list(self.problems),
        }


async def try_source(
    url: str,
    kind: Kind | None,
    *,
    allow_private: Private = False,
    selectors: Selectors | None = None,
    review: Callable[[Item], Reviewed],
    fetcher: Fetcher,
    at: datetime,
) -> Trial:
    """What stands at `url`, the first articles opened; `kind` None lets the page say what it is.

    Raises ValueError with one sentence for what is no address, FetchError if it cannot be fetched.
    """
    settings = SourceSettings(url=checked_url(url), allow_private=allow_private, selectors=selectors or Selectors())
    answer = await fetcher.fetch(url, allow_private=allow_private)
    assert isinstance(answer, Fetched), "nothing was asked that allows another answer"
    trial = _Trial(settings, Articles(fetcher), at)
    reading = await read_rows(answer.page, settings, kind=kind, at=at)
    if reading.kind is Kind.CAP:
        return await _of_alerts(trial, answer.page, review)
    items = await trial.items_of(reading)
    problems = [reading.failure, *trial.problems, *reading.problems]
    return _trial(reading.kind, reading.encoding, items, problems, review)


async def _of_alerts(trial: "_Trial", page: Page, review: Callable[[Item], Reviewed]) -> Trial:
    reading = read_cap(page, at=trial.at)
    items = [*reading.items, *await trial.items_behind(reading)]
    return _trial(Kind.CAP, reading.encoding, items, [reading.failure, *trial.problems, *reading.problems], review)


def _trial(
    kind: Kind, encoding: str, items: Iterable[Item], problems: Iterable[str], review: Callable[[Item], Reviewed]
) -> Trial:
    tried = tuple(_tried(item, review(item)) for item in items)
    return Trial(kind, encoding, tried, tuple(dict.fromkeys(filter(None, problems))))


def _tried(item: Item, reviewed: Reviewed) -> TriedItem:
    return TriedItem(item, tuple(sorted(reviewed.topic.domains)), tuple(sorted(reviewed.topic.areas)))


@dataclass(slots=True)
class _Trial:
    """Opens the first pages behind a list."""

    settings: SourceSettings
    articles: Articles
    at: datetime
    problems: list[str] = field(default_factory=list)
    #: Hosts that failed once: the others of their pages would fail as well, and the person waits.
    _failed: set[str] = field(default_factory=set)

    async def items_of(self, reading: Reading) -> Sequence[Item]:
        """The items of a list, or of the article that the page is."""
        rows = list({row.key: row for row in reversed(reading.rows)}.values())[::-1]
        if reading.article is not None:
            return [item_of_article(_NAME, self.settings, reading, reading.article, row)[0] for row in rows[:1]]
        items = [
            item_of_row(_NAME, self.settings, reading, with_file(row) if is_file(row.url) else row)[0] for row in rows
        ]
        places = [place for place, row in enumerate(rows) if is_followed(self.settings, row)]
        try:
            async with asyncio.timeout(_SECONDS):
                for place in places[:_ARTICLES]:
                    items[place] = await self._opened(reading, rows[place]) or items[place]
        except TimeoutError:
            self.problems.append(f"the articles took more than {_SECONDS} seconds; the rest was not opened")
        return items

    async def _opened(self, reading: Reading, row: Row) -> Item | None:
        if host_of(row.url) in self._failed:
            return None
        try:
            article = await self.articles.read(self.settings, row, at=self.at)
        except FetchError as error:
            self._failed.add(host_of(row.url))
            self.problems.append(f"an article could not be read: {error}")
            return None
        return None if article is None else item_of_article(_NAME, self.settings, reading, article, row)[0]

    async def items_behind(self, reading: CapReading) -> Sequence[Item]:
        """The alerts that a feed only names, the first of them."""
        items: list[Item] = []
        for link in reading.links[:_ARTICLES]:
            if host_of(link) in self._failed:
                continue
            try:
                answer = await self.articles.fetcher.fetch(link, allow_private=self.settings.allow_private)
            except FetchError as error:
                self._failed.add(host_of(link))
                self.problems.append(f"an alert that the feed names could not be read: {error}")
                continue
            assert isinstance(answer, Fetched), "nothing was asked that allows another answer"
            items += read_cap(answer.page, at=self.at).items
        return items
