"""A browser that all tests of a process share, and the judge of accessibility.

A browser lives in one loop, so the tests in it run in the loop of the session, as does whatever they wait for.
"""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from pusher.database import Database
from tests.support.accessibility import axe_source
from tests.support.opened import opened_again


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_browser(chromium: str) -> AsyncIterator[Browser]:
    """Started once: that takes as long as most tests in it."""
    async with async_playwright() as player:
        started = await player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(running_browser: Browser) -> AsyncIterator[Browser]:
    """A browser in which nobody was before: contexts share nothing."""
    yield running_browser
    for context in running_browser.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browsed(sqlite_url: str) -> AsyncIterator[Database]:
    """An open database for what is looked at in the browser: that does not depend on which one it is."""
    opened = opened_again(sqlite_url, Database)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The program that judges accessibility."""
    return axe_source()
