"""One look at one source: what stands there, what of it is new or changed. Reads the database, writes nothing."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pusher.watch.again import read_again
from pusher.watch.articles import is_file, is_followed, read_rows, with_file
from pusher.watch.cap_look import look_at_alerts
from pusher.watch.fetch import Fetched, FetchError, NotModified
from pusher.watch.fetch_error import host_of, is_gone
from pusher.watch.found import Kind, Reading, Row
from pusher.watch.items import Named, item_of_article, item_of_row
from pusher.watch.looked import Looked, RowsGone
from pusher.watch.place import MOST, TRIES, Place, unchanged
from pusher.watch.standing import Validators

#: After so many failures at one host its other pages are left for the next look: it is out of order, or shuts us out.
_STRIKES = 2


async def look(place: Place) -> Looked:
    """What was found; raises FetchError if the source cannot be read, RowsGone if its rows are gone."""
    answer = await place.fetch()
    if place.settings.kind != "cap":
        return await _Look(place).find(answer)
    if isinstance(answer, NotModified):
        return unchanged(place, answer)
    return await look_at_alerts(place, answer)


@dataclass(slots=True)
class _Look:
    """One look; what it gathers on the way."""

    place: Place
    items: list[Named] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    #: Keys of rows that are left for the next look.
    left: set[str] = field(default_factory=set)
    #: Failures by host.
    strikes: Counter[str] = field(default_factory=Counter)

    async def find(self, answer: Fetched | NotModified) -> Looked:
        if isinstance(answer, Fetched):
            return await self._changed(answer)
        # The list is the same; the articles behind it may not be.
        again = await read_again(self.place, None, done=())
        return unchanged(self.place, answer, items=again.items, tries=again.missing)

    async def _changed(self, answer: Fetched) -> Looked:
        reading = await read_rows(
            answer.page, self.place.settings, kind=self.place.settings.page_kind, at=self.place.at
        )
        self._require_rows(reading)
        rows = _once(reading.rows)
        names = await self.place.known_of(key for row in rows for key in row.keys)
        fresh = {row.key for row in rows if not names.intersection(row.keys)}
        edited = {row.key for row in rows if row.key not in fresh and self._differs(row)}
        await self._read(reading, rows, fresh, edited)
        again = await read_again(self.place, rows, done=fresh | edited)
        return Looked(
            items=(*self.items, *again.items),
            gone=tuple(again.gone),
            fresh=len(fresh),
            dates=tuple(row.published for row in rows if row.published and row.published <= self.place.at),
            marks={_digest(row.key): self._mark_to_keep(row) for row in rows},
            tries=self._tries_before() | self.tries | again.missing,
            row_count=len(rows),
            validators=Validators() if self.left or self.tries or again.missing else answer.validators,
            fresh_for=answer.fresh_for,
            doubt=next(iter([*self.doubts, *reading.problems]), ""),
        )

    def _require_rows(self, reading: Reading) -> None:
        if reading.failure:
            raise FetchError(reading.failure)
        if reading.rows:
            return
        if self.place.known.row_count:
            raise RowsGone(
                f"no row is found where {self.place.known.row_count} were before: the page was rebuilt or emptied; "
                "try it with `pusher source try` and name the rows with a selector"
            )
        if reading.kind not in {Kind.FEED, Kind.JSON}:
            raise RowsGone(next(iter(reading.problems), "no row is found: name the rows with a selector"))

    def _mark_before(self, row: Row) -> str | None:
        return self.place.known.marks.get(_digest(row.key))

    def _differs(self, row: Row) -> bool:
        return self._mark_before(row) not in {None, _mark(row)}

    def _mark_to_keep(self, row: Row) -> str:
        """An edited row whose article is still to be read differs at the next look too."""
        is_open = row.key in self.left or row.key in self.tries
        return (self._mark_before(row) if is_open else None) or _mark(row)

    def _tries_before(self) -> dict[str, int]:
        return {key: tries for key, tries in self.place.known.tries.items() if key in self.left}

    async def _read(self, reading: Reading, rows: Sequence[Row], fresh: set[str], edited: set[str]) -> None:
        """Make the items of new and changed rows, reading their articles; those that failed before come last."""
        wanted = [row for row in rows if row.key in fresh] + [row for row in rows if row.key in edited]
        for number, row in enumerate(sorted(wanted, key=lambda row: row.key in self.place.known.tries)):
            if reading.article is not None:
                self.items.append(item_of_article(self.place.name, self.place.settings, reading, reading.article, row))
            elif not is_followed(self.place.settings, row):
                self._take(reading, row)
            elif number < MOST and self.strikes[host_of(row.url)] < _STRIKES:
                await self._follow(reading, row, is_new=row.key in fresh)
            elif self.place.known.is_learnt:
                self.left.add(row.key)
            else:
                self._take(reading, row)

    def _take(self, reading: Reading, row: Row, *, note: str = "") -> None:
        whole = with_file(row) if is_file(row.url) else row
        self.items.append(item_of_row(self.place.name, self.place.settings, reading, whole, note=note))

    async def _follow(self, reading: Reading, row: Row, *, is_new: bool) -> None:
        try:
            article = await self.place.articles.read(self.place.settings, row, at=self.place.at)
        except FetchError as error:
            self.doubts.append(f"an article could not be read: {error}")
            self.strikes[host_of(row.url)] += not is_gone(error)
            self._failed(reading, row, error, is_new=is_new)
            return
        if article is None:
            self.items.append(item_of_row(self.place.name, self.place.settings, reading, with_file(row)))
        else:
            self.items.append(item_of_article(self.place.name, self.place.settings, reading, article, row))

    def _failed(self, reading: Reading, row: Row, error: FetchError, *, is_new: bool) -> None:
        """Try again at the next look, or take the row alone: at the first look, when refused, and after some tries."""
        failed = self.place.known.tries.get(row.key, 0) + 1
        if failed < TRIES and not error.refused and self.place.known.is_learnt:
            self.tries[row.key] = failed
        elif is_new:
            self._take(reading, row, note=f"its page was not read: {error}")


def _once(rows: Iterable[Row]) -> list[Row]:
    """The rows without repeats; one that was pinned to the top stands in its place too."""
    seen: set[str] = set()
    kept = []
    for row in rows:
        if not seen.intersection(row.keys):
            kept.append(row)
        seen.update(row.keys)
    return kept


def _mark(row: Row) -> str:
    published = row.published.isoformat() if row.published else ""
    return _digest("\0".join((row.title, published, row.document_number, row.summary, row.body)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
