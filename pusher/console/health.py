"""Whether the process lives and whether it can work, for those who watch over it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from pusher.console.page import SECURITY_HEADERS

_HEADERS = {**SECURITY_HEADERS, "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Health:
    """`/livez` and `/readyz`. What is wrong stands in the log and in `pusher status`, not here: anybody may ask."""

    #: Whether database and loops are ready to work.
    is_ready: Callable[[], Awaitable[bool]]

    def routes(self) -> list[web.RouteDef]:
        """Both addresses."""
        return [web.get("/livez", self.live), web.get("/readyz", self.ready)]

    async def live(self, _request: web.Request) -> web.Response:
        """Answered as long as the loop turns."""
        return web.json_response({"status": "ok"}, headers=_HEADERS)

    async def ready(self, _request: web.Request) -> web.Response:
        """503 while something that the work needs is missing."""
        if await self.is_ready():
            return web.json_response({"status": "ok"}, headers=_HEADERS)
        return web.json_response({"status": "unavailable"}, status=503, headers=_HEADERS)
