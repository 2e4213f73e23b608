"""The newest notices for a frame on somebody else's page: `<iframe src="…/board/embed?domain=education">`."""

from dataclasses import dataclass

from aiohttp import web

from pusher.clock import now
from pusher.console import board_store, query
from pusher.console.chosen import Chosen
from pusher.console.page import CONTENT_SECURITY_POLICY, page
from pusher.console.site import Site
from pusher.database import Database

#: Notices of a frame: as many as asked for, within this.
_MOST = 20
_USUAL = 5
_AGE = 60


@dataclass(frozen=True, slots=True)
class Embed:
    """The page for frames; only sites of the settings may show it."""

    database: Database
    site: Site

    def routes(self) -> list[web.RouteDef]:
        """Its address."""
        return [web.get("/board/embed", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """`?domain=&area=&issuer=&count=5`."""
        chosen = Chosen.of(request.query, self.site)
        count = query.number(request.query, "count", least=1, most=_MOST) or _USUAL
        async with self.database.read() as connection:
            notices = await board_store.latest(connection, **chosen.filters, limit=count)
            warnings = await board_store.in_force(connection, at=now(), area=chosen.area)
        answer = page(
            request,
            "embed",
            age=_AGE,
            site=self.site,
            heading=chosen.heading(self.site),
            all_address=chosen.address("/board"),
            notices=notices,
            warnings=warnings,
            at=now(),
        )
        ancestors = " ".join(self.site.embed_on) or "'none'"
        answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
            "frame-ancestors 'none'", f"frame-ancestors {ancestors}"
        )
        if self.site.embed_on:
            del answer.headers["X-Frame-Options"]
        return answer
