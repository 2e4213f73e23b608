"""The database fails, a value is damaged, a batch is poisoned: what is known is not forgotten, and the others go on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from channels.failure import TechnicalFailure, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import batch, message
from subscribers.tables import address
from tests.support.engine import Engine, Hands
from tests.support.faults import FaultyDatabase
from tests.support.opened import opened_again

SENT = Receipt(Outcome.SENT, code="250")


@pytest.fixture
async def faulty(database_url: str) -> AsyncIterator[FaultyDatabase]:
    opened = opened_again(database_url, FaultyDatabase)
    yield opened
    await opened.close()


@pytest.fixture
def engine(faulty: FaultyDatabase) -> Engine:
    return Engine(faulty)


async def _planned(engine: Engine, people: int, lane: Lane = Lane.ROUTINE) -> int:
    await engine.add_people(people)
    number = await engine.propose(lane=lane)
    await engine.fan_out()
    return number


#: Transactions of one batch of 90: claim, announce 50, record them and announce 40, record those.
@pytest.mark.parametrize("fate", ["undone", "unheard"])
@pytest.mark.parametrize("which", [2, 3, 4])
async def test_what_a_slice_came_to_survives_a_transaction_that_fails(
    engine: Engine, faulty: FaultyDatabase, fate: str, which: int
) -> None:
    number = await _planned(engine, 90)
    before = faulty.writes
    faulty.write_fate = lambda count: fate if count == before + which else ""
    busy = TemporaryFailure("busy")
    mail = Hands(rule=lambda value, times: busy if "7@" in value and not times else SENT)
    assert await engine.dispatcher(mail).work_once()
    assert (await engine.counters(number)) == {"planned": 90, "sent": 81, "retrying": 9}
    engine.later(60)
    await engine.deliver(mail=mail)
    assert sum(mail.taken.values()) == 99
    assert await engine.counters(number) == {"planned": 90, "sent": 90}


@pytest.mark.parametrize("fate", ["undone", "unheard"])
async def test_parking_survives_a_transaction_that_fails(engine: Engine, faulty: FaultyDatabase, fate: str) -> None:
    number = await _planned(engine, 60)
    before = faulty.writes
    faulty.write_fate = lambda count: fate if count == before + 3 else ""
    mail = Hands(rule=lambda _value, _times: TechnicalFailure("wrong password"))
    assert await engine.dispatcher(mail).work_once()
    mail.rule = lambda _value, _times: SENT
    mail.taken.clear()
    engine.later(60)
    await engine.deliver(mail=mail)
    assert set(mail.taken.values()) == {1}
    assert await engine.counters(number) == {"planned": 60, "sent": 60}


async def test_a_gateway_whose_answers_cannot_be_read_is_tried_with_one_recipient_and_nobody_gets_it_twice(
    engine: Engine,
) -> None:
    number = await _planned(engine, 120)
    mail = Hands(rule=lambda _value, _times: TechnicalFailure("no code", in_doubt=True))
    dispatcher = engine.dispatcher(mail)
    assert await dispatcher.work_once()
    lost = len(mail.taken)
    for _ in range(3):
        engine.later(600)
        assert await dispatcher.work_once()
    assert len(mail.taken) == lost + 3
    mail.rule = lambda _value, _times: SENT
    engine.later(600)
    while await dispatcher.work_once():
        pass
    assert set(mail.taken.values()) == {1}
    assert await engine.counters(number) == {"planned": 120, "sent": 120 - lost - 3, "in_doubt": lost + 3}


async def test_a_database_that_stays_away_leaves_a_slice_in_doubt_and_the_rest_waiting(
    engine: Engine, faulty: FaultyDatabase
) -> None:
    number = await _planned(engine, 120)
    before = faulty.writes
    faulty.write_fate = lambda count: "undone" if count >= before + 3 else ""
    mail = Hands()
    assert await engine.dispatcher(mail).work_once()
    assert len(mail.taken) == 50
    faulty.write_fate = lambda _count: ""
    engine.later(61)
    heir = engine.postman(mail=mail)
    await heir.scout.renew_and_recover()
    await heir.once()
    assert set(mail.taken.values()) == {1}
    assert await engine.counters(number) == {"planned": 120, "sent": 70, "in_doubt": 50}
    assert await engine.state(number) == "done"


async def test_nobody_is_in_doubt_whose_address_could_not_be_read(engine: Engine, faulty: FaultyDatabase) -> None:
    number = await _planned(engine, 60)
    before = faulty.reads
    mail = Hands()
    faulty.read_fate = lambda count: "undone" if count > before + 1 else ""
    assert await engine.dispatcher(mail).work_once()
    faulty.read_fate = lambda _count: ""
    assert not mail.taken
    assert await engine.counters(number) == {"planned": 60, "parkings": 1}
    engine.later(60)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 60, "sent": 60}


async def test_an_address_that_does_not_open_holds_nobody_else_up(engine: Engine) -> None:
    number = await _planned(engine, 40)
    async with engine.database.write() as connection:
        intact = await connection.scalar(sa.select(address.c.value).where(address.c.id == 7))
        await connection.execute(sa.update(address).where(address.c.id == 7).values(value=b"\x01k1" + bytes(60)))
        await connection.execute(sa.update(address).where(address.c.id == 8).values(value=b"torn"))
    mail = Hands()
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 40, "sent": 38, "retrying": 2}
    async with engine.database.write() as connection:
        await connection.execute(sa.update(address).where(address.c.id == 7).values(value=intact))
    for _ in range(10):
        engine.later(8 * 3600)
        await engine.deliver(mail=mail)
    assert set(mail.taken.values()) == {1}
    counters = await engine.counters(number)
    assert counters.pop("sent") == 39
    assert await engine.state(number) == "done"


async def _poison(engine: Engine, number: int) -> None:
    async with engine.database.write() as connection:
        mine = message.c.broadcast_id == number
        await connection.execute(sa.update(message).where(mine).values(content={"parts": {}}))


async def test_a_damaged_message_holds_no_other_up(engine: Engine) -> None:
    await engine.add_people(30)
    damaged, good = await engine.propose(), await engine.propose()
    await engine.fan_out()
    await _poison(engine, damaged)
    mail = Hands()
    await engine.deliver(mail=mail)
    assert await engine.counters(good) == {"planned": 30, "sent": 30}
    assert await engine.counters(damaged) == {"planned": 30}


async def test_a_claim_that_nobody_works_on_any_more_is_not_prolonged(engine: Engine) -> None:
    number = await _planned(engine, 30)
    await _poison(engine, number)
    postman = engine.postman(mail=Hands())
    await postman.once()
    engine.later(59)
    await postman.scout.renew_and_recover()
    async with engine.database.read() as connection:
        assert (await connection.scalars(sa.select(batch.c.state))).all() == ["claimed"]
    engine.later(2)
    await postman.scout.renew_and_recover()
    async with engine.database.read() as connection:
        row = (await connection.execute(sa.select(batch.c.state, batch.c.recorded))).one()
    assert tuple(row) == ("waiting", 0)


async def test_a_claim_that_is_worked_on_is_prolonged_however_slow_the_channel(engine: Engine) -> None:
    number = await _planned(engine, 30)
    mail = Hands(gate=asyncio.Event())
    postman = engine.postman(mail=mail)
    working = asyncio.create_task(postman.once())
    await mail.reached.wait()
    for _ in range(5):
        engine.later(40)
        await postman.scout.renew_and_recover()
    assert mail.gate is not None
    mail.gate.set()
    await working
    assert await engine.counters(number) == {"planned": 30, "sent": 30}


async def test_a_slow_worker_that_was_replaced_changes_nothing(engine: Engine) -> None:
    for lane, expected in ((Lane.ROUTINE, {"in_doubt": 50, "sent": 70}), (Lane.WARNING, {"sent": 120})):
        number = await _planned(engine, 120, lane) if lane is Lane.ROUTINE else await engine.propose(lane=lane)
        await engine.fan_out()
        slow = Hands(gate=asyncio.Event())
        working = asyncio.create_task(engine.postman(mail=slow).once())
        await slow.reached.wait()
        engine.later(61)
        heir = Engine(engine.database, ring=engine.ring, at=engine.at, worker="heir")
        mail = Hands()
        postman = heir.postman(mail=mail)
        await postman.scout.renew_and_recover()
        await postman.once()
        assert slow.gate is not None
        slow.gate.set()
        await working
        got = slow.taken + mail.taken
        assert len(got) == 120
        if lane is Lane.ROUTINE:
            assert set(got.values()) == {1}
        assert await engine.counters(number) == {"planned": 120, **expected}
        assert (await engine.states(number))[DeliveryState.SENT] == expected["sent"]
