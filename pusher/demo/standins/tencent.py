"""A stand-in of sms.tencentcloudapi.com for one account: SendSms, status reports and replies.

Pages followed: signature v3, SendSms (2021-01-11), its error codes, the notices of status and of replies. Known
deviations: of the limits on one number only that of the day is played, with one number for all.
"""

import itertools
import json
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import click
from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.acs3_check import Request
from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.ends import Ends
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn, serve
from pusher.demo.standins.tc3_check import Checker
from pusher.demo.standins.tencent_check import Sent, code_of_number, code_of_request, full, sent

#: What the account is called and knows where nothing else is said.
SECRET_ID, PLAYED, APP_ID = "stand-in-id", "stand-in-secret", "1400000000"

_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the stand-in plays."""

    secret_id: str = SECRET_ID
    secret: str = PLAYED
    app_id: str = APP_ID
    #: 签名 of the account; empty = any is good.
    signs: frozenset[str] = frozenset()
    #: Template number → its wording with "{1}"; empty = any is good.
    templates: Mapping[str, str] = field(default_factory=dict)
    #: Most characters of a variable.
    longest: int = 6
    #: Where reports and replies are pushed to; "" = nowhere.
    callback: str = ""
    #: Seconds after which a message's end is reported, together with the others of that time.
    delay: float = 0.3
    #: Messages that one number may have a day; 0 = no limit.
    number_limit: int = 0
    #: Messages kept for `GET /received`; 0 = none.
    keep: int = 1000


class TencentStandIn(StandIn):
    """The gateway, as one account sees it."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            keep=account.keep, callbacks=Callbacks(pauses=(0.5, 0.5, 0.5), is_taken=lambda status, _: status == 200)
        )
        self.account = account
        self.ends = Ends(self.callbacks, account.callback, account.delay)
        self._checker = Checker(account.secret_id, account.secret)
        self._serials = itertools.count(int(time.time() * 1000))
        self._by_number: Counter[str] = Counter()

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post("/", self._ask)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """{"from": number, "text": words} is pushed as a reply."""
        number = full(said["from"])
        reply = {
            "extend": self.account.app_id,
            "mobile": number.removeprefix("+86"),
            "nationcode": "86",
            "sign": next(iter(self.account.signs), ""),
            "text": said["text"],
            "time": int(time.time()),
        }
        await self.ends.push(reply)

    async def _ask(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.counts[headers.get("x-tc-action", "")] += 1
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            return answer if answer is not None else self._faulty(fault.code, body)
        asked = Request(request.method, request.rel_url.raw_path, request.rel_url.raw_query_string, headers, body)
        code = self._checker.error(asked) or _error_of_action(headers)
        told = sent(body)
        if code or told is None:
            return _error(code or "FailedOperation.FailResolvePacket")
        return self._send_sms(told)

    def _faulty(self, code: str, body: bytes) -> web.Response:
        """Codes of a number stand beside the number, all others in the place of the whole answer."""
        told = sent(body)
        if told is None or not code.startswith(("FailedOperation.PhoneNumber", "LimitExceeded.PhoneNumber")):
            return _error(code, body.decode(errors="replace"))
        return _statuses([self._status(number, code, told) for number in told.numbers])

    def _send_sms(self, told: Sent) -> web.Response:
        account = self.account
        code = code_of_request(
            told, app_id=account.app_id, signs=account.signs, templates=account.templates, longest=account.longest
        )
        return _error(code) if code else _statuses([self._one(number, told) for number in told.numbers])

    def _one(self, number: str, told: Sent) -> dict[str, object]:
        code = code_of_number(number) or self.script.codes.get(full(number), "") or self._error_of_share(full(number))
        status = self._status(number, code, told)
        if not code:
            self._accepted(full(number), told, str(status["SerialNo"]))
        return status

    def _status(self, number: str, code: str, told: Sent) -> dict[str, object]:
        return {
            "SerialNo": "" if code else f"{next(self._serials)}:{secrets.token_hex(4)}",
            "PhoneNumber": full(number),
            "Fee": 0 if code else 1,
            "SessionContext": told.context,
            "Code": code or "Ok",
            "Message": f"{code} {number}" if code else "send success",
            "IsoCode": "CN",
        }

    def _error_of_share(self, number: str) -> str:
        self._by_number[number] += 1
        limit = self.account.number_limit
        return "LimitExceeded.PhoneNumberDailyLimit" if limit and self._by_number[number] > limit else ""

    def _accepted(self, number: str, told: Sent, serial: str) -> None:
        if self.inbox.is_kept:
            words = f"【{told.sign}】{told.text(self.account.templates.get(told.template, ''))}"
            fields = {str(place): value for place, value in enumerate(told.values, 1)}
            self.inbox.put(Received(number, words, time.time(), fields, mark=told.context, id=serial))
        end = self.script.ends.get(number, "DELIVRD")
        self.ends.later(
            {
                "user_receive_time": datetime.now(_CHINA).strftime("%Y-%m-%d %H:%M:%S"),
                "nationcode": "86",
                "mobile": number.removeprefix("+86"),
                "report_status": "SUCCESS" if end == "DELIVRD" else "FAIL",
                "errmsg": end,
                "description": "用户短信送达成功" if end == "DELIVRD" else f"{number} {end}",
                "sid": serial,
            }
        )


def _error_of_action(headers: Mapping[str, str]) -> str:
    if headers["x-tc-version"] != "2021-01-11":
        return "NoSuchVersion"
    return "" if headers["x-tc-action"] == "SendSms" else "InvalidAction"


def _error(code: str, told: str = "") -> web.Response:
    """A refusal of the whole request; `told` is echoed."""
    return _response({"Error": {"Code": code, "Message": f"refused: {told}".strip()}})


def _statuses(statuses: list[dict[str, object]]) -> web.Response:
    return _response({"SendStatusSet": statuses})


def _response(told: Mapping[str, object]) -> web.Response:
    # Whatever is wrong, the status is 200.
    body = json.dumps({"Response": {**told, "RequestId": secrets.token_hex(16)}}).encode()
    return web.Response(body=body, content_type="application/json")


@click.command()
@click.option("--port", default=18083, show_default=True, help="Port on loopback; 0 = a free one.")
@click.option("--secret-id", default=SECRET_ID, show_default=True)
@click.option("--secret", default=PLAYED, show_default=True)
@click.option("--callback", default="", help="Address that reports and replies are posted to; none = none.")
@click.option("--keep", default=1000, show_default=True, help="Messages kept for GET /received.")
def main(*, port: int, secret_id: str, secret: str, callback: str, keep: int) -> None:
    """Stand in for sms.tencentcloudapi.com."""
    serve(TencentStandIn(Account(secret_id, secret, callback=callback, keep=keep)), port)


if __name__ == "__main__":
    main()
