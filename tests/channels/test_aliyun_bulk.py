"""Many numbers a request: who shares one, what each of them is told, and how each report finds its own delivery."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from channels.aliyun_sms import KIND, AliyunSms, AliyunSmsSettings
from channels.channel import CallbackRequest
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.slots import slot
from pusher.demo.standins.aliyun import Account, AliyunStandIn
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from tests.support.outside import outside

SAME = Message("b1-sms", Lane.ROUTINE, "education", {}, {"title": "停水通知", "who": "居民"})
PERSONAL = replace(SAME, fields={"title": "停水通知", "who": f"{slot('name')}您好"})
TEMPLATES = {"SMS_1": "${who}，${title}。"}


class Bench:
    """The channel and the gateway."""

    def __init__(self, gateway: AliyunStandIn, address: str, http: aiohttp.ClientSession) -> None:
        self.gateway = gateway
        self._given = {
            "endpoint": address.removeprefix("http://"),
            "scheme": "http",
            "access_key_id": gateway.account.access_key_id,
            "secret": gateway.account.secret,
            "sign_name": "某区政府",
            "template": "SMS_1",
            "callback_token": "0123456789abcdef",
        }
        self._outside = replace(outside(http), now=lambda: datetime.now(UTC))

    def channel(self, **settings: Any) -> AliyunSms:
        """The channel with these settings."""
        channel = KIND.build("sms", AliyunSmsSettings.model_validate({**self._given, **settings}), self._outside)
        assert isinstance(channel, AliyunSms)
        return channel

    async def send(self, channel: AliyunSms, message: Message, to: Sequence[Address]) -> Sequence[Receipt | SendError]:
        """Send to all of them."""
        return await channel.send_many(message, to, keys=[f"m1-{address.id}" for address in to])

    @property
    def asked(self) -> dict[str, int]:
        """How often each action was asked for."""
        return dict(self.gateway.counts)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    gateway = AliyunStandIn(Account(signs=frozenset({"某区政府"}), templates=TEMPLATES))
    async with running(gateway) as address, aiohttp.ClientSession() as http:
        yield Bench(gateway, address, http)


def people(count: int) -> list[Address]:
    return [Address(number, f"+86138{number:08d}", {"name": f'张"{number}%'}) for number in range(1, count + 1)]


async def test_who_receives_the_same_words_shares_a_request(bench: Bench) -> None:
    answers = await bench.send(bench.channel(), SAME, people(100))
    assert [each.outcome for each in answers if isinstance(each, Receipt)] == [Outcome.SENT] * 100
    assert bench.asked == {"SendSms": 1}
    assert {each.text for each in bench.gateway.inbox.all()} == {"【某区政府】居民，停水通知。"}


async def test_who_receives_words_of_his_own_shares_one_of_a_hundred(bench: Bench) -> None:
    await bench.send(bench.channel(numbers_per_request=1000), PERSONAL, people(250))
    assert bench.asked == {"SendBatchSms": 3}
    shown = {each.to: each.text for each in bench.gateway.inbox.all()}
    assert len(shown) == 250
    assert shown["13800000007"] == '【某区政府】张"7%您好，停水通知。'


@pytest.mark.parametrize("message", [SAME, PERSONAL])
async def test_a_report_finds_its_own_delivery_among_those_of_one_request(bench: Bench, message: Message) -> None:
    channel = bench.channel()
    answers = await bench.send(channel, message, people(3))
    (biz_id,) = {each.id for each in bench.gateway.inbox.all()}
    entry = {"phone_number": "13800000002", "success": True, "err_code": "DELIVERED", "biz_id": biz_id}
    request = CallbackRequest(
        "POST", {"token": "0123456789abcdef"}, {}, json.dumps([entry]).encode(), "127.0.0.1", datetime.now(UTC)
    )
    (receipt,) = channel.callback(request).receipts
    names = [each.provider_id for each in answers if isinstance(each, Receipt)]
    assert len(set(names)) == 3
    assert receipt.provider_id == names[1]


@pytest.mark.parametrize(
    ("code", "failure"),
    [("isv.MOBILE_NUMBER_ILLEGAL", PermanentFailure), ("isv.BUSINESS_LIMIT_CONTROL", TemporaryFailure)],
)
@pytest.mark.parametrize("message", [SAME, PERSONAL])
async def test_a_request_refused_for_one_number_is_repeated_one_by_one(
    bench: Bench, message: Message, code: str, failure: type[SendError]
) -> None:
    bench.gateway.script.codes["13800000002"] = code
    answers = await bench.send(bench.channel(), message, people(4))
    assert [type(each) for each in answers] == [Receipt, failure, Receipt, Receipt]
    assert len(bench.gateway.inbox.all()) == 3


async def test_a_lost_answer_leaves_all_of_its_request_in_doubt_and_repeats_nothing(bench: Bench) -> None:
    bench.gateway.script.next.append(Fault(line="drop"))
    answers = await bench.send(bench.channel(), SAME, people(5))
    assert all(isinstance(each, TemporaryFailure) and each.in_doubt for each in answers)
    assert sum(bench.asked.values()) == 1


async def test_what_is_refused_for_a_reason_of_ours_is_refused_for_all_at_once(bench: Bench) -> None:
    bench.gateway.script.next.append(Fault(code="isv.AMOUNT_NOT_ENOUGH"))
    answers = await bench.send(bench.channel(), SAME, people(5))
    assert {type(each) for each in answers} == {TechnicalFailure}


async def test_numbers_abroad_and_what_is_no_number_go_alone(bench: Bench) -> None:
    to = [*people(2), Address(3, "+85261234567"), Address(4, "nobody")]
    answers = await bench.send(bench.channel(), SAME, to)
    assert [type(each) for each in answers] == [Receipt, Receipt, Receipt, PermanentFailure]
    assert bench.asked == {"SendSms": 2}


async def test_parameters_in_the_address_stand_for_one_number(bench: Bench) -> None:
    channel = bench.channel(in_query=True)
    assert channel.bulk_limit == 1
    answers = await bench.send(channel, SAME, people(1))
    assert isinstance(answers[0], Receipt)
    with pytest.raises(ValidationError, match="in_query"):
        bench.channel(in_query=True, numbers_per_request=50)


async def test_no_more_single_requests_are_in_flight_than_the_settings_say(bench: Bench) -> None:
    bench.gateway.script.codes["13800000001"] = "isv.MOBILE_NUMBER_ILLEGAL"
    channel = bench.channel(concurrency=1)
    both = await asyncio.gather(*(bench.send(channel, SAME, people(20)) for _ in range(2)))
    assert [type(each) for each in both[0]] == [PermanentFailure, *[Receipt] * 19]
