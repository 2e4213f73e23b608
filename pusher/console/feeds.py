"""The board for readers' programs: Atom, JSON Feed and iCalendar, narrowed down like the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from pusher.console import board_store
from pusher.console.board_store import Posted
from pusher.console.calendar import calendar
from pusher.console.chosen import DIGITS, Chosen
from pusher.console.conditional import conditional
from pusher.console.feed import atom
from pusher.console.json_feed import json_feed
from pusher.console.page import page
from pusher.console.site import Site
from pusher.database import Database

#: Notices of a feed.
FEED_LENGTH = 50
#: Seconds for which a feed may be kept.
AGE = 60

#: Makes a feed: (site, notices, its own address, its heading) → bytes.
Write = Callable[[Site, Sequence[Posted], str, str], bytes]

#: Ending of the address → media type and writer.
FORMS: dict[str, tuple[str, Write]] = {
    "atom": ("application/atom+xml", atom),
    "json": ("application/feed+json", json_feed),
    "ics": ("text/calendar", calendar),
}


@dataclass(frozen=True, slots=True)
class Feeds:
    """`/board/feed.atom`, `.json`, `.ics`, and `/board/NUMBER.ics`."""

    database: Database
    site: Site

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        number = f"{{number:[0-9]{{1,{DIGITS}}}}}"
        return [
            web.get(f"/board/feed.{{form:{'|'.join(FORMS)}}}", self.show),
            web.get(f"/board/{number}.ics", self.one),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The newest notices."""
        chosen = Chosen.of(request.query, self.site)
        async with self.database.read() as connection:
            notices = await board_store.latest(connection, **chosen.filters, limit=FEED_LENGTH)
            # Of the whole board: a notice that was taken down, or given another domain, is missing here since.
            changed = await board_store.last_change(connection)
        return self._answer(request, request.match_info["form"], notices, chosen.heading(self.site), changed)

    async def one(self, request: web.Request) -> web.Response:
        """The dates of one notice, for the reader's calendar."""
        async with self.database.read() as connection:
            posted = await board_store.get(connection, int(request.match_info["number"]))
        if posted is None or posted.withdrawn is not None:
            return page(request, "missing", status=404, site=self.site)
        return self._answer(request, "ics", [posted], posted.post.title, posted.changed)

    def _answer(
        self, request: web.Request, form: str, notices: Sequence[Posted], heading: str, changed: datetime | None
    ) -> web.Response:
        content_type, write = FORMS[form]
        address = self.site.public_url + str(request.rel_url)
        body = write(self.site, notices, address, heading)
        return conditional(request, body, content_type=content_type, changed=changed, age=AGE)
