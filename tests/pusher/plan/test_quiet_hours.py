"""Quiet hours: ordinary messages wait for their end, warnings do not, and what waits too long is recorded as such."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import message
from pusher.plan import broadcast
from subscribers.audience import Audience
from subscribers.tables import group, membership, subscriber
from subscribers.topic import Severity, Topic
from tests.support.engine import Engine, Hands

#: 22:30 in China.
_NIGHT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
_MORNING = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


@pytest.fixture
async def engine(database: Database) -> Engine:
    """Two people; the second has quiet hours from 22:00 to 7:00 and wants to be woken from orange on."""
    engine = Engine(database, at=_NIGHT)
    await engine.add_people(2)
    async with database.write() as connection:
        await connection.execute(
            sa.update(subscriber)
            .where(subscriber.c.id == 2)
            .values(quiet_from=22 * 60, quiet_until=7 * 60, urgent=int(Severity.ORANGE))
        )
    return engine


def _warning(level: Severity, **more: object) -> Audience:
    topic = Topic(frozenset({"education"}), frozenset({"360403"}), level)
    return Audience(topic, warning=True, **more)  # type: ignore[arg-type]


async def _held(engine: Engine, number: int) -> int:
    async with engine.database.read() as connection:
        held: int | None = await connection.scalar(sa.select(message.c.held).where(message.c.broadcast_id == number))
    return held or 0


@pytest.mark.parametrize("lane", [Lane.ROUTINE, Lane.PERSONAL])
async def test_an_ordinary_message_waits_for_the_morning(engine: Engine, lane: Lane) -> None:
    hands = Hands()
    number = await engine.propose(lane=lane)
    await engine.deliver(mail=hands)
    assert list(hands.taken) == ["r1@example.com"]
    assert (await engine.state(number), await _held(engine, number)) == ("open", 1)
    engine.at = _MORNING
    await engine.deliver(mail=hands)
    assert hands.taken == {"r1@example.com": 1, "r2@example.com": 1}
    assert await engine.state(number) == "done"


@pytest.mark.parametrize("lane", [Lane.WARNING, Lane.ROUTINE])
async def test_a_warning_of_the_level_that_he_chose_wakes_him(engine: Engine, lane: Lane) -> None:
    hands = Hands()
    await engine.propose(lane=lane, audience=_warning(Severity.ORANGE), at_once=True)
    await engine.deliver(mail=hands)
    assert hands.taken == {"r1@example.com": 1, "r2@example.com": 1}


async def test_a_lesser_warning_waits_as_long_as_it_is_of_use(engine: Engine) -> None:
    hands = Hands()
    long = await engine.propose(lane=Lane.WARNING, audience=_warning(Severity.YELLOW), useful=timedelta(hours=24))
    short = await engine.propose(lane=Lane.WARNING, audience=_warning(Severity.YELLOW), useful=timedelta(hours=3))
    await engine.deliver(mail=hands)
    assert hands.taken == {"r1@example.com": 2}
    engine.later(3 * 3600)
    await engine.deliver(mail=hands)
    assert await engine.counters(short) == {"planned": 2, "sent": 1, "expired": 1}
    assert await engine.state(short) == "done"
    engine.at = _MORNING
    await engine.deliver(mail=hands)
    assert hands.taken["r2@example.com"] == 1
    assert await engine.counters(long) == {"planned": 2, "sent": 2}


async def test_whoever_is_warned_by_duty_is_woken_whatever_he_chose(engine: Engine) -> None:
    async with engine.database.write() as connection:
        await connection.execute(sa.insert(group).values(id=1, name="值守", basis="emergency"))
        await connection.execute(sa.insert(membership).values(group_id=1, subscriber_id=2))
    hands = Hands()
    await engine.propose(lane=Lane.WARNING, audience=_warning(Severity.BLUE, groups=(1,)))
    await engine.deliver(mail=hands)
    assert hands.taken["r2@example.com"] == 1


async def test_the_end_of_a_warning_waits_for_nothing(engine: Engine) -> None:
    hands = Hands()
    first = await engine.propose(lane=Lane.WARNING, audience=_warning(Severity.ORANGE))
    await engine.deliver(mail=hands)
    await engine.propose(lane=Lane.WARNING, audience=Audience(earlier=(first,), warning=True))
    await engine.deliver(mail=hands)
    assert hands.taken == {"r1@example.com": 2, "r2@example.com": 2}


async def test_what_runs_into_quiet_hours_stops_at_them(engine: Engine) -> None:
    """Queued before 22:00, handed over after it. Waiting for the morning is no try."""
    engine.at = _NIGHT - timedelta(hours=1)
    hands = Hands()
    number = await engine.propose()
    await engine.fan_out()
    async with engine.database.write() as connection:
        await broadcast.halt(connection, number)
    engine.at = _NIGHT
    async with engine.database.write() as connection:
        await broadcast.resume(connection, number)
    await engine.deliver(mail=hands)
    assert list(hands.taken) == ["r1@example.com"]
    assert await engine.states(number) == {DeliveryState.SENT: 1}
    engine.at = _MORNING + timedelta(seconds=1)
    await engine.deliver(mail=hands)
    assert hands.taken["r2@example.com"] == 1


async def test_what_waited_begins_within_the_hours_of_its_channel(engine: Engine) -> None:
    hands = Hands()
    number = await engine.propose()
    async with engine.database.write() as connection:
        await connection.execute(sa.update(message).where(message.c.broadcast_id == number).values(hours="08:30-20:00"))
    await engine.deliver(mail=hands)
    engine.at = _MORNING
    await engine.deliver(mail=hands)
    assert hands.taken["r2@example.com"] == 0
    engine.later(1.5 * 3600)
    await engine.deliver(mail=hands)
    assert hands.taken["r2@example.com"] == 1
