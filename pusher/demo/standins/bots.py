"""Stand-ins of the three platforms of group bots: 企业微信, 钉钉 and 飞书, each with one bot.

Followed: the platforms' pages on custom bots. They check signature, clock, body and size, and answer 200 to everything.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn

#: Seconds that a signature may be old.
_FRESH = 3600.0


@dataclass(frozen=True, slots=True)
class Platform:
    """How one platform's bots are reached and what they take."""

    path: str
    #: The code of a request, "" for a good one: (request, body, the bot's secret).
    refusal: Callable[[web.Request, Any, str], str]
    #: The words in a good body.
    words: Callable[[Any], str]
    #: The answer to a code ("0" = good), which echoes what it was given.
    answer: Callable[[str, str], Mapping[str, Any]]


class BotStandIn(StandIn):
    """A platform with bots of any name and one secret."""

    def __init__(self, platform: Platform, *, secret: str, keep: int = 1000) -> None:
        super().__init__(keep=keep, callbacks=Callbacks(pauses=(), is_taken=lambda *_: True))
        self._platform = platform
        self._secret = secret

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post(self._platform.path, self._take)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """Bots hear nobody."""
        raise ValueError("bots hear nobody")

    async def _take(self, request: web.Request) -> web.Response:
        name = request.match_info.get("bot") or request.query.get("key") or request.query.get("access_token", "")
        raw = await request.read()
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            return answer if answer is not None else self._answer(fault.code, str(request.url))
        try:
            body = json.loads(raw)
            code = self._platform.refusal(request, body, self._secret) or self.script.codes.get(name, "0")
        except (KeyError, TypeError, ValueError):
            return self._answer("9499", str(request.url))
        if code == "0":
            words = self._platform.words(body)
            self.inbox.put(Received(name, words, time.time(), {"words": words}))
        return self._answer(code, str(request.url))

    def _answer(self, code: str, echo: str) -> web.Response:
        return web.json_response(self._platform.answer(code, echo))


def _wecom(request: web.Request, body: Any, _secret: str) -> str:
    if not request.query.get("key"):
        return "93000"
    if body["msgtype"] != "text":
        return "40008"
    text = body["text"]
    is_known = text.keys() <= {"content", "mentioned_list"}
    return "" if is_known and 0 < len(text["content"].encode()) <= 2048 else "40058"


def _dingtalk(request: web.Request, body: Any, secret: str) -> str:
    if not request.query.get("access_token"):
        return "400101"
    timestamp = request.query.get("timestamp", "0")
    signed = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    given = request.query.get("sign", "")
    if given != base64.b64encode(signed).decode() or abs(time.time() - int(timestamp) / 1000) > _FRESH:
        return "310000"
    return "" if body["msgtype"] == "text" and body["text"]["content"] else "400105"


def _feishu(request: web.Request, body: Any, secret: str) -> str:
    del request
    key = f"{body['timestamp']}\n{secret}".encode()
    signed = base64.b64encode(hmac.digest(key, b"", hashlib.sha256)).decode()
    if body["sign"] != signed or abs(time.time() - int(body["timestamp"])) > _FRESH:
        return "19021"
    if len(json.dumps(body, ensure_ascii=False).encode()) > 20_000:
        return "9499"
    return "" if body["msg_type"] == "text" and body["content"]["text"] else "19002"


def _errcode(code: str, echo: str) -> Mapping[str, Any]:
    return {"errcode": int(code), "errmsg": "ok" if code == "0" else f"refused {echo}"}


def _code(code: str, echo: str) -> Mapping[str, Any]:
    return {"code": int(code), "msg": "success" if code == "0" else f"refused {echo}", "data": {}}


PLATFORMS: Mapping[str, Platform] = {
    "wecom_bot": Platform("/cgi-bin/webhook/send", _wecom, lambda body: str(body["text"]["content"]), _errcode),
    "dingtalk_bot": Platform("/robot/send", _dingtalk, lambda body: str(body["text"]["content"]), _errcode),
    "feishu_bot": Platform("/open-apis/bot/v2/hook/{bot}", _feishu, lambda body: str(body["content"]["text"]), _code),
}
