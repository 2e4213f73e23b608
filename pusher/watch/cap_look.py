"""One look at a source of CAP alerts: those that its answer holds, and those that it only names."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pusher.item import Item
from pusher.watch.cap_feed import CapReading, read_cap
from pusher.watch.fetch import Fetched, FetchError
from pusher.watch.items import Named, item_of_alert
from pusher.watch.keys import url_key
from pusher.watch.looked import Looked
from pusher.watch.place import MOST, TRIES, Place
from pusher.watch.standing import Validators

#: Mark of a link that is passed over as long as the feed names it.
_PASSED_OVER = "-"


async def look_at_alerts(place: Place, answer: Fetched) -> Looked:
    """The alerts that `answer` holds and names; raises FetchError if it holds something else."""
    reading = await _reading(place, answer)
    if reading.failure:
        raise FetchError(f"{urlsplit(place.settings.url).hostname}: {reading.failure}")
    return await _CapLook(place).find(answer, reading)


async def _reading(place: Place, answer: Fetched) -> CapReading:
    """Aside: a country's alerts, or signatures by the hundred, must not hold up a warning of our own."""
    return await asyncio.to_thread(read_cap, answer.page, at=place.at, proof=place.proof)


@dataclass(slots=True)
class _CapLook:
    """One look; what it gathers on the way."""

    place: Place
    items: list[Named] = field(default_factory=list)
    fresh: int = 0
    marks: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    is_unfinished: bool = False

    async def find(self, answer: Fetched, reading: CapReading) -> Looked:
        known = await self.place.known_of([*(item.key for item in reading.items), *map(url_key, reading.links)])
        for item in reading.items:
            self._add(item, is_new=item.key not in known)
        links = [link for link in reading.links if url_key(link) not in known and not self._is_passed_over(link)]
        for link in links[:MOST]:
            await self._follow(link)
        for link in links[MOST:]:
            self._leave(link)
        return Looked(
            items=tuple(self.items),
            fresh=self.fresh,
            dates=tuple(item.published for item, _ in self.items if item.published),
            marks=self.marks,
            tries=self.tries,
            row_count=len(reading.items) + len(reading.links),
            validators=Validators() if self.is_unfinished or self.tries else answer.validators,
            fresh_for=answer.fresh_for,
            doubt=next(iter([*self.doubts, *(reading.problems if reading.items else ())]), ""),
        )

    def _add(self, item: Item, *, is_new: bool = True, address: str = "") -> None:
        self.fresh += is_new
        self.items.append(item_of_alert(self.place.name, self.place.settings, item, address=address))

    def _is_passed_over(self, link: str) -> bool:
        passed = url_key(link) in self.place.known.marks
        if passed:
            self.marks[url_key(link)] = _PASSED_OVER
        return passed

    def _leave(self, link: str) -> None:
        """At the first look all that stands there counts as known; later the rest waits for the next look."""
        if self.place.known.is_learnt:
            self.is_unfinished = True
        else:
            self.marks[url_key(link)] = _PASSED_OVER

    async def _follow(self, link: str) -> None:
        key = url_key(link)
        try:
            found = await self._alerts(link)
        except FetchError as error:
            self.doubts.append(f"an alert that the feed names could not be read: {error}")
            self.tries[key] = self.place.known.tries.get(key, 0) + 1
            if self.tries[key] >= TRIES:
                del self.tries[key]
                self.marks[key] = _PASSED_OVER
            return
        for item in found:
            self._add(item, address=key)

    async def _alerts(self, link: str) -> tuple[Item, ...]:
        settings = self.place.settings
        answer = await self.place.articles.fetcher.fetch(
            link, allow_private=settings.allow_private, robots=settings.robots
        )
        assert isinstance(answer, Fetched), "nothing was asked that allows another answer"
        reading = await _reading(self.place, answer)
        if reading.failure or not reading.items:
            raise FetchError(reading.failure or "the page holds no alert")
        return reading.items
