"""Duty groups in 钉钉: custom bots, signed where their address names a secret (钉钉开放平台，自定义机器人).

An address is the bot's webhook, and behind "#" its 加签 secret: https://oapi.dingtalk.com/robot/send?access_token=…#SEC….

Source of the codes: open.dingtalk.com/document/orgapp/custom-robots-send-group-messages (错误码), its pages
调用频次与限流 and 全局返回码, and what bots were seen to answer besides.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import quote_plus, urldefrag

from pydantic import Field
from typing_extensions import override

from channels.card import Card, within
from channels.channel import Borrowing, Channel, Kind, Outside
from channels.code_table import CodeTable
from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.http import Answer, HttpGateway, lacking
from channels.limits import EachLimits
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt

#: Bytes of a text; the page names no limit, longer ones were seen to be refused.
_LONGEST = 16_000

#: Seconds for which a bot that wrote too fast is shut out.
_SHUT_OUT = 600.0

#: The same for a server that called too often; the answer then bears no code.
_ALL_SHUT_OUT = 300.0

CODES = CodeTable(
    later={
        "-1": "the platform is busy",
        "90001": "the platform takes no calls of this server for a while",
        "90002": "the platform is called too often by all together",
        "90018": "too many calls a second",
        "130101": "this bot has written 20 messages within a minute and is shut out for a while",
        "410100": "this bot has written 20 messages within a minute and is shut out for a while",
    },
    dead={
        "300001": "there is no bot with this access_token",
        "300005": "there is no bot with this access_token",
        "400101": "the address has no access_token",
        "400106": "the bot was removed",
        "400013": "the group was dissolved",
    },
    refused={
        "400102": "the bot was switched off",
        "310000": "the bot's own rules refuse it: check its 加签 secret behind #, its keywords, its IP addresses",
        "430101": "the bot takes no unsafe links",
        "430102": "the platform does not take these words",
        "430103": "the platform does not take this picture",
        "430104": "the platform does not take this content",
        "460101": "the message is too long",
    },
    ours={
        "400105": "the platform does not know this type of message",
        "40035": "a parameter is missing",
        "43002": "the platform wants a POST",
        "43003": "the platform wants HTTPS",
        "43004": "the platform does not take this Content-Type",
        "43005": "the platform does not take this Content-Type",
        "43009": "the platform cannot read the request",
        "44002": "the request is empty",
        "44004": "the message has no words",
        "47001": "the platform cannot read the request",
    },
    unknown="a code that this channel does not know: look it up at open.dingtalk.com",
    each_its_own=True,
    waits={"130101": _SHUT_OUT, "410100": _SHUT_OUT, "90001": _ALL_SHUT_OUT, "90002": 1.0, "90018": 1.0},
)


class DingtalkBotSettings(EachLimits):
    """A bot's address is its secret; it stands in the list of addresses, not here."""

    #: How the address of every bot begins; others are refused.
    base_url: str = Field(default="https://oapi.dingtalk.com/robot/send?access_token=", pattern=r"^https?://.+")


class DingtalkBot(Borrowing):
    """All bots of a town. They do not recognise repeats, so a lost answer leaves its message in doubt."""

    def __init__(self, settings: DingtalkBotSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 4
        self._base = settings.base_url
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout, each_its_own=True)
        self._now = outside.now

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        address, secret = urldefrag(to.value)
        if not within(address, self._base):
            raise PermanentFailure("the address is not that of a bot of 钉钉")
        body = {
            "msgtype": "text",
            "text": {"content": Card.of(message, to).whole(_LONGEST)},
            "at": {"isAtAll": message.lane is Lane.WARNING},
        }
        url = address + (_signed(secret, self._now) if secret else "")
        await self._gateway.post(url, json=body, judge=partial(_judge, to))
        return Receipt(Outcome.SENT, key=key)


def signature(secret: str, timestamp: int) -> str:
    """The 加签 of a request at `timestamp` (milliseconds since 1970), in Base64."""
    told = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), told, hashlib.sha256)).decode()


def _signed(secret: str, now: Callable[[], datetime]) -> str:
    timestamp = int(now().timestamp() * 1000)
    return f"&timestamp={timestamp}&sign={quote_plus(signature(secret, timestamp))}"


def _judge(to: Address, answer: Answer) -> SendError | None:
    code = answer.text("errcode")
    if not code and answer.text("punish"):
        why = "the platform shuts this server out for some minutes: it was called too often"
        return TemporaryFailure(why, code=answer.text("status"), retry_after=_ALL_SHUT_OUT)
    if not code:
        return lacking(answer, "errcode: check base_url")
    if code == "0":
        return None
    address, secret = urldefrag(to.value)
    private = (to.value, address, address.rpartition("=")[2], secret, *to.slots.values())
    return CODES.refusal(code, answer.text("errmsg"), private=private)


def _build(_name: str, settings: DingtalkBotSettings, outside: Outside) -> Channel:
    return DingtalkBot(settings, outside)


KIND = Kind("dingtalk_bot", "card", "dingtalk_bot", DingtalkBotSettings, _build, "bots in duty groups of 钉钉")
