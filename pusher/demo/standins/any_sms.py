"""A stand-in of an SMS gateway such as small providers run: POST /send with JSON, GET /send, a form in GB18030.

It follows no provider's page; it is what `http_sms` is described to be beside. `Authorization: Bearer SECRET`, or
`password` among the parameters; `mobile`, `content` and an optional `id` that comes back in reports.
"""

import itertools
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import click
from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.ends import Ends
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn, serve

#: The account's secret where nothing else is said.
PLAYED = "stand-in-secret"

_NUMBER = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)

#: Longest text with its sign, in characters.
LONGEST = 500

#: What its codes mean.
CODES: Mapping[str, str] = {
    "0": "ok",
    "1": "bad password",
    "2": "balance used up",
    "3": "not a mobile number",
    "4": "too fast",
    "5": "no sign, or too long",
}

#: What a request may hold.
_FIELDS = frozenset({"mobile", "content", "id", "password"})


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the stand-in plays."""

    secret: str = PLAYED
    #: Where reports and answers are pushed to; "" = nowhere.
    callback: str = ""
    #: Seconds after which a message's end is reported, together with the others of that time.
    delay: float = 0.3
    #: Messages kept for `GET /received`; 0 = none.
    keep: int = 1000


class AnySmsStandIn(StandIn):
    """The gateway, as one account sees it."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            keep=account.keep, callbacks=Callbacks(pauses=(0.5, 0.5, 0.5), is_taken=lambda status, _: status == 200)
        )
        self.account = account
        self.ends = Ends(self.callbacks, account.callback, account.delay)
        self._numbers = itertools.count(1)

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post("/send", self._send), web.get("/send", self._send, allow_head=False)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """{"from": number, "text": words} is pushed as an answer."""
        await self.ends.push([{"mobile": said["from"], "reply": said["text"], "no": next(self._numbers)}])

    async def _send(self, request: web.Request) -> web.Response:
        self.counts[request.method] += 1
        told = _told(request, await request.read())
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            return answer if answer is not None else _answer(fault.code, echo=str(told))
        code = self._code(request, told)
        if code != "0":
            return _answer(code, echo=told.get("mobile", ""))
        return _answer("0", number=self._accepted(told))

    def _code(self, request: web.Request, told: Mapping[str, str]) -> str:
        given = told.get("password") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        content = told.get("content", "")
        if given != self.account.secret:
            return "1"
        number = _NUMBER.fullmatch(told.get("mobile", ""))
        if number is None:
            return "3"
        if not re.match(r"【[^【】]{2,12}】.", content, re.DOTALL) or len(content) > LONGEST or told.keys() - _FIELDS:
            return "5"
        return self.script.codes.get(number[1], "0")

    def _accepted(self, told: Mapping[str, str]) -> str:
        name = f"m{next(self._numbers)}"
        found = _NUMBER.fullmatch(told["mobile"])
        number = found[1] if found else ""
        values = {"content": told["content"]}
        self.inbox.put(Received(number, told["content"], time.time(), values, mark=told.get("id", ""), id=name))
        end = self.script.ends.get(number, "DELIVRD")
        self.ends.later({"mobile": number, "msgid": name, "stat": end, "id": told.get("id", "")})
        return name


def _told(request: web.Request, body: bytes) -> dict[str, str]:
    """The parameters, wherever they stand; {} where they cannot be read."""
    if request.method == "GET":
        return dict(request.query)
    try:
        if request.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode(), encoding="gb18030", strict_parsing=True, errors="strict"))
        told = json.loads(body)["message"]
        return {name: str(value) for name, value in told.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def _answer(code: str, *, number: str = "", echo: str = "") -> web.Response:
    result = {"code": int(code), "text": f"{CODES[code]} {echo}".strip(), "msgid": number}
    return web.Response(body=json.dumps({"results": [result]}).encode(), content_type="application/json")


@click.command()
@click.option("--port", default=18085, show_default=True, help="Port on loopback; 0 = a free one.")
@click.option("--secret", default=PLAYED, show_default=True)
@click.option("--callback", default="", help="Address that reports and answers are posted to; none = none.")
@click.option("--keep", default=1000, show_default=True, help="Messages kept for GET /received.")
def main(*, port: int, secret: str, callback: str, keep: int) -> None:
    """Stand in for a small SMS gateway."""
    serve(AnySmsStandIn(Account(secret, callback=callback, keep=keep)), port)


if __name__ == "__main__":
    main()
