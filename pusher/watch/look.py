"""One look at one source: what stands there, what of it is new or changed. Reads the database, writes nothing."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pusher.watch import store
from pusher.watch.articles import is_file, is_followed, read_rows, with_file
from pusher.watch.cap_look import look_at_alerts
from pusher.watch.fetch import Fetched, FetchError, NotModified
from pusher.watch.found import Kind, Reading, Row
from pusher.watch.items import Named, item_of_article, item_of_row
from pusher.watch.looked import Looked, RowsGone
from pusher.watch.place import MOST, TRIES, Place, unchanged
from pusher.watch.standing import Validators

#: Known articles read again at one look.
_AGAIN = 3


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
    is_unfinished: bool = False

    async def find(self, answer: Fetched | NotModified) -> Looked:
        if isinstance(answer, Fetched):
            return await self._changed(answer)
        # The list is the same; the articles behind it may not be.
        await self._read_again({}, ())
        return unchanged(self.place, answer, items=self.items)

    async def _changed(self, answer: Fetched) -> Looked:
        reading = await read_rows(
            answer.page, self.place.settings, kind=self.place.settings.page_kind, at=self.place.at
        )
        self._require_rows(reading)
        rows = _once(reading.rows)
        names = await self.place.known_of(key for row in rows for key in row.keys)
        fresh = [row for row in rows if not names.intersection(row.keys)]
        marks = {_digest(row.key): _mark(row) for row in rows}
        new = {row.key for row in fresh}
        edited = [row for row in rows if row.key not in new and self._differs(row, marks)]
        await self._read(reading, [*fresh, *edited], new)
        await self._read_again({key: row for row in rows for key in row.keys}, [*fresh, *edited])
        return Looked(
            items=tuple(self.items),
            fresh=len(fresh),
            dates=tuple(row.published for row in rows if row.published and row.published <= self.place.at),
            marks=marks,
            tries=self.tries,
            row_count=len(rows),
            validators=Validators() if self.is_unfinished or self.tries else answer.validators,
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

    def _differs(self, row: Row, marks: Mapping[str, str]) -> bool:
        before = self.place.known.marks.get(_digest(row.key))
        return before is not None and before != marks[_digest(row.key)]

    async def _read(self, reading: Reading, rows: Sequence[Row], fresh: set[str]) -> None:
        """Make the items of new and changed rows, reading their articles."""
        for number, row in enumerate(rows):
            if reading.article is not None:
                self.items.append(item_of_article(self.place.name, self.place.settings, reading, reading.article, row))
            elif not is_followed(self.place.settings, row):
                self._take(reading, row)
            elif number < MOST:
                await self._follow(reading, row, is_new=row.key in fresh)
            elif self.place.known.is_learnt:
                self.is_unfinished = True
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
            if is_new:
                self._failed(reading, row, error)
            return
        if article is None:
            self.items.append(item_of_row(self.place.name, self.place.settings, reading, with_file(row)))
        else:
            self.items.append(item_of_article(self.place.name, self.place.settings, reading, article, row))

    def _failed(self, reading: Reading, row: Row, error: FetchError) -> None:
        """Try again at the next look, or take the row alone: at the first look, when refused, and after some tries."""
        failed = self.place.known.tries.get(row.key, 0) + 1
        if error.refused or failed >= TRIES or not self.place.known.is_learnt:
            self._take(reading, row, note=f"its page was not read: {error}")
        else:
            self.tries[row.key] = failed

    async def _read_again(self, on_page: Mapping[str, Row], just_read: Sequence[Row]) -> None:
        """Read a few recent articles again to see edits that the list does not show."""
        if (
            not self.place.settings.follow_articles
            or not self.place.settings.recheck_days
            or not self.place.known.is_learnt
        ):
            return
        done = {row.key for row in just_read}
        rows = [
            row for row in await self._recent(on_page) if row.key not in done and is_followed(self.place.settings, row)
        ]
        reading = Reading(Kind.LISTING, "", column=self.place.settings.column)
        for row in self.place.articles.longest_unread(rows, _AGAIN):
            try:
                article = await self.place.articles.read_again(self.place.settings, row, at=self.place.at)
            except FetchError:
                # A page that was taken down or cannot be had now says nothing new; what was told stays told.
                continue
            if article is not None:
                self.items.append(item_of_article(self.place.name, self.place.settings, reading, article, row))

    async def _recent(self, on_page: Mapping[str, Row]) -> list[Row]:
        """Rows of the source's recent items: as the page has them, else as they were stored."""
        since = self.place.at - timedelta(days=self.place.settings.recheck_days)
        async with self.place.database.read() as connection:
            items = await store.recent(connection, self.place.name, since=since, limit=50)
        shown = [next((on_page[key] for key in item.keys if key in on_page), None) for item in items]
        if self.place.settings.kind != "listing":
            # A feed or JSON list may hold the text itself: only its rows tell whether there is a page to read.
            return [row for row in shown if row is not None]
        stored = [Row(item.title, url=item.url, keys=item.keys) for item in items]
        return [row or before for row, before in zip(shown, stored, strict=True)]


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
