"""The account beside a stand-in that recomputes every checksum, many numbers at once, pinned certificates, pushes."""

import hashlib
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.channel import CallbackAnswer, CallbackRequest
from channels.failure import PermanentFailure, SendError, TechnicalFailure
from channels.mas_reports import provider_id, read
from channels.mas_sms import MasSms, MasSmsSettings
from channels.message import Address, Lane, Message
from channels.pushes import CHINA
from channels.receipt import Outcome, Receipt
from channels.slots import slot
from pusher.demo.standins.mas import Account, MasStandIn
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from tests.support.certificates import Certificate, certificate
from tests.support.outside import outside

TOKEN = "0123456789abcdef-callback"
AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
PLAIN = Message("b1-sms", Lane.ROUTINE, "education", {"text": '明日停水。"\\\n详见官网'}, {"title": "停水通知"})
PERSONAL = replace(PLAIN, id="b2-sms", parts={"text": f"{slot('name')}，明日停水。"})
SETTINGS: dict[str, Any] = {
    "url": "https://127.0.0.1/sms/submit",
    "ec_name": "某区人民政府",
    "ap_id": "stand-in",
    "secret": "stand-in-secret",
    "sign": "StandInSign",
}


@dataclass
class Bench:
    """The channel and the platform."""

    gateway: MasStandIn
    address: str
    http: aiohttp.ClientSession

    def channel(self, *, path: str = "norsubmit", **settings: Any) -> MasSms:
        read = MasSmsSettings.model_validate({**SETTINGS, "url": f"{self.address}/sms/{path}", **settings})
        return MasSms(read, outside(self.http))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    gateway = MasStandIn(Account())
    async with running(gateway) as address, aiohttp.ClientSession() as http:
        yield Bench(gateway, address, http)


def people(count: int) -> list[Address]:
    return [Address(number, f"+86138{number:08d}", {"name": f"第{number}"}) for number in range(count)]


async def many(channel: MasSms, to: list[Address], message: Message = PLAIN) -> list[Receipt | SendError]:
    return list(await channel.send_many(message, to, keys=[f"k{address.id}" for address in to]))


async def test_the_phone_shows_the_text_behind_the_sign(bench: Bench) -> None:
    await bench.channel().send(PLAIN, people(1)[0], key="k")
    (shown,) = bench.gateway.inbox.all()
    assert (shown.to, shown.text) == ("13800000000", '【某区政府】明日停水。"\\\n详见官网')


async def test_many_share_a_request_and_each_has_a_name_that_its_report_will_bear(bench: Bench) -> None:
    answers = await many(bench.channel(), people(500))
    assert bench.gateway.counts == {"/sms/norsubmit": 1}
    groups = {message.id for message in bench.gateway.inbox.all()}
    names = [answer.provider_id for answer in answers if isinstance(answer, Receipt)]
    assert len(groups) == 1
    assert len(set(names)) == 500
    report = {"reportStatus": "CM:0000", "mobile": "13800000007", "errorCode": "DELIVRD", "msgGroup": groups.pop()}
    said = read(json.dumps(report).encode(), key="stand-in-secret")
    assert said is not None
    assert said[0][0].provider_id == names[7]


def test_the_name_of_a_message_does_not_tell_the_number() -> None:
    name = provider_id("0906", "13800000001", key="secret")
    assert "13800000001" not in name
    assert name != provider_id("0906", "13800000001", key="another")


async def test_words_that_differ_are_a_request_each(bench: Bench) -> None:
    await many(bench.channel(), people(3), PERSONAL)
    assert bench.gateway.counts == {"/sms/norsubmit": 3}
    assert {message.text for message in bench.gateway.inbox.all()} == {
        f"【某区政府】第{number}，明日停水。" for number in range(3)
    }


async def test_a_request_that_is_refused_for_a_number_is_repeated_one_by_one(bench: Bench) -> None:
    bench.gateway.script.codes["13800000001"] = "InvalidMobile"
    answers = await many(bench.channel(), [*people(3), Address(9, "+85252000000")])
    assert [type(answer) for answer in answers] == [Receipt, PermanentFailure, Receipt, PermanentFailure]
    assert bench.gateway.counts == {"/sms/norsubmit": 4}


async def test_a_request_without_an_answer_leaves_all_its_numbers_in_doubt(bench: Bench) -> None:
    bench.gateway.script.always = Fault(line="drop")
    answers = await many(bench.channel(), people(3))
    assert [getattr(answer, "in_doubt", False) for answer in answers] == [True] * 3
    assert bench.gateway.counts == {"/sms/norsubmit": 1}


async def test_a_filed_template_gets_its_values_in_order(bench: Bench) -> None:
    template = {"id": "t1", "fields": ["title"], "longest": 3}
    await bench.channel(path="tmpsubmit", template=template).send(PLAIN, people(1)[0], key="k")
    assert dict(bench.gateway.inbox.all()[0].fields) == {"1": "停水…"}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"secret": "another"}, "InvalidUsrOrPwd"),
        ({"ec_name": "别的单位"}, "InvalidUsrOrPwd"),
        ({"sign": "别的签名"}, "NoSignId"),
        ({"path": "tmpsubmit"}, "InvalidMessage"),
        ({"template": {"id": "t1", "fields": ["place"]}}, ""),
    ],
)
async def test_a_wrong_setting_is_technical(bench: Bench, settings: dict[str, Any], code: str) -> None:
    with pytest.raises(TechnicalFailure) as raised:
        await bench.channel(**settings).send(PLAIN, people(1)[0], key="k")
    assert raised.value.code == code
    assert "stand-in-secret" not in str(raised.value)


async def test_a_message_without_text_is_technical(bench: Bench) -> None:
    answers = await many(bench.channel(), people(2), replace(PLAIN, parts={}))
    assert [type(answer) for answer in answers] == [TechnicalFailure] * 2


@pytest.mark.parametrize("address", ["", "张三", "+8623800000001", "+85252000000", "13800000001,13800000002"])
async def test_an_address_that_is_no_mobile_number_is_permanent_and_not_asked_for(bench: Bench, address: str) -> None:
    with pytest.raises(PermanentFailure, match="mobile number"):
        await bench.channel().send(PLAIN, Address(1, address), key="k")
    assert not bench.gateway.counts


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[tuple[str, Certificate]]:
    """The platform behind a certificate that no authority has signed."""
    made = certificate(tmp_path)
    runner = web.AppRunner(MasStandIn(Account()).application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=made.server).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}", made
    finally:
        await runner.cleanup()


async def test_an_unknown_certificate_is_refused_unless_it_is_the_one_in_the_settings(
    secure: tuple[str, Certificate],
) -> None:
    address, made = secure
    der = ssl.PEM_cert_to_DER_cert(made.path.read_text())
    fingerprint = hashlib.sha256(der).hexdigest().upper()
    pinned = ":".join(fingerprint[place : place + 2] for place in range(0, 64, 2))
    async with aiohttp.ClientSession() as http:
        bench = Bench(MasStandIn(Account()), address, http)
        for given in (None, "0" * 64):
            with pytest.raises(TechnicalFailure, match="certificate is not trusted"):
                await bench.channel(certificate_sha256=given).send(PLAIN, people(1)[0], key="k")
        receipt = await bench.channel(certificate_sha256=pinned).send(PLAIN, people(1)[0], key="k")
    assert receipt.outcome is Outcome.SENT


REPORT = {
    "reportStatus": "CM:2007",
    "mobile": "13800000001",
    "submitDate": "20261122090000",
    "receiveDate": "20261122090007",
    "errorCode": "MBBLACK",
    "msgGroup": "0906",
}
ANSWER = {"mobile": "13800000001", "smsContent": "退订", "sendTime": "2026-11-22 09:01:00", "addSerial": ""}


def answer(said: object, *, token: str = TOKEN) -> CallbackAnswer:
    http: Any = None
    settings = MasSmsSettings.model_validate({**SETTINGS, "callback_token": TOKEN})
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    request = CallbackRequest("POST", {"token": token}, {}, body, "127.0.0.1", AT)
    return MasSms(settings, outside(http)).callback(request)


@pytest.mark.parametrize("said", [REPORT, [REPORT]])
def test_a_report_is_a_receipt(said: object) -> None:
    (receipt,) = answer(said).receipts
    assert receipt == Receipt(
        Outcome.PERMANENT,
        provider_id=provider_id("0906", "13800000001", key="stand-in-secret"),
        address="+8613800000001",
        code="MBBLACK",
        at=datetime(2026, 11, 22, 9, 0, 7, tzinfo=CHINA),
    )


@pytest.mark.parametrize("status", ["CM:0000", "DELIVRD"])
@pytest.mark.parametrize("mobile", ["13800000001", ["13800000001"]])
def test_what_arrived_is_delivered_in_each_spelling_of_the_manual(status: str, mobile: object) -> None:
    (receipt,) = answer({**REPORT, "reportStatus": status, "mobile": mobile, "errorCode": ""}).receipts
    assert (receipt.outcome, receipt.address) == (Outcome.DELIVERED, "+8613800000001")


def test_an_answer_is_inbound_and_a_repeated_one_is_known() -> None:
    (stop,), (again,), (other,) = (answer(said).inbound for said in (ANSWER, ANSWER, {**ANSWER, "smsContent": "？？"}))
    assert (stop.act, stop.address) == ("stop", "+8613800000001")
    assert stop.at == datetime(2026, 11, 22, 9, 1, tzinfo=CHINA)
    assert stop.event_id == again.event_id != other.event_id
    assert other.act == "text"


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[", b"[1, 2]", b"[" * 100_000])
def test_what_is_no_push_is_malformed(body: bytes) -> None:
    assert answer(body).status == 400


def test_a_push_without_the_secret_is_refused() -> None:
    assert answer(REPORT, token="wrong").status == 403


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted({*REPORT, *ANSWER})), inner),
    max_leaves=20,
)


@given(json_values)
def test_no_json_whatever_raises(value: object) -> None:
    read(json.dumps(value).encode(), key=TOKEN)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": None}, "password of the interface account"),
        ({"url": "112.35.1.155:1992"}, "url"),
        ({"numbers_per_request": 5001}, "numbers_per_request"),
        ({"templates": {"warning": {"id": "t2"}}}, "set template as well"),
        ({"certificate_sha256": "abc"}, "certificate_sha256"),
        ({"url": "http://a.cn/sms/submit", "certificate_sha256": "0" * 64}, "needs an https address"),
    ],
)
def test_wrong_settings_name_themselves(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MasSmsSettings.model_validate({**SETTINGS, **wrong})
