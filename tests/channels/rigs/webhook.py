"""Webhooks beside a program that checks every signature; both of its kinds of trouble are its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp

from channels import webhook
from channels.receipt import Outcome
from pusher.demo.standins.script import Fault
from pusher.demo.standins.webhook import WebhookStandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.channels.rigs.bots import CARD, plain
from tests.support.outside import outside

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(status=429),
    Trouble.GONE: Fault(status=410),
    Trouble.LOST: Fault(line="drop"),
    Trouble.SILENT: Fault(line="silence"),
}


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = WebhookStandIn(SECRET, passes_over_repeats=False)
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = webhook.WebhookSettings.model_validate(
            {"secret": SECRET, "allow_private": True, "allow_http": True, "timeout": patience}
        )
        channel = webhook.KIND.build("hook", settings, replace(outside(http), now=lambda: datetime.now(UTC)))
        stack.push_async_callback(channel.close)
        base = f"{counterparty.address}/hook/"
        yield Rig(
            kind=webhook.KIND,
            settings=settings,
            channel=channel,
            message=CARD,
            address=lambda number: f"{base}secret-place-{number:06d}",
            expected=lambda name: {
                "title": "停水通知",
                "text": f"{plain(name)}，请值守".strip(),
                "url": "https://tz.example.gov.cn/n/17",
            },
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, base),
            holding=stand_in.script.holding,
            secrets=(SECRET, SECRET.removeprefix("whsec_")),
            outcome=Outcome.DELIVERED,
            recognises_repeats=True,
        )


RIGS: Mapping[str, Maker] = {"webhook": _rig}
