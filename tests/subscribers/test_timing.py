"""When each of an audience gets it: the queries held against a plain reading of the rules, on towns made at random."""

import random
import struct
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from pusher.database import Database
from subscribers import tables
from subscribers.audience import Audience
from subscribers.choices import DAY, Frequency, Quiet
from subscribers.timing import STEP, Manner, look_around, quiet_now, select_people, select_portions, select_waiting
from subscribers.topic import Severity, Topic

_AT = datetime(2026, 11, 29, tzinfo=UTC)
_TOPIC = Topic(frozenset({"education"}), frozenset({"360403"}), Severity.YELLOW)
_LIST = 1
_DIGESTS = (Frequency.DAILY, Frequency.WEEKLY, Frequency.URGENT)
_FREQUENCIES = ("at_once", "daily", "weekly", "urgent")


class Person:
    """Somebody with one mailbox; his address has his number plus 100."""

    def __init__(self, chance: random.Random, number: int) -> None:
        self.number = number
        self.subscribes = chance.random() < 0.7
        self.is_listed = chance.random() < 0.3
        self.is_open = chance.random() < 0.8
        self.frequency = chance.choice(_FREQUENCIES)
        self.hour = chance.choice((8, 18))
        ends = chance.sample((0, 7, 60, 7 * 60, 12 * 60, 22 * 60 + 5, DAY - 1), 2)
        self.quiet = Quiet(*ends) if chance.random() < 0.6 else None
        self.urgent = Severity(chance.randint(1, 4))

    def until(self, minute: int) -> int | None:
        """When his quiet hours end, where they hold now."""
        if self.quiet is None or not self.quiet.holds(minute):
            return None
        return -(-self.quiet.end // STEP) * STEP % DAY


async def _store(database: Database, town: list[Person]) -> None:
    async with database.write() as connection:
        await connection.execute(sa.insert(tables.group).values(id=_LIST, name="家长", basis="statutory"))
        people = [
            {
                "id": one.number,
                "created_at": 0,
                "frequency": one.frequency,
                "digest_hour": one.hour,
                "quiet_from": one.quiet and one.quiet.start,
                "quiet_until": one.quiet and one.quiet.end,
                "urgent": int(one.urgent),
            }
            for one in town
        ]
        addresses = [
            {
                "id": one.number + 100,
                "subscriber_id": one.number,
                "kind": "email",
                "rank": 1,
                "standing": 0 if one.is_open else 2,
                "value": b"",
                "fingerprint": struct.pack(">q", one.number),
            }
            for one in town
        ]
        wishes = [
            {"domain": "education", "subscriber_id": one.number, "area": area}
            for one in town
            if one.subscribes
            for area in ("36", "360403")
        ]
        members = [{"group_id": _LIST, "subscriber_id": one.number} for one in town if one.is_listed]
        await connection.execute(sa.insert(tables.subscriber), people)
        await connection.execute(sa.insert(tables.address), addresses)
        await connection.execute(sa.insert(tables.subscription), wishes)
        await connection.execute(sa.insert(tables.membership), members)


def _expected(town: list[Person], manner: Manner) -> set[tuple[int, int | None]]:
    """(address, end of his quiet hours) of everybody who gets it by itself."""
    expected = set()
    for one in town:
        by_wish = one.subscribes and one.frequency not in manner.sparing
        if one.is_open and (by_wish or one.is_listed):
            spared = manner.level is None or (one.urgent > manner.level and not one.is_listed)
            expected.add((one.number + 100, one.until(manner.minute) if spared else None))
    return expected


async def test_everybody_gets_it_when_he_chose(database: Database) -> None:
    chance = random.Random(3)
    town = [Person(chance, number) for number in range(1, 61)]
    await _store(database, town)
    audience = Audience(_TOPIC, groups=(_LIST,))
    for minute in (0, 59, 7 * 60, 22 * 60 + 5, DAY - 1):
        for level, sparing in ((None, ()), (None, _DIGESTS), (None, (Frequency.URGENT,)), (Severity.YELLOW, ())):
            manner = Manner(minute, level, sparing)
            async with database.read() as connection:
                present = await look_around(connection, manner)
                found = [
                    (number, each.until)
                    for after in range(0, 60, 25)
                    for each in await select_portions(
                        connection, audience, ("email", "phone"), manner, present, after=after, upto=after + 25, at=_AT
                    )
                    for number in struct.unpack(f">{len(each.packed) // 8}q", each.packed)
                ]
            assert len(found) == len(set(found))
            assert set(found) == _expected(town, manner)
        async with database.read() as connection:
            quiet = await quiet_now(connection, [one.number + 100 for one in town], minute)
        assert quiet == {one.number + 100: end for one in town if (end := one.until(minute)) is not None}


async def test_digests_are_for_subscribers_who_chose_them_and_are_on_no_list(database: Database) -> None:
    town = [Person(random.Random(5 + number), number) for number in range(1, 81)]
    await _store(database, town)
    async with database.read() as connection:
        waiting = await select_waiting(
            connection, Audience(_TOPIC, groups=(_LIST,)), ("email",), after=10, upto=80, at=_AT
        )
    found = {
        (each.frequency.value, each.hour, number)
        for each in waiting
        for number in struct.unpack(f">{len(each.packed) // 8}q", each.packed)
    }
    assert found == {
        (one.frequency, one.hour, one.number)
        for one in town
        if one.subscribes
        and not one.is_listed
        and one.is_open
        and one.frequency in ("daily", "weekly")
        and one.number > 10
    }


@pytest.mark.parametrize("people", [[3, 4, 5, 6, 7, 8], [2, 79]], ids=["many of a range", "few of one"])
async def test_people_who_are_named_get_it_on_their_first_open_address(database: Database, people: list[int]) -> None:
    town = [Person(random.Random(9 + number), number) for number in range(1, 81)]
    await _store(database, town)
    async with database.write() as connection:
        second = [
            {
                "id": one.number + 1000,
                "subscriber_id": one.number,
                "kind": "phone",
                "rank": 2,
                "standing": 0,
                "value": b"",
                "fingerprint": struct.pack(">q", one.number + 1000),
            }
            for one in town
        ]
        await connection.execute(sa.insert(tables.address), second)
        found = await select_people(connection, people, ("email", "phone"), at=_AT)
    chosen = {number for packed in found.values() for number in struct.unpack(f">{len(packed) // 8}q", packed)}
    assert chosen == {one.number + (100 if one.is_open else 1000) for one in town if one.number in people}
