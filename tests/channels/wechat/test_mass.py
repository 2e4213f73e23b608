"""Mass messages: thousands in a request, known again when repeated, and reported once for all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from channels.failure import PermanentFailure, TechnicalFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.wechat_mass import WeChatMass, WeChatMassSettings
from pusher.database import Database
from pusher.deliver import receipts
from pusher.deliver.state import DeliveryState
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import Account, WeChatStandIn
from tests.support.engine import Engine, Hands
from tests.support.outside import outside

WORDS = Message("b1", Lane.ROUTINE, "default", {"title": "停水通知", "text": "明天停水。", "url": ""})


@asynccontextmanager
async def _mass() -> AsyncIterator[tuple[WeChatStandIn, WeChatMass]]:
    platform = WeChatStandIn(Account(keep=20_000))
    async with running(platform) as address, aiohttp.ClientSession() as http:
        given = {"appid": platform.account.appid, "secret": platform.account.secret, "base_url": address}
        settings = WeChatMassSettings.model_validate(given)
        yield platform, WeChatMass(settings, replace(outside(http), now=lambda: datetime.now(UTC)))


def _followers(count: int) -> list[Address]:
    return [Address(number, f"o6_bmjrPTlm6_2sgVt{number:010d}") for number in range(1, count + 1)]


async def test_ten_thousand_share_a_request_and_a_repetition_is_known_again() -> None:
    async with _mass() as (platform, mass):
        to = _followers(10_000)
        keys = [f"k{each.id}" for each in to]
        first = await mass.send_many(WORDS, to, keys=keys)
        again = await mass.send_many(WORDS, to, keys=keys)
        assert platform.counts["/cgi-bin/message/mass/send"] == 2
        assert len(platform.inbox.all()) == 10_000
    assert all(isinstance(each, Receipt) and each.outcome is Outcome.SENT for each in first)
    assert {each.provider_id for each in first if isinstance(each, Receipt)} == {
        each.provider_id for each in again if isinstance(each, Receipt)
    }


async def test_one_who_is_no_follower_does_not_stop_the_others() -> None:
    async with _mass() as (platform, mass):
        to = [*_followers(2), Address(9, "不是 openid")]
        answers = await mass.send_many(WORDS, to, keys=["a", "b", "c"])
        assert [type(each) for each in answers] == [Receipt, Receipt, PermanentFailure]
        platform.script.always = Fault(code="45028")
        answers = await mass.send_many(WORDS, _followers(2), keys=["d", "e"])
        assert [type(each) for each in answers] == [TechnicalFailure] * 2


async def test_one_alone_gets_the_preview() -> None:
    async with _mass() as (platform, mass):
        await mass.send_many(WORDS, _followers(1), keys=["a"])
        assert platform.counts["/cgi-bin/message/mass/preview"] == 1


@pytest.mark.parametrize(
    ("said", "state", "counters"),
    [
        (Outcome.DELIVERED, DeliveryState.DELIVERED, {"planned": 3, "sent": 3, "delivered": 3}),
        (Outcome.PERMANENT, DeliveryState.BOUNCED, {"planned": 3, "sent": 3, "bounced": 3}),
    ],
)
async def test_one_report_settles_all_deliveries_of_its_request_and_no_others(
    database: Database, said: Outcome, state: DeliveryState, counters: dict[str, int]
) -> None:
    engine = Engine(database)
    await engine.add_people(3)
    number = await engine.propose()
    await engine.deliver(mail=Hands(rule=lambda _value, _times: Receipt(Outcome.SENT, provider_id="7")))
    other = await engine.propose()
    await engine.deliver(mail=Hands(rule=lambda _value, _times: Receipt(Outcome.SENT, provider_id="8")))
    report = Receipt(said, provider_id="7", whole=True, suppresses=False)
    async with database.write() as connection:
        assert await receipts.read(connection, ["mail"], [report], engine.at) == 3
        assert await receipts.read(connection, ["mail"], [report], engine.at) == 0
        assert await receipts.read(connection, ["elsewhere"], [replace(report, provider_id="8")], engine.at) == 0
    assert (await engine.states(number))[state] == 3
    assert await engine.counters(number) == counters
    assert (await engine.states(other))[DeliveryState.SENT] == 3
