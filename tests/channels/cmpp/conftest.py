"""A stand-in gateway for each test."""

from collections.abc import AsyncIterator

import pytest

from pusher.demo.standins.cmpp import CmppStandIn, running


@pytest.fixture
async def gateway() -> CmppStandIn:
    """It reports at once and repeats soon."""
    return CmppStandIn(report_after=0.0, again_after=0.05)


@pytest.fixture
async def port(gateway: CmppStandIn) -> AsyncIterator[int]:
    async with running(gateway) as at:
        yield at
