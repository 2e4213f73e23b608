"""The account beside a stand-in that recomputes every signature, many numbers at once, and the pushes."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.channel import CallbackAnswer, CallbackRequest
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.pushes import CHINA
from channels.receipt import Outcome, Receipt
from channels.slots import slot
from channels.tencent_reports import THANKS, read
from channels.tencent_sms import TencentSms, TencentSmsSettings
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.tencent import Account, TencentStandIn
from tests.support.outside import outside
from tests.support.passing import let_pass

TOKEN = "0123456789abcdef-callback"
AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
PLAIN = Message("b1-sms", Lane.ROUTINE, "education", {}, {"title": "停水通知", "date": "明天"})
PERSONAL = replace(PLAIN, id="b2-sms", fields={"title": "停水通知", "date": f"{slot('name')}"})
TEMPLATES = {"1": "{1}，{2}。", "2": "紧急：{1}。", "3": "请留意官网。"}


@dataclass
class Bench:
    """The channel and the gateway."""

    gateway: TencentStandIn
    address: str
    http: aiohttp.ClientSession

    def channel(self, **settings: Any) -> TencentSms:
        given = {
            "endpoint": self.address.removeprefix("http://"),
            "scheme": "http",
            "secret_id": self.gateway.account.secret_id,
            "secret": self.gateway.account.secret,
            "app_id": self.gateway.account.app_id,
            "sign_name": "某区政府",
            "template": {"id": "1"},
        }
        account = TencentSmsSettings.model_validate({**given, **settings})
        return TencentSms(account, replace(outside(self.http), now=lambda: datetime.now(UTC)))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    gateway = TencentStandIn(Account(signs=frozenset({"某区政府"}), templates=TEMPLATES))
    async with running(gateway) as address, aiohttp.ClientSession() as http:
        yield Bench(gateway, address, http)


def people(count: int) -> list[Address]:
    return [Address(number, f"+86138{number:08d}", {"name": f"第{number}"}) for number in range(count)]


async def many(channel: TencentSms, to: list[Address], message: Message = PLAIN) -> list[Receipt | SendError]:
    return list(await channel.send_many(message, to, keys=[f"k{address.id}" for address in to]))


async def test_the_phone_shows_the_filed_wording_with_its_values(bench: Bench) -> None:
    receipt = await bench.channel().send(PERSONAL, people(1)[0], key="b2-sms-1")
    (shown,) = bench.gateway.inbox.all()
    assert (shown.to, shown.text, shown.mark) == ("+8613800000000", "【某区政府】停水通知，第0。", "b2-sms-1")
    assert (receipt.provider_id, receipt.key, receipt.code) == (shown.id, "b2-sms-1", "Ok")


async def test_the_same_words_for_many_are_one_request_with_an_answer_each(bench: Bench) -> None:
    answers = await many(bench.channel(), people(200))
    assert bench.gateway.counts["SendSms"] == 1
    shown = {message.to: message.id for message in bench.gateway.inbox.all()}
    assert [answer.provider_id for answer in answers if isinstance(answer, Receipt)] == [
        shown[address.value] for address in people(200)
    ]


async def test_words_that_differ_are_a_request_each(bench: Bench) -> None:
    answers = await many(bench.channel(), people(3), PERSONAL)
    assert bench.gateway.counts["SendSms"] == 3
    assert [answer.key for answer in answers if isinstance(answer, Receipt)] == ["k0", "k1", "k2"]
    assert {message.text for message in bench.gateway.inbox.all()} == {
        f"【某区政府】停水通知，第{number}。" for number in range(3)
    }


async def test_each_number_of_a_request_has_its_own_fate(bench: Bench) -> None:
    to = [*people(3), Address(3, "张三"), Address(4, "+8612000000000"), Address(5, "+85252000000")]
    bench.gateway.script.codes["+8613800000001"] = "FailedOperation.PhoneNumberInBlacklist"
    bench.gateway.script.codes["+8613800000002"] = "LimitExceeded.PhoneNumberDailyLimit"
    answers = await many(bench.channel(), to)
    assert [type(answer) for answer in answers] == [
        Receipt,
        PermanentFailure,
        TemporaryFailure,
        PermanentFailure,
        PermanentFailure,
        Receipt,
    ]


async def test_a_number_of_north_america_is_not_taken_for_one_of_the_mainland(bench: Bench) -> None:
    to = [*people(2), Address(3, "+13605550123")]
    assert [type(answer) for answer in await many(bench.channel(), to)] == [Receipt] * 3
    assert [each.to for each in bench.gateway.inbox.all()][-1] == "+13605550123"


async def test_a_request_that_is_refused_for_a_number_is_repeated_one_by_one(bench: Bench) -> None:
    bench.gateway.script.next.append(Fault(code="InvalidParameterValue.IncorrectPhoneNumber"))
    answers = await many(bench.channel(), people(3))
    assert [type(answer) for answer in answers] == [Receipt] * 3
    assert bench.gateway.counts["SendSms"] == 4


@pytest.mark.parametrize("line", ["drop", "silence"])
async def test_a_request_without_an_answer_leaves_all_its_numbers_in_doubt(bench: Bench, line: Any) -> None:
    bench.gateway.script.always = Fault(line=line)
    asking = asyncio.create_task(many(bench.channel(timeout=60.0), people(3)))
    if line == "silence":
        await bench.gateway.script.holding.wait()
        let_pass(60.0)
    answers = await asking
    assert [getattr(answer, "in_doubt", False) for answer in answers] == [True] * 3
    assert bench.gateway.counts["SendSms"] == 1


async def test_a_folder_may_have_a_template_of_its_own(bench: Bench) -> None:
    templates = {"warning": {"id": "2", "fields": ["title"]}, "health": {"id": "3", "fields": []}}
    channel = bench.channel(templates=templates)
    for folder in templates:
        await channel.send(replace(PLAIN, id=folder, template=folder), people(1)[0], key="k")
    texts = [message.text for message in bench.gateway.inbox.all()]
    assert texts == ["【某区政府】紧急：停水通知。", "【某区政府】请留意官网。"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"secret": "another"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "another"}, "AuthFailure.SecretIdNotFound"),
        ({"app_id": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"sign_name": "别的签名"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"template": {"id": "9"}}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"template": {"id": "2"}}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        ({"template": {"id": "1", "longest": 7}}, "InvalidParameterValue.TemplateParameterLengthLimit"),
        ({"template": {"id": "1", "fields": ["title", "place"]}}, ""),
    ],
)
async def test_a_wrong_setting_is_technical(bench: Bench, settings: dict[str, object], code: str) -> None:
    message = replace(PLAIN, fields={"title": "长" * 99, "date": "明天"})
    with pytest.raises(TechnicalFailure) as raised:
        await bench.channel(**settings).send(message, people(1)[0], key="k")
    assert raised.value.code == code
    answers = await many(bench.channel(**settings), people(2), message)
    assert [type(answer) for answer in answers] == [TechnicalFailure] * 2


@pytest.mark.parametrize(
    ("fault", "kind", "in_doubt"),
    [
        (Fault(status=503), TemporaryFailure, False),
        (Fault(status=502), TemporaryFailure, True),
        (Fault(status=404), TechnicalFailure, False),
        (Fault(line="page"), TechnicalFailure, True),
        (Fault(code="RequestLimitExceeded"), TemporaryFailure, False),
        (Fault(code="InternalError.Timeout"), TemporaryFailure, True),
    ],
)
async def test_a_broken_gateway_is_told_from_a_refusal(
    bench: Bench, fault: Fault, kind: type[Exception], *, in_doubt: bool
) -> None:
    bench.gateway.script.always = fault
    with pytest.raises(kind) as raised:
        await bench.channel().send(PLAIN, people(1)[0], key="k")
    assert getattr(raised.value, "in_doubt", False) == in_doubt


REPORT = {
    "user_receive_time": "2026-11-22 09:00:07",
    "nationcode": "86",
    "mobile": "13800000001",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "5:abc",
}
REPLY = {
    "extend": "1",
    "mobile": "13800000001",
    "nationcode": "86",
    "sign": "某区政府",
    "text": "TD",
    "time": 1795309260,
}


def answer(said: object, *, token: str = TOKEN) -> CallbackAnswer:
    given = {"secret_id": "k", "secret": "s", "app_id": "1", "sign_name": "区", "template": {"id": "1"}}
    http: Any = None
    settings = TencentSmsSettings.model_validate({**given, "callback_token": TOKEN})
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    request = CallbackRequest("POST", {"token": token}, {}, body, "127.0.0.1", AT)
    return TencentSms(settings, outside(http)).callback(request)


def test_a_report_is_a_receipt_of_its_serial_number() -> None:
    told = answer([REPORT])
    assert (told.status, told.body, told.content_type) == (200, THANKS, "application/json")
    assert list(told.receipts) == [
        Receipt(
            Outcome.DELIVERED,
            provider_id="5:abc",
            address="+8613800000001",
            code="DELIVRD",
            detail="用户短信送达成功",
            at=datetime(2026, 11, 22, 9, 0, 7, tzinfo=CHINA),
        )
    ]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("MBBLACK", Outcome.PERMANENT),
        ("UNDELIV", Outcome.TEMPORARY),
        ("MK:0001", Outcome.TEMPORARY),
        ("DELIVRD", Outcome.TEMPORARY),
    ],
)
def test_a_failed_message_ends_as_its_code_says(code: str, outcome: Outcome) -> None:
    report = {**REPORT, "report_status": "FAIL", "errmsg": code, "description": "13800000001 在黑名单"}
    (receipt,) = answer([report]).receipts
    assert receipt.outcome is outcome
    assert "13800000001" not in receipt.detail


def test_a_reply_is_inbound_and_a_repeated_one_is_known() -> None:
    (stop,), (again,), (other,) = (answer(said).inbound for said in (REPLY, REPLY, {**REPLY, "text": "几点？"}))
    assert (stop.act, stop.address, stop.at) == ("stop", "+8613800000001", datetime.fromtimestamp(1795309260, UTC))
    assert stop.event_id == again.event_id != other.event_id
    assert "13800000001" not in stop.event_id
    assert (other.act, other.text) == ("text", "几点？")


def test_entries_that_cannot_be_read_do_not_stop_the_others() -> None:
    told = answer([None, 5, {}, {"report_status": "FAIL"}, {**REPORT, "user_receive_time": "soon"}])
    assert [receipt.at for receipt in told.receipts] == [None]
    assert answer({**REPLY, "time": 10**30}).inbound[0].at is None


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[", b"[1, 2]", b'"x"', b"[" * 100_000])
def test_what_is_no_push_is_malformed(body: bytes) -> None:
    assert answer(body).status == 400


def test_a_push_without_the_secret_is_refused() -> None:
    assert answer([REPORT], token="wrong").status == 403


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted({*REPORT, *REPLY})), inner),
    max_leaves=20,
)


@given(json_values)
def test_no_json_whatever_raises(value: object) -> None:
    read(json.dumps(value).encode(), key=TOKEN)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": None}, "SecretKey"),
        ({"endpoint": "https://sms.tencentcloudapi.com"}, "endpoint"),
        ({"app_id": "sms"}, "app_id"),
        ({"secret_id": "a b"}, "secret_id"),
        ({"template": {"id": ""}}, "template"),
    ],
)
def test_wrong_settings_name_themselves(wrong: dict[str, object], said: str) -> None:
    good = {"secret_id": "k", "secret": "s", "app_id": "1", "sign_name": "区", "template": {"id": "1"}}
    with pytest.raises(ValidationError, match=said):
        TencentSmsSettings.model_validate({**good, **wrong})
