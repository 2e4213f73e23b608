"""`GET /api/warnings/NUMBER/events`: how far a warning has got, as server-sent events for screens and programs."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from pusher.api.problems import HEADERS, problem
from pusher.api.programs import Programs, unknown

#: The progress of a version as `pusher warn status --json` tells it; None where it has not gone out.
Look = Callable[[int], Awaitable[Mapping[str, Any] | None]]

_SECONDS = 0.5
#: After so many looks without news a comment keeps proxies from closing the line.
_QUIET = 30
#: Streams of one process: each looks at the database twice a second.
_MOST = 20
_DIGITS = 18


@dataclass(slots=True)
class WarningEvents:
    """Streams of progress; each ends with the event "over"."""

    programs: Programs
    look: Look
    _open: set[object] = field(default_factory=set)

    def routes(self) -> list[web.RouteDef]:
        """The one address."""
        return [web.get(f"/api/warnings/{{number:[0-9]{{1,{_DIGITS}}}}}/events", self.stream)]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """An event "progress" with JSON whenever something has changed."""
        if self.programs.of(request) is None:
            return unknown()
        number = int(request.match_info["number"])
        if await self.look(number) is None:
            return problem(404, "There is no such warning, or it has not gone out.")
        if len(self._open) >= _MOST:
            return problem(503, f"{_MOST} programs are listening already; try again later.")
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        mine = object()
        self._open.add(mine)
        try:
            await response.prepare(request)
            await self._tell(response, number)
        except ConnectionResetError:
            # Whoever listened has gone.
            return response
        finally:
            self._open.discard(mine)
        return response

    async def _tell(self, response: web.StreamResponse, number: int) -> None:
        told, quiet = "", 0
        while (found := await self.look(number)) is not None:
            words = json.dumps(found, ensure_ascii=False)
            if words != told or quiet >= _QUIET:
                news = f"event: progress\ndata: {words}\n\n" if words != told else ": still here\n\n"
                await response.write(news.encode())
                told, quiet = words, 0
            if found["over"]:
                await response.write(b"event: over\ndata: {}\n\n")
                return
            quiet += 1
            await asyncio.sleep(_SECONDS)
