"""No number gets more messages than the settings allow; what is over waits, and a warning goes to everybody."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.caps import Caps
from pusher.deliver.postman import Postman
from tests.support.engine import Engine, Hands


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


async def _deliver(engine: Engine, mail: Hands, caps: Caps) -> None:
    await engine.fan_out()
    await Postman(replace(engine.desk(), caps={"mail": caps}), {"mail": mail}).once()


async def test_what_is_over_the_limit_waits_and_goes_later(engine: Engine) -> None:
    await engine.add_people(3)
    mail, caps = Hands(), Caps(per_day=2)
    numbers = []
    for _ in range(3):
        numbers.append(await engine.propose(useful=timedelta(days=3)))
        await _deliver(engine, mail, caps)
    assert [(await engine.counters(number)).get("sent", 0) for number in numbers] == [3, 3, 0]
    assert await engine.state(numbers[2]) == "open"
    for _ in range(5):
        engine.later(6 * 3600)
        await _deliver(engine, mail, caps)
    assert await engine.counters(numbers[2]) == {"planned": 3, "sent": 3}
    assert await engine.state(numbers[2]) == "done"


async def test_an_hour_has_a_limit_of_its_own(engine: Engine) -> None:
    await engine.add_people(1)
    mail, caps = Hands(), Caps(per_hour=1)
    first = await engine.propose()
    await _deliver(engine, mail, caps)
    second = await engine.propose()
    await _deliver(engine, mail, caps)
    assert [(await engine.counters(number)).get("sent", 0) for number in (first, second)] == [1, 0]
    for _ in range(5):
        engine.later(901)
        await _deliver(engine, mail, caps)
    assert [(await engine.counters(number)).get("sent", 0) for number in (first, second)] == [1, 1]


@pytest.mark.parametrize("way", [{"lane": Lane.WARNING}, {"lane": Lane.ROUTINE, "at_once": True}])
async def test_a_warning_goes_to_everybody_and_counts(engine: Engine, way: dict[str, Any]) -> None:
    await engine.add_people(2)
    mail, caps = Hands(), Caps(per_day=1)
    for _ in range(3):
        number = await engine.propose(**way)
        await _deliver(engine, mail, caps)
        assert (await engine.counters(number))["sent"] == 2
    routine = await engine.propose()
    await _deliver(engine, mail, caps)
    assert "sent" not in await engine.counters(routine)
