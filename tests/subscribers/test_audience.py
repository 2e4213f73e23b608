"""Who is written to: the query held against a plain reading of the rules, on towns made at random."""

import random
import struct
from collections import Counter
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from pusher.database import Database
from subscribers import tables
from subscribers.audience import Audience, count_addresses, count_by_area, select_addresses
from subscribers.timing import look_around
from subscribers.topic import Severity, Topic, areas_meet

_DOMAINS = ("education", "health", "aid")
_AREAS = ("36", "3604", "360403", "360403001", "360403002", "360402", "44", "3604030019")
_KINDS = ("email", "phone", "openid")
_BASES = ("consent", "statutory", "emergency")


@dataclass
class Person:
    """What the rules look at."""

    number: int
    wants_all: bool
    #: (id, kind, standing) in order of choice.
    addresses: list[tuple[int, str, int]]
    #: (domain, area) → least severity.
    wishes: dict[tuple[str, str], int]
    groups: set[int] = field(default_factory=set)


def _town(chance: random.Random, people: int) -> list[Person]:
    numbers = iter(range(1, 10 * people))
    return [
        Person(
            number=number,
            wants_all=chance.random() < 0.4,
            addresses=[
                (next(numbers), kind, chance.choice((0, 0, 0, 1, 2)))
                for kind in chance.sample(_KINDS, chance.randint(0, len(_KINDS)))
            ],
            wishes={
                (chance.choice(_DOMAINS), chance.choice(_AREAS)): chance.randint(0, 4)
                for _ in range(chance.randint(0, 4))
            },
            groups={group for group in (1, 2, 3) if chance.random() < 0.2},
        )
        for number in range(1, people + 1)
    ]


async def _store(database: Database, town: list[Person]) -> None:
    async with database.write() as connection:
        await connection.execute(
            sa.insert(tables.group),
            [{"id": number, "name": f"g{number}", "basis": basis} for number, basis in enumerate(_BASES, start=1)],
        )
        for person in town:
            await connection.execute(
                sa.insert(tables.subscriber).values(
                    id=person.number, preference="all" if person.wants_all else "first", created_at=0
                )
            )
            for place, (number, kind, standing) in enumerate(person.addresses, start=1):
                await connection.execute(
                    sa.insert(tables.address).values(
                        id=number,
                        subscriber_id=person.number,
                        kind=kind,
                        rank=0 if person.wants_all else place,
                        standing=standing,
                        value=b"",
                        fingerprint=struct.pack(">q", number),
                    )
                )
            for (domain, area), least in person.wishes.items():
                await connection.execute(
                    sa.insert(tables.subscription).values(
                        domain=domain, subscriber_id=person.number, area=area, least=least
                    )
                )
            for group in person.groups:
                await connection.execute(
                    sa.insert(tables.membership).values(group_id=group, subscriber_id=person.number)
                )


def _is_meant(person: Person, audience: Audience) -> bool:
    topic = audience.topic
    subscribed = topic is not None and any(
        domain in topic.domains and least <= topic.severity and any(areas_meet(area, other) for other in topic.areas)
        for (domain, area), least in person.wishes.items()
    )
    usable = {group for group in audience.groups if audience.warning or _BASES[group - 1] != "emergency"}
    return subscribed or bool(person.groups & usable)


def _expected(town: list[Person], audience: Audience, kinds: tuple[str, ...]) -> dict[str, set[int]]:
    chosen: dict[str, set[int]] = {}
    for person in town:
        reachable = [(number, kind) for number, kind, standing in person.addresses if kind in kinds and standing == 0]
        if _is_meant(person, audience):
            for number, kind in reachable if person.wants_all else reachable[:1]:
                chosen.setdefault(kind, set()).add(number)
    return chosen


def _audience(chance: random.Random) -> Audience:
    topic = Topic(
        frozenset(chance.sample(_DOMAINS, chance.randint(0, 2))),
        frozenset(chance.sample(_AREAS, chance.randint(0, 2))),
        Severity(chance.randint(0, 4)),
    )
    return Audience(
        topic=topic if chance.random() < 0.8 else None,
        groups=tuple(chance.sample((1, 2, 3), chance.randint(0, 2))),
        warning=chance.random() < 0.5,
    )


async def _select(database: Database, audience: Audience, kinds: tuple[str, ...], *, step: int) -> dict[str, list[int]]:
    chosen: dict[str, list[int]] = {}
    async with database.read() as connection:
        last = (await look_around(connection, None)).last
        for after in range(0, last, step):
            part = await select_addresses(connection, audience, kinds, after=after, upto=after + step)
            for kind, packed in part.items():
                chosen.setdefault(kind, []).extend(struct.unpack(f">{len(packed) // 8}q", packed))
    return chosen


@pytest.mark.parametrize("seed", range(3))
async def test_the_query_is_the_rules(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    town = _town(chance, 60)
    await _store(database, town)
    for _ in range(25):
        audience = _audience(chance)
        kinds = tuple(chance.sample(_KINDS, chance.randint(1, 3)))
        chosen = await _select(database, audience, kinds, step=chance.choice((7, 25, 1000)))
        expected = _expected(town, audience, kinds)
        assert {kind: set(numbers) for kind, numbers in chosen.items()} == expected, audience
        assert all(max(Counter(numbers).values()) == 1 for numbers in chosen.values())
        async with database.read() as connection:
            counts = await count_addresses(connection, audience, kinds)
        assert counts == {kind: len(expected.get(kind, ())) for kind in kinds}


async def test_areas_are_counted_by_what_people_subscribed_to(database: Database) -> None:
    town = [
        Person(1, True, [(1, "email", 0)], {("health", "360403"): 0, ("health", "360403001"): 0}),
        Person(2, True, [(2, "email", 0), (3, "phone", 0)], {("health", "3604"): 0}),
        Person(3, True, [(4, "email", 0)], {("health", "360402"): 0}),
    ]
    await _store(database, town)
    topic = Topic(frozenset({"health"}), frozenset({"360403"}))
    async with database.read() as connection:
        counted = await count_by_area(connection, topic, ("email", "phone"))
    assert counted == {"3604": {"email": 1, "phone": 1}, "360403": {"email": 1}, "360403001": {"email": 1}}


async def test_nobody_is_meant_by_an_empty_topic(database: Database) -> None:
    await _store(database, _town(random.Random(7), 20))
    assert await _select(database, Audience(Topic()), _KINDS, step=100) == {}
    assert await _select(database, Audience(), _KINDS, step=100) == {}
