"""`GET /api/warnings/NUMBER/events[?areas=1]`: how far a warning has got, as server-sent events for programs."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from pusher.api.problems import HEADERS, problem
from pusher.api.programs import Programs, unknown

#: The progress of a version, also by area or not, as `pusher warn status --json` tells it; None where it has not gone
#: out.
Look = Callable[[int, bool], Awaitable[Mapping[str, Any] | None]]

_SECONDS = 0.5
#: After so many looks without news a comment keeps proxies from closing the line.
_QUIET = 30
#: Streams of one process: each looks at the database twice a second, and for at most a fifth of the time.
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
        areas = request.query.get("areas", "") not in {"", "0"}
        if await self.look(number, areas) is None:
            return problem(404, "There is no such warning, or it has not gone out.")
        if len(self._open) >= _MOST:
            return problem(503, f"{_MOST} programs are listening already; try again later.")
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        mine = object()
        self._open.add(mine)
        try:
            await response.prepare(request)
            await self._tell(response, number, areas=areas)
        except ConnectionResetError:
            # Whoever listened has gone.
            return response
        finally:
            self._open.discard(mine)
        return response

    async def _tell(self, response: web.StreamResponse, number: int, *, areas: bool) -> None:
        told, quiet = "", 0
        began = time.monotonic()
        while (found := await self.look(number, areas)) is not None:
            pause = max(_SECONDS, 4 * (time.monotonic() - began))
            words = json.dumps(found, ensure_ascii=False)
            if words != told or quiet >= _QUIET:
                news = f"event: progress\ndata: {words}\n\n" if words != told else ": still here\n\n"
                await response.write(news.encode())
                told, quiet = words, 0
            if found["over"]:
                await response.write(b"event: over\ndata: {}\n\n")
                return
            quiet += 1
            await asyncio.sleep(pause)
            began = time.monotonic()
