"""A channel beside a stand-in gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from channels import cmpp
from channels.cmpp.channel import Cmpp
from tests.support.outside import outside


def settings_at(port: int, version: str = "2.0", **settings: object) -> cmpp.CmppSettings:
    """Settings for whoever listens at `port`."""
    given = {
        "version": version,
        "host": "127.0.0.1",
        "port": port,
        "sp_id": "901234",
        "secret": "stand-in-secret",
        "service_id": "GOVTZ",
        "src_id": "106900001",
    }
    return cmpp.CmppSettings.model_validate(given | settings)


@asynccontextmanager
async def channel_at(port: int, version: str = "2.0", **settings: object) -> AsyncIterator[Cmpp]:
    """A channel to whoever listens at `port`."""
    async with aiohttp.ClientSession() as http:
        channel = cmpp.KIND.build("sms", settings_at(port, version, **settings), outside(http))
        assert isinstance(channel, Cmpp)
        try:
            yield channel
        finally:
            await channel.close()
