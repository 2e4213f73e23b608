"""A stand-in of 微博 for one account: statuses/share and get_token_info, as open.weibo.com describes them."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn

#: The account's token where nothing else is said.
PLAYED = "2.00-stand-in-access-token"

_LONGEST = 140


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the stand-in plays."""

    access_token: str = PLAYED
    #: The 安全域名 of the application.
    domain: str = "tz.example.gov.cn"
    #: Seconds that the token is good for.
    life: int = 2_500_000
    #: Posts kept for `GET /received`; 0 = none.
    keep: int = 1000


class WeiboStandIn(StandIn):
    """The platform, as one account sees it."""

    def __init__(self, account: Account) -> None:
        super().__init__(keep=account.keep, callbacks=Callbacks(pauses=(), is_taken=lambda *_: True))
        self._account = account
        self._last = ""
        self._numbers = itertools.count(5_000_000_000_000_001)

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post("/2/statuses/share.json", self._share), web.post("/oauth2/get_token_info", self._token)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """Readers answer elsewhere."""
        raise ValueError("readers answer elsewhere")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("access_token") != self._account.access_token:
            return _refused("21332")
        return web.json_response({"uid": 1, "expire_in": self._account.life})

    async def _share(self, request: web.Request) -> web.Response:
        self.counts["share"] += 1
        form = {name: str(value) for name, value in (await request.post()).items()}
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            return answer if answer is not None else _refused(fault.code, echo=str(form))
        code = self._refusal(form)
        if code:
            return _refused(code)
        number = next(self._numbers)
        self._last = form["status"]
        self.inbox.put(Received("", form["status"], time.time(), {"words": form["status"]}, id=str(number)))
        return web.json_response({"id": number, "idstr": str(number), "text": form["status"]})

    def _refusal(self, form: Mapping[str, str]) -> str:
        status = form.get("status", "")
        if form.get("access_token") != self._account.access_token:
            return "21332"
        if not status or not form.get("rip"):
            return "10025"
        if f"://{self._account.domain}/" not in status:
            return "10017"
        if sum(0.5 if char.isascii() else 1.0 for char in status) > _LONGEST:
            return "20012"
        if "#" in status:
            return "20021"
        return "20019" if status == self._last else ""


def _refused(code: str, *, echo: str = "") -> web.Response:
    said = {"error": f"refused {echo}".strip(), "error_code": int(code), "request": "/2/statuses/share.json"}
    return web.json_response(said, status=400)
