"""Known articles, read again for some days: edits that the list does not show, and pages that were taken down."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pusher.review.duplicates import plain_title
from pusher.watch import store
from pusher.watch.articles import is_followed
from pusher.watch.fetch import FetchError
from pusher.watch.fetch_error import is_gone
from pusher.watch.found import Kind, Reading, Row
from pusher.watch.items import Named, item_of_article
from pusher.watch.place import Place

#: Articles read again at one look.
_AT_ONCE = 3
#: Items that are looked through for them.
_MOST_ITEMS = 50
#: A page that is missing so often in a row, while the list no longer names it either, was taken down.
_MISSING = 2


@dataclass(slots=True)
class Again:
    """What reading again brought."""

    #: As they are now; the store knows whether that is an edit.
    items: list[Named] = field(default_factory=list)
    #: Addresses of pages that were taken down.
    gone: list[str] = field(default_factory=list)
    #: Address of a page that is missing → how often in a row (part of `Standing.tries`).
    missing: dict[str, int] = field(default_factory=dict)


async def read_again(place: Place, rows: Sequence[Row] | None, *, done: Collection[str]) -> Again:
    """Read a few recent articles again.

    `rows` is the list as it is now, None if it has not changed since the last look; `done` holds the keys of rows whose
    articles were read at this look already.
    """
    found = Again()
    if not (place.settings.follow_articles and place.settings.recheck_days and place.known.is_learnt):
        return found
    reading = Reading(Kind.LISTING, "", column=place.settings.column)
    is_listed = _listed(rows or ())
    for row in await _chosen(place, rows or (), done, is_listed):
        try:
            article = await place.articles.read_again(place.settings, row, at=place.at)
        except FetchError as error:
            # A page that cannot be had now says nothing new; what was told stays told.
            if is_gone(error) and not is_listed(row):
                _miss(found, place, row.url, is_certain=rows is not None)
            continue
        if article is not None:
            found.items.append(item_of_article(place.name, place.settings, reading, article, row))
    return found


async def _chosen(
    place: Place, rows: Sequence[Row], done: Collection[str], is_listed: Callable[[Row], bool]
) -> Sequence[Row]:
    """Those that were missing last time, one that the list names no more, then those not read for the longest time.

    A new process has read none (`pusher once` is one each time): the time decides, so that each has its turn.
    """
    recent = [row for row in await _recent(place, rows) if row.key not in done and is_followed(place.settings, row)]
    turn = place.at.isoformat()
    candidates = sorted(recent, key=lambda row: hashlib.sha256(f"{turn} {row.url}".encode()).digest())
    waiting = place.articles.longest_unread(candidates, len(candidates))
    vanished = next((row for row in waiting if rows and not is_listed(row)), None)
    return sorted(waiting, key=lambda row: (row.url not in place.known.tries, row is not vanished))[:_AT_ONCE]


async def _recent(place: Place, rows: Sequence[Row]) -> list[Row]:
    """Rows of the source's recent items: as the page has them, else as they were stored."""
    since = place.at - timedelta(days=place.settings.recheck_days)
    async with place.database.read() as connection:
        items = await store.recent(connection, place.name, since=since, limit=_MOST_ITEMS)
    on_page = {key: row for row in rows for key in row.keys}
    shown = [next((on_page[key] for key in item.keys if key in on_page), None) for item in items]
    if place.settings.kind != "listing":
        # A feed or JSON list may hold the text itself: only its rows tell whether there is a page to read.
        return [row for row in shown if row is not None]
    stored = [Row(item.title, url=item.url, keys=item.keys) for item in items]
    return [row or before for row, before in zip(shown, stored, strict=True)]


def _listed(rows: Sequence[Row]) -> Callable[[Row], bool]:
    """Whether the list still names a row, be it under another address: then its site is out of order or was rebuilt."""
    keys, titles = {key for row in rows for key in row.keys}, {plain_title(row.title) for row in rows}
    return lambda row: not keys.isdisjoint(row.keys) or plain_title(row.title) in titles


def _miss(found: Again, place: Place, url: str, *, is_certain: bool) -> None:
    """Count a missing page; without the list as it is now the count waits for the next look."""
    times = place.known.tries.get(url, 0) + is_certain
    if times >= _MISSING:
        found.gone.append(url)
    else:
        found.missing[url] = times
