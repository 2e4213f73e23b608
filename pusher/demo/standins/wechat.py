"""A stand-in of api.weixin.qq.com for one official account.

Pages followed: api_getaccesstoken, api_getstableaccesstoken, api_sendtemplatemessage, subscribe/bizsend, the codes of
`wechat_scenes`, the events of the callback. Known deviations: the IP whitelist and the per-account approval of
templates are not played.
"""

import itertools
import json
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click
from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn, serve
from pusher.demo.standins.wechat_account import AccountSide, route
from pusher.demo.standins.wechat_check import code_of, read
from pusher.demo.standins.wechat_push import Content, PushTo, read_answer
from pusher.demo.standins.wechat_scenes import PICTURE
from pusher.demo.standins.wechat_tokens import Tokens

#: What the account is called and knows where nothing else is said.
APPID, PLAYED = "wx0000000000000000", "stand-in-secret"

_OK = {"errcode": 0, "errmsg": "ok"}

#: The platform's words for the codes that a script may ask for.
_WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40013: "invalid appid",
    41001: "access_token missing",
    42001: "access_token expired",
    43004: "require subscribe",
    43019: "require remove blacklist",
    43101: "user refuse to accept the msg",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit mustslower retry next minute",
    47001: "data format error",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the stand-in plays."""

    appid: str = APPID
    secret: str = PLAYED
    #: Filed templates: id → "template" or "subscribe"; empty = any id is good for both.
    templates: Mapping[str, str] = field(default_factory=dict)
    push: PushTo = field(default_factory=PushTo)
    #: Seconds after which a message's end is reported.
    delay: float = 0.3
    #: Calls a day and a minute; 0 = no limit.
    daily_quota: int = 100_000
    minute_quota: int = 0
    #: Seconds for which a client_msg_id is recognised.
    remembers: float = 600.0
    #: Followers who wrote within 48 hours; None = all.
    in_touch: frozenset[str] | None = None
    #: Messages kept for `GET /received`; 0 = none.
    keep: int = 1000


class WeChatStandIn(StandIn):
    """The platform, as one account sees it."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            keep=account.keep,
            callbacks=Callbacks(pauses=(0.5, 0.5), is_taken=self._is_taken),
        )
        self.account = account
        #: Passive replies, in their order.
        self.answers: list[Received] = []
        self.tokens = Tokens()
        self.side = AccountSide(self.inbox, in_touch=account.in_touch, remembers=account.remembers > 0)
        self.side.finished = self._mass_finished
        self.side.codes = self.script.codes
        #: Who follows the account, as far as they have come or gone here.
        self.followers: set[str] = set()
        self._numbers = itertools.count(3_487_542_469_355_618_313)
        self._sent: dict[tuple[str, str], tuple[float, int]] = {}
        self._minutes: Counter[int] = Counter()

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [
            web.get("/cgi-bin/token", self._token),
            web.post("/cgi-bin/stable_token", self._stable_token),
            web.post("/cgi-bin/message/template/send", self._call("template")),
            web.post("/cgi-bin/message/subscribe/bizsend", self._call("subscribe")),
            web.get("/cgi-bin/user/get", self._followers),
            web.get(PICTURE, self.side.scenes.show),
            *(web.route("*", path, route(act, self._refused)) for path, act in self.side.acts().items()),
        ]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """{"from": openid} with "text", with "event" ("subscribe", "CLICK" …) and "key", or "scan" (a code's words).

        Whoever scans and does not follow yet follows by it, as nearly all do.
        """
        content: dict[str, Content] = {"MsgType": "text", "Content": said.get("text", ""), "MsgId": next(self._numbers)}
        if said.get("event"):
            content = {"MsgType": "event", "Event": said["event"], "EventKey": said.get("key", "")}
        if said.get("scan"):
            content = self._scanned(said["from"], said["scan"])
        self._come_or_go(said["from"], content)
        await self.push(said["from"], content)

    def _scanned(self, openid: str, url: str) -> dict[str, Content]:
        code, knows = self.side.scenes.scan(url), openid in self.followers
        event, key = ("SCAN", code.scene) if knows else ("subscribe", f"qrscene_{code.scene}")
        return {"MsgType": "event", "Event": event, "EventKey": key, "Ticket": code.ticket}

    def _come_or_go(self, openid: str, content: Mapping[str, Content]) -> None:
        if content.get("Event") == "subscribe":
            self.followers.add(openid)
        elif content.get("Event") == "unsubscribe":
            self.followers.discard(openid)

    async def push(self, openid: str, content: Mapping[str, Content]) -> bool:
        """Push these elements, with the usual ones before them; whether the service took it."""
        usual: dict[str, Content] = {"ToUserName": "gh_standin", "FromUserName": openid, "CreateTime": int(time.time())}
        return await self.callbacks.place(self.account.push.call({**usual, **content}))

    def _is_taken(self, status: int, text: str) -> bool:
        """Whether an answer to a push is understood; what it tells the person is kept."""
        if status == 200 and text not in _THANKS:
            told = read_answer(text, aes_key=self.account.push.aes_key)
            if told.get("MsgType") == "text":
                self.answers.append(Received(told["ToUserName"], told["Content"], time.time()))
            return bool(told)
        return status == 200

    async def _token(self, request: web.Request) -> web.Response:
        self.counts["/cgi-bin/token"] += 1
        code = self._credentials(request.query)
        if code:
            return _error(code)
        token, life = self.tokens.plain()
        return _json({"access_token": token, "expires_in": life})

    async def _stable_token(self, request: web.Request) -> web.Response:
        self.counts["/cgi-bin/stable_token"] += 1
        told = read(await request.read())
        code = 47001 if told is None else self._credentials(told)
        if told is None or code:
            return _error(code)
        given = self.tokens.stable(force=told.get("force_refresh") is True)
        return _error(45011) if given is None else _json({"access_token": given[0], "expires_in": given[1]})

    def _credentials(self, told: Mapping[str, Any]) -> int:
        if told.get("grant_type") != "client_credential":
            return 40002
        if told.get("appid") != self.account.appid:
            return 40013
        return 0 if told.get("secret") == self.account.secret else 40001

    async def _followers(self, request: web.Request) -> web.Response:
        code = self.tokens.error(request.query.get("access_token"))
        openids = sorted({message.to for message in self.inbox.all()})
        told = {"total": len(openids), "count": len(openids), "data": {"openid": openids}, "next_openid": ""}
        return _error(code) if code else _json(told)

    def _call(self, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def send(request: web.Request) -> web.Response:
            self.counts[request.path] += 1
            body = await request.read()
            fault = self.script.fault()
            if fault is not None:
                answer = await self.script.answer(fault, request)
                return answer if answer is not None else _error(int(fault.code), told=(read(body) or {}).get("touser"))
            code = self.tokens.error(request.query.get("access_token")) or self._over_quota()
            return _error(code) if code else self._send(kind, body)

        return send

    async def _refused(self, request: web.Request) -> web.Response | None:
        self.counts[request.path] += 1
        body = await request.read()
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            told = (read(body) or {}).get("touser")
            return answer if answer is not None else _error(int(fault.code), told=str(told))
        code = self.tokens.error(request.query.get("access_token")) or self._over_quota()
        return _error(code) if code else None

    def _mass_finished(self, number: int, count: int) -> None:
        if self.account.push.url:
            content: dict[str, Content] = {
                "MsgType": "event",
                "Event": "MASSSENDJOBFINISH",
                "MsgID": number,
                "Status": self.script.ends.get("mass", "send success"),
                "TotalCount": count,
                "FilterCount": count,
                "SentCount": count,
                "ErrorCount": 0,
            }
            self.callbacks.run(self.account.delay, lambda: self._report("o-mass-nobody", content))

    def _over_quota(self) -> int:
        account, minute = self.account, int(time.time() // 60)
        if account.daily_quota or account.minute_quota:
            self._minutes[minute] += 1
        if account.minute_quota and self._minutes[minute] > account.minute_quota:
            return 45011
        return 45009 if account.daily_quota and self._minutes.total() > account.daily_quota else 0

    def _send(self, kind: str, body: bytes) -> web.Response:
        told = read(body)
        if told is None:
            return _error(47001)
        code, words = code_of(told, kind, self.account.templates)
        if code:
            return _error(code, words)
        to: str = told["touser"]
        scripted = self.script.codes.get(to)
        if scripted:
            return _error(int(scripted), told=to)
        mark = told.get("client_msg_id", "")
        before = self._sent.get((to, mark)) if mark else None
        now = time.time()
        if before is not None and now - before[0] < self.account.remembers:
            return _json({**_OK, "msgid": before[1]})
        number = next(self._numbers)
        if mark:
            self._sent[to, mark] = now, number
        self._accepted(kind, told, number, now)
        return web.Response(body=b'{"errcode":0,"errmsg":"ok","msgid":%d}' % number, content_type="application/json")

    def _accepted(self, kind: str, told: Mapping[str, Any], number: int, at: float) -> None:
        to: str = told["touser"]
        if self.inbox.is_kept:
            fields = {name: value["value"] for name, value in told["data"].items()}
            link = told.get("url") or told.get("page") or ""
            mark = told.get("client_msg_id", "")
            self.inbox.put(Received(to, "\n".join(fields.values()), at, fields, link, mark, str(number)))
        if self.account.push.url:
            end = self.script.ends.get(to, "success")
            content = _finished(number, end) if kind == "template" else _notice_sent(told["template_id"], number, end)
            self.callbacks.run(self.account.delay, lambda: self._report(to, content))

    async def _report(self, openid: str, content: Mapping[str, Content]) -> None:
        await self.push(openid, content)


#: What the platform takes for "understood".
_THANKS = ("", "success")


def _finished(number: int, status: str) -> dict[str, Content]:
    return {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": number, "Status": status}


def _notice_sent(template: str, number: int, end: str) -> dict[str, Content]:
    """`end` is "success" or a code."""
    code, words = ("0", "success") if end == "success" else (end, "failed")
    entry: dict[str, Content] = {
        "TemplateId": template,
        "MsgID": str(number),
        "ErrorCode": code,
        "ErrorStatus": words,
    }
    return {"MsgType": "event", "Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": entry}}


def _error(code: int, words: str = "", *, told: str | None = None) -> web.Response:
    """An error as the platform words it; `told` is echoed, which the real one does now and then."""
    said = words or _WORDS.get(code, "error")
    return _json({"errcode": code, "errmsg": f"{said} {told or ''}".strip() + f" rid: {secrets.token_hex(4)}-0a1b2c3d"})


def _json(told: Mapping[str, Any]) -> web.Response:
    return web.Response(body=json.dumps(told).encode(), content_type="application/json")


@click.command()
@click.option("--port", default=18081, show_default=True, help="Port on loopback; 0 = a free one.")
@click.option("--appid", default=APPID, show_default=True)
@click.option("--secret", default=PLAYED, show_default=True)
@click.option("--callback", default="", help="Address that events are posted to; none = no events.")
@click.option("--callback-token", default="")
@click.option("--aes-key", default="", help="EncodingAESKey of 43 characters; none = plain mode.")
@click.option("--keep", default=1000, show_default=True, help="Messages kept for GET /received.")
@click.option("--daily-quota", default=100_000, show_default=True, help="Calls a day; 0 = no limit.")
def main(
    *, port: int, appid: str, secret: str, callback: str, callback_token: str, aes_key: str, keep: int, daily_quota: int
) -> None:
    """Stand in for api.weixin.qq.com."""
    push = PushTo(callback, callback_token, appid, aes_key)
    serve(WeChatStandIn(Account(appid, secret, push=push, keep=keep, daily_quota=daily_quota)), port)


if __name__ == "__main__":
    main()
