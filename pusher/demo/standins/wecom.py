"""A stand-in of 企业微信 for one application: gettoken and message/send.

Followed: developer.work.weixin.qq.com, 发送应用消息. Texts are counted in bytes of UTF-8.
"""

import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn
from pusher.demo.standins.wechat_tokens import Tokens

#: What the application is called where nothing else is said.
CORPID, AGENTID, PLAYED = "ww0123456789abcdef", 1000002, "stand-in-application-secret"

_FIELDS = frozenset(
    {"touser", "msgtype", "agentid", "text", "safe", "enable_duplicate_check", "duplicate_check_interval"}
)
_MOST_MEMBERS, _LONGEST = 1000, 2048


@dataclass(frozen=True, slots=True)
class Application:
    """The application that the stand-in plays."""

    corpid: str = CORPID
    agentid: int = AGENTID
    secret: str = PLAYED
    #: Accounts that are no members, or that the application may not write to; answers name them in small letters.
    strangers: frozenset[str] = frozenset()
    #: Whether the same words to the same member are dropped within the time that the request names.
    remembers: bool = True
    #: Messages kept for `GET /received`; 0 = none.
    keep: int = 1000


class WecomStandIn(StandIn):
    """The platform, as one application sees it."""

    def __init__(self, application: Application) -> None:
        super().__init__(keep=application.keep, callbacks=Callbacks(pauses=(), is_taken=lambda *_: True))
        self._played = application
        self.tokens = Tokens()
        self._said: dict[tuple[str, str], float] = {}
        self._numbers = itertools.count(1)

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.get("/cgi-bin/gettoken", self._token), web.post("/cgi-bin/message/send", self._send)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """Members answer elsewhere."""
        raise ValueError("members answer elsewhere")

    async def _token(self, request: web.Request) -> web.Response:
        self.counts["gettoken"] += 1
        if request.query.get("corpid") != self._played.corpid:
            return _answer(40013)
        if request.query.get("corpsecret") != self._played.secret:
            return _answer(40001)
        given = self.tokens.stable(force=False)
        token, life = given if given is not None else ("", 0)
        return _answer(0, access_token=token, expires_in=life)

    async def _send(self, request: web.Request) -> web.Response:
        self.counts["send"] += 1
        raw = await request.read()
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            return answer if answer is not None else _answer(int(fault.code), echo=raw.decode())
        if code := self.tokens.error(request.query.get("access_token")):
            return _answer({40001: 40014}.get(code, code))
        try:
            body = json.loads(raw)
            code = self._refusal(body)
        except (KeyError, TypeError, ValueError):
            code = 40035
        return _answer(code, echo=raw.decode()) if code else self._deliver(body)

    def _deliver(self, body: Mapping[str, Any]) -> web.Response:
        members = body["touser"].split("|")
        unknown = [member for member in members if member in self._played.strangers]
        for member in members:
            if member not in unknown:
                self._receive(member, body)
        if len(unknown) == len(members):
            return _answer(81013, invaliduser="|".join(unknown).lower())
        return _answer(0, invaliduser="|".join(unknown).lower(), msgid=f"msg-{next(self._numbers)}")

    def _refusal(self, body: Mapping[str, Any]) -> int:
        if body.keys() - _FIELDS or body["msgtype"] != "text":
            return 40008
        if body["agentid"] != self._played.agentid:
            return 40056
        if not 0 < len(body["text"]["content"].encode()) <= _LONGEST:
            return 40058
        members = body["touser"].split("|")
        if not 0 < len(members) <= _MOST_MEMBERS:
            return 40032
        return next((int(self.script.codes[member]) for member in members if member in self.script.codes), 0)

    def _receive(self, member: str, body: Mapping[str, Any]) -> None:
        words, now = body["text"]["content"], time.time()
        looked_back = body.get("duplicate_check_interval", 1800) if body.get("enable_duplicate_check") else 0
        known = self._said.get((member, words), 0.0) > now - looked_back
        self._said[member, words] = now
        if not (known and self._played.remembers):
            self.inbox.put(Received(member, words, now, {"words": words}))


def _answer(code: int, *, echo: str = "", **more: object) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": f"said {echo}" if code else "ok", **more})
