"""Several ways to one person: each is tried where the one before does not reach him; who has left is closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from pydantic import ValidationError

from channels.channel import Channel
from channels.failure import PermanentFailure
from channels.message import Address, Lane, Message
from channels.wechat import KIND
from channels.wechat.settings import WeChatSettings
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import Account, WeChatStandIn
from tests.support.outside import outside

OPENID = "o6_bmjrPTlm6_2sgVt0000000001"
WORDS = Message("b1", Lane.ROUTINE, "education", {"url": "https://a.cn/1"}, {"thing1": "停水通知"})
WAYS = [{"id": "S1", "kind": "subscribe"}, {"id": "T1", "kind": "template"}, {"kind": "customer"}]


@asynccontextmanager
async def _account(in_touch: frozenset[str] | None = None) -> AsyncIterator[tuple[WeChatStandIn, Channel]]:
    platform = WeChatStandIn(Account(templates={"T1": "template", "S1": "subscribe"}, in_touch=in_touch))
    async with running(platform) as address, aiohttp.ClientSession() as http:
        given = {"appid": platform.account.appid, "secret": platform.account.secret, "base_url": address}
        settings = WeChatSettings.model_validate({**given, "template": WAYS})
        yield platform, KIND.build("w", settings, replace(outside(http), now=lambda: datetime.now(UTC)))


async def _send(channel: Channel) -> str:
    receipt = await channel.send(WORDS, Address(1, OPENID), key="k")
    return str(receipt.outcome.value)


async def test_the_first_way_that_reaches_him_is_taken() -> None:
    async with _account() as (platform, channel):
        assert await _send(channel) == "sent"
        assert {path for path in platform.counts if "send" in path} == {"/cgi-bin/message/subscribe/bizsend"}


async def test_a_way_that_does_not_reach_him_is_passed_over_and_the_address_stays_open() -> None:
    async with _account() as (platform, channel):
        platform.script.next.extend([_refuses("43101"), _refuses("43004")])
        assert await _send(channel) == "sent"
        [received] = platform.inbox.all()
        assert received.text == "停水通知 https://a.cn/1"


async def test_who_agreed_to_nothing_and_has_not_written_stays_open_for_the_next_message() -> None:
    async with _account(in_touch=frozenset()) as (platform, channel):
        platform.script.next.extend([_refuses("43101"), _refuses("43101")])
        with pytest.raises(PermanentFailure, match="48 hours") as raised:
            await _send(channel)
    assert not raised.value.suppresses


async def test_who_has_left_is_closed_whatever_the_other_ways_say() -> None:
    async with _account(in_touch=frozenset()) as (platform, channel):
        platform.script.next.extend([_refuses("43101"), _refuses("43004")])
        with pytest.raises(PermanentFailure, match="does not follow") as raised:
            await _send(channel)
    assert raised.value.suppresses


@pytest.mark.parametrize("ways", [[], [{"kind": "customer", "id": "T1"}], [{"kind": "template"}]])
def test_ways_that_are_none_are_refused(ways: list[dict[str, str]]) -> None:
    with pytest.raises(ValidationError):
        WeChatSettings.model_validate({"appid": "wx1", "secret": "s" * 32, "template": ways})


def _refuses(code: str) -> Fault:
    return Fault(code=code)
