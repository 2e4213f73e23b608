"""Mass messages beside a stand-in of the platform; one follower alone gets the platform's preview."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp

from channels import wechat_mass
from pusher.demo.standins.script import Fault
from pusher.demo.standins.wechat import Account, WeChatStandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.channels.rigs.bots import CARD, plain
from tests.support.outside import outside

_SECRET = "0123456789abcdef-app-secret"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="-1"),
    Trouble.GONE: Fault(code="40003"),
    Trouble.REFUSED: Fault(code="48001"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = WeChatStandIn(Account(secret=_SECRET, remembers=0))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = wechat_mass.WeChatMassSettings.model_validate(
            {
                "appid": stand_in.account.appid,
                "secret": _SECRET,
                "base_url": counterparty.address,
                "timeout": patience,
            }
        )
        yield Rig(
            kind=wechat_mass.KIND,
            settings=settings,
            channel=wechat_mass.KIND.build("mass", settings, replace(outside(http), now=lambda: datetime.now(UTC))),
            message=CARD,
            address=lambda number: f"o6_bmjrPTlm6_2sgVt{number:010d}",
            expected=lambda name: {"words": f"停水通知\n{plain(name)}，请值守\nhttps://tz.example.gov.cn/n/17"},
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, ""),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
        )


RIGS: Mapping[str, Maker] = {"wechat_mass": _rig}
