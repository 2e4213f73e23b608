"""A gateway that only its settings describe: what may be described, what answers and pushes then mean."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.channel import CallbackAnswer, CallbackRequest
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.http_sms import HttpSms
from channels.http_sms_reports import read
from channels.http_sms_settings import HttpSmsSettings, PushRule
from channels.json_path import at, text_at
from channels.message import Address, Lane, Message
from channels.pushes import CHINA
from channels.receipt import Outcome, Receipt
from pusher.demo.standins.any_sms import Account, AnySmsStandIn
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from tests.channels.rigs.http_sms import ANSWER, WAYS
from tests.support.outside import outside

TOKEN = "0123456789abcdef-callback"
MESSAGE = Message("b1-sms", Lane.ROUTINE, "education", {"text": "明日停水 {number}{secret}"})
PUSHES: dict[str, Any] = {
    "receipts": {
        "entries": "data",
        "id": "msgid",
        "key": "id",
        "number": "mobile",
        "code": "stat",
        "message": "words",
        "time": "when",
        "dead": ["BLACK"],
        "ours": ["NOSIGN"],
    },
    "replies": {"number": "mobile", "text": "reply", "id": "no"},
    "thanks": '{"code":0}',
    "thanks_type": "application/json",
}


def described(**settings: Any) -> HttpSmsSettings:
    given = {"url": "https://sms.example.cn/send", "secret": "s3", "sign_name": "某区政府", "answer": ANSWER}
    return HttpSmsSettings.model_validate({**given, **WAYS["json"], **settings})


@dataclass
class Bench:
    """The channel and the gateway."""

    gateway: AnySmsStandIn
    address: str
    http: aiohttp.ClientSession

    async def send(self, number: str = "+8613800000001", **settings: Any) -> Receipt:
        read = described(url=f"{self.address}/send", secret=self.gateway.account.secret, **settings)
        return await HttpSms(read, outside(self.http)).send(MESSAGE, Address(1, number), key="k1")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    gateway = AnySmsStandIn(Account())
    async with running(gateway) as address, aiohttp.ClientSession() as http:
        yield Bench(gateway, address, http)


@pytest.mark.parametrize("way", WAYS)
async def test_the_request_is_made_as_described_and_words_are_no_places(bench: Bench, way: str) -> None:
    empty: dict[str, Any] = {"headers": {}, "json_body": None}
    receipt = await bench.send(**{**empty, **WAYS[way]})
    (shown,) = bench.gateway.inbox.all()
    assert (shown.to, shown.text, shown.mark) == ("13800000001", "【某区政府】明日停水 {number}{secret}", "k1")
    assert receipt == Receipt(Outcome.SENT, provider_id=shown.id, key="k1", code="0")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("1", TechnicalFailure), ("2", TechnicalFailure), ("3", PermanentFailure), ("4", TemporaryFailure)],
)
async def test_a_code_means_what_the_settings_say(bench: Bench, code: str, kind: type[Exception]) -> None:
    bench.gateway.script.always = Fault(code=code)
    with pytest.raises(kind) as raised:
        await bench.send()
    assert "13800000001" not in str(raised.value)


async def test_a_code_that_the_settings_do_not_explain_is_technical(bench: Bench) -> None:
    bench.gateway.script.always = Fault(code="4")
    with pytest.raises(TechnicalFailure, match="the settings do not explain"):
        await bench.send(answer={**ANSWER, "later": {}})


@pytest.mark.parametrize(
    ("answer", "said"),
    [({**ANSWER, "code": "result"}, "answer.code"), ({**ANSWER, "statuses": [202]}, "answer.statuses")],
)
async def test_an_answer_that_does_not_fit_its_description_says_which_setting(
    bench: Bench, answer: dict[str, object], said: str
) -> None:
    with pytest.raises(TechnicalFailure, match=said):
        await bench.send(answer=answer)


@pytest.mark.parametrize(
    ("fault", "recognises", "in_doubt"),
    [
        (Fault(status=502), False, True),
        (Fault(status=502), True, False),
        (Fault(line="drop"), False, True),
        (Fault(line="drop"), True, False),
        (Fault(status=503), False, False),
    ],
)
async def test_doubt_is_for_gateways_that_do_not_recognise_repeats(
    bench: Bench, fault: Fault, *, recognises: bool, in_doubt: bool
) -> None:
    bench.gateway.script.always = fault
    with pytest.raises(TemporaryFailure) as raised:
        await bench.send(recognises_repeats=recognises)
    assert raised.value.in_doubt is in_doubt


@asynccontextmanager
async def _answering(text: str, status: int = 200) -> AsyncIterator[str]:
    """A gateway that says this and nothing else; its address."""

    async def say(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status)

    app = web.Application()
    app.router.add_post("/send", say)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/send"
    await runner.cleanup()


_XML = {
    "pattern": "<code>(?P<code>[0-9]+)</code>(?:.*<id>(?P<id>[^<]*)</id>)?(?:.*<words>(?P<words>[^<]*)</words>)?",
    "code": "code",
    "id": "id",
    "message": "words",
    "good": ["0"],
    "later": {"4": "too fast"},
    "dead": {"3": "no number"},
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<?xml version='1.0'?><r>\n<code>0</code>\n<id>m7</id></r>", Receipt(Outcome.SENT, "m7", key="k1", code="0")),
        ("<r><code>0</code></r>", Receipt(Outcome.SENT, key="k1", code="0")),
        ("<r><code>4</code></r>", TemporaryFailure),
        ("<r><code>3</code><words>13800000001 is none</words></r>", PermanentFailure),
        ("<r><code>9</code></r>", TechnicalFailure),
        ("<html>Login required</html>", TechnicalFailure),
        ("", TechnicalFailure),
    ],
)
async def test_an_answer_in_text_or_xml_is_read_as_its_pattern_says(
    said: str, expected: Receipt | type[Exception]
) -> None:
    async with _answering(said) as url, aiohttp.ClientSession() as http:
        channel = HttpSms(described(url=url, answer=_XML), outside(http))
        try:
            told: Receipt | SendError = await channel.send(MESSAGE, Address(1, "+8613800000001"), key="k1")
        except SendError as failure:
            told = failure
    assert told == expected if isinstance(expected, Receipt) else type(told) is expected
    assert "13800000001" not in str(told)


async def test_a_status_that_says_later_is_heard_whatever_the_text() -> None:
    async with _answering("busy", status=503) as url, aiohttp.ClientSession() as http:
        with pytest.raises(TemporaryFailure):
            await HttpSms(described(url=url, answer=_XML), outside(http)).send(
                MESSAGE, Address(1, "+8613800000001"), key="k1"
            )


async def test_an_address_that_is_no_number_is_permanent_and_not_asked_for(bench: Bench) -> None:
    with pytest.raises(PermanentFailure):
        await bench.send("张三")
    assert not bench.gateway.counts


def answer(said: object, *, token: str = TOKEN, pushes: dict[str, Any] | None = None) -> CallbackAnswer:
    http: Any = None
    settings = described(callback_token=TOKEN, pushes=PUSHES if pushes is None else pushes)
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    request = CallbackRequest("POST", {"token": token}, {}, body, "127.0.0.1", datetime(2026, 11, 22, tzinfo=UTC))
    return HttpSms(settings, outside(http)).callback(request)


REPORT = {"mobile": 13800000001, "stat": "DELIVRD", "msgid": "m1", "id": "k1", "when": "2026-11-22 09:00:07"}


def test_a_report_is_a_receipt() -> None:
    told = answer({"data": [REPORT, None, {}]})
    assert (told.status, told.body, told.content_type) == (200, '{"code":0}', "application/json")
    assert list(told.receipts) == [
        Receipt(
            Outcome.DELIVERED,
            provider_id="m1",
            key="k1",
            address="+8613800000001",
            code="DELIVRD",
            at=datetime(2026, 11, 22, 9, 0, 7, tzinfo=CHINA),
        )
    ]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("BLACK", Outcome.PERMANENT),
        ("NOSIGN", Outcome.TECHNICAL),
        ("X", Outcome.TEMPORARY),
        ("MBBLACK", Outcome.PERMANENT),
    ],
)
def test_a_failed_message_ends_as_its_code_says(code: str, outcome: Outcome) -> None:
    (receipt,) = answer({"data": [{**REPORT, "stat": code, "words": "13800000001"}]}).receipts
    assert receipt.outcome is outcome
    assert "13800000001" not in receipt.detail


def test_an_answer_of_a_person_is_inbound() -> None:
    (stop,) = answer([{"mobile": "8613800000001", "reply": "T", "no": 7}]).inbound
    assert (stop.act, stop.address, stop.event_id) == ("stop", "+8613800000001", "7")


def test_a_push_may_be_a_form() -> None:
    pushes = {"form": "form", "receipts": {"id": "msgid", "number": "mobile", "code": "stat"}}
    (receipt,) = answer(b"mobile=13800000001&stat=DELIVRD&msgid=m1", pushes=pushes).receipts
    assert (receipt.provider_id, receipt.outcome) == ("m1", Outcome.DELIVERED)


def test_a_push_may_stand_in_the_address_of_a_get_and_then_no_body_is_one() -> None:
    rule = {"key": "key", "number": "number", "code": "code", "delivered": ["1"], "waiting": ["8"], "dead": ["16"]}
    settings = described(callback_token=TOKEN, pushes={"form": "query", "receipts": rule})
    http: Any = None
    channel = HttpSms(settings, outside(http))

    def pushed(code: str, *, method: str = "GET", token: str = TOKEN) -> CallbackAnswer:
        query = {"token": token, "key": "m1-1", "number": "13800000001", "code": code}
        at = datetime(2026, 11, 22, tzinfo=UTC)
        return channel.callback(CallbackRequest(method, query, {}, b"", "127.0.0.1", at))

    ends = [Outcome.DELIVERED, Outcome.SENT, Outcome.PERMANENT, Outcome.TEMPORARY]
    assert [pushed(code).receipts[0].outcome for code in ("1", "8", "16", "2")] == ends
    assert [pushed("1", method="POST").status, pushed("1", token="x" * 16).status] == [405, 403]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[", b"[1, 2]", b"[" * 100_000, b"7"])
def test_what_is_no_push_is_malformed(body: bytes) -> None:
    assert answer(body).status == 400


def test_without_a_description_no_push_is_understood_and_without_the_secret_none_is_taken() -> None:
    assert answer([REPORT], pushes={}).status == 400
    assert answer([REPORT], token="wrong").status == 403


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_json_whatever_raises(value: object) -> None:
    read(json.dumps({"data": value}).encode(), rule=PushRule.model_validate(PUSHES), key=TOKEN)


@given(st.binary())
def test_no_form_whatever_raises(body: bytes) -> None:
    read(body, rule=PushRule.model_validate({**PUSHES, "form": "form"}), key=TOKEN)


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.0.b", "1"), ("a.1.b", ""), ("a.b", ""), ("c", "true"), ("a", ""), ("d", ""), ("a.0.b.c", ""), ("a.²", "")],
)
def test_values_are_found_by_name_and_place(path: str, found: str) -> None:
    assert text_at({"a": [{"b": 1}], "c": True, "d": None}, path) == found


def test_no_path_is_the_whole() -> None:
    assert at([1], "") == [1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "sms.example.cn/send"}, "url"),
        ({"method": "GET"}, "a GET has no body"),
        ({"form": {"a": "{to}{text}"}}, "not both"),
        ({"json_body": {"a": "{text}"}}, "must hold"),
        ({"secret": None}, "set secret or secret_file"),
        ({"json_body": {"a": "{to}{text}"}, "recognises_repeats": True}, "needs {key}"),
        ({"answer": {**ANSWER, "dead": {"0": "?"}}}, "more than one meaning"),
        ({"answer": {**ANSWER, "code": "a..b"}}, "answer.code"),
        ({"pushes": {"receipts": {"number": "a", "code": "b"}}}, "set id or key"),
        ({"answer": {**ANSWER, "pattern": "(?P<code>", "code": "code"}}, "no regular expression"),
        ({"answer": {**ANSWER, "pattern": "(?P<status>.)", "code": "code", "id": ""}}, r"no group \(\?P<code>"),
        ({"headers": {"X": "{token}"}}, "set callback_token"),
    ],
)
def test_wrong_settings_name_themselves(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        described(**wrong)
