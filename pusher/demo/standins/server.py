"""What all stand-ins share: how they are told to misbehave, how they show what was received, how they are run."""

import asyncio
import contextlib
import dataclasses
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import click
from aiohttp import web

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Inbox
from pusher.demo.standins.script import Fault, Script


class StandIn(ABC):
    """A provider's server. `script` says what goes wrong, `inbox` what was received, `counts` what was asked for."""

    def __init__(self, *, keep: int, callbacks: Callbacks) -> None:
        self.script = Script()
        self.inbox = Inbox(keep)
        #: Requests by path or action.
        self.counts: Counter[str] = Counter()
        self.callbacks = callbacks

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """The provider's own addresses."""

    @abstractmethod
    async def person(self, said: dict[str, str]) -> None:
        """What a person writes or does ("from", "text", …) reaches the service as the provider would tell it."""

    def application(self) -> web.Application:
        """The server, with `GET /received`, `POST /control` and `POST /people` beside the provider's addresses."""
        application = web.Application()
        application.add_routes(
            [
                *self.routes(),
                web.get("/received", self._received),
                web.post("/control", self._control),
                web.post("/people", self._people),
            ]
        )
        return application

    async def _received(self, request: web.Request) -> web.Response:
        messages = self.inbox.all(request.query.get("to", ""))
        return web.json_response([dataclasses.asdict(message) for message in messages])

    async def _control(self, request: web.Request) -> web.Response:
        """{"next": [fault…], "always": fault, "codes": {who: code}, "ends": {who: words}, "clear": true}: any of it."""
        try:
            self._be_told(await request.json())
        except (AttributeError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"not understood: {error}") from error
        return web.json_response({"counts": dict(self.counts)})

    def _be_told(self, told: dict[str, Any]) -> None:
        if told.get("clear"):
            self.script.clear()
        self.script.next.extend(Fault(**fault) for fault in told.get("next", ()))
        if "always" in told:
            self.script.always = Fault(**told["always"]) if told["always"] else None
        self.script.codes.update(told.get("codes", {}))
        self.script.ends.update(told.get("ends", {}))

    async def _people(self, request: web.Request) -> web.Response:
        try:
            await self.person(await request.json())
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"not understood: {error}") from error
        return web.json_response({})


@contextlib.asynccontextmanager
async def running(stand_in: StandIn, *, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback; gives the base address without trailing slash. Port 0 = a free one."""
    runner = web.AppRunner(stand_in.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await stand_in.callbacks.close()
        await runner.cleanup()


def serve(stand_in: StandIn, port: int) -> None:
    """Serve until interrupted."""
    import uvloop  # noqa: PLC0415 - only who serves by itself needs it

    async def forever() -> None:
        async with running(stand_in, port=port) as address:
            click.echo(f"listening on {address}")
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(forever())
