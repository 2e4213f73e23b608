"""Apprise's plain JSON way beside a small server; it tells neither why nor whether, so every trouble is in doubt."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from aiohttp import web
from typing_extensions import override

from channels import apprise
from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import StandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.channels.rigs.bots import CARD, plain
from tests.support.outside import outside


class Server(StandIn):
    """Takes what Apprise's JSON way brings."""

    def __init__(self) -> None:
        super().__init__(keep=1000, callbacks=Callbacks(pauses=(), is_taken=lambda *_: True))

    @override
    def routes(self) -> list[web.RouteDef]:
        return [web.post("/{name}", self._take)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        raise ValueError("nobody answers")

    async def _take(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        fault = self.script.fault()
        if fault is not None:
            return await self.script.answer(fault, request) or web.Response(status=500)
        words = {"title": body["title"], "text": body["message"]}
        self.inbox.put(Received(request.match_info["name"], body["message"], 0.0, words))
        return web.Response()


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = Server()
        faults = {Trouble.LOST: Fault(line="drop")}
        counterparty = Counterparty(stand_in, faults, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = apprise.AppriseSettings.model_validate({"schemes": ["json"], "timeout": patience})
        base = f"json://{counterparty.address.removeprefix('http://')}/"
        yield Rig(
            kind=apprise.KIND,
            settings=settings,
            channel=apprise.KIND.build("rare", settings, outside(http)),
            message=CARD,
            address=lambda number: f"{base}secret-topic-{number:06d}",
            expected=lambda name: {
                "title": "停水通知",
                "text": f"{plain(name)}，请值守".strip() + "\nhttps://tz.example.gov.cn/n/17",
            },
            make=counterparty.make,
            troubles=frozenset({Trouble.LOST}),
            taken=Messages(stand_in, base),
            holding=stand_in.script.holding,
        )


RIGS: Mapping[str, Maker] = {"apprise": _rig}
