"""Web Push: readable by the browser alone, signed as ours, gone when the browser says so, and only at push services."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failure import PermanentFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome
from channels.web_push import LONGEST, SERVICES, WebPush, WebPushSettings, public_key, signing_key, told
from pusher.deliver.hand_over import hand_over
from pusher.deliver.state import DeliveryState
from pusher.demo.standins.push import PushStandIn
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from subscribers.address_form import AddressError, hint, identity, normalise
from tests.channels.contract import Trouble
from tests.channels.rigs.bots import CARD
from tests.channels.rigs.web_push import RIGS
from tests.support.outside import outside

SUBSCRIPTION = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "expirationTime": None,
    "keys": {
        "p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM=",
        "auth": "tBHItJI5svbpez7KI4CCXg==",
    },
}


@given(st.text(), st.text())
def test_the_words_fit_into_one_record_and_the_link_is_never_cut(title: str, text: str) -> None:
    title, text = (each.encode(errors="ignore").decode() for each in (title[:120], text * 50))
    message = Message("b1", Lane.WARNING, "warning", {"title": title, "text": text, "url": "https://a.example/1"})
    packed = told(message, Address(1, ""))
    assert len(packed) <= LONGEST
    assert json.loads(packed)["url"] == "https://a.example/1"


async def test_a_warning_is_urgent_and_kept_no_longer_than_it_is_of_use() -> None:
    async with RIGS["web_push"](60.0) as rig:
        channel = rig.channel
        assert isinstance(channel, WebPush)
        at = datetime.now(UTC)
        channel._now = lambda: at
        assert channel._seconds_left(CARD) == 86_400
        soon = Message("b1", Lane.WARNING, "warning", CARD.parts, expires=at + timedelta(minutes=5))
        assert channel._seconds_left(soon) == 300
        late = Message("b1", Lane.WARNING, "warning", CARD.parts, expires=at - timedelta(minutes=5))
        assert channel._seconds_left(late) == 0


async def test_a_browser_that_is_gone_is_closed() -> None:
    async with RIGS["web_push"](60.0) as rig:
        await rig.make(Trouble.GONE)
        failure = await rig.failure()
        assert isinstance(failure, PermanentFailure)
        assert failure.suppresses


@pytest.mark.parametrize("status", [400, 401, 403, 405, 413, 429])
async def test_one_browser_that_is_refused_stops_no_other(status: int) -> None:
    stand_in = PushStandIn()
    stand_in.script.next.append(Fault(status=status))
    async with _browsers(stand_in) as (channel, base):
        to = [Address(number, stand_in.subscription(f"{base}{number}"), {"name": "王"}) for number in (1, 2, 3)]
        handed = await hand_over(channel, CARD, to, message_id=1, attempt=1)
    assert (handed.problem, handed.unsent) == (None, [])
    states = sorted(each.state for each in handed.attempts)
    refused = DeliveryState.FAILED if status == 413 else DeliveryState.RETRYING
    assert states == [DeliveryState.SENT, DeliveryState.SENT, refused]
    assert not any(each.gone for each in handed.attempts)


async def test_after_a_refusal_it_is_signed_anew_because_the_clock_may_have_been_put_right() -> None:
    stand_in = PushStandIn()
    async with _browsers(stand_in) as (channel, base):
        right, to = channel._now, Address(1, stand_in.subscription(f"{base}1"), {"name": "王"})
        channel._now = lambda: datetime.now(UTC) + timedelta(days=2)
        with pytest.raises(TemporaryFailure, match="clock is wrong") as raised:
            await channel.send(CARD, to, key="k")
        assert raised.value.by_address
        channel._now = right
        assert (await channel.send(CARD, to, key="k")).outcome is Outcome.SENT


@asynccontextmanager
async def _browsers(stand_in: PushStandIn) -> AsyncIterator[tuple[WebPush, str]]:
    """The channel, and how the addresses of its browsers begin."""
    async with running(stand_in) as address, aiohttp.ClientSession() as http:
        settings = WebPushSettings.model_validate({"services": ["127.0.0.1"], "allow_private": True})
        channel = WebPush(settings, replace(outside(http), now=lambda: datetime.now(UTC)))
        yield channel, f"{address}/push/"
        await channel.close()


async def test_an_address_elsewhere_is_never_dialled() -> None:
    async with aiohttp.ClientSession() as http:
        channel = WebPush(WebPushSettings(), outside(http))
        for endpoint in (
            "https://127.0.0.1/x",
            "https://evil.example/fcm.googleapis.com",
            "https://xfcm.googleapis.com/x",
        ):
            address = json.dumps({**SUBSCRIPTION, "endpoint": endpoint})
            with pytest.raises(PermanentFailure, match="not at a push service"):
                await channel.send(CARD, Address(1, address), key="k")
        with pytest.raises(PermanentFailure, match="not what a browser gives"):
            await channel.send(CARD, Address(1, "{}"), key="k")
        await channel.close()
    assert "fcm.googleapis.com" in SERVICES


def test_the_signing_key_is_the_same_for_ever_and_an_installation_s_own() -> None:
    assert (
        public_key(signing_key(b"1" * 32)) == public_key(signing_key(b"1" * 32)) != public_key(signing_key(b"2" * 32))
    )
    assert len(public_key(signing_key(b"\xff" * 32))) == 87


def test_an_address_is_kept_in_one_form_and_known_by_its_place() -> None:
    value = normalise("web_push", json.dumps(SUBSCRIPTION))
    assert value == normalise("web_push", value)
    assert "expirationTime" not in value
    assert identity("web_push", value) == SUBSCRIPTION["endpoint"]
    assert hint("web_push", value) == "updates.push.services.mozilla.com/…"


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://updates.push.services.mozilla.com/x"},
        {"endpoint": "https://user@evil.example/x"},
        {"endpoint": "https://a.example/" + "x" * 1300},
        {"keys": {"p256dh": "BNc", "auth": "tBHItJI5svbpez7KI4CCXg"}},
        {"keys": None},
        {"endpoint": 7},
    ],
)
def test_what_no_browser_gives_is_refused_with_a_sentence(change: dict[str, object]) -> None:
    with pytest.raises(AddressError, match="不是浏览器给出的推送地址"):
        normalise("web_push", json.dumps({**SUBSCRIPTION, **change}))
