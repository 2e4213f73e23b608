"""A stand-in of 移动云MAS for one interface account: norsubmit, submit, tmpsubmit, reports and answers.

Followed: the platform's HTTP interface manual as its users quote it. Known deviation: whether the real platform refuses
a request for one bad number in it, or drops the number, is not known; here it refuses.
"""

import itertools
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import click
from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.ends import Ends
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.mas_check import code_of, told
from pusher.demo.standins.server import StandIn, serve

#: What the account is called and knows where nothing else is said.
EC_NAME, AP_ID, PLAYED, SIGN = "某区人民政府", "stand-in", "stand-in-secret", "StandInSign"

_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the stand-in plays."""

    ec_name: str = EC_NAME
    ap_id: str = AP_ID
    secret: str = PLAYED
    #: Code of the sign.
    sign: str = SIGN
    #: What the code stands for.
    sign_name: str = "某区政府"
    #: Where reports and answers are pushed to; "" = nowhere.
    callback: str = ""
    #: Seconds after which a message's end is reported, together with the others of that time.
    delay: float = 0.3
    #: Messages kept for `GET /received`; 0 = none.
    keep: int = 1000


class MasStandIn(StandIn):
    """The platform, as one account sees it."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            keep=account.keep, callbacks=Callbacks(pauses=(0.5, 0.5, 0.5), is_taken=lambda status, _: status == 200)
        )
        self.account = account
        self.ends = Ends(self.callbacks, account.callback, account.delay)
        self._groups = itertools.count(int(time.time() * 1000))

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post(f"/sms/{name}", self._submit) for name in ("norsubmit", "submit", "tmpsubmit")]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """{"from": number, "text": words} is pushed as an answer."""
        number = said["from"].removeprefix("+86")
        answer = {"mobile": number, "smsContent": said["text"], "sendTime": _now(), "addSerial": ""}
        await self.ends.push(answer)

    async def _submit(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.counts[request.path] += 1
        fields = told(body)
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            return answer if answer is not None else _answer(fault.code, echo=(fields or {}).get("mobiles", ""))
        account = self.account
        is_template = request.path.endswith("tmpsubmit")
        who = {"ecName": account.ec_name, "apId": account.ap_id, "secretKey": account.secret}
        code = code_of(fields, who=who, sign=account.sign, is_template=is_template)
        numbers = fields["mobiles"].split(",") if fields and not code else []
        code = code or next((self.script.codes[number] for number in numbers if number in self.script.codes), "")
        if code or not fields:
            return _answer(code)
        group = f"{next(self._groups)}{secrets.token_hex(3)}"
        for number in numbers:
            self._accepted(number, fields, group)
        return _answer("success", group=group)

    def _accepted(self, number: str, fields: Mapping[str, str], group: str) -> None:
        values = _values(fields)
        words = f"【{self.account.sign_name}】{'，'.join(values.values())}"
        self.inbox.put(Received(number, words, time.time(), values, id=group))
        end = self.script.ends.get(number, "DELIVRD")
        self.ends.later(
            {
                "reportStatus": "CM:0000" if end == "DELIVRD" else "CM:2007",
                "mobile": number,
                "submitDate": _now(),
                "receiveDate": _now(),
                "errorCode": end,
                "msgGroup": group,
            }
        )


def _values(fields: Mapping[str, str]) -> dict[str, str]:
    """What was sent, by name or place."""
    if "content" in fields:
        return {"content": fields["content"]}
    return {str(place): value for place, value in enumerate(json.loads(fields["params"]), 1)}


def _answer(code: str, *, group: str = "", echo: str = "") -> web.Response:
    said = {"msgGroup": group, "rspcod": code, "success": code == "success", **({"message": echo} if echo else {})}
    return web.Response(body=json.dumps(said).encode(), content_type="text/html")


def _now() -> str:
    return datetime.now(_CHINA).strftime("%Y%m%d%H%M%S")


@click.command()
@click.option("--port", default=18084, show_default=True, help="Port on loopback; 0 = a free one.")
@click.option("--secret", default=PLAYED, show_default=True)
@click.option("--callback", default="", help="Address that reports and answers are posted to; none = none.")
@click.option("--keep", default=1000, show_default=True, help="Messages kept for GET /received.")
def main(*, port: int, secret: str, callback: str, keep: int) -> None:
    """Stand in for 移动云MAS."""
    serve(MasStandIn(Account(secret=secret, callback=callback, keep=keep)), port)


if __name__ == "__main__":
    main()
