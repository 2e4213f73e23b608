"""An application's messages beside a stand-in of 企业微信."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp

from channels import wecom_app
from pusher.demo.standins.script import Fault
from pusher.demo.standins.wecom import Application, WecomStandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.channels.rigs.bots import CARD, plain
from tests.support.outside import outside

_SECRET = "secret-of-the-application-0"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="45009"),
    Trouble.GONE: Fault(code="60111"),
    Trouble.REFUSED: Fault(code="60020"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        # The contract wants to see repetitions, so this platform forgets them at once.
        stand_in = WecomStandIn(Application(secret=_SECRET, remembers=False))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = wecom_app.WecomAppSettings.model_validate(
            {
                "base_url": counterparty.address,
                "corpid": "ww0123456789abcdef",
                "agentid": 1000002,
                "secret": _SECRET,
                "timeout": patience,
            }
        )
        yield Rig(
            kind=wecom_app.KIND,
            settings=settings,
            channel=wecom_app.KIND.build("work", settings, replace(outside(http), now=lambda: datetime.now(UTC))),
            message=CARD,
            address=lambda number: f"member-{number:06d}",
            expected=lambda name: {"words": f"停水通知\n{plain(name)}，请值守\nhttps://tz.example.gov.cn/n/17"},
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, ""),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
            recognises_repeats=True,
        )


RIGS: Mapping[str, Maker] = {"wecom_app": _rig}
