"""SMPP beside a stand-in centre that checks the login, every length and the window."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp

from channels import smpp
from channels.message import Lane, Message
from channels.slots import slot, strip_marks
from pusher.demo.standins.script import Fault
from pusher.demo.standins.smpp import SmppStandIn, running
from pusher.demo.standins.smpp_check import Account
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.support.outside import outside

_SECRET = "Qx7-Zm2k"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="0x58"),
    Trouble.GONE: Fault(code="0x0b"),
    Trouble.REFUSED: Fault(code="0x0a"),
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

    centre: SmppStandIn

    def __iter__(self) -> Iterator[Taken]:
        for message in self.centre.inbox.all():
            yield Taken(f"+{message.to}", {"text": message.text}, shape=self.centre.shapes[message.id])


def _expected(name: str) -> Mapping[str, str]:
    """What a phone shows: line feeds, and no other control characters."""
    shown = re.sub(r"[\x00-\x09\x0b-\x1f]", "", strip_marks(name))
    return {"text": f"【某区政府】{shown}您好：明天上午停水，请提前储水。"}


@asynccontextmanager
async def _rig(patience: float, *, mode: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        centre = SmppStandIn(Account(password=_SECRET, window=4), report_after=None)
        up = await stack.enter_async_context(AsyncExitStack())
        port, is_up = 0, False

        async def make(trouble: Trouble | None) -> None:
            nonlocal port, is_up
            centre.script.clear()
            centre.script.always = _FAULTS.get(trouble) if trouble else None
            if is_up and trouble is Trouble.DOWN:
                await up.aclose()
                # The other side hears of it in the next turns of the loop, as it would long before a real send.
                for _ in range(5):
                    await asyncio.sleep(0)
            elif not is_up and trouble is not Trouble.DOWN:
                port = await up.enter_async_context(running(centre, port=port))
            is_up = trouble is not Trouble.DOWN

        await make(None)
        settings = smpp.SmppSettings.model_validate(
            {
                "mode": mode,
                "host": "127.0.0.1",
                "port": port,
                "system_id": centre.account.system_id,
                "password": _SECRET,
                "source": centre.account.number,
                "sign": "某区政府",
                "window": 4,
                "connections": 2,
                "timeout": patience,
            }
        )
        http = await stack.enter_async_context(aiohttp.ClientSession())
        channel = smpp.KIND.build("sms", settings, outside(http))
        stack.push_async_callback(channel.close)
        yield Rig(
            kind=smpp.KIND,
            settings=settings,
            channel=channel,
            message=_MESSAGE,
            address=lambda number: f"+86138{number:08d}",
            expected=_expected,
            make=make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=_Messages(centre),
            holding=centre.script.holding,
            secrets=(_SECRET,),
        )
        assert centre.counts["violation"] == 0


RIGS: Mapping[str, Maker] = {
    "smpp": partial(_rig, mode="transceiver"),
    "smpp_pair": partial(_rig, mode="pair"),
}
