"""The public notice board: the list with its filters, one page a notice, and the feed."""

from dataclasses import dataclass

import segno
from aiohttp import web
from markupsafe import Markup
from yarl import URL

from pusher.clock import now
from pusher.console import board_store
from pusher.console.feed import atom
from pusher.console.page import SECURITY_HEADERS, page
from pusher.console.site import Site
from pusher.database import Database

#: Notices of one page, and of the feed.
PAGE_LENGTH = 20
FEED_LENGTH = 50

#: Seconds for which a page of the board may be kept; as short as that because warnings stand on it.
BOARD_AGE = 15

#: Longer numbers are no numbers of posts.
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Chosen:
    """How a reader narrowed the list down; "" and None = not at all."""

    domain: str = ""
    area: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """The board of one town."""

    database: Database
    site: Site

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the board."""
        return [
            web.get("/", self.show_list),
            web.get("/board", self.show_list),
            web.get("/board/feed.atom", self.show_feed),
            web.get(f"/n/{{number:[0-9]{{1,{_DIGITS}}}}}", self.show_item),
            web.get(f"/board/{{number:[0-9]{{1,{_DIGITS}}}}}", self.show_notice),
        ]

    async def show_list(self, request: web.Request) -> web.Response:
        """The newest notices, the warnings in force above them; `?domain=&area=&before=` narrow it down."""
        chosen = self._chosen(request)
        if chosen is None:
            return self.missing(request)
        async with self.database.read() as connection:
            found = await board_store.latest(
                connection, domain=chosen.domain, area=chosen.area, before=chosen.before, limit=PAGE_LENGTH + 1
            )
            warnings = () if chosen.before else await board_store.in_force(connection, at=now(), area=chosen.area)
        return page(
            request,
            "board",
            age=BOARD_AGE,
            site=self.site,
            chosen=chosen,
            feed_address=_feed_address(chosen),
            warnings=warnings,
            notices=[posted for posted in found[:PAGE_LENGTH] if posted not in warnings],
            next_before=found[PAGE_LENGTH - 1].id if len(found) > PAGE_LENGTH else None,
            at=now(),
        )

    async def show_notice(self, request: web.Request) -> web.Response:
        """One notice, to read and to print; a withdrawn one only says that it was withdrawn."""
        async with self.database.read() as connection:
            posted = await board_store.get(connection, int(request.match_info["number"]))
        if posted is None:
            return self.missing(request)
        if posted.withdrawn is not None:
            return page(request, "withdrawn", status=410, site=self.site, posted=posted)
        qr = _qr(self.site.address(posted))
        return page(request, "notice", age=BOARD_AGE, site=self.site, posted=posted, at=now(), qr=qr)

    async def show_item(self, request: web.Request) -> web.Response:
        """Where an item stands: the address that messages name before the item is posted."""
        async with self.database.read() as connection:
            number = await board_store.number_of_item(connection, int(request.match_info["number"]))
        if number is None:
            return self.missing(request)
        return web.Response(status=303, headers={**SECURITY_HEADERS, "Location": f"/board/{number}"})

    async def show_feed(self, request: web.Request) -> web.Response:
        """The newest notices as Atom, narrowed down like the list."""
        chosen = self._chosen(request)
        if chosen is None:
            return self.missing(request)
        async with self.database.read() as connection:
            notices = await board_store.latest(connection, domain=chosen.domain, area=chosen.area, limit=FEED_LENGTH)
        address = self.site.public_url + _feed_address(chosen)
        body = atom(self.site, notices, address=address, heading=self.site.heading(chosen.domain, chosen.area))
        headers = {**SECURITY_HEADERS, "Cache-Control": f"max-age={BOARD_AGE}"}
        return web.Response(body=body, content_type="application/atom+xml", charset="utf-8", headers=headers)

    def missing(self, request: web.Request) -> web.Response:
        """The page for what is not there."""
        return page(request, "missing", status=404, site=self.site)

    def _chosen(self, request: web.Request) -> Chosen | None:
        """The filters of a request; None if one of them is not ours."""
        domain, area, before = (request.query.get(name, "") for name in ("domain", "area", "before"))
        known = domain in {"", *self.site.domains} and area in {"", *self.site.areas}
        numbered = not before or (before.isascii() and before.isdigit() and len(before) <= _DIGITS)
        return Chosen(domain, area, int(before) if before else None) if known and numbered else None


def _feed_address(chosen: Chosen) -> str:
    narrowed = {name: value for name, value in (("domain", chosen.domain), ("area", chosen.area)) if value}
    return str(URL("/board/feed.atom").with_query(narrowed))


def _qr(address: str) -> Markup:
    drawn = segno.make(address, error="m").svg_inline(scale=3, border=4)
    return Markup(drawn)  # noqa: S704 - drawn by the library, holds no text from outside
