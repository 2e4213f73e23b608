"""A console on a real port, over both databases."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from pusher.database import Database
from tests.pusher.console.posts import Running, serving


@pytest.fixture
async def console(database: Database) -> AsyncIterator[Running]:
    async with serving(database) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session
