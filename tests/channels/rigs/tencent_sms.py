"""SMS beside a stand-in of Tencent Cloud: words that differ between recipients, and words that are the same for all."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import aiohttp

from channels import tencent_sms
from channels.message import Lane, Message
from channels.slots import slot
from pusher.demo.standins.script import Fault
from pusher.demo.standins.tencent import Account, TencentStandIn
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages, cut
from tests.support.outside import outside

_SECRET = "SecretKeyOfTheAccount0"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="LimitExceeded.PhoneNumberDailyLimit"),
    Trouble.GONE: Fault(code="FailedOperation.PhoneNumberInBlacklist"),
    Trouble.REFUSED: Fault(code="FailedOperation.InsufficientBalanceInSmsPackage"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}

_LONGEST = 12


@asynccontextmanager
async def _rig(patience: float, *, greeting: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = TencentStandIn(Account(secret=_SECRET, signs=frozenset({"某区政府"}), longest=_LONGEST))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = tencent_sms.TencentSmsSettings.model_validate(
            {
                "endpoint": counterparty.address.removeprefix("http://"),
                "scheme": "http",
                "secret_id": stand_in.account.secret_id,
                "secret": _SECRET,
                "app_id": stand_in.account.app_id,
                "sign_name": "某区政府",
                "template": {"id": "100001", "longest": _LONGEST},
                "timeout": patience,
            }
        )
        yield Rig(
            kind=tencent_sms.KIND,
            settings=settings,
            channel=tencent_sms.KIND.build("sms", settings, replace(outside(http), now=lambda: datetime.now(UTC))),
            message=Message(
                id="b17-sms",
                lane=Lane.ROUTINE,
                template="education",
                parts={},
                fields={"title": "停水通知", "greeting": greeting},
            ),
            address=lambda number: f"+86138{number:08d}",
            expected=lambda name: {"1": "停水通知", "2": cut(greeting.replace(slot("name"), name), _LONGEST)},
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, ""),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
        )


RIGS: Mapping[str, Maker] = {
    "tencent_sms": partial(_rig, greeting=f"{slot('name')}您好"),
    "tencent_sms_together": partial(_rig, greeting="大家好"),
}
