"""The public notice board: the list with its filters, the directory, and one page a notice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import segno
from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import now
from pusher.console import board_store
from pusher.console.board_store import Posted
from pusher.console.calendar import dates_of
from pusher.console.chosen import DIGITS, Chosen
from pusher.console.kept import Kept
from pusher.console.page import SECURITY_HEADERS, page
from pusher.console.site import Site
from pusher.database import Database

#: Notices of one page.
PAGE_LENGTH = 20

#: Seconds for which a page of the board may be kept; as short as that because warnings stand on it.
BOARD_AGE = 15


class _List(NamedTuple):
    """What a page of the list is made of."""

    #: One more than the page shows, if there are more.
    notices: Sequence[Posted]
    warnings: Sequence[Posted]
    #: What was said of false alarms.
    mistakes: Sequence[Posted]
    issuers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Board:
    """The board of one town."""

    database: Database
    site: Site
    kept: Kept[_List] = field(default_factory=Kept)

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the board."""
        number = f"{{number:[0-9]{{1,{DIGITS}}}}}"
        return [
            web.get("/", self.show_list),
            web.get("/board", self.show_list),
            web.get("/board/directory", self.show_directory),
            web.get(f"/n/{number}", self.show_item),
            web.get(f"/board/{number}", self.show_notice),
        ]

    async def show_list(self, request: web.Request) -> web.Response:
        """The newest notices, the warnings in force above them; `?domain=&area=&issuer=&before=` narrow it down."""
        chosen = Chosen.of(request.query, self.site)
        async with self.database.read() as connection:
            mark = await board_store.mark(connection)
            found, standing, mistakes, issuers = await self.kept.of(chosen, mark, lambda: _read(connection, chosen))
        warnings = [each for each in standing if not each.is_over(now())]
        return page(
            request,
            "board",
            age=BOARD_AGE,
            site=self.site,
            chosen=chosen,
            issuers=issuers,
            warnings=warnings,
            mistakes=mistakes,
            notices=[posted for posted in found[:PAGE_LENGTH] if posted not in warnings],
            next_before=found[PAGE_LENGTH - 1].id if len(found) > PAGE_LENGTH else None,
            at=now(),
        )

    async def show_directory(self, request: web.Request) -> web.Response:
        """信息公开目录: who published how much in which domain."""
        async with self.database.read() as connection:
            entries = await board_store.directory(connection)
        names = {**self.site.domains, "": "其他"}
        known = [(code, name, [each for each in entries if each.domain == code]) for code, name in names.items()]
        return page(request, "directory", age=BOARD_AGE, site=self.site, domains=[each for each in known if each[2]])

    async def show_notice(self, request: web.Request) -> web.Response:
        """One notice, to read and to print; a withdrawn one only says that it was withdrawn."""
        async with self.database.read() as connection:
            posted = await board_store.get(connection, int(request.match_info["number"]))
        if posted is None:
            return self.missing(request)
        if posted.withdrawn is not None:
            return page(request, "withdrawn", status=410, site=self.site, posted=posted)
        return page(
            request,
            "notice",
            age=BOARD_AGE,
            site=self.site,
            posted=posted,
            at=now(),
            qr=qr(self.site.address(posted)),
            occasions=dates_of(posted),
        )

    async def show_item(self, request: web.Request) -> web.Response:
        """Where an item stands: the address that messages name before the item is posted."""
        async with self.database.read() as connection:
            number = await board_store.number_of_item(connection, int(request.match_info["number"]))
        if number is None:
            return self.missing(request)
        return web.Response(status=303, headers={**SECURITY_HEADERS, "Location": f"/board/{number}"})

    def missing(self, request: web.Request) -> web.Response:
        """The page for what is not there."""
        return page(request, "missing", status=404, site=self.site)


async def _read(connection: AsyncConnection, chosen: Chosen) -> _List:
    return _List(
        await board_store.latest(connection, **chosen.filters, before=chosen.before, limit=PAGE_LENGTH + 1),
        () if chosen.before else await board_store.in_force(connection, at=now(), area=chosen.area),
        () if chosen.before else await board_store.mistakes(connection, at=now(), area=chosen.area),
        await board_store.issuers(connection),
    )


def qr(address: str) -> Markup:
    """The address as a code for telephones, drawn in SVG."""
    drawn = segno.make(address, error="m").svg_inline(scale=3, border=4)
    return Markup(drawn)  # noqa: S704 - drawn by the library, holds no text from outside
