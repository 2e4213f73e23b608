"""Counting while composing: an estimate that keeps its promise, and the exact number."""

import random
from datetime import datetime
from itertools import count

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from pusher.database import Database
from subscribers.audience import Audience, count_addresses
from subscribers.consent import Origin
from subscribers.counting import Counted, counting, estimate
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.keys import KeyRing
from subscribers.tables import subscriber
from subscribers.topic import Topic

_EVERYBODY = Audience(Topic(frozenset({"aid"}), frozenset({"36"})))
_KINDS = ("phone", "email")


@pytest.fixture
async def filled(database: Database, ring: KeyRing, origin: Origin) -> Database:
    """People with gaps in their numbers: a dozen ranges."""
    people = [
        Newcomer(
            [(("phone", f"+86138{number:08}"), ("email", f"r{number}@x.cn"))[number % 3 == 0]], subscriptions=[wish]
        )
        for number in range(600)
        for wish in [Subscription("aid", "36")]
    ]
    async with database.write() as connection:
        numbers = await add_many(connection, ring, people, origin)
        last = max(number or 0 for number in numbers)
        await connection.execute(sa.insert(subscriber).values(id=last + 22_000, created_at=0))
    return database


async def _all(database: Database, audience: Audience, at: datetime, *, budget: float) -> list[Counted]:
    ticks = count()
    told = counting(database.read, audience, _KINDS, at=at, budget=budget, clock=lambda: float(next(ticks)))
    return [each async for each in told]


async def test_what_is_counted_in_time_is_told_once_and_exactly(filled: Database, at: datetime) -> None:
    told = await _all(filled, _EVERYBODY, at, budget=1e9)
    assert told == [Counted({"phone": 400, "email": 200}, {"phone": 0, "email": 0}, is_exact=True)]
    async with filled.read() as connection:
        assert told[0].counts == await count_addresses(connection, _EVERYBODY, _KINDS, at=at)


async def test_what_takes_longer_is_estimated_first(filled: Database, at: datetime) -> None:
    first, last = await _all(filled, _EVERYBODY, at, budget=0)
    assert (first.is_exact, last.is_exact) == (False, True)
    assert last.counts == {"phone": 400, "email": 200}


async def test_nobody_is_counted_as_nobody(database: Database, at: datetime) -> None:
    assert await _all(database, Audience(), at, budget=0) == [
        Counted({"phone": 0, "email": 0}, {"phone": 0, "email": 0}, is_exact=True)
    ]


@given(st.lists(st.integers(0, 1000), min_size=5, max_size=40))
def test_an_estimate_from_all_ranges_is_the_sum_without_a_margin(ranges: list[int]) -> None:
    assert estimate(ranges, len(ranges)) == (sum(ranges), 0)


def test_the_margin_holds_as_often_as_it_says() -> None:
    chance = random.Random(1)
    held = 0
    for _ in range(400):
        ranges = [chance.randint(0, 100) for _ in range(128)]
        number, margin = estimate(chance.sample(ranges, 12), len(ranges))
        held += abs(number - sum(ranges)) <= margin
    assert held >= 0.92 * 400
