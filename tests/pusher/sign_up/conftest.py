"""A whole service over both databases, and a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from pusher.database import Database
from tests.support.town_service import TownService, town_service


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> AsyncIterator[TownService]:
    async with town_service(database, tmp_path) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
