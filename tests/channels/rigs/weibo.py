"""A town's account beside a stand-in of 微博; everybody sees its posts, so slots are empty."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from typing_extensions import override

from channels import weibo
from channels.receipt import Outcome
from pusher.demo.standins.script import Fault
from pusher.demo.standins.weibo import Account, WeiboStandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.channels.rigs.bots import CARD
from tests.support.outside import outside

_SECRET = "2.00AccessTokenOfTheAccount"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="10023"),
    Trouble.GONE: Fault(code="20021"),
    Trouble.REFUSED: Fault(code="21332"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}


class _Forgetting(WeiboStandIn):
    """A platform that takes the same words twice: the contract wants to see repetitions."""

    @override
    def _refusal(self, form: Mapping[str, str]) -> str:
        self._last = ""
        return super()._refusal(form)


@asynccontextmanager
async def _rig(patience: float) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = _Forgetting(Account(access_token=_SECRET))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = weibo.WeiboSettings.model_validate(
            {"base_url": counterparty.address, "access_token": _SECRET, "ip": "203.0.113.7", "timeout": patience}
        )
        yield Rig(
            kind=weibo.KIND,
            settings=settings,
            channel=weibo.KIND.build("weibo", settings, outside(http)),
            message=CARD,
            address=lambda _: "",
            expected=lambda _: {"words": "停水通知。，请值守 https://tz.example.gov.cn/n/17"},
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, ""),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
            outcome=Outcome.DELIVERED,
            recognises_repeats=True,
        )


RIGS: Mapping[str, Maker] = {"weibo": _rig}
