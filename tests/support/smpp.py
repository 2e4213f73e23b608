"""A channel beside a message centre."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from channels import smpp
from channels.smpp.channel import Smpp
from tests.support.outside import outside


def settings_at(port: int, **settings: object) -> smpp.SmppSettings:
    """Settings for whoever listens at `port`."""
    given = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "gov",
        "password": "standin",
        "source": "106900001",
    }
    return smpp.SmppSettings.model_validate(given | settings)


@asynccontextmanager
async def channel_at(port: int, **settings: object) -> AsyncIterator[Smpp]:
    """A channel to whoever listens at `port`."""
    async with aiohttp.ClientSession() as http:
        channel = smpp.KIND.build("sms", settings_at(port, **settings), outside(http))
        assert isinstance(channel, Smpp)
        try:
            yield channel
        finally:
            await channel.close()
