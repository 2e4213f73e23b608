"""The service stores what a provider reports over the connection that it sends on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pusher.app import Store, open_store
from pusher.demo.standins import cmpp, smpp
from pusher.demo.standins.cmpp import CmppStandIn
from pusher.demo.standins.smpp import SmppStandIn
from pusher.service import Service, open_service
from pusher.settings.read import read
from subscribers import consent
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, add_many
from tests.pusher.cli.town import Town
from tests.support.carrier import message, to, until

_CMPP = """
[channels.sms]
kind = "cmpp"
host = "127.0.0.1"
port = {port}
sp_id = "901234"
secret = "stand-in-secret"
service_id = "GOVTZ"
src_id = "106900001"
"""

_SMPP = """
[channels.sms]
kind = "smpp"
host = "127.0.0.1"
port = {port}
system_id = "gov"
password = "standin"
source = "106900001"
"""


@asynccontextmanager
async def _service(folder: Path, channel: str) -> AsyncIterator[tuple[Store, Service]]:
    town = Town(folder)
    await asyncio.to_thread(town.run, "init")
    town.add(channel)
    async with open_store(read(town.settings), upgrading=True) as store, open_service(store) as service:
        yield store, service


async def _reason(store: Store, number: str) -> dict[consent.Key, str]:
    key = ("phone", store.ring.fingerprint("phone", number))
    async with store.database.read() as connection:
        return {known: str(why) for known, why in (await consent.reasons(connection, [key])).items()}


@asynccontextmanager
async def _cmpp() -> AsyncIterator[tuple[CmppStandIn, str]]:
    gateway = CmppStandIn(report_after=None)
    async with cmpp.running(gateway) as port:
        yield gateway, _CMPP.format(port=port)


@asynccontextmanager
async def _smpp() -> AsyncIterator[tuple[SmppStandIn, str]]:
    centre = SmppStandIn(report_after=None)
    async with smpp.running(centre) as port:
        yield centre, _SMPP.format(port=port)


@pytest.mark.parametrize("gateway_of", [_cmpp, _smpp])
async def test_who_writes_td_over_a_carriers_line_is_written_to_no_more(
    tmp_path: Path, gateway_of: Callable[[], AbstractAsyncContextManager[tuple[CmppStandIn | SmppStandIn, str]]]
) -> None:
    stopping = asyncio.Event()
    async with gateway_of() as (gateway, channel), _service(tmp_path / "town", channel) as (store, service):
        person = Newcomer(addresses=[("phone", to(1).value)])
        async with store.database.write() as connection:
            await add_many(connection, store.ring, [person], Origin("test", datetime.now(UTC)))
        assert await _reason(store, to(1).value) == {}
        working = asyncio.create_task(service.run(stopping, watching=False))
        await until(gateway, lambda: gateway.counts["connect"] + gateway.counts["bind"] == 1)
        # Its answer comes after that to the login, so the line is open both ways.
        await service.channels["sms"].send(message("停水"), to(2), key="k")
        gateway.write("13800000001", "TD")
        await until(gateway, lambda: gateway.counts["acknowledged"] == 1)
        stopping.set()
        # What was acknowledged is stored before the end.
        await working
        assert list(await _reason(store, to(1).value)) != []


async def test_who_subscribes_over_a_carriers_line_is_answered_over_it(tmp_path: Path) -> None:
    stopping = asyncio.Event()
    async with _cmpp() as (gateway, channel), _service(tmp_path / "town", channel) as (_, service):
        working = asyncio.create_task(service.run(stopping, watching=False))
        await until(gateway, lambda: gateway.counts["connect"] == 1)
        await service.channels["sms"].send(message("停水"), to(2), key="k")
        gateway.write("13800000001", "ｄｙ 环保")
        await until(gateway, lambda: len(gateway.inbox.all()) == 2)
        stopping.set()
        await working
    answer = gateway.inbox.all()[-1]
    assert answer.to.endswith("13800000001")
    assert "已订阅：环境保护（浔阳区）" in answer.text
