"""Warnings for people: those in force, past ones, tests that are announced; and one page a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from pusher.clock import now
from pusher.console.board_store import MISTAKE, Posted
from pusher.console.page import page
from pusher.console.site import Site
from subscribers.topic import Severity

#: Seconds for which a page may be kept: a warning may be ended at any moment.
_AGE = 10
_DIGITS = 18
#: Past ones on the page.
_MOST_PAST = 100


@dataclass(frozen=True, slots=True)
class Translated:
    """The words in another language."""

    #: As pages name languages ("en").
    language: str
    headline: str
    description: str
    instruction: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a warning as everybody may read it."""

    number: int
    headline: str
    level: Severity
    issuer: str
    area_words: str
    description: str
    instruction: str
    contact: str
    #: Why it ended, or what was wrong; "" else.
    reason: str
    #: Aware times.
    sent: datetime
    onset: datetime
    expires: datetime
    #: Whether it holds at this moment.
    is_current: bool
    #: Whether it, or the version that took its place, says that it was a mistake (误发).
    is_mistake: bool
    #: Whether it ends the chain (解除, 误发).
    ends: bool
    #: "" for a live one; else "测试": a public test. Its headline says so first.
    drill: str
    translations: Sequence[Translated] = ()
    #: (number, headline, aware time) of the other versions of its chain that went out, first one first.
    chain: Sequence[tuple[int, str, datetime]] = ()


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A public test that is announced beforehand."""

    name: str
    issuer: str
    area_words: str
    at: datetime
    expires: datetime
    #: What people will notice; "" = the usual sentence.
    words: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, whoever issued the warning."""

    #: Of its page.
    address: str
    headline: str
    level: Severity
    issuer: str
    area_words: str
    sent: datetime
    is_current: bool
    is_mistake: bool = False
    drill: str = ""
    #: Number of its CAP document; None = there is none here.
    cap: int | None = None
    translations: Sequence[Translated] = ()

    @classmethod
    def of_own(cls, shown: Shown) -> "Line":
        """A warning that was issued here."""
        return cls(
            address=f"/warnings/{shown.number}",
            headline=shown.headline,
            level=shown.level,
            issuer=shown.issuer,
            area_words=shown.area_words,
            sent=shown.sent,
            is_current=shown.is_current,
            is_mistake=shown.is_mistake,
            drill=shown.drill,
            cap=shown.number,
            translations=shown.translations,
        )

    @classmethod
    def of_watched(cls, posted: Posted, site: Site, at: datetime) -> "Line":
        """A warning that was read somewhere and let go by a person here: its page is that of the board."""
        return cls(
            address=f"/board/{posted.id}",
            headline=posted.post.title,
            level=posted.post.topic.severity,
            issuer=posted.post.issuer,
            area_words="、".join(site.area_names(posted)),
            sent=posted.post.published or posted.posted,
            is_current=not posted.is_over(at),
            is_mistake=posted.post.change == MISTAKE,
        )


class Warnings(Protocol):
    """What the pages ask of the service: live warnings, and public tests."""

    async def shown(self) -> Sequence[Shown]:
        """The newest first."""
        ...

    async def one(self, number: int) -> Shown | None:
        """None where the public has no such warning."""
        ...

    async def watched(self) -> Sequence[Posted]:
        """Warnings that were read in watched places and stand on the board, in force or not; the newest first."""
        ...

    async def planned(self) -> Sequence[PlannedTest]:
        """The next one first."""
        ...


@dataclass(frozen=True, slots=True)
class WarningPages:
    """`/warnings` and `/warnings/NUMBER`."""

    site: Site
    warnings: Warnings

    def routes(self) -> list[web.RouteDef]:
        """Both addresses."""
        return [
            web.get("/warnings", self.show),
            web.get(f"/warnings/{{number:[0-9]{{1,{_DIGITS}}}}}", self.show_one),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """In force; tests, under way and announced; past."""
        at = now()
        watched = [Line.of_watched(each, self.site, at) for each in await self.warnings.watched()]
        found = [*map(Line.of_own, await self.warnings.shown()), *watched]
        found.sort(key=lambda line: line.sent, reverse=True)
        current = [each for each in found if each.is_current and not each.drill]
        return page(
            request,
            "warnings",
            age=_AGE,
            site=self.site,
            current=sorted(current, key=lambda line: line.level, reverse=True),
            tests=[each for each in found if each.is_current and each.drill],
            past=[each for each in found if not each.is_current][:_MOST_PAST],
            planned=await self.warnings.planned(),
        )

    async def show_one(self, request: web.Request) -> web.Response:
        """One version, with what came before and after it."""
        found = await self.warnings.one(int(request.match_info["number"]))
        if found is None:
            return page(request, "missing", status=404, site=self.site)
        return page(request, "warning", age=_AGE, site=self.site, warning=found)
