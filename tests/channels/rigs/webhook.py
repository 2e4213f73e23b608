"""Webhooks beside a program that checks every signature, whose troubles are its own; and beside a call server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp

from channels import webhook
from channels.message import Lane, Message
from channels.receipt import Outcome
from channels.slots import slot
from pusher.demo.standins.script import Fault
from pusher.demo.standins.webhook import WebhookStandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.channels.rigs.bots import CARD, plain
from tests.support.outside import outside

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

SPOKEN = Message(
    id="b17-script",
    lane=Lane.ROUTINE,
    template="default",
    parts={"title": "停水通知", "text": f"{slot('name')}，请值守。明天停水。"},
)

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(status=429),
    Trouble.GONE: Fault(status=410),
    Trouble.LOST: Fault(line="drop"),
    Trouble.SILENT: Fault(line="silence"),
}


def spoken(name: str) -> Mapping[str, str]:
    """What is said of `SPOKEN` to whoever has this name."""
    return {"title": "停水通知", "words": f"{plain(name)}，请值守。明天停水。".strip()}


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


@asynccontextmanager
async def _calls(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = WebhookStandIn(SECRET, passes_over_repeats=False)
        faults = {**_FAULTS, Trouble.REFUSED: Fault(status=401)}
        counterparty = Counterparty(stand_in, faults, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = webhook.WebhookSettings.model_validate(
            {
                "to": "phone",
                "url": f"{counterparty.address}/dial",
                "secret": SECRET,
                "allow_http": True,
                "timeout": patience,
            }
        )
        channel = webhook.CALLS.build("voice", settings, replace(outside(http), now=lambda: datetime.now(UTC)))
        yield Rig(
            kind=webhook.CALLS,
            settings=settings,
            channel=channel,
            message=SPOKEN,
            address=lambda number: f"+86138{number:08d}",
            expected=spoken,
            make=counterparty.make,
            troubles=frozenset({*faults, Trouble.DOWN}),
            taken=Messages(stand_in, ""),
            holding=stand_in.script.holding,
            secrets=(SECRET, SECRET.removeprefix("whsec_")),
            recognises_repeats=True,
        )


RIGS: Mapping[str, Maker] = {"webhook": _rig, "webhook_calls": _calls}
