"""Browsers behind a stand-in of a push service that decrypts with a foreign library."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp

from channels import web_push
from pusher.demo.standins.push import PushStandIn
from pusher.demo.standins.script import Fault
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty
from tests.channels.rigs.bots import CARD, plain
from tests.support.outside import outside

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(status=429),
    Trouble.GONE: Fault(status=410),
    Trouble.LOST: Fault(line="drop"),
    Trouble.SILENT: Fault(line="silence"),
}


@dataclass(frozen=True)
class _Browsers:
    stand_in: PushStandIn
    base: str

    def __iter__(self) -> Iterator[Taken]:
        for each in self.stand_in.inbox.all():
            to = self.stand_in.subscription(self.base + each.to)
            yield Taken(to, each.fields, shape=sorted(each.fields))


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = PushStandIn()
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        given = {"services": ["127.0.0.1"], "allow_private": True, "timeout": patience}
        settings = web_push.WebPushSettings.model_validate(given)
        channel = web_push.KIND.build("push", settings, replace(outside(http), now=lambda: datetime.now(UTC)))
        stack.push_async_callback(channel.close)
        base = f"{counterparty.address}/push/"
        yield Rig(
            kind=web_push.KIND,
            settings=settings,
            channel=channel,
            message=CARD,
            address=lambda number: stand_in.subscription(f"{base}browser-{number:06d}"),
            expected=lambda name: {
                "title": "停水通知",
                "text": f"{plain(name)}，请值守".strip(),
                "url": "https://tz.example.gov.cn/n/17",
            },
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=_Browsers(stand_in, base),
            holding=stand_in.script.holding,
            recognises_repeats=True,
        )


def endpoint(address: str) -> str:
    """The place in an address."""
    return str(json.loads(address)["endpoint"])


RIGS: Mapping[str, Maker] = {"web_push": _rig}
