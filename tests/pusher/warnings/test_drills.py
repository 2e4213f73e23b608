"""A drill reaches its lists and nobody else: over all acts, figures, lists, routes and expressions."""

import random
from dataclasses import replace

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.item import Item
from pusher.plan import broadcast
from pusher.plan.planner import Planner
from pusher.plan.routes import Route
from pusher.warnings.warning import Status, Version
from pusher.watch import store as items
from subscribers import people
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.position import coarse
from subscribers.tables import group, membership
from subscribers.topic import Severity, Topic
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

_LISTS = ("演练人员", "值守人员", "沿河住户", "责任人")
_POLYGON = "29.70,115.98 29.70,116.00 29.72,116.00 29.72,115.98 29.70,115.98"
_PEOPLE = 24


def _phone(number: int) -> str:
    return f"+86138{number:08d}"


async def _settle(town: Town, chance: random.Random) -> dict[str, set[str]]:
    """People who subscribed, live by the river or stand on lists, at random; the numbers on each list."""
    at = town.engine.at
    newcomers = [
        Newcomer(
            [("phone", _phone(number))],
            subscriptions=[Subscription("disaster", "360403")] if chance.random() < 0.7 else [],
        )
        for number in range(1, _PEOPLE + 1)
    ]
    listed = {name: {number for number in range(1, _PEOPLE + 1) if chance.random() < 0.25} for name in _LISTS}
    async with town.engine.database.write() as connection:
        await add_many(connection, town.engine.ring, newcomers, Origin("test", at))
        for number in range(1, _PEOPLE + 1):
            if chance.random() < 0.5:
                await people.locate(connection, number, coarse(29.71, 115.99), source="test", at=at)
        for place, (name, members) in enumerate(listed.items(), start=1):
            await connection.execute(sa.insert(group).values(id=place, name=name, basis="emergency"))
            for number in members:
                await connection.execute(sa.insert(membership).values(group_id=place, subscriber_id=number))
    return {name: set(map(_phone, members)) for name, members in listed.items()}


def _some(chance: random.Random) -> list[str]:
    return chance.sample(_LISTS, chance.randint(0, 3))


@pytest.mark.parametrize("seed", range(2))
async def test_a_drill_reaches_its_lists_and_nobody_else(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    town = Town(Engine(database))
    town.outlets = {"sms": Way("sms", "phone"), "board": Way("board", "public")}
    listed = await _settle(town, chance)
    for _ in range(4):
        drill_groups = _some(chance)
        town.settings = office_settings(
            channels=["sms", "board"], groups=_some(chance), groups_within=_some(chance), drill_groups=drill_groups
        )
        allowed = set[str]().union(*(listed[name] for name in drill_groups))
        status = chance.choice([Status.EXERCISE, Status.TEST])
        shape = chance.choice([{}, {"polygons": (_POLYGON,)}, {"circles": ("29.71,115.99 3",)}])
        first = await town.office.draft(town.content(level=Severity.YELLOW, **shape), by="li", status=status)
        await _act(town, first, allowed)
        town.engine.later(60)
        update = await town.office.update(first.id, town.content(level=Severity.BLUE, **shape), by="li")
        await _act(town, update, allowed)
        town.engine.later(60)
        end = chance.choice([town.office.end, town.office.correct])
        await _act(town, await end(first.id, by="li"), allowed)
        town.engine.later(60)


async def _act(town: Town, draft: Version, allowed: set[str]) -> None:
    await town.office.approve(draft.id, by="zhao", level=draft.content.level)
    sms, board = Hands(), Hands()
    await town.engine.deliver(sms=sms, board=board)
    assert set(sms.taken) == allowed
    assert not board.taken


@pytest.mark.parametrize("seed", range(2))
async def test_an_exercise_of_a_source_reaches_lists_and_nobody_else_whatever_its_route_says(
    database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    town = Town(Engine(database))
    town.outlets = {"sms": Way("sms", "phone"), "board": Way("board", "public")}
    listed = await _settle(town, chance)
    choices = ["subscribers", *(f"group:{name}" for name in _LISTS)]
    choices += ["select:值守人员 或 地区=360403", "select:订阅=disaster", "select:责任人 且 非 订阅=disaster"]
    office = town.office
    reached: set[str] = set()
    for number in range(6):
        to = chance.sample(choices, chance.randint(1, 4))
        routes = {
            name: Route(to=tuple(some), channels=("sms", "board"), lane=chance.choice(list(Lane)))
            for name, some in (("one", to), ("other", chance.sample(to, 1)))
        }
        planner = Planner(database, routes, office.outlets, office.render, office.now, ring=town.engine.ring)
        item = Item("weather", f"k{number}", f"暴雨黄色预警 {number}", kind="warning", published=town.engine.at)
        item = replace(
            item,
            facts={"status": chance.choice(["Exercise", "Test"]), "polygons": _POLYGON},
            topic=Topic(frozenset({"disaster"}), frozenset({"360403"}), Severity.YELLOW),
        )
        async with database.write() as connection:
            await items.accept(
                connection, [(item, [item.key])], at=town.engine.at, baseline=False, review=office.review
            )
        for proposed in await planner.once():
            async with database.write() as connection:
                await broadcast.approve(connection, proposed, by="wang", at=town.engine.at)
        sms, board = Hands(), Hands()
        await town.engine.deliver(sms=sms, board=board)
        reached |= set(sms.taken)
        named = {name for name in _LISTS if any(name in each for each in to)}
        assert set(sms.taken) <= set[str]().union(*(listed[name] for name in named))
        assert not board.taken
    assert reached
