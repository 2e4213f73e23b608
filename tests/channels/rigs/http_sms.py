"""SMS beside a gateway that only its settings describe: JSON, a form in GB18030, everything in the address."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import aiohttp

from channels import http_sms
from channels.http_sms_settings import HttpSmsSettings
from channels.message import Lane, Message
from channels.slots import slot
from pusher.demo.standins.any_sms import Account, AnySmsStandIn
from pusher.demo.standins.script import Fault
from tests.channels.contract import Maker, Rig, Trouble
from tests.channels.rigs.aliyun_sms import Counterparty, Messages
from tests.channels.rigs.mas_sms import on_a_line
from tests.support.outside import outside

_SECRET = "PasswordOfTheGateway0"

_FAULTS: Mapping[Trouble, Fault] = {
    Trouble.LATER: Fault(code="4"),
    Trouble.GONE: Fault(code="3"),
    Trouble.REFUSED: Fault(code="2"),
    Trouble.LOST: Fault(line="drop"),
    Trouble.ODD: Fault(line="page"),
    Trouble.BLANK: Fault(line="blank"),
    Trouble.SILENT: Fault(line="silence"),
}

#: What the gateway's page would say of its answers.
ANSWER: Mapping[str, object] = {
    "code": "results.0.code",
    "good": ["0"],
    "id": "results.0.msgid",
    "message": "results.0.text",
    "later": {"4": "too many requests a second"},
    "dead": {"3": "this is not a mobile number"},
    "ours": {"1": "the password is wrong", "2": "the balance is used up", "5": "the sign is missing"},
}

_WORDS = {"mobile": "{number}", "content": "【{sign}】{text}", "id": "{key}"}

#: The ways in which a request can be made.
WAYS: Mapping[str, Mapping[str, Any]] = {
    "json": {"headers": {"Authorization": "Bearer {secret}"}, "json_body": {"message": _WORDS}},
    "form": {"form": {**_WORDS, "password": "{secret}"}, "form_encoding": "gb18030"},
    "address": {"method": "GET", "query": {**_WORDS, "password": "{secret}"}},
}


@asynccontextmanager
async def _rig(patience: float, *, way: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        stand_in = AnySmsStandIn(Account(secret=_SECRET))
        counterparty = Counterparty(stand_in, _FAULTS, await stack.enter_async_context(AsyncExitStack()))
        await counterparty.make(None)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        settings = HttpSmsSettings.model_validate(
            {
                "url": f"{counterparty.address}/send",
                "secret": _SECRET,
                "sign_name": "某区政府",
                "answer": ANSWER,
                "timeout": patience,
                **WAYS[way],
            }
        )
        yield Rig(
            kind=http_sms.KIND,
            settings=settings,
            channel=http_sms.KIND.build("sms", settings, outside(http)),
            message=Message("b17-sms", Lane.ROUTINE, "education", {"text": f"{slot('name')}您好，\n明日停水。"}),
            address=lambda number: f"+86138{number:08d}",
            expected=lambda name: {"content": f"【某区政府】{on_a_line(name)}您好，\n明日停水。"},
            make=counterparty.make,
            troubles=frozenset({*_FAULTS, Trouble.DOWN}),
            taken=Messages(stand_in, "+86"),
            holding=stand_in.script.holding,
            secrets=(_SECRET,),
        )


RIGS: Mapping[str, Maker] = {f"http_sms_{way}": partial(_rig, way=way) for way in WAYS}
