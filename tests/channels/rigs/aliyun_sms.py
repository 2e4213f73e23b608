"""SMS beside a stand-in that checks every signature."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp

from channels import aliyun_sms
from channels.message import Lane, Message
from channels.slots import slot, strip_marks
from pusher.demo.standins.aliyun import Account, AliyunStandIn
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import StandIn, running
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.support.outside import outside

_SECRET = "SecretOfTheAccessKey0"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="Throttling.User"),
    Trouble.GONE: Fault(code="isv.MOBILE_NUMBER_ILLEGAL"),
    Trouble.REFUSED: Fault(code="isv.AMOUNT_NOT_ENOUGH"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}

_MESSAGE = Message(
    id="b17-sms",
    lane=Lane.ROUTINE,
    template="education",
    parts={},
    fields={"title": "停水通知", "greeting": f"{slot('name')}您好"},
)


@dataclass
class Counterparty:
    """A stand-in that may be away; it comes back on its old port."""

    stand_in: StandIn
    faults: Mapping[Trouble, Fault]
    stack: AsyncExitStack
    address: str = ""
    is_up: bool = False

    async def make(self, trouble: Trouble | None) -> None:
        """See `Rig.make`."""
        self.stand_in.script.clear()
        self.stand_in.script.always = self.faults.get(trouble) if trouble else None
        if self.is_up and trouble is Trouble.DOWN:
            await self.stack.aclose()
            # Idle connections hear of it in the next turns of the loop, as they would long before a real send.
            for _ in range(5):
                await asyncio.sleep(0)
        elif not self.is_up and trouble is not Trouble.DOWN:
            port = int(self.address.rpartition(":")[2]) if self.address else 0
            self.address = await self.stack.enter_async_context(running(self.stand_in, port=port))
        self.is_up = trouble is not Trouble.DOWN


@dataclass(frozen=True)
class Messages:
    """What the stand-in's people have received, as the contract reads it."""

    stand_in: StandIn
    #: Turns the stand-in's name of a receiver into our address.
    prefix: str

    def __iter__(self) -> Iterator[Taken]:
        for message in self.stand_in.inbox.all():
            yield Taken(self.prefix + message.to, message.fields, mark=message.mark, shape=sorted(message.fields))


def cut(text: str, longest: int) -> str:
    """How a value of a filed template looks: one line, not too long."""
    line = re.sub(r"[\s\x00-\x1f]+", " ", strip_marks(text)).strip()
    return line if len(line) <= longest else line[: longest - 1] + "…"


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = AliyunStandIn(Account(secret=_SECRET, signs=frozenset({"某区政府"}), number_limit=0))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = aliyun_sms.AliyunSmsSettings.model_validate(
            {
                "endpoint": counterparty.address.removeprefix("http://"),
                "scheme": "http",
                "access_key_id": stand_in.account.access_key_id,
                "secret": _SECRET,
                "sign_name": "某区政府",
                "template": "SMS_100001",
                "timeout": patience,
            }
        )
        yield Rig(
            kind=aliyun_sms.KIND,
            settings=settings,
            channel=aliyun_sms.KIND.build("sms", settings, replace(outside(http), now=lambda: datetime.now(UTC))),
            message=_MESSAGE,
            address=lambda number: f"+86138{number:08d}",
            expected=lambda name: {"title": "停水通知", "greeting": cut(f"{name}您好", 35)},
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, "+86"),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
        )


RIGS: Mapping[str, Maker] = {"aliyun_sms": _rig}
