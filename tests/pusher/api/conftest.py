"""The API on a real port."""

import hashlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from pusher.api.api import add_api
from tests.pusher.api.running import KEY, NOW, Running


@pytest.fixture
async def api() -> AsyncIterator[Running]:
    """The API on a loopback port."""
    running = Running()

    async def page(_request: web.Request) -> web.Response:
        raise web.HTTPNotFound(text="a page for people")

    app = web.Application()
    keys = {"cms": hashlib.sha256(KEY.encode()).hexdigest(), "oa": hashlib.sha256(b"other").hexdigest().upper()}
    add_api(app, keys=keys, accept=running.accept, channels={"sms": running}, take=running.take, now=lambda: NOW)
    app.add_routes([web.get("/page", page)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield running
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session
