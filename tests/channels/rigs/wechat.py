"""An official account beside a stand-in of the platform: template messages, and subscription notices."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import aiohttp

from channels import wechat
from channels.message import Lane, Message
from channels.slots import slot
from channels.wechat.settings import WeChatSettings
from pusher.demo.standins.script import Fault
from pusher.demo.standins.wechat import Account, WeChatStandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages, cut
from tests.support.outside import outside

_SECRET = "0123456789abcdef-app-secret"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="-1"),
    Trouble.GONE: Fault(code="43004"),
    Trouble.REFUSED: Fault(code="48001"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}

_MESSAGE = Message(
    id="b17-wechat",
    lane=Lane.ROUTINE,
    template="education",
    parts={"url": f"https://tz.example.gov.cn/n/17?who={slot('name')}"},
    fields={"thing1": "停水通知", "thing2": f"{slot('name')}您好", "time3": "2026年11月22日"},
)


@asynccontextmanager
async def _rig(patience: float, *, kind: Literal["template", "subscribe"]) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        # The contract wants to see repetitions, so this platform forgets them at once.
        stand_in = WeChatStandIn(Account(secret=_SECRET, templates={"T17": kind}, remembers=0))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = WeChatSettings.model_validate(
            {
                "appid": stand_in.account.appid,
                "secret": _SECRET,
                "base_url": counterparty.address,
                "template": {"id": "T17", "kind": kind},
                "timeout": patience,
            }
        )
        yield Rig(
            kind=wechat.KIND,
            settings=settings,
            channel=wechat.KIND.build("wechat", settings, replace(outside(http), now=lambda: datetime.now(UTC))),
            message=_MESSAGE,
            address=lambda number: f"o6_bmjrPTlm6_2sgVt{number:010d}",
            expected=lambda name: {
                "thing1": "停水通知",
                "thing2": cut(f"{name}您好", 20),
                "time3": "2026年11月22日",
            },
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, ""),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
            recognises_repeats=kind == "template",
        )


RIGS: Mapping[str, Maker] = {
    "wechat": partial(_rig, kind="template"),
    "wechat_notice": partial(_rig, kind="subscribe"),
}
