"""A stand-in centre for each test."""

from collections.abc import AsyncIterator

import pytest

from pusher.demo.standins.smpp import SmppStandIn, running


@pytest.fixture
async def centre() -> SmppStandIn:
    """It reports at once and repeats soon."""
    return SmppStandIn(report_after=0.0, again_after=0.05)


@pytest.fixture
async def port(centre: SmppStandIn) -> AsyncIterator[int]:
    async with running(centre) as at:
        yield at
