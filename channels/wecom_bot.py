"""Duty groups in 企业微信: whoever has a bot's address may write into its group (企业微信开发者中心，群机器人).

Source of the codes: developer.work.weixin.qq.com/document/path/90313 (全局错误码), as far as they can concern a bot.
"""

from functools import partial

from pydantic import Field
from typing_extensions import override

from channels.card import Card, within
from channels.channel import Borrowing, Kind, Outside
from channels.code_table import CodeTable
from channels.failure import PermanentFailure, SendError
from channels.http import Answer, HttpGateway, lacking
from channels.limits import EachLimits
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt

CODES = CodeTable(
    later={
        "-1": "the platform is busy",
        "6000": "another request came in between",
        "45009": "this bot has written 20 messages within a minute",
        "45033": "too many calls at a time",
        "45035": "another request came in between",
        "45036": "the platform is called too often",
        "81026": "the platform is being maintained",
    },
    dead={"93000": "there is no bot at this address"},
    refused={
        "40201": "the platform takes this for spam",
        "40204": "the platform takes this for spam",
        "49008": "the group was dissolved",
        "82004": "the platform does not take these words",
        "85002": "the platform does not take these words",
        "93001": "the group takes no messages of bots",
        "93004": "the bot was switched off",
        "93006": "the group is not valid",
        "93008": "the bot is not in its group",
        "301007": "the bot's organisation is closed",
    },
    ours={
        "40008": "the platform does not know this type of message",
        "40033": "the platform finds forbidden characters in the request",
        "40035": "a parameter is wrong",
        "40058": "a parameter is wrong or too long",
        "40063": "a parameter is empty",
        "40206": "the request is too long",
        "44004": "the message has no words",
        "45002": "the message is too long",
        "48002": "the bot may not call this interface",
        "48005": "the platform has withdrawn this interface",
        "48010": "the platform does not take this version of TLS",
        "93017": "the message has no words",
    },
    unknown="a code that this channel does not know: see developer.work.weixin.qq.com",
    each_its_own=True,
    waits={"45009": 60.0, "45033": 1.0},
)


class WecomBotSettings(EachLimits):
    """A bot's address is its secret; it stands in the list of addresses, not here."""

    base_url: str = Field(default="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", pattern=r"^https?://.+")


class WecomBot(Borrowing):
    """All bots of a town. They do not recognise repeats, so a lost answer leaves its message in doubt."""

    def __init__(self, settings: WecomBotSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 4
        self._base = settings.base_url
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout, each_its_own=True)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if not within(to.value, self._base):
            raise PermanentFailure("the address is not that of a bot of 企业微信")
        called = {"mentioned_list": ["@all"]} if message.lane is Lane.WARNING else {}
        body = {"msgtype": "text", "text": {"content": Card.of(message, to).whole(2048), **called}}
        await self._gateway.post(to.value, json=body, judge=partial(_judge, to))
        return Receipt(Outcome.SENT, key=key)


def _judge(to: Address, answer: Answer) -> SendError | None:
    code, private = answer.text("errcode"), (to.value, to.value.rpartition("=")[2], *to.slots.values())
    if not code:
        return lacking(answer, "errcode: check base_url")
    return CODES.refusal(code, answer.text("errmsg"), private=private) if code != "0" else None


KIND = Kind("wecom_bot", "card", "wecom_bot", WecomBotSettings, lambda _, *given: WecomBot(*given), "bots of groups")
