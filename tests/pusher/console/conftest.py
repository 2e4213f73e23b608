"""A console on a real port, over both databases."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from pusher.console.console import add_console
from pusher.database import Database
from tests.pusher.console.posts import SITE, Running
from tests.support import peers


@pytest.fixture
async def console(database: Database) -> AsyncIterator[Running]:
    running = Running("", database)

    async def end(token: str) -> bool:
        running.ended.append(token)
        return token.startswith("good")

    async def duties(token: str) -> list[str]:
        return ["防汛责任人必须接收；咨询 12345"] if token.startswith("good-duty") else []

    async def is_ready() -> bool:
        return running.ready

    app = web.Application()
    add_console(app, SITE, database, unsubscribe=end, duties=duties, is_ready=is_ready)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield running
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture(scope="session")
def axe() -> str:
    """The program that judges; skips loudly where npm cannot bring it."""
    modules = Path(peers.node("axe-core")["NODE_PATH"])
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is; skips where there is none, except in CI, where that is a failure."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium: install the package chromium")
    if path is None:
        pytest.skip("no Chromium on this machine")
    return path
