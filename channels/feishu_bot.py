"""Duty groups in 飞书: custom bots, signed where their address names a secret (飞书开放平台，自定义机器人).

An address is the bot's webhook, and behind "#" its secret: https://open.feishu.cn/open-apis/bot/v2/hook/…#….

Source of the codes: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (自定义机器人使用指南), and what bots
were seen to answer besides (19001, 19002, 19007, 11246).
"""

import base64
import hashlib
import hmac
from functools import partial
from urllib.parse import urldefrag

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

#: Bytes of a text: a request may have 20 KB, and escaping can double what is rarely escaped.
_LONGEST = 9_000

#: Seconds to wait for a bot that wrote too fast.
_PAUSE = 60.0
_TOO_FAST = "this bot has written too fast (5 a second, 100 a minute)"

#: A request that cannot be read and, by its words alone, one too many.
_BAD_REQUEST = "9499"

CODES = CodeTable(
    later={"11232": _TOO_FAST},
    dead={"19001": "there is no bot at this address any more"},
    refused={
        "11246": "the platform finds a mistake in the message",
        "19007": "the bot was switched off",
        "19021": "the bot refuses the signature: check its secret behind #, and this machine's clock",
        "19022": "the bot refuses this server's IP address: add it to the bot's list",
        "19024": "the bot wants one of its keywords in every message",
    },
    ours={_BAD_REQUEST: "the platform cannot read the request", "19002": "the platform misses a parameter"},
    unknown="a code that this channel does not know: look it up at open.feishu.cn",
    each_its_own=True,
    waits={"11232": _PAUSE},
)


class FeishuBotSettings(EachLimits):
    """A bot's address is its secret; it stands in the list of addresses, not here."""

    #: How the address of every bot begins; others are refused.
    base_url: str = Field(default="https://open.feishu.cn/open-apis/bot/v2/hook/", pattern=r"^https?://.+")
    each_per_minute: int | None = Field(default=100, ge=1)
    each_per_second: int | None = Field(default=5, ge=1)


class FeishuBot(Borrowing):
    """All bots of a town. They do not recognise repeats, so a lost answer leaves its message in doubt."""

    def __init__(self, settings: FeishuBotSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 4
        self._base = settings.base_url
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout, each_its_own=True)
        self._now = outside.now

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        address, secret = urldefrag(to.value)
        if not within(address, self._base):
            raise PermanentFailure("the address is not that of a bot of 飞书")
        words = Card.of(message, to).whole(_LONGEST)
        # The platform reads its own tags in texts: only ours, to call everybody, may be one.
        words = words.replace("<", "＜")
        called = '\n<at user_id="all">所有人</at>' if message.lane is Lane.WARNING else ""
        body: dict[str, object] = {"msg_type": "text", "content": {"text": words + called}}
        if secret:
            timestamp = int(self._now().timestamp())
            body |= {"timestamp": str(timestamp), "sign": signature(secret, timestamp)}
        await self._gateway.post(address, json=body, judge=partial(_judge, to))
        return Receipt(Outcome.SENT, key=key)


def signature(secret: str, timestamp: int) -> str:
    """The sign of a request at `timestamp` (seconds since 1970), in Base64: both are the key, nothing is signed."""
    return base64.b64encode(hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)).decode()


def _judge(to: Address, answer: Answer) -> SendError | None:
    code = answer.text("code") or answer.text("StatusCode")
    if not code:
        return lacking(answer, "code: check base_url")
    if code == "0":
        return None
    said = answer.text("msg") or answer.text("StatusMessage")
    if code == _BAD_REQUEST and "too many" in said.lower():
        return TemporaryFailure(_TOO_FAST, code=code, retry_after=_PAUSE, by_address=True)
    address, secret = urldefrag(to.value)
    private = (to.value, address, address.rpartition("/")[2], secret, *to.slots.values())
    return CODES.refusal(code, said, private=private)


def _build(_name: str, settings: FeishuBotSettings, outside: Outside) -> Channel:
    return FeishuBot(settings, outside)


KIND = Kind("feishu_bot", "card", "feishu_bot", FeishuBotSettings, _build, "bots in duty groups of 飞书")
