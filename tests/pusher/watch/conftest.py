"""The watched town that the tests of the watcher share."""

from collections.abc import AsyncIterator

import pytest

from pusher.database import Database
from pusher.watch.fetch import Fetcher
from tests.support.site import Site, running
from tests.support.watched import MORNING, OLD, Town


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    at = [MORNING]
    async with running(Site()) as site, Fetcher(now=lambda: at[0]) as fetcher:
        site.publish(OLD)
        found = Town(site, database, fetcher, at)
        found.watch("tzgg")
        yield found
