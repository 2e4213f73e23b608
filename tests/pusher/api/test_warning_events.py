"""Programs hear how far a warning has got, as it happens."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from pusher.api.api import add_api
from tests.pusher.api.running import KEY, NOW, Running

_HEADERS = {"X-API-Key": KEY}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The API of a service with one warning, which takes three looks to be over."""
    running = Running()
    looks = {"sent": 0}

    async def look(number: int, areas: bool) -> Mapping[str, Any] | None:
        if number != 1:
            return None
        if areas:
            return {"areas": {"360403": {"people": 1}}, "over": True}
        looks["sent"] = min(looks["sent"] + 1, 4)
        return {"sent": looks["sent"], "over": looks["sent"] >= 4}

    app = web.Application()
    keys = {"screen": hashlib.sha256(KEY.encode()).hexdigest()}
    add_api(app, keys=keys, accept=running.accept, channels={}, take=running.take, look=look, now=lambda: NOW)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/warnings"
    await runner.cleanup()


async def test_each_change_is_an_event_and_the_stream_ends(url: str, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{url}/1/events", headers=_HEADERS) as response:
        assert response.content_type == "text/event-stream"
        words = await response.text()
    assert words.split("\n\n") == [
        *(f'event: progress\ndata: {{"sent": {sent}, "over": {str(sent == 4).lower()}}}' for sent in (2, 3, 4)),
        "event: over\ndata: {}",
        "",
    ]


async def test_nobody_without_a_key_listens(url: str, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{url}/1/events") as response:
        assert response.status == 401


async def test_what_has_not_gone_out_is_not_found(url: str, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{url}/2/events", headers=_HEADERS) as response:
        assert (response.status, response.content_type) == (404, "application/problem+json")


async def test_the_stages_by_area_are_there_for_whoever_asks(url: str, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{url}/1/events?areas=1", headers=_HEADERS) as response:
        assert '"areas": {"360403"' in await response.text()
