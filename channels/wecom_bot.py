"""Duty groups in 企业微信: whoever has a bot's address may write into its group (企业微信开发者中心，群机器人)."""

from functools import partial

from pydantic import Field
from typing_extensions import override

from channels.card import Card, within
from channels.channel import Borrowing, Kind, Outside
from channels.failure import PermanentFailure, SendError
from channels.http import Answer, HttpGateway, lacking
from channels.limits import EachLimits
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.wecom_bot_codes import CODES


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
