"""Webhooks: a foreign library accepts the signature; no address of a list leads into the town's own network."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from pydantic import ValidationError
from standardwebhooks import Webhook as Judge

from channels.failure import PermanentFailure, TemporaryFailure
from channels.message import Address
from channels.receipt import Outcome
from channels.webhook import Webhook, WebhookSettings, told
from pusher.demo.standins.server import running
from pusher.demo.standins.webhook import WebhookStandIn
from tests.channels.rigs.bots import CARD
from tests.channels.rigs.webhook import SECRET
from tests.support.outside import outside

OLD = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
LET_IN = {"secret": SECRET, "allow_private": ["127.0.0.0/8"], "allow_http": True}


@asynccontextmanager
async def _channel(**settings: object) -> AsyncIterator[Webhook]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        given = replace(outside(http), now=lambda: datetime.now(UTC))
        channel = Webhook(WebhookSettings.model_validate({**LET_IN, **settings}), given)
        stack.push_async_callback(channel.close)
        yield channel


@asynccontextmanager
async def _receiver(answer: web.Response | None = None) -> AsyncIterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """An address and what was posted to it: body and headers."""
    posted: list[tuple[str, dict[str, str]]] = []

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        posted.append(((await request.read()).decode(), headers))
        return answer or web.Response(status=202)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", posted
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("secret", [SECRET, OLD])
async def test_the_standard_s_own_library_accepts_both_secrets_during_a_change(secret: str) -> None:
    async with _receiver() as (address, posted), _channel(old_secret=OLD) as channel:
        receipt = await channel.send(CARD, Address(1, address, {"name": "王工"}), key="d-1")
    assert (receipt.outcome, receipt.code) == (Outcome.DELIVERED, "202")
    [(body, headers)] = posted
    assert Judge(secret).verify(body, headers) == json.loads(body)
    assert json.loads(body)["data"]["title"] == "停水通知"
    assert (headers["webhook-id"], json.loads(body)["type"]) == ("d-1", "message.routine")


async def test_a_repetition_is_passed_over_by_its_number_and_an_old_message_refused() -> None:
    stand_in = WebhookStandIn(SECRET)
    async with running(stand_in) as address, _channel() as channel:
        to = Address(1, f"{address}/hook/one", {"name": "王工"})
        for _ in range(2):
            await channel.send(CARD, to, key="d-1")
        assert len(stand_in.inbox.all()) == 1
        channel._now = lambda: datetime.now(UTC) - timedelta(minutes=6)
        with pytest.raises(PermanentFailure, match="401") as raised:
            await channel.send(CARD, to, key="d-2")
    assert not raised.value.suppresses


async def test_no_address_of_a_list_leads_into_the_town_s_own_network() -> None:
    async with _receiver() as (address, posted), _channel(allow_private=False) as channel:
        for target in (address, address.replace("127.0.0.1", "localhost")):
            with pytest.raises(PermanentFailure, match="allow_private") as raised:
                await channel.send(CARD, Address(1, target), key="k")
            assert not raised.value.suppresses
    assert posted == []


async def test_plain_http_is_refused_unless_the_settings_let_it() -> None:
    async with _receiver() as (address, posted), _channel(allow_http=False) as channel:
        with pytest.raises(PermanentFailure, match="not https"):
            await channel.send(CARD, Address(1, address), key="k")
    assert posted == []


async def test_a_redirection_is_not_followed() -> None:
    answer = web.Response(status=302, headers={"Location": "http://127.0.0.1:1/elsewhere"})
    async with _receiver(answer) as (address, _), _channel() as channel:
        with pytest.raises(PermanentFailure, match="302"):
            await channel.send(CARD, Address(1, address), key="k")


async def test_a_receiver_s_trouble_is_its_own() -> None:
    answer = web.Response(status=503, headers={"Retry-After": "120"})
    async with _receiver(answer) as (address, _), _channel() as channel:
        with pytest.raises(TemporaryFailure) as raised:
            await channel.send(CARD, Address(1, address), key="k")
    assert (raised.value.by_address, raised.value.retry_after) == (True, 120.0)


def test_the_body_says_until_when_it_is_of_use() -> None:
    until = datetime(2026, 11, 27, 12, tzinfo=UTC)
    data = told(replace(CARD, expires=until), Address(1, ""), "k")["data"]
    assert isinstance(data, dict)
    assert data["expires"] == "2026-11-27T12:00:00+00:00"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "whsec_c2hvcnQ=", "c2VjcmV0"])
def test_a_secret_that_is_none_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValidationError) as raised:
        WebhookSettings.model_validate({"secret": secret})
    said = raised.value.errors()[0]["msg"]
    assert "secret" in said
    assert len(secret) <= len("whsec_") or secret not in said
