"""A channel beside a stand-in gateway."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from channels import cmpp
from channels.cmpp.channel import Cmpp
from channels.message import Address, Lane, Message
from pusher.demo.standins.cmpp import CmppStandIn
from tests.support.outside import outside


def message(text: str, number: int = 1) -> Message:
    """Words."""
    return Message(f"b{number}-sms", Lane.ROUTINE, "education", {"text": text})


def to(number: int = 1) -> Address:
    """The n-th person."""
    return Address(number, f"+86138{number:08d}")


async def until(gateway: CmppStandIn, is_so: Callable[[], bool]) -> None:
    """Wait for something that the gateway notices."""
    while not is_so():
        gateway.changed.clear()
        await gateway.changed.wait()


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
