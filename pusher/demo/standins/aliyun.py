"""A stand-in of dysmsapi.aliyuncs.com for one account: SendSms, SendBatchSms, SmsReport and SmsUp.

Pages followed: V3 request structure and signature, SendSms and SendBatchSms (2017-05-25), their error codes, SmsReport,
SmsUp. Known deviation: of the limits on one number only the default of notices (50 in 24 hours) is played.
"""

import itertools
import json
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import click
from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.acs3_check import Checker, Request
from pusher.demo.standins.aliyun_check import Letter, bare, code_of, form, several, single, text, values
from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.ends import Ends
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import StandIn, serve

#: What the account is called and knows where nothing else is said.
KEY_ID, PLAYED = "stand-in-key", "stand-in-secret"

_CHINA = timezone(timedelta(hours=8))

#: Codes that the gateway itself gives, before the SMS service is asked, with their HTTP status.
_GATEWAY_CODES = {
    "IncompleteSignature": 400,
    "SignatureDoesNotMatch": 400,
    "SignatureNonceUsed": 400,
    "InvalidTimeStamp.Format": 400,
    "InvalidTimeStamp.Expired": 400,
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAction.NotFound": 404,
    "InvalidVersion": 400,
    "Throttling.User": 400,
    "ServiceUnavailable": 503,
}


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the stand-in plays."""

    access_key_id: str = KEY_ID
    secret: str = PLAYED
    #: 签名 of the account; empty = any is good.
    signs: frozenset[str] = frozenset()
    #: Template code → its wording with "${name}"; empty = any is good.
    templates: Mapping[str, str] = field(default_factory=dict)
    #: Where SmsReport and SmsUp are pushed to; "" = nowhere.
    callback: str = ""
    #: Seconds after which a message's end is reported, together with the others of that time.
    delay: float = 0.3
    #: Messages that one number may have of one sign and template in 24 hours; 0 = no limit.
    number_limit: int = 50
    #: Requests a second; 0 = no limit.
    per_second: int = 0
    #: Messages kept for `GET /received`; 0 = none.
    keep: int = 1000


class AliyunStandIn(StandIn):
    """The gateway, as one account sees it."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            keep=account.keep, callbacks=Callbacks(pauses=(0.5, 0.5, 0.5), is_taken=lambda status, _: status == 200)
        )
        self.account = account
        self._checker = Checker(account.access_key_id, account.secret)
        self._numbers = itertools.count(int(time.time() * 1000))
        self._by_number: Counter[tuple[str, str, str]] = Counter()
        self._by_second: Counter[int] = Counter()
        self.ends = Ends(self.callbacks, account.callback, account.delay)

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post("/", self._ask), web.get("/", self._ask, allow_head=False)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """{"from": number, "text": words} is pushed as SmsUp."""
        push = {
            "phone_number": bare(said["from"]),
            "content": said["text"],
            "send_time": _now(),
            "sign_name": next(iter(self.account.signs), ""),
            "dest_code": "10690000",
            "sequence_id": next(self._numbers),
        }
        await self.ends.push([push])

    async def _ask(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.counts[headers.get("x-acs-action", "")] += 1
        told = form(request.rel_url.raw_query_string, body.decode("ascii", "replace"))
        fault = self.script.fault()
        if fault is not None:
            return await self._faulty(fault, request, told)
        asked = Request(request.method, request.rel_url.raw_path, request.rel_url.raw_query_string, headers, body)
        code = self._checker.error(asked) or self._error_of_action(headers) or self._error_of_rate()
        if code:
            return _refusal(code)
        letters = several(told) if headers["x-acs-action"] == "SendBatchSms" else single(told)
        return self._send(told, letters)

    async def _faulty(self, fault: Fault, request: web.Request, told: Mapping[str, str]) -> web.Response:
        answer = await self.script.answer(fault, request)
        return answer if answer is not None else _refusal(fault.code, told.get("PhoneNumbers", ""))

    def _error_of_action(self, headers: Mapping[str, str]) -> str:
        if headers["x-acs-version"] != "2017-05-25":
            return "InvalidVersion"
        return "" if headers["x-acs-action"] in {"SendSms", "SendBatchSms"} else "InvalidAction.NotFound"

    def _error_of_rate(self) -> str:
        if not self.account.per_second:
            return ""
        second = int(time.time())
        self._by_second[second] += 1
        return "Throttling.User" if self._by_second[second] > self.account.per_second else ""

    def _send(self, told: Mapping[str, str], letters: Sequence[Letter] | str) -> web.Response:
        account, asked = self.account, told.get("PhoneNumbers", "")
        if isinstance(letters, str):
            return _refusal(letters, asked)
        code = code_of(told, letters, signs=account.signs, templates=account.templates)
        codes = self.script.codes
        code = code or next((codes[letter.number] for letter in letters if letter.number in codes), "")
        code = code or self._error_of_numbers(letters, told)
        if code:
            return _refusal(code, asked)
        biz_id = f"{next(self._numbers)}^0"
        for letter in letters:
            self._accepted(letter, told, biz_id)
        return _json(200, {"Message": "OK", "RequestId": _request_id(), "Code": "OK", "BizId": biz_id})

    def _error_of_numbers(self, letters: Sequence[Letter], told: Mapping[str, str]) -> str:
        limit = self.account.number_limit
        if not limit:
            return ""
        kinds = [(letter.number, letter.sign, told["TemplateCode"]) for letter in letters]
        if any(self._by_number[kind] >= limit for kind in kinds):
            return "isv.BUSINESS_LIMIT_CONTROL"
        self._by_number.update(kinds)
        return ""

    def _accepted(self, letter: Letter, told: Mapping[str, str], biz_id: str) -> None:
        out_id = told.get("OutId", "")
        if self.inbox.is_kept:
            fields = values(letter.param) or {}
            words = text(letter.sign, self.account.templates.get(told["TemplateCode"], ""), fields)
            self.inbox.put(Received(letter.number, words, time.time(), fields, mark=out_id, id=biz_id))
        self.ends.later(self._end(letter.number, out_id, biz_id))

    def _end(self, number: str, out_id: str, biz_id: str) -> dict[str, object]:
        end = self.script.ends.get(number, "DELIVERED")
        return {
            "phone_number": number,
            "send_time": _now(),
            "report_time": _now(),
            "success": end == "DELIVERED",
            "err_code": end,
            "err_msg": "用户接收成功" if end == "DELIVERED" else f"{number} {end}",
            "sms_size": "1",
            "biz_id": biz_id,
            **({"out_id": out_id} if out_id else {}),
        }


def _refusal(code: str, told: str = "") -> web.Response:
    """A refusal as the gateway (HTTP 400) or the service (HTTP 200) words it; `told` is echoed."""
    status = _GATEWAY_CODES.get(code, 200)
    words = f"Specified request is refused: {code} {told}" if status != 200 else f"{code} {told}"
    return _json(status, {"Message": words.strip(), "RequestId": _request_id(), "Code": code})


def _json(status: int, told: Mapping[str, str]) -> web.Response:
    return web.Response(status=status, body=json.dumps(told).encode(), content_type="application/json")


def _request_id() -> str:
    return secrets.token_hex(16).upper()


def _now() -> str:
    return datetime.now(_CHINA).strftime("%Y-%m-%d %H:%M:%S")


@click.command()
@click.option("--port", default=18082, show_default=True, help="Port on loopback; 0 = a free one.")
@click.option("--access-key-id", default=KEY_ID, show_default=True)
@click.option("--secret", default=PLAYED, show_default=True)
@click.option("--callback", default="", help="Address that SmsReport and SmsUp are posted to; none = none.")
@click.option("--keep", default=1000, show_default=True, help="Messages kept for GET /received.")
@click.option("--number-limit", default=50, show_default=True, help="Messages of one number a day; 0 = no limit.")
def main(*, port: int, access_key_id: str, secret: str, callback: str, keep: int, number_limit: int) -> None:
    """Stand in for dysmsapi.aliyuncs.com."""
    account = Account(access_key_id, secret, callback=callback, keep=keep, number_limit=number_limit)
    serve(AliyunStandIn(account), port)


if __name__ == "__main__":
    main()
