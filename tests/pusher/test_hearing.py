"""The service stores what a provider reports over the connection that it sends on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from pusher.app import Store, open_store
from pusher.demo.standins.cmpp import CmppStandIn, running
from pusher.service import Service, open_service
from pusher.settings.read import read
from subscribers import consent
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, add_many
from tests.pusher.cli.town import Town
from tests.support.carrier import message, to, until

_CHANNEL = """
[channels.sms]
kind = "cmpp"
host = "127.0.0.1"
port = {port}
sp_id = "901234"
secret = "stand-in-secret"
service_id = "GOVTZ"
src_id = "106900001"
"""


@asynccontextmanager
async def _service(folder: Path, port: int) -> AsyncIterator[tuple[Store, Service]]:
    town = Town(folder)
    await asyncio.to_thread(town.run, "init")
    town.add(_CHANNEL.format(port=port))
    async with open_store(read(town.settings), upgrading=True) as store, open_service(store) as service:
        yield store, service


async def _reason(store: Store, number: str) -> dict[consent.Key, str]:
    key = ("phone", store.ring.fingerprint("phone", number))
    async with store.database.read() as connection:
        return {known: str(why) for known, why in (await consent.reasons(connection, [key])).items()}


async def test_who_writes_td_over_cmpp_is_written_to_no_more(tmp_path: Path) -> None:
    gateway, stopping = CmppStandIn(report_after=None), asyncio.Event()
    async with running(gateway) as port, _service(tmp_path / "town", port) as (store, service):
        person = Newcomer(addresses=[("phone", to(1).value)])
        async with store.database.write() as connection:
            await add_many(connection, store.ring, [person], Origin("test", datetime.now(UTC)))
        assert await _reason(store, to(1).value) == {}
        working = asyncio.create_task(service.run(stopping, watching=False))
        await until(gateway, lambda: bool(gateway.lines) and gateway.lines[0].layout == 2)
        await service.channels["sms"].send(message("停水"), to(2), key="k")
        gateway.write("13800000001", "TD")
        await until(gateway, lambda: gateway.counts["acknowledged"] == 1)
        stopping.set()
        # What was acknowledged is stored before the end.
        await working
        assert list(await _reason(store, to(1).value)) != []
