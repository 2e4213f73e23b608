"""The account beside a stand-in that recomputes every signature, and the pushes it sends back."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.aliyun_reports import THANKS, provider_ids, read
from channels.aliyun_sms import KIND, AliyunSms, AliyunSmsSettings
from channels.channel import CallbackAnswer, CallbackRequest, Channel, Reporting
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.slots import KEY, LIKE_A_KEY, slot
from pusher.demo.standins.aliyun import Account, AliyunStandIn
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from tests.support.outside import outside

TOKEN = "0123456789abcdef-callback"
AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))

MESSAGE = Message("b1-sms", Lane.ROUTINE, "education", {}, {"title": "停水通知", "who": f"{slot('name')}您好"})


@dataclass
class Bench:
    """The channel and the gateway."""

    gateway: AliyunStandIn
    address: str
    http: aiohttp.ClientSession

    def channel(self, **settings: Any) -> Channel:
        given = {
            "endpoint": self.address.removeprefix("http://"),
            "scheme": "http",
            "access_key_id": self.gateway.account.access_key_id,
            "secret": self.gateway.account.secret,
            "sign_name": "某区政府",
            "template": "SMS_1",
        }
        read = AliyunSmsSettings.model_validate({**given, **settings})
        return KIND.build("sms", read, replace(outside(self.http), now=lambda: datetime.now(UTC)))


TEMPLATES = {"SMS_1": "${who}，${title}。", "SMS_2": "紧急：${title}。"}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    gateway = AliyunStandIn(Account(signs=frozenset({"某区政府"}), templates=TEMPLATES))
    async with running(gateway) as address, aiohttp.ClientSession() as http:
        yield Bench(gateway, address, http)


async def send(channel: Channel, number: str = "+8613800000001", key: str = "b1-sms-1") -> Receipt:
    return await channel.send(MESSAGE, Address(1, number, {"name": "张三"}), key=key)


async def test_the_phone_shows_the_filed_wording_with_its_values(bench: Bench) -> None:
    receipt = await send(bench.channel())
    (shown,) = bench.gateway.inbox.all()
    assert (shown.to, shown.text, shown.mark) == ("13800000001", "【某区政府】张三您好，停水通知。", "b1-sms-1")
    name = provider_ids(shown.id, key=bench.gateway.account.secret)("13800000001")
    assert (receipt.provider_id, receipt.key) == (name, "b1-sms-1")


@pytest.mark.parametrize("in_query", [False, True])
async def test_a_signature_holds_wherever_the_parameters_stand(bench: Bench, *, in_query: bool) -> None:
    await send(bench.channel(in_query=in_query), key="k +%&=/~-_.'\"()*中".encode("ascii", "ignore").decode())
    assert bench.gateway.inbox.all()[0].mark == "k +%&=/~-_.'\"()*"


async def test_every_request_has_a_nonce_of_its_own(bench: Bench) -> None:
    one, other = bench.channel(), bench.channel()
    await asyncio.gather(*(send(channel, f"+86138{n:08d}") for channel in (one, other) for n in range(50)))
    assert len(bench.gateway.inbox.all()) == 100


async def test_a_folder_may_have_a_template_of_its_own(bench: Bench) -> None:
    channel = bench.channel(templates={"warning": "SMS_2"}, fields={"title": "title"})
    await channel.send(replace(MESSAGE, template="warning"), Address(1, "+8613800000001"), key="k")
    assert bench.gateway.inbox.all()[0].text == "【某区政府】紧急：停水通知。"


async def test_a_template_may_have_variables_of_its_own(bench: Bench) -> None:
    wordings = {**TEMPLATES, "SMS_3": "${title} https://tz.example.gov.cn/o/${path} 详情"}
    bench.gateway.account = replace(bench.gateway.account, templates=wordings)
    linked = {"id": "SMS_3", "fields": {"title": "title", "path": "path"}}
    channel = bench.channel(templates={"education": linked})
    message = replace(MESSAGE, template="education", fields={**MESSAGE.fields, "path": f"{slot(KEY)}/7"})
    await channel.send(message, Address(1, "+8613800000001", {"name": "张三", KEY: LIKE_A_KEY}), key="k")
    await channel.send(replace(message, template="aid"), Address(1, "+8613800000001", {"name": "张三"}), key="l")
    told = [shown.text for shown in bench.gateway.inbox.all()]
    assert told[0] == f"【某区政府】停水通知 https://tz.example.gov.cn/o/{LIKE_A_KEY}/7 详情"
    assert told[1] == "【某区政府】张三您好，停水通知。"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"secret": "another"}, "SignatureDoesNotMatch"),
        ({"access_key_id": "another"}, "InvalidAccessKeyId.NotFound"),
        ({"sign_name": "别的签名"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"template": "SMS_9"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"fields": {"title": "title"}}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"longest_field": 36}, "isv.PARAM_LENGTH_LIMIT"),
    ],
)
async def test_a_wrong_setting_is_technical(bench: Bench, settings: dict[str, object], code: str) -> None:
    message = replace(MESSAGE, fields={"title": "长" * 99, "who": "您好"})
    with pytest.raises(TechnicalFailure) as raised:
        await bench.channel(**settings).send(message, Address(1, "+8613800000001"), key="k")
    assert raised.value.code == code


async def test_a_clock_that_is_off_is_technical(bench: Bench) -> None:
    channel = bench.channel()
    assert isinstance(channel, AliyunSms)
    late = KIND.build(
        "sms", channel._settings, replace(outside(bench.http), now=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    )
    with pytest.raises(TechnicalFailure, match=r"InvalidTimeStamp\.Expired"):
        await send(late)


async def test_a_numbers_share_of_a_day_is_temporary(bench: Bench) -> None:
    channel = bench.channel()
    await asyncio.gather(*(send(channel) for _ in range(50)))
    with pytest.raises(TemporaryFailure, match="BUSINESS_LIMIT_CONTROL"):
        await send(channel)
    await send(channel, "+8613800000002")


@pytest.mark.parametrize(
    "address", ["", "张三", "+8613800000001,13800000002", "+86138 0000 0001", "+86①", "zhang@a.cn"]
)
async def test_an_address_that_is_no_number_is_permanent_and_not_asked_for(bench: Bench, address: str) -> None:
    with pytest.raises(PermanentFailure, match="not a phone number"):
        await send(bench.channel(), address)
    assert not bench.gateway.counts


async def test_a_number_of_north_america_is_never_written_as_one_of_the_mainland(bench: Bench) -> None:
    with pytest.raises(PermanentFailure, match="one of the mainland") as raised:
        await send(bench.channel(), "+13605550123")
    assert not raised.value.suppresses
    assert not bench.gateway.counts


async def test_a_number_that_the_gateway_refuses_is_permanent_and_does_not_show(bench: Bench) -> None:
    with pytest.raises(PermanentFailure) as raised:
        await send(bench.channel(), "+8623800000001")
    assert raised.value.code == "isv.MOBILE_NUMBER_ILLEGAL"
    assert "23800000001" not in str(raised.value)


@pytest.mark.parametrize(
    ("fault", "kind", "in_doubt"),
    [
        (Fault(status=503), TemporaryFailure, False),
        (Fault(status=502), TemporaryFailure, True),
        (Fault(status=404), TechnicalFailure, False),
        (Fault(line="page"), TechnicalFailure, True),
        (Fault(code="ServiceUnavailable"), TemporaryFailure, False),
        (Fault(code="isp.SYSTEM_ERROR"), TemporaryFailure, False),
        (Fault(line="drop"), TemporaryFailure, True),
    ],
)
async def test_a_broken_gateway_is_told_from_a_refusal(
    bench: Bench, fault: Fault, kind: type[Exception], *, in_doubt: bool
) -> None:
    bench.gateway.script.always = fault
    with pytest.raises(kind) as raised:
        await send(bench.channel())
    assert getattr(raised.value, "in_doubt", False) == in_doubt


REPORT: Mapping[str, object] = {
    "phone_number": "13800000001",
    "send_time": "2026-11-22 09:00:00",
    "report_time": "2026-11-22 09:00:07",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "932702304080415357^0",
    "out_id": "b1-sms-1",
}
ANSWER: Mapping[str, object] = {
    "phone_number": "13800000001",
    "content": "TD",
    "send_time": "2026-11-22 09:01:00",
    "dest_code": "10690000",
    "sequence_id": 1234567890,
}


def push(entries: object, *, token: str = TOKEN, remote: str = "127.0.0.1", method: str = "POST") -> CallbackRequest:
    body = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return CallbackRequest(method, {"token": token}, {}, body, remote, AT)


def answer(request: CallbackRequest, **settings: object) -> CallbackAnswer:
    given = {"access_key_id": "k", "secret": "s", "sign_name": "某区政府", "template": "SMS_1", "callback_token": TOKEN}
    http: Any = None
    channel = KIND.build("sms", AliyunSmsSettings.model_validate({**given, **settings}), outside(http))
    assert isinstance(channel, Reporting)
    return channel.callback(request)


def test_a_report_is_a_receipt_that_brings_our_key_back() -> None:
    told = answer(push([REPORT]))
    assert (told.status, told.body, told.content_type) == (200, THANKS, "application/json")
    assert list(told.receipts) == [
        Receipt(
            Outcome.DELIVERED,
            provider_id=provider_ids("932702304080415357^0", key="s")("13800000001"),
            key="b1-sms-1",
            address="+8613800000001",
            code="DELIVERED",
            detail="用户接收成功",
            at=datetime(2026, 11, 22, 9, 0, 7, tzinfo=CHINA),
        )
    ]


def test_reports_come_by_the_hundred_and_each_has_its_own_end() -> None:
    failed = {
        **REPORT,
        "success": False,
        "err_code": "MOBILE_IN_BLACK",
        "err_msg": "13800000001 in black",
        "out_id": "k2",
    }
    receipts = answer(push([REPORT, failed] * 100)).receipts
    assert len(receipts) == 200
    assert receipts[1].outcome is Outcome.PERMANENT
    assert "13800000001" not in receipts[1].detail


def test_an_answer_of_a_person_is_inbound() -> None:
    stop, words = answer(push([ANSWER, {**ANSWER, "content": "几点来水？", "sequence_id": "s-2"}])).inbound
    assert (stop.act, stop.address, stop.event_id) == ("stop", "+8613800000001", "1234567890")
    assert stop.at == datetime(2026, 11, 22, 9, 1, tzinfo=CHINA)
    assert (words.act, words.text, words.event_id) == ("text", "几点来水？", "s-2")


def test_entries_that_cannot_be_read_do_not_stop_the_others() -> None:
    told = answer(
        push([REPORT, None, 5, {}, {"success": True}, {**REPORT, "report_time": "soon", "out_id": None}, ANSWER])
    )
    assert [receipt.key for receipt in told.receipts] == ["b1-sms-1", None]
    assert told.receipts[1].at is None
    assert len(told.inbound) == 1


def test_an_empty_push_is_thanked_for() -> None:
    assert answer(push([])).status == 200


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff", b"[", b"[1, 2]", b'"x"', b"[" * 100_000, b" " * (1 << 20) + b"[]"]
)
def test_what_is_no_push_is_malformed(body: bytes) -> None:
    assert answer(push(body)).status == 400


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "\ud800", "密"])
def test_a_push_without_the_secret_is_refused(token: str) -> None:
    told = answer(push([REPORT], token=token))
    assert (told.status, list(told.receipts)) == (403, [])


def test_without_a_secret_in_the_settings_no_push_is_taken() -> None:
    assert answer(push([REPORT], token=""), callback_token=None).status == 403


@pytest.mark.parametrize(
    ("remote", "status"),
    [("47.1.2.3", 200), ("::ffff:47.1.2.3", 200), ("2408:1::5", 200), ("48.1.2.3", 403), ("", 403), ("unix:", 403)],
)
def test_pushes_may_be_limited_to_networks(remote: str, status: int) -> None:
    assert answer(push([REPORT], remote=remote), callback_networks=["47.0.0.0/8", "2408:1::/32"]).status == status


def test_a_push_is_posted() -> None:
    assert answer(push([REPORT], method="GET")).status == 405


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted({*REPORT, *ANSWER})), inner),
    max_leaves=20,
)


@given(json_values)
def test_no_json_whatever_raises(value: object) -> None:
    read(json.dumps(value).encode(), key="s")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": None}, "AccessKey secret"),
        ({"endpoint": "https://dysmsapi.aliyuncs.com"}, "endpoint"),
        ({"callback_token": "short"}, "callback_token"),
        ({"callback_networks": ["47.1.2.3/8"]}, "callback_networks"),
        ({"scheme": "ftp"}, "scheme"),
    ],
)
def test_wrong_settings_name_themselves(wrong: dict[str, object], said: str) -> None:
    good = {"access_key_id": "k", "secret": "s", "sign_name": "某区政府", "template": "SMS_1"}
    with pytest.raises(ValidationError, match=said):
        AliyunSmsSettings.model_validate({**good, **wrong})
