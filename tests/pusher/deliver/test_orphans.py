"""A channel that is taken out of the settings, or gets another name there, loses nobody in silence."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver import orphans
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import message
from pusher.plan import broadcast
from tests.support.engine import Engine, Hands

_BOTH = (("old", "email"), ("sms", "phone"))


@pytest.fixture
async def engine(database: Database) -> Engine:
    engine = Engine(database)
    await engine.add_pairs(3)
    return engine


async def _settle(engine: Engine) -> int:
    """Settle all there is; how many batches it were."""
    settled = 0
    while True:
        async with engine.database.write() as connection:
            if not await orphans.settle(connection, {"sms", "mail"}, to_instant(engine.at)):
                return settled
        settled += 1


async def _problems(engine: Engine) -> set[str | None]:
    async with engine.database.read() as connection:
        return set(await connection.scalars(sa.select(message.c.problem).where(message.c.channel == "old")))


async def test_a_warning_for_a_channel_that_is_gone_goes_to_the_next_addresses(engine: Engine) -> None:
    number = await engine.propose(channels=_BOTH, lane=Lane.WARNING)
    sms = Hands()
    await engine.deliver(sms=sms)
    assert await _settle(engine) == 1
    assert await engine.fall_back() == 3
    await engine.deliver(sms=sms)
    assert sms.taken.total() == 3
    assert await engine.states(number) == {DeliveryState.FAILED: 3, DeliveryState.SENT: 3}
    assert await engine.state(number) == "done"


async def test_a_notice_waits_for_its_channel_says_so_and_is_recorded_when_it_is_too_late(engine: Engine) -> None:
    number = await engine.propose(channels=_BOTH, useful=timedelta(hours=1))
    await engine.fan_out()
    assert await _settle(engine) == 0
    assert all(problem and "no such channel" in problem for problem in await _problems(engine))
    assert await engine.state(number) == "open"
    engine.later(3600)
    assert await _settle(engine) == 1
    assert await engine.states(number) == {DeliveryState.EXPIRED: 3}
    assert await engine.fall_back() == 0
    assert await engine.state(number) == "done"


async def test_a_channel_that_comes_back_delivers_what_waited(engine: Engine) -> None:
    number = await engine.propose(channels=_BOTH)
    await engine.fan_out()
    await _settle(engine)
    old = Hands()
    await engine.deliver(old=old, sms=Hands())
    assert old.taken.total() == 3
    assert await _problems(engine) == {None}
    assert await engine.state(number) == "done"


async def test_what_is_halted_waits_and_what_is_cancelled_is_written_off(engine: Engine) -> None:
    number = await engine.propose(channels=_BOTH, lane=Lane.WARNING)
    await engine.fan_out()
    async with engine.database.write() as connection:
        await broadcast.halt(connection, number)
    assert await _settle(engine) == 0
    async with engine.database.write() as connection:
        await broadcast.cancel(connection, number)
    assert await _settle(engine) == 1
    assert await engine.states(number) == {DeliveryState.CANCELLED: 3}


async def test_what_a_rehearsal_sends_nowhere_is_left_to_it(engine: Engine) -> None:
    await engine.propose(channels=(("~mail", "email"),), lane=Lane.WARNING)
    await engine.fan_out()
    assert await _settle(engine) == 0
