"""Who is written to: the query held against a plain reading of the rules, on towns made at random."""

import math
import random
import struct
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from pusher.database import Database
from subscribers import consent, tables
from subscribers.audience import Audience, count_addresses, count_by_area, select_addresses
from subscribers.instant import to_instant
from subscribers.region import Region
from subscribers.timing import look_around
from subscribers.topic import Severity, Topic, areas_meet

_DOMAINS = ("education", "health", "aid")
_AREAS = ("36", "3604", "360403", "360403001", "360403002", "360402", "44", "3604030019")
_KINDS = ("email", "phone", "openid")
_AT = datetime(2026, 11, 29, tzinfo=UTC)
_BASES = ("consent", "statutory", "emergency", "statutory")
#: When each list ends; the last one ended at this moment.
_ENDS = (None, _AT + timedelta(seconds=1), None, _AT)
#: Which of them outweigh a 退订.
_DUTIES = ("", "防汛责任人必须接收；咨询 12345", "", "咨询 12345")
_CLOSED = (
    (consent.REFUSED, ""),
    (consent.REFUSED, ""),
    (consent.REFUSED, "空号"),
    (consent.COMPLAINED, ""),
    ("空号", ""),
)


@dataclass
class Person:
    """What the rules look at."""

    number: int
    wants_all: bool
    #: (id, kind, standing) in order of choice.
    addresses: list[tuple[int, str, int]]
    #: Why those that are suppressed are: (reason, what is dead about it besides).
    closed: dict[int, tuple[str, str]]
    #: (domain, area) → least severity.
    wishes: dict[tuple[str, str], int]
    groups: set[int] = field(default_factory=set)
    #: Group that gives it (0 = he himself) → (latitude, longitude) in thousandths.
    places: dict[int, tuple[int, int]] = field(default_factory=dict)


def _town(chance: random.Random, people: int) -> list[Person]:
    numbers = iter(range(1, 10 * people))
    made = []
    for number in range(1, people + 1):
        addresses = [
            (next(numbers), kind, chance.choice((0, 0, 0, 1, 2, 2)))
            for kind in chance.sample(_KINDS, chance.randint(0, len(_KINDS)))
        ]
        one = Person(
            number=number,
            wants_all=chance.random() < 0.4,
            addresses=addresses,
            closed={one: chance.choice(_CLOSED) for one, _, standing in addresses if standing == 2},
            wishes={
                (chance.choice(_DOMAINS), chance.choice(_AREAS)): chance.randint(0, 4)
                for _ in range(chance.randint(0, 4))
            },
            groups={group for group in (1, 2, 3, 4) if chance.random() < 0.2},
            places={
                source: (29_700 + chance.randint(-20, 20), 115_990 + chance.randint(-20, 20))
                for source in (0, 1)
                if chance.random() < 0.3
            },
        )
        made.append(one)
    return made


async def _store(database: Database, town: list[Person]) -> None:
    async with database.write() as connection:
        await connection.execute(
            sa.insert(tables.group),
            [
                {"id": number, "name": f"g{number}", "basis": basis, "ends_at": end and to_instant(end), "duty": duty}
                for number, (basis, end, duty) in enumerate(zip(_BASES, _ENDS, _DUTIES, strict=True), start=1)
            ],
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
            for number, (reason, dead) in person.closed.items():
                kind = next(kind for one, kind, _ in person.addresses if one == number)
                await connection.execute(
                    sa.insert(tables.suppression).values(
                        fingerprint=struct.pack(">q", number), kind=kind, reason=reason, dead=dead, source="x", at=0
                    )
                )
            for (domain, area), least in person.wishes.items():
                await connection.execute(
                    sa.insert(tables.subscription).values(
                        domain=domain, subscriber_id=person.number, area=area, least=least
                    )
                )
            for source, (north, east) in person.places.items():
                await connection.execute(
                    sa.insert(tables.position).values(
                        subscriber_id=person.number, group_id=source, latitude=north, longitude=east
                    )
                )
            for group in person.groups:
                await connection.execute(
                    sa.insert(tables.membership).values(group_id=group, subscriber_id=person.number)
                )


def _is_meant(person: Person, audience: Audience) -> bool:
    topic = audience.topic
    lives_there = any(_is_inside(place, audience.region) for place in person.places.values())
    subscribed = topic is not None and any(
        domain in topic.domains
        and least <= topic.severity
        and (lives_there or any(areas_meet(area, other) for other in topic.areas))
        for (domain, area), least in person.wishes.items()
    )
    named = {*audience.groups, *(audience.groups_within if lives_there else ())}
    usable = {group for group in named if audience.warning or _BASES[group - 1] != "emergency"} - {4}
    return subscribed or bool(person.groups & usable)


def _is_inside(place: tuple[int, int], region: Region | None) -> bool:
    """Whether the cell of a stored point meets a rectangle, or its middle lies well within a circle."""
    if region is None:
        return False
    north, east = place[0] / 1000, place[1] / 1000
    rectangles = [(ring[0], ring[2]) for ring in region.polygons]
    in_one = any(
        low[0] - 0.0005 <= north <= high[0] + 0.0005 and low[1] - 0.0005 <= east <= high[1] + 0.0005
        for low, high in rectangles
    )
    return in_one or any(math.dist((north, east), centre) < 0.001 for centre, _ in region.circles)


def _region(chance: random.Random) -> Region | None:
    """Rectangles between two rows of points, and circles of fifty metres around one."""
    if chance.random() < 0.3:
        return None
    south, west = 29.6802 + chance.randint(0, 25) / 1000, 115.9702 + chance.randint(0, 25) / 1000
    north, east = south + 0.0101, west + 0.0121
    ring = ((south, west), (south, east), (north, east), (north, west), (south, west))
    circle = ((29.7 + chance.randint(-20, 20) / 1000, 115.99 + chance.randint(-20, 20) / 1000), 0.002)
    return Region((ring,) if chance.random() < 0.8 else (), (circle,) if chance.random() < 0.5 else ())


def _may_be_written_to(person: Person, number: int, standing: int, audience: Audience) -> bool:
    by_duty = audience.warning and 2 in audience.lists and 2 in person.groups
    return standing == 0 or (standing == 2 and by_duty and person.closed[number] == (consent.REFUSED, ""))


def _expected(town: list[Person], audience: Audience, kinds: tuple[str, ...]) -> dict[str, set[int]]:
    chosen: dict[str, set[int]] = {}
    for person in town:
        reachable = [
            (number, kind)
            for number, kind, standing in person.addresses
            if kind in kinds and _may_be_written_to(person, number, standing, audience)
        ]
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
        groups=tuple(chance.sample((1, 2, 3, 4), chance.randint(0, 3))),
        warning=chance.random() < 0.5,
        region=_region(chance),
        groups_within=tuple(chance.sample((1, 2, 3), chance.randint(0, 2))),
    )


async def _select(database: Database, audience: Audience, kinds: tuple[str, ...], *, step: int) -> dict[str, list[int]]:
    chosen: dict[str, list[int]] = {}
    async with database.read() as connection:
        last = (await look_around(connection, None)).last
        for after in range(0, last, step):
            part = await select_addresses(connection, audience, kinds, after=after, upto=after + step, at=_AT)
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
            counts = await count_addresses(connection, audience, kinds, at=_AT)
        assert counts == {kind: len(expected.get(kind, ())) for kind in kinds}


async def test_areas_are_counted_by_what_people_subscribed_to(database: Database) -> None:
    town = [
        Person(1, True, [(1, "email", 0)], {}, {("health", "360403"): 0, ("health", "360403001"): 0}),
        Person(2, True, [(2, "email", 0), (3, "phone", 0)], {}, {("health", "3604"): 0}),
        Person(3, True, [(4, "email", 0)], {}, {("health", "360402"): 0}),
    ]
    await _store(database, town)
    topic = Topic(frozenset({"health"}), frozenset({"360403"}))
    async with database.read() as connection:
        counted = await count_by_area(connection, topic, ("email", "phone"), at=_AT)
    assert counted == {"3604": {"email": 1, "phone": 1}, "360403": {"email": 1}, "360403001": {"email": 1}}


async def test_nobody_is_meant_by_an_empty_topic(database: Database) -> None:
    await _store(database, _town(random.Random(7), 20))
    assert await _select(database, Audience(Topic()), _KINDS, step=100) == {}
    assert await _select(database, Audience(), _KINDS, step=100) == {}
