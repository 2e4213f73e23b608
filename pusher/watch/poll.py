"""The loop that watches: looks at each source when it is due, stores what it found, and says who has fallen silent.

One bad source never stops another: each is looked at in a task of its own, whose edge catches its surprises.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from pusher import clock
from pusher.database import Database
from pusher.item import Item
from pusher.review.review import Reviewed
from pusher.watch import source_store, store
from pusher.watch.after_look import after_failure, after_success
from pusher.watch.articles import Articles
from pusher.watch.cap_proof import Proof, not_asked
from pusher.watch.fetch import Fetcher, FetchError
from pusher.watch.fetch_error import host_of
from pusher.watch.items import Named
from pusher.watch.look import look
from pusher.watch.looked import Looked
from pusher.watch.place import Place
from pusher.watch.source import SourceSettings
from pusher.watch.standing import Standing, Verdict

_log = structlog.get_logger()

#: Looks at the same time, each at another site.
_AT_ONCE = 16
#: Items that are stored in one transaction: nothing else that writes should wait for long.
_SLICE = 20
#: Longest pause after a surprise of our own.
_SURPRISED = 60.0

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one look."""

    name: str
    #: Numbers of the items that were new and edited.
    new: tuple[int, ...] = ()
    edited: tuple[int, ...] = ()
    #: Why it failed, in one sentence; "" if it did not.
    failure: str = ""


class Watcher:
    """Watches all sources of one process."""

    def __init__(
        self,
        database: Database,
        sources: Mapping[str, SourceSettings],
        fetcher: Fetcher,
        now: Callable[[], datetime] = clock.now,
        *,
        review: Callable[[Item], Reviewed],
        found: Callable[[], None] = lambda: None,
        proofs: Mapping[str, Proof] | None = None,
    ) -> None:
        """`review` masks and judges an item; `found` is called after something new or edited was stored.

        `proofs`: how the alerts of a source are checked, by its name.
        """
        self._database = database
        self._sources = {name: settings for name, settings in sources.items() if settings.kind != "inbox"}
        self._articles = Articles(fetcher)
        self._review = review
        self._now = now
        self._found = found
        self._proofs = proofs or {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look at every source whenever it is due, until `stopping` is set."""
        async with self._database.write() as connection:
            await source_store.forget_others(connection, list(self._sources))
        async with asyncio.TaskGroup() as tasks:
            for name in self._sources:
                tasks.create_task(self._follow(name, stopping))

    async def once(self) -> list[Outcome]:
        """Look at every source that is due now, once; in the order of the settings."""
        async with self._database.read() as connection:
            known = await source_store.standings(connection)
        due = [name for name in self._sources if self._wait(name, known.get(name)) <= 0]
        async with asyncio.TaskGroup() as tasks:
            looks = [tasks.create_task(self._guarded(name)) for name in due]
        return [task.result() for task in looks]

    async def look(self, name: str) -> Outcome:
        """Look at one source now, due or not; KeyError if the settings have none of this name."""
        return await self._keep(name, await self._look(name))

    async def _follow(self, name: str, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                async with self._database.read() as connection:
                    known = await source_store.standing(connection, name)
                await _unless(stopping, asyncio.sleep(self._wait(name, known)))
                looked = None if stopping.is_set() else await _unless(stopping, self._look(name))
                if looked is not None:
                    await self._keep(name, looked)
            except Exception as surprise:
                _log.exception("look failed by surprise", source=name, error=type(surprise).__name__)
                await _unless(stopping, asyncio.sleep(_SURPRISED))

    async def _guarded(self, name: str) -> Outcome:
        try:
            return await self.look(name)
        except Exception as surprise:
            _log.exception("look failed by surprise", source=name, error=type(surprise).__name__)
            return Outcome(name, failure=f"an error of this program: {type(surprise).__name__}")

    def _wait(self, name: str, known: Standing | None) -> float:
        """Seconds until the source is due; 0 or less if it is."""
        if known is None or known.next_look is None or known.url != self._sources[name].url:
            return 0
        return max((known.next_look - self._now()).total_seconds(), 0)

    async def _look(self, name: str) -> "_Seen":
        settings = self._sources[name]
        async with self._database.read() as connection:
            stored = await source_store.standing(connection, name)
        known = stored if stored and stored.url == settings.url else Standing(name, settings.url)
        async with self._turn(settings):
            at = self._now()
            proof = self._proofs.get(name, not_asked)
            place = Place(name, settings, known, self._database, self._articles, at, proof)
            try:
                return _Seen(known, await look(place), at)
            except FetchError as error:
                return _Seen(known, error, at)
            except Exception as surprise:
                _log.exception("look failed by surprise", source=name, error=type(surprise).__name__)
                return _Seen(known, FetchError(f"this program stumbles over it ({type(surprise).__name__})"), at)

    @asynccontextmanager
    async def _turn(self, settings: SourceSettings) -> AsyncIterator[None]:
        """Sources of warnings wait for nobody; of the others one a site, lest a slow site's columns take all places."""
        if settings.is_urgent:
            yield
        else:
            async with self._turns[host_of(settings.url)], self._places:
                yield

    async def _keep(self, name: str, seen: "_Seen") -> Outcome:
        """Store what was seen and when to look again, in one transaction."""
        settings, outcome = self._sources[name], Outcome(name)
        chance = random.random()  # noqa: S311  # it only spreads looks
        if isinstance(seen.result, FetchError):
            outcome = Outcome(name, failure=str(seen.result))
            after = after_failure(seen.known, seen.result, settings, at=seen.at, chance=chance)
            async with self._database.write() as connection:
                await source_store.keep(connection, after)
        else:
            after = after_success(seen.known, seen.result, settings, at=seen.at, chance=chance)
            outcome = await self._accept(seen.result, seen, after, settings)
        _tell(seen.known, after)
        if outcome.new or outcome.edited:
            self._found()
        return outcome

    async def _accept(self, looked: Looked, seen: "_Seen", after: Standing, settings: SourceSettings) -> Outcome:
        """Store the items in slices, then the standing: what a crash leaves out is found again at the next look."""
        judged = await asyncio.to_thread(lambda: [self._judged(named) for named in looked.items])
        sound = [(named, reviewed) for named, reviewed in zip(looked.items, judged, strict=True) if reviewed]
        # By identity: an item holds mappings and has no hash, and all of them live until this ends.
        reviews = {id(named[0]): reviewed for named, reviewed in sound}
        baseline = not seen.known.is_learnt and settings.first_poll == "baseline"
        new: list[int] = []
        edited: list[int] = []
        for start in range(0, len(sound), _SLICE):
            part = [named for named, _ in sound[start : start + _SLICE]]
            async with self._database.write(urgent=settings.is_urgent) as connection:
                accepted = await store.accept(
                    connection, part, at=seen.at, baseline=baseline, review=lambda item: reviews[id(item)]
                )
            new += accepted.new
            edited += accepted.edited
        async with self._database.write(urgent=settings.is_urgent) as connection:
            edited += await store.withdraw(connection, after.name, looked.gone, at=seen.at)
            await source_store.keep(connection, after)
        return Outcome(after.name, tuple(new), tuple(edited))

    def _judged(self, named: Named) -> Reviewed | None:
        """What the review says of an item; None if it stumbles over it: that must not hold up those beside it."""
        try:
            return self._review(named[0]) if named[0].title else None
        except Exception as surprise:
            _log.exception("item left out", source=named[0].source, error=type(surprise).__name__)
            return None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A look before it is stored."""

    known: Standing
    result: Looked | FetchError
    at: datetime


def _tell(before: Standing, after: Standing) -> None:
    """Say in the log what operators must know: once when it begins, once when it ends."""
    if after.verdict is before.verdict:
        return
    if after.verdict is Verdict.OK:
        _log.info("source works again", source=after.name)
    elif after.verdict is Verdict.SILENT:
        _log.warning("source is silent", source=after.name, problem=after.problem)
    else:
        _log.warning("source is broken", source=after.name, problem=after.problem)


async def _unless(stopping: asyncio.Event, work: Awaitable[Value]) -> Value | None:
    """The result of `work`; None, and the work abandoned, as soon as `stopping` is set."""
    task = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else None
    finally:
        for each in (task, stop):
            each.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)
