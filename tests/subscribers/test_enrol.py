"""Taking many people in, on both databases."""

from collections.abc import Sequence
from datetime import datetime

import pytest
import sqlalchemy as sa

from pusher.database import Database
from subscribers import consent, enrol, position
from subscribers.bulk import CHUNK
from subscribers.consent import Origin, Standing
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.keys import KeyRing
from subscribers.position import Position
from subscribers.tables import address, subscriber, subscription
from subscribers.topic import Severity


def _phones(*numbers: int) -> list[tuple[str, str]]:
    return [("phone", f"+861380013{number:04}") for number in numbers]


def _mail(name: str) -> tuple[str, str]:
    return "email", f"{name}@example.com"


async def _enrol(
    database: Database, ring: KeyRing, origin: Origin, *newcomers: Sequence[tuple[str, str]]
) -> list[enrol.Enrolled]:
    async with database.write() as connection:
        return await enrol.enrol(connection, ring, [Newcomer(one) for one in newcomers], origin, act="imported")


async def _addresses(database: Database) -> list[tuple[int, str, int]]:
    query = sa.select(address.c.subscriber_id, address.c.kind, address.c.rank).order_by(
        address.c.subscriber_id, address.c.rank
    )
    async with database.read() as connection:
        return [(row.subscriber_id, row.kind, row.rank) for row in await connection.execute(query)]


async def test_more_people_than_one_statement_takes_are_stored_in_order(
    database: Database, ring: KeyRing, origin: Origin
) -> None:
    wishes = [Subscription("education", "360403"), Subscription("health", "36", Severity.RED)]
    people = [Newcomer(_phones(number), f"n{number}", wishes) for number in range(CHUNK + 3)]
    async with database.write() as connection:
        numbers = await add_many(connection, ring, people, origin)
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(subscription)) == 2 * len(people)
        found = await connection.execute(
            sa.select(subscriber.c.id, subscriber.c.name, address.c.value).join_from(subscriber, address)
        )
        stored = {row.id: (ring.decrypt(row.name, enrol.NAME), ring.decrypt(row.value, enrol.VALUE)) for row in found}
    assert stored == {
        number: (person.name, person.addresses[0][1]) for number, person in zip(numbers, people, strict=True)
    }


async def test_an_address_given_twice_is_stored_once(database: Database, ring: KeyRing, origin: Origin) -> None:
    [person] = await _enrol(database, ring, origin, [*_phones(1, 1), _mail("Z"), _mail("z")])
    assert person.is_new
    assert [kind for _, kind, _ in await _addresses(database)] == ["phone", "email"]


async def test_the_known_are_recognised_and_get_what_is_new(database: Database, ring: KeyRing, origin: Origin) -> None:
    [first] = await _enrol(database, ring, origin, _phones(1))
    again, other = await _enrol(database, ring, origin, [*_phones(1), _mail("a")], _phones(2))
    assert (again.person, again.is_new, other.is_new) == (first.person, False, True)
    assert await _addresses(database) == [
        (first.person, "phone", 1),
        (first.person, "email", 2),
        (other.person, "phone", 1),
    ]


async def test_a_shared_mailbox_stays_where_it_is(database: Database, ring: KeyRing, origin: Origin) -> None:
    [first] = await _enrol(database, ring, origin, [*_phones(1), _mail("class3")])
    [second] = await _enrol(database, ring, origin, [*_phones(2), _mail("class3")])
    assert second.is_new
    assert [kind for person, kind, _ in await _addresses(database) if person == second.person] == ["phone"]
    assert first.person != second.person


async def test_two_numbers_of_one_file_do_not_meet_in_a_person_with_two_mailboxes(
    database: Database, ring: KeyRing, origin: Origin
) -> None:
    [first] = await _enrol(database, ring, origin, [_mail("a"), _mail("b")])
    one, two = await _enrol(database, ring, origin, [*_phones(1), _mail("a")], [*_phones(2), _mail("b")])
    assert (one.person, two.is_new) == (first.person, True)


async def test_known_people_behind_one_entry_are_merged_only_if_nothing_else_is_theirs(
    database: Database, ring: KeyRing, origin: Origin
) -> None:
    one, two, three = await _enrol(database, ring, origin, _phones(1), [_mail("a")], _phones(3, 4))
    async with database.write() as connection:
        await position.keep(connection, two.person or 0, Position(29_713, 115_985))
    [found] = await _enrol(database, ring, origin, [*_phones(1, 3), _mail("a")])
    assert found.person == one.person
    assert found.merged == (two.person,)
    assert found.others == (three.person,)
    async with database.read() as connection:
        assert await position.of_person(connection, one.person or 0) == [("", Position(29_713, 115_985))]
    assert {person for person, _, _ in await _addresses(database)} == {one.person, three.person}


async def test_the_erased_are_not_stored_and_the_suppressed_stay_so(
    database: Database, ring: KeyRing, origin: Origin, at: datetime
) -> None:
    erased, dead = (ring.fingerprint("phone", value) for _, value in _phones(1, 2))
    async with database.write() as connection:
        await consent.end(connection, [("phone", erased)], "erased", consent.ERASED, origin)
        await consent.suppress(connection, "phone", dead, reason="number not in use", source="sms", at=at)
    nobody, silent, half = await _enrol(database, ring, origin, _phones(1), _phones(2), [*_phones(3)])
    assert nobody.person is None
    assert not nobody.is_new
    assert (silent.reachable, half.reachable) == (False, True)
    async with database.write() as connection:
        assert await add_many(connection, ring, [Newcomer(_phones(1)), Newcomer(_phones(5))], origin) == [None, 3]
        standings = sa.select(address.c.standing).order_by(address.c.id)
        assert list(await connection.scalars(standings)) == [Standing.SUPPRESSED, Standing.OPEN, Standing.OPEN]


async def test_who_wants_all_channels_has_no_ranks(database: Database, ring: KeyRing, origin: Origin) -> None:
    async with database.write() as connection:
        newcomer = Newcomer([*_phones(1), _mail("a")], preference="all")
        await add_many(connection, ring, [newcomer], origin)
    await _enrol(database, ring, origin, [*_phones(1), _mail("b")])
    assert [rank for _, _, rank in await _addresses(database)] == [0, 0, 0]


@pytest.mark.parametrize(("act", "standing"), [("given", 1), ("imported", 0), ("confirmed", 0)])
async def test_only_a_mere_request_waits(
    database: Database, ring: KeyRing, origin: Origin, act: str, standing: int
) -> None:
    async with database.write() as connection:
        await add_many(connection, ring, [Newcomer(_phones(1))], origin, act=act)
        assert await connection.scalar(sa.select(address.c.standing)) == standing
        key = ("phone", ring.fingerprint(*_phones(1)[0]))
        assert [one.act for one in await consent.history(connection, [key])] == [act]
