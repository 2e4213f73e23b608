"""SMS beside a stand-in of 移动云MAS: free text that differs or does not, and a filed template."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import aiohttp

from channels import mas_sms
from channels.message import Lane, Message
from channels.slots import slot, strip_marks
from pusher.demo.standins.mas import Account, MasStandIn
from pusher.demo.standins.script import Fault
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.support.outside import outside

_SECRET = "PasswordOfTheInterface0"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(status=503),
    Trouble.GONE: Fault(code="InvalidMobile"),
    Trouble.REFUSED: Fault(code="InvalidUsrOrPwd"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}


def on_a_line(value: str) -> str:
    """How a value looks in a short message."""
    return re.sub(r"[\s\x00-\x1f]+", " ", strip_marks(value)).strip()


@asynccontextmanager
async def _rig(patience: float, *, greeting: str, is_filed: bool = False) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = MasStandIn(Account(secret=_SECRET))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = mas_sms.MasSmsSettings.model_validate(
            {
                "url": f"{counterparty.address}/sms/{'tmpsubmit' if is_filed else 'norsubmit'}",
                "ec_name": stand_in.account.ec_name,
                "ap_id": stand_in.account.ap_id,
                "secret": _SECRET,
                "sign": stand_in.account.sign,
                "template": {"id": "t1"} if is_filed else None,
                "timeout": patience,
            }
        )

        def expected(name: str) -> Mapping[str, str]:
            if is_filed:
                return {"1": "停水通知", "2": on_a_line(greeting.replace(slot("name"), name))}
            return {"content": f"{greeting.replace(slot('name'), on_a_line(name))}，明日停水。"}

        yield Rig(
            kind=mas_sms.KIND,
            settings=settings,
            channel=mas_sms.KIND.build("sms", settings, outside(http)),
            message=Message(
                id="b17-sms",
                lane=Lane.ROUTINE,
                template="education",
                parts={"text": f"{greeting}，明日停水。"},
                fields={"title": "停水通知", "greeting": greeting},
            ),
            address=lambda number: f"+86138{number:08d}",
            expected=expected,
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, "+86"),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
        )


RIGS: Mapping[str, Maker] = {
    "mas_sms": partial(_rig, greeting=f"{slot('name')}您好"),
    "mas_sms_together": partial(_rig, greeting="大家好"),
    "mas_sms_filed": partial(_rig, greeting=f"{slot('name')}您好", is_filed=True),
}
