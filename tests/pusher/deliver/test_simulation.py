"""Days of a town at random: whatever fails, dies or is halted, nobody is lost, and the counters tell the truth."""

import random

import pytest

from pusher.database import Database
from tests.support.engine import Engine
from tests.support.simulation import Town


async def _days(database: Database, seed: int, phases: int) -> None:
    town = Town(Engine(database), random.Random(seed))
    await town.live(phases)
    await town.settle()
    await town.check()


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_few_days_in_a_town(database: Database, seed: int) -> None:
    await _days(database, seed, 8)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(100, 160))
async def test_many_days_in_many_towns(database: Database, seed: int) -> None:
    await _days(database, seed, 40)
