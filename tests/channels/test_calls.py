"""Calls: signed both ways, one call server's refusal is ours to mend, and only what is pressed answers."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook as Judge

from channels.channel import CallbackAnswer, CallbackRequest
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.message import Address
from channels.receipt import Outcome
from channels.webhook import KIND, CallServer, WebhookSettings
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.webhook import WebhookStandIn
from pusher.settings.channels import configure
from tests.channels.rigs.webhook import SECRET, SPOKEN
from tests.support.outside import NOW, outside

OLD = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
ANSWERED = {"type": "call.answered", "data": {"id": "m17-3", "digits": "1"}}
WARDEN = Address(3, "+8613800000003", {"name": "王工"})


@asynccontextmanager
async def _calls(url: str = "http://127.0.0.1:9/dial", *, old_secret: str | None = None) -> AsyncIterator[CallServer]:
    given = {"to": "phone", "url": url, "secret": SECRET, "old_secret": old_secret, "allow_http": True}
    async with aiohttp.ClientSession() as http:
        now = replace(outside(http), now=lambda: datetime.now(UTC))
        yield CallServer(WebhookSettings.model_validate(given), now)


def _signed(said: object, *, secret: str = SECRET, id: str = "c-1", at: datetime = NOW) -> CallbackRequest:
    """What a call server posts, signed by the standard's own library."""
    body = json.dumps(said)
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Judge(secret).sign(id, at, body),
    }
    return CallbackRequest("POST", {}, headers, body.encode(), "127.0.0.1", NOW)


async def _heard(request: CallbackRequest, *, old_secret: str | None = None) -> CallbackAnswer:
    async with _calls(old_secret=old_secret) as calls:
        return calls.callback(request)


async def test_a_call_server_is_told_number_words_and_key_and_passes_over_a_call_that_it_knows() -> None:
    stand_in = WebhookStandIn(SECRET)
    async with running(stand_in) as address, _calls(f"{address}/dial") as calls:
        for _ in range(2):
            receipt = await calls.send(SPOKEN, WARDEN, key="m17-3")
        assert (receipt.outcome, receipt.key) == (Outcome.SENT, "m17-3")
        [call] = stand_in.inbox.all()
    assert (call.to, call.mark, call.text) == ("+8613800000003", "m17-3", "王工，请值守。明天停水。")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, TechnicalFailure),
        (404, TechnicalFailure),
        (302, TechnicalFailure),
        (410, PermanentFailure),
        (422, PermanentFailure),
        (429, TemporaryFailure),
        (503, TemporaryFailure),
        (504, TemporaryFailure),
    ],
)
async def test_only_what_the_call_server_says_of_one_number_is_that_number_s_own(
    status: int, kind: type[Exception]
) -> None:
    stand_in = WebhookStandIn(SECRET)
    stand_in.script.always = Fault(status=status)
    async with running(stand_in) as address, _calls(f"{address}/dial") as calls:
        with pytest.raises(kind) as raised:
            await calls.send(SPOKEN, WARDEN, key="m17-3")
    assert not getattr(raised.value, "suppresses", False)
    assert not getattr(raised.value, "in_doubt", False)
    assert not getattr(raised.value, "by_address", False)


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("answered", Outcome.DELIVERED),
        ("busy", Outcome.PERMANENT),
        ("no_answer", Outcome.PERMANENT),
        ("rejected", Outcome.PERMANENT),
        ("unreachable", Outcome.PERMANENT),
        ("failed", Outcome.TECHNICAL),
    ],
)
async def test_each_end_of_a_call_is_a_receipt_that_closes_no_number(end: str, outcome: Outcome) -> None:
    answer = await _heard(_signed({"type": f"call.{end}", "data": {"id": "m17-3"}}))
    [receipt] = answer.receipts
    assert (answer.status, receipt.outcome, receipt.key, receipt.suppresses) == (204, outcome, "m17-3", False)
    assert answer.inbound == []


async def test_what_is_pressed_is_what_the_person_says_and_picking_up_says_nothing() -> None:
    [pressed] = (await _heard(_signed(ANSWERED))).inbound
    assert (pressed.act, pressed.text, pressed.key, pressed.event_id) == ("text", "1", "m17-3", "c-1")
    assert (await _heard(_signed({"type": "call.answered", "data": {"id": "m17-3", "digits": ""}}))).inbound == []


async def test_a_call_is_believed_only_under_one_of_our_signatures_and_fresh() -> None:
    assert (await _heard(_signed(ANSWERED, secret=OLD), old_secret=OLD)).status == 204
    good = _signed(ANSWERED)
    bad = [
        _signed(ANSWERED, secret=OLD),
        _signed(ANSWERED, at=NOW - timedelta(minutes=6)),
        _signed(ANSWERED, at=NOW + timedelta(minutes=6)),
        replace(good, body=good.body.replace(b"m17-3", b"m17-4")),
        replace(good, headers={**good.headers, "webhook-id": "c-2"}),
        replace(good, headers={**good.headers, "webhook-signature": "v1,é v1, x"}),
        replace(good, headers={**good.headers, "webhook-timestamp": "９" * 10}),
        replace(good, headers={}),
    ]
    for request in bad:
        answer = await _heard(request)
        assert (answer.status, answer.receipts, answer.inbound) == (401, (), ())


@pytest.mark.parametrize(
    "said",
    [
        [],
        "x",
        {},
        {"type": "call.answered"},
        {"type": "call.answered", "data": []},
        {"type": "call.answered", "data": {}},
        {"type": "call.answered", "data": {"id": "x" * 65}},
        {"type": "call.answered", "data": {"id": "m17-3", "digits": "收到"}},
        {"type": "call.answered", "data": {"id": "m17-3", "digits": "1" * 33}},
        {"type": "call.busy", "data": {"id": "m17-3", "digits": "1"}},
        {"type": "message.warning", "data": {"id": "m17-3"}},
    ],
)
async def test_what_is_no_end_of_a_call_is_refused(said: object) -> None:
    answer = await _heard(_signed(said))
    assert (answer.status, answer.receipts, answer.inbound) == (400, (), ())


def test_the_settings_make_it_a_channel_of_telephones_that_can_stand_beside_another() -> None:
    voice: Mapping[str, object] = {
        "kind": "webhook",
        "secret": SECRET,
        "to": "phone",
        "url": "https://pbx.example/dial",
    }
    backup = {"kind": "command", "command": ["/usr/local/bin/dial"]}
    both = {"kind": "failover", "channels": ["voice", "backup"]}
    hook = {"kind": "webhook", "secret": SECRET}
    channels, problems = configure({"voice": voice, "backup": backup, "calls": both, "hook": hook})
    assert problems == []
    assert {name: (each.address, each.form) for name, each in channels.items()} == {
        "voice": ("phone", "script"),
        "backup": ("phone", "script"),
        "calls": ("phone", "script"),
        "hook": ("url", "card"),
    }
    assert channels["hook"].kind is KIND


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"to": "phone"}, "go together"),
        ({"url": "https://pbx.example/dial"}, "go together"),
        ({"to": "phone", "url": "http://pbx.example/dial"}, "allow_http"),
    ],
)
def test_settings_that_do_not_fit_say_so(given: Mapping[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        WebhookSettings.model_validate({"secret": SECRET, **given})
