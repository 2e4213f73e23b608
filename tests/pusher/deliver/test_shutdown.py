"""A worker that is told to stop puts everything back and ends, wherever it is; one that hangs on loses nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.tables import batch, worker
from pusher.plan import broadcast
from tests.support.engine import Engine, Hands
from tests.support.faults import FaultyDatabase
from tests.support.opened import opened_again

#: Seconds after which a test that waits for the end of something gives up.
_ENDLESS = 20


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


async def _workers(engine: Engine) -> int:
    async with engine.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(worker)) or 0


async def test_an_idle_worker_ends_when_it_is_told_to(engine: Engine) -> None:
    stopping = asyncio.Event()
    working = asyncio.create_task(engine.postman(mail=Hands(), sms=Hands()).run(stopping))
    async with asyncio.timeout(_ENDLESS):
        await asyncio.sleep(0)
        stopping.set()
        await working
    assert await _workers(engine) == 0


@pytest.mark.parametrize("lane", [Lane.WARNING, Lane.ROUTINE])
async def test_a_worker_that_ends_puts_back_what_it_did_not_hand_over(engine: Engine, lane: Lane) -> None:
    await engine.add_people(1300)
    number = await engine.propose(lane=lane)
    await engine.fan_out()
    stopping = asyncio.Event()
    mail = Hands(gate=asyncio.Event())
    working = asyncio.create_task(engine.postman(mail=mail).run(stopping))
    async with asyncio.timeout(_ENDLESS):
        await mail.reached.wait()
        stopping.set()
        assert mail.gate is not None
        mail.gate.set()
        await working
    taken = len(mail.taken)
    assert 0 < taken < 1300
    assert await engine.counters(number) == {"planned": 1300, "sent": taken}
    async with engine.database.read() as connection:
        assert set(await connection.scalars(sa.select(batch.c.state))) <= {"waiting", "done"}
    await engine.deliver(mail=mail)
    assert set(mail.taken.values()) == {1}
    assert await engine.counters(number) == {"planned": 1300, "sent": 1300}


async def test_what_a_worker_puts_back_of_a_halted_broadcast_is_held(engine: Engine) -> None:
    await engine.add_people(500)
    number = await engine.propose()
    await engine.fan_out()
    stopping = asyncio.Event()
    mail = Hands(gate=asyncio.Event())
    working = asyncio.create_task(engine.postman(mail=mail).run(stopping))
    async with asyncio.timeout(_ENDLESS):
        await mail.reached.wait()
        async with engine.database.write() as connection:
            await broadcast.halt(connection, number)
        stopping.set()
        assert mail.gate is not None
        mail.gate.set()
        await working
    halted = dict(mail.taken)
    await engine.deliver(mail=mail)
    assert mail.taken == halted
    async with engine.database.write() as connection:
        await broadcast.resume(connection, number)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 500, "sent": 500}
    assert set(mail.taken.values()) == {1}


@pytest.fixture
async def faulty(database_url: str) -> AsyncIterator[FaultyDatabase]:
    opened = opened_again(database_url, FaultyDatabase)
    yield opened
    await opened.close()


async def test_a_scout_that_fails_takes_nobody_with_it(faulty: FaultyDatabase) -> None:
    engine = Engine(faulty)
    await engine.add_people(300)
    number = await engine.propose()
    await engine.fan_out()
    mail = Hands(gate=asyncio.Event())
    stopping = asyncio.Event()
    working = asyncio.create_task(engine.postman(mail=mail).run(stopping))
    async with asyncio.timeout(_ENDLESS):
        await mail.reached.wait()
        failed, before = asyncio.Event(), faulty.writes

        def fate(count: int) -> str:
            # The next transaction is the scout's last: the slices under way wait at the gate.
            if count > before + 1:
                return ""
            failed.set()
            return "undone"

        faulty.write_fate = fate
        stopping.set()
        await failed.wait()
        assert mail.gate is not None
        mail.gate.set()
        await working
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 300, "sent": 300}
    assert set(mail.taken.values()) == {1}
