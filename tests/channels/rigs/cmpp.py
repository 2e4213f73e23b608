"""CMPP 2.0 and 3.0 beside a stand-in gateway that checks the login, every size and the window."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp

from channels import cmpp
from channels.message import Lane, Message
from channels.slots import slot, strip_marks
from pusher.demo.standins.cmpp import CmppStandIn, running
from pusher.demo.standins.cmpp_check import Account
from pusher.demo.standins.script import Fault
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.support.outside import outside

_SECRET = "SharedSecretOfTheAccount"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="8"),
    Trouble.GONE: Fault(code="13"),
    Trouble.REFUSED: Fault(code="10"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.SILENT: Fault(line="silence"),
}

_MESSAGE = Message(
    id="b17-sms",
    lane=Lane.ROUTINE,
    template="education",
    parts={"text": f"{slot('name')}您好：明天上午停水，请提前储水。"},
)


@dataclass(frozen=True)
class _Messages:
    """What people have received, as the contract reads it."""

    gateway: CmppStandIn

    def __iter__(self) -> Iterator[Taken]:
        for message in self.gateway.inbox.all():
            yield Taken(f"+86{message.to}", {"text": message.text}, shape=self.gateway.shapes[message.id])


def _expected(name: str) -> Mapping[str, str]:
    """What a phone shows: line feeds, and no other control characters."""
    shown = re.sub(r"[\x00-\x09\x0b-\x1f]", "", strip_marks(name))
    return {"text": f"【某区政府】{shown}您好：明天上午停水，请提前储水。"}


@asynccontextmanager
async def _rig(patience: float, *, version: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        gateway = CmppStandIn(Account(secret=_SECRET, window=4), report_after=None)
        up = await stack.enter_async_context(AsyncExitStack())
        port, is_up = 0, False

        async def make(trouble: Trouble | None) -> None:
            nonlocal port, is_up
            gateway.script.clear()
            gateway.script.always = _FAULTS.get(trouble) if trouble else None
            if is_up and trouble is Trouble.DOWN:
                await up.aclose()
                # The other side hears of it in the next turns of the loop, as it would long before a real send.
                for _ in range(5):
                    await asyncio.sleep(0)
            elif not is_up and trouble is not Trouble.DOWN:
                port = await up.enter_async_context(running(gateway, port=port))
            is_up = trouble is not Trouble.DOWN

        await make(None)
        settings = cmpp.CmppSettings.model_validate(
            {
                "version": version,
                "host": "127.0.0.1",
                "port": port,
                "sp_id": gateway.account.sp_id,
                "secret": _SECRET,
                "service_id": gateway.account.service_id,
                "src_id": gateway.account.number,
                "sign": "某区政府",
                "window": 4,
                "connections": 2,
                "timeout": patience,
            }
        )
        http = await stack.enter_async_context(aiohttp.ClientSession())
        channel = cmpp.KIND.build("sms", settings, outside(http))
        stack.push_async_callback(channel.close)
        yield Rig(
            kind=cmpp.KIND,
            settings=settings,
            channel=channel,
            message=_MESSAGE,
            address=lambda number: f"+86138{number:08d}",
            expected=_expected,
            make=make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=_Messages(gateway),
            holding=gateway.script.holding,
            secrets=(_SECRET,),
        )
        assert gateway.counts["violation"] == 0


RIGS: Mapping[str, Maker] = {"cmpp_2": partial(_rig, version="2.0"), "cmpp_3": partial(_rig, version="3.0")}
