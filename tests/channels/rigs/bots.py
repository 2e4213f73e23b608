"""Duty groups beside stand-ins of the platforms that check every signature."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp

from channels import dingtalk_bot, feishu_bot, wecom_bot
from channels.channel import Kind
from channels.message import Lane, Message
from channels.slots import slot, strip_marks
from pusher.demo.standins.bots import PLATFORMS, BotStandIn
from pusher.demo.standins.script import Fault
from tests.channels.contract import Maker, Rig, Taken, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.support.outside import outside

_SECRET = "SEC0123456789abcdef0123456789"
_URL = "https://tz.example.gov.cn/n/17"

CARD = Message(
    id="b17-card",
    lane=Lane.ROUTINE,
    template="default",
    parts={"title": "停水通知", "text": f"{slot('name')}，请值守", "url": _URL},
)


@dataclass(frozen=True)
class Bot:
    kind: Kind[Any]
    #: The address of a bot behind the server's, without its name.
    base: str
    #: What stands behind its name.
    end: str
    later: str
    gone: str
    refused: str
    #: What the platform makes of the words.
    shown: Mapping[str, str]


_BOTS = {
    "wecom_bot": Bot(wecom_bot.KIND, "/cgi-bin/webhook/send?key=", "", "45009", "93000", "40058", {}),
    "dingtalk_bot": Bot(dingtalk_bot.KIND, "/robot/send?access_token=", f"#{_SECRET}", "130101", "400106", "40035", {}),
    "feishu_bot": Bot(feishu_bot.KIND, "/open-apis/bot/v2/hook/", f"#{_SECRET}", "11232", "19001", "9499", {"<": "＜"}),
}


def plain(value: str) -> str:
    """How a value stands in a plain text: without what is no character."""
    return "".join(char for char in strip_marks(value) if char == "\n" or char.isprintable())


@asynccontextmanager
async def _rig(patience: float, *, name: str) -> AsyncIterator[Rig]:
    bot = _BOTS[name]
    faults = {
        Trouble.LATER: Fault(code=bot.later),
        Trouble.GONE: Fault(code=bot.gone),
        Trouble.REFUSED: Fault(code=bot.refused),
        Trouble.LOST: Fault(line="drop"),
        Trouble.ODD: Fault(line="page"),
        Trouble.BLANK: Fault(line="blank"),
        Trouble.SILENT: Fault(line="silence"),
    }
    async with AsyncExitStack() as stack:
        stand_in = BotStandIn(PLATFORMS[name], secret=_SECRET)
        counterparty = Counterparty(stand_in, faults, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        base = counterparty.address + bot.base
        settings = bot.kind.settings.model_validate({"base_url": base, "timeout": patience})

        def words(value: str) -> Mapping[str, str]:
            said = f"停水通知\n{plain(value)}，请值守\n{_URL}"
            for what, shown in bot.shown.items():
                said = said.replace(what, shown)
            return {"words": said}

        yield Rig(
            kind=bot.kind,
            settings=settings,
            channel=bot.kind.build(name, settings, replace(outside(http), now=lambda: datetime.now(UTC))),
            message=CARD,
            address=lambda number: f"{base}f00d-{number:08d}-secret-of-the-group{bot.end}",
            expected=words,
            make=counterparty.make,
            troubles=frozenset({*faults, Trouble.DOWN}),
            taken=_Groups(stand_in, base, bot.end),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
        )


@dataclass(frozen=True)
class _Groups:
    """What stands in the groups, under the bots' whole addresses."""

    stand_in: BotStandIn
    base: str
    end: str

    def __iter__(self) -> Iterator[Taken]:
        for taken in Messages(self.stand_in, self.base):
            yield replace(taken, to=taken.to + self.end)


RIGS: Mapping[str, Maker] = {name: partial(_rig, name=name) for name in _BOTS}
