"""`/callback/{channel}`: providers tell what became of messages, and what people answered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from channels.channel import Answering, CallbackAnswer, CallbackRequest, Reporting
from pusher.api.body import Broken, TooLong, read_body
from pusher.api.problems import report

#: Bytes of one callback.
LIMIT = 1_000_000
_PATH = "/callback/{channel:[A-Za-z0-9_.-]{1,64}}"
#: Nothing of what providers send or hear may be kept on the way, or be taken for a page.
_HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

#: Stores the receipts and the inbound of one callback of a channel: (channel, answer) → what to tell whoever sent it,
#: None for nothing. Repetitions are its business.
Take = Callable[[str, CallbackAnswer], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Hands callbacks to the channels they are for, and keeps what these read in them."""

    #: The channels that are called back, by name.
    channels: Mapping[str, Reporting]
    take: Take
    #: The present, aware.
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """One address a channel, to check (GET) and to call (POST)."""
        return [web.get(_PATH, self.call, allow_head=False), web.post(_PATH, self.call)]

    async def call(self, request: web.Request) -> web.Response:
        """Answer as the provider expects, once everything is stored: what is answered is not sent again."""
        name = request.match_info["channel"]
        channel = self.channels.get(name)
        if channel is None:
            return web.Response(status=404, headers=_HEADERS)
        try:
            read = await self._read(request)
            answer = channel.callback(read)
            if answer.receipts or answer.inbound:
                said = await self.take(name, answer)
                if said is not None and isinstance(channel, Answering):
                    answer = channel.reply(read, said)
        except TooLong:
            return web.Response(status=413, headers=_HEADERS)
        except Broken:
            return web.Response(status=400, headers=_HEADERS)
        except Exception as surprise:
            report(surprise, request)
            return web.Response(status=500, headers=_HEADERS)
        return web.Response(
            body=answer.body.encode(),
            status=answer.status,
            content_type=answer.content_type,
            charset="utf-8",
            headers=_HEADERS,
        )

    async def _read(self, request: web.Request) -> CallbackRequest:
        body = await read_body(request, LIMIT)
        return CallbackRequest(
            method=request.method,
            query={name: request.query[name] for name in request.query},
            headers={name.lower(): request.headers[name] for name in request.headers},
            body=body,
            remote=request.remote or "",
            at=self.now(),
        )
