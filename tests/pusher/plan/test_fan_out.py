"""From a broadcast to batches: every range once, whoever else plans, and one that cannot be planned stops no other."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.batch import unpack
from pusher.deliver.bell import Bell
from pusher.deliver.tables import batch
from pusher.plan import broadcast, fan_out
from pusher.plan.fan_out import FanOut
from pusher.plan.tables import broadcast as broadcasts
from subscribers import consent, people
from subscribers.audience import Audience
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.tables import address, group, membership
from subscribers.topic import Severity, Topic
from tests.support.engine import EVERYBODY, Engine, Hands


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "RANGE", 7)


async def _planned(engine: Engine) -> list[int]:
    """The recipients of all batches, in order."""
    async with engine.database.read() as connection:
        packed = (await connection.scalars(sa.select(batch.c.recipients).order_by(batch.c.id))).all()
    return [number for each in packed for number in unpack(each)]


async def _act(engine: Engine, number: int, name: str) -> None:
    async with engine.database.write() as connection:
        await getattr(broadcast, name)(connection, number)


@pytest.mark.usefixtures("small_ranges")
async def test_two_who_plan_at_once_plan_everybody_once(engine: Engine) -> None:
    await engine.add_people(100)
    number = await engine.propose()
    await asyncio.gather(*(FanOut(engine.database, Bell(), engine.now).once() for _ in range(3)))
    assert sorted(await _planned(engine)) == list(range(1, 101))
    assert await engine.counters(number) == {"planned": 100}
    await engine.deliver(mail=Hands())
    assert await engine.state(number) == "done"


@pytest.mark.usefixtures("small_ranges")
async def test_planning_that_is_broken_off_goes_on_where_it_stopped(engine: Engine) -> None:
    await engine.add_people(60)
    number = await engine.propose()
    for turns in (3, 7, 11, 19, 31):
        planning = asyncio.create_task(engine.fan_out())
        for _ in range(turns):
            await asyncio.sleep(0)
        planning.cancel()
        await asyncio.gather(planning, return_exceptions=True)
    await engine.fan_out()
    assert sorted(await _planned(engine)) == list(range(1, 61))
    assert await engine.counters(number) == {"planned": 60}


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("ending", ["resume", "cancel"])
async def test_a_broadcast_that_is_halted_while_it_is_planned_is_planned_no_further(
    engine: Engine, ending: str
) -> None:
    await engine.add_people(60)
    number = await engine.propose()
    planning = asyncio.create_task(engine.fan_out())
    while not await _planned(engine):
        continue
    await _act(engine, number, "halt")
    await planning
    halted = await _planned(engine)
    assert 0 < len(halted) <= 60
    mail = Hands()
    await engine.deliver(mail=mail)
    assert not mail.taken
    await _act(engine, number, ending)
    await engine.deliver(mail=mail)
    if ending == "resume":
        assert await engine.counters(number) == {"planned": 60, "sent": 60}
        assert await engine.state(number) == "done"
    else:
        assert await engine.counters(number) == {"planned": len(halted), "cancelled": len(halted)}


async def test_a_broadcast_that_cannot_be_planned_stops_no_other(engine: Engine) -> None:
    await engine.add_people(5)
    damaged = await engine.propose(lane=Lane.WARNING)
    good = await engine.propose()
    async with engine.database.write() as connection:
        await connection.execute(
            sa.update(broadcasts).where(broadcasts.c.id == damaged).values(audience={"topic": "torn"})
        )
    await engine.deliver(mail=Hands())
    assert await engine.counters(good) == {"planned": 5, "sent": 5}


@pytest.mark.parametrize("others", [10, 600])
async def test_a_warning_may_name_any_number_of_areas(engine: Engine, others: int) -> None:
    where = {"360403": True, "360403001": True, "3604": True, "360404": False, "36040": True, "44": False, "37": True}
    people = [
        Newcomer([("email", f"r{area}@example.com")], subscriptions=[Subscription("education", area, Severity.BLUE)])
        for area in where
    ]
    async with engine.database.write() as connection:
        await add_many(connection, engine.ring, people, Origin("test", engine.at))
    codes = {"360403", "37", *(f"{number}" for number in range(110000, 110000 + others))}
    topic = Topic(frozenset({"education"}), frozenset(codes), Severity.RED)
    await engine.propose(lane=Lane.WARNING, audience=Audience(topic, warning=True))
    mail = Hands()
    await engine.deliver(mail=mail)
    assert set(mail.taken) == {f"r{area}@example.com" for area, is_meant in where.items() if is_meant}


async def test_an_end_reaches_those_who_got_the_warning_and_may_still_be_written_to(engine: Engine) -> None:
    await engine.add_people(6)
    first = await engine.propose(lane=Lane.WARNING)
    await engine.deliver(mail=Hands())
    await engine.add_people(3, start=7)
    async with engine.database.write() as connection:
        await connection.execute(sa.update(address).where(address.c.id == 2).values(standing=2))
        await people.erase(connection, 3, source="test", at=engine.at)
    end = await engine.propose(lane=Lane.WARNING, audience=Audience(earlier=(first,)))
    mail = Hands()
    await engine.deliver(mail=mail)
    assert set(mail.taken) == {f"r{number}@example.com" for number in (1, 4, 5, 6)}
    assert await engine.fall_back() == 0
    assert await engine.state(end) == "done"


async def test_who_was_meant_twice_gets_it_once(engine: Engine) -> None:
    await engine.add_people(6)
    first = await engine.propose()
    await engine.deliver(mail=Hands())
    second = await engine.propose(audience=Audience(EVERYBODY, earlier=(first,)))
    mail = Hands()
    await engine.deliver(mail=mail)
    assert await engine.counters(second) == {"planned": 6, "sent": 6}
    assert set(mail.taken.values()) == {1}


async def test_what_is_planned_after_its_time_is_recorded_and_not_sent(engine: Engine) -> None:
    await engine.add_people(6)
    number = await engine.propose(approval=True, useful=timedelta(hours=1))
    async with engine.database.write() as connection:
        await broadcast.approve(connection, number, by="wang", at=engine.at)
    engine.later(3601)
    mail = Hands()
    await engine.deliver(mail=mail)
    assert not mail.taken
    assert await engine.counters(number) == {"planned": 6, "expired": 6}
    assert await engine.state(number) == "done"


async def test_a_warning_reaches_wardens_by_duty_on_the_address_that_they_refused(engine: Engine) -> None:
    await engine.add_people(4)
    async with engine.database.write() as connection:
        listed = {"name": "责任人", "basis": "statutory", "duty": "咨询 12345"}
        await connection.execute(sa.insert(group).values(id=1, **listed))
        members = [{"group_id": 1, "subscriber_id": number} for number in (1, 2, 3)]
        await connection.execute(sa.insert(membership), members)
        await consent.refuse(connection, [1, 2, 4], source="page", at=engine.at)
        await consent.suppress_addresses(connection, [(2, "mailbox unknown")], source="550", at=engine.at)
    mail = Hands()
    await engine.propose(audience=Audience(groups=(1,)))
    await engine.deliver(mail=mail)
    assert set(mail.taken) == {"r3@example.com"}
    warning = await engine.propose(lane=Lane.WARNING, audience=Audience(EVERYBODY, groups=(1,), warning=True))
    await engine.deliver(mail=mail)
    assert mail.taken == {"r1@example.com": 1, "r3@example.com": 2}
    assert await engine.counters(warning) == {"planned": 2, "sent": 2}
