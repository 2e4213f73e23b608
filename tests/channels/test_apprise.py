"""Apprise: a service that is slow holds up nothing else of the process, and what was never begun is not in doubt."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest

from channels.apprise import Apprise, AppriseSettings
from channels.failure import SendError, TemporaryFailure
from channels.message import Address
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from tests.channels.rigs.apprise import Server
from tests.channels.rigs.bots import CARD
from tests.support.outside import outside


async def test_no_second_address_hides_behind_one_that_is_allowed() -> None:
    server = Server()
    async with running(server) as address, aiohttp.ClientSession() as http:
        host = address.removeprefix("http://")
        channel = Apprise(AppriseSettings(schemes=("form",)), outside(http))
        for between in (",", ";", " ", "\n"):
            to = Address(1, f"form://{host}/topic{between}json://{host}/hidden")
            with pytest.raises(SendError):
                await channel.send(CARD, to, key="k")
        await channel.close()
    assert not server.inbox.all()


async def test_a_slow_service_blocks_no_other_work_and_whoever_waits_behind_it_was_not_tried() -> None:
    server = Server()
    server.script.always = Fault(line="silence")
    # All other work of the loop has this one thread.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    async with running(server) as address, aiohttp.ClientSession() as http:
        settings = AppriseSettings(schemes=("json",), concurrency=1, timeout=60.0)
        channel = Apprise(settings, outside(http))
        to = Address(1, f"json://{address.removeprefix('http://')}/topic")
        held = asyncio.create_task(channel.send(CARD, to, key="a"))
        await server.script.holding.wait()
        assert await asyncio.to_thread(lambda: "done") == "done"
        channel._timeout = 0.05
        with pytest.raises(TemporaryFailure, match="waits for a thread") as raised:
            await channel.send(CARD, to, key="b")
        assert (raised.value.untried, raised.value.in_doubt, raised.value.by_address) == (True, False, True)
        held.cancel()
        await channel.close()
