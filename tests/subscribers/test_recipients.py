"""Recipients of a batch, on both databases."""

import json
from datetime import datetime

import pytest
import sqlalchemy as sa

from channels.message import Address
from pusher.database import Database
from subscribers import consent
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, add_many
from subscribers.instant import to_instant
from subscribers.keys import KeyRing, KeyRingError
from subscribers.people import erase
from subscribers.recipients import COLUMNS, load
from subscribers.tables import address, group, membership


@pytest.fixture
async def ids(database: Database, ring: KeyRing, origin: Origin) -> list[int]:
    """Addresses of four people: the first with a name, all members of list 1 but the last, the first of list 2 too."""
    newcomers = [Newcomer([("phone", f"+861380013800{number}")], "张三" if not number else "") for number in range(4)]
    async with database.write() as connection:
        people = await add_many(connection, ring, newcomers, origin)
        await connection.execute(sa.insert(group), [{"id": n, "name": f"g{n}", "basis": "consent"} for n in (1, 2)])
        lists: list[tuple[int, int | None, dict[str, str] | None]] = [
            (1, people[0], {"amount": "300", "village": "东村"}),
            (1, people[1], {"amount": "500", "name": "李四"}),
            (1, people[2], None),
            (2, people[0], {"amount": "9", "school": "一中"}),
        ]
        for group_id, person, columns in lists:
            sealed = ring.encrypt(json.dumps(columns), COLUMNS) if columns else None
            await connection.execute(
                sa.insert(membership).values(group_id=group_id, subscriber_id=person, columns=sealed)
            )
        return sorted((await connection.scalars(sa.select(address.c.id))).all())


async def _load(database: Database, ring: KeyRing, ids: list[int], *group_ids: int) -> list[Address]:
    async with database.read() as connection:
        return await load(connection, ring, ids, group_ids=group_ids)


async def test_addresses_come_decrypted_in_the_order_asked_for(
    database: Database, ring: KeyRing, ids: list[int]
) -> None:
    order = [ids[2], ids[0], ids[3], ids[1]]
    found = await _load(database, ring, order)
    assert [one.id for one in found] == order
    assert [one.value for one in found] == [f"+861380013800{number}" for number in (2, 0, 3, 1)]
    assert [dict(one.slots) for one in found] == [{}, {"name": "张三"}, {}, {}]


async def test_slots_come_from_the_lists_that_are_meant(database: Database, ring: KeyRing, ids: list[int]) -> None:
    assert [dict(one.slots) for one in await _load(database, ring, ids, 1)] == [
        {"amount": "300", "village": "东村", "name": "张三"},
        {"amount": "500", "name": "李四"},
        {},
        {},
    ]


@pytest.mark.parametrize(("order", "amount"), [((1, 2), "300"), ((2, 1), "9")])
async def test_the_earlier_list_goes_first(
    database: Database, ring: KeyRing, ids: list[int], order: tuple[int, int], amount: str
) -> None:
    [found] = await _load(database, ring, ids[:1], *order)
    assert dict(found.slots) == {"amount": amount, "village": "东村", "school": "一中", "name": "张三"}


async def test_who_may_not_be_written_to_any_more_is_missing(
    database: Database, ring: KeyRing, ids: list[int], at: datetime
) -> None:
    async with database.write() as connection:
        await consent.suppress_addresses(connection, [(ids[1], "gone")], source="550", at=at)
        person = await connection.scalar(sa.select(address.c.subscriber_id).where(address.c.id == ids[2]))
        assert person is not None
        await erase(connection, person, source="page", at=at)
    assert [one.id for one in await _load(database, ring, [*ids, 10**9], 1)] == [ids[0], ids[3]]


async def test_nobody_asked_for_is_nobody(database: Database, ring: KeyRing) -> None:
    assert await _load(database, ring, []) == []
    assert await _load(database, ring, [], 1) == []


async def test_another_key_ring_reads_nothing(database: Database, ids: list[int]) -> None:
    with pytest.raises(KeyRingError, match="another database"):
        await _load(database, KeyRing.generate(), ids)


async def test_no_address_shows_in_a_representation(database: Database, ring: KeyRing, ids: list[int]) -> None:
    assert "1380013" not in repr(await _load(database, ring, ids, 1))


async def test_a_duty_outweighs_a_refusal_for_warnings_and_says_why(
    database: Database, ring: KeyRing, ids: list[int], at: datetime
) -> None:
    async with database.write() as connection:
        await connection.execute(sa.update(group).where(group.c.id == 1).values(duty="防汛责任人；咨询 12345"))
        await consent.refuse(connection, ids, source="sms TD", at=at)
        await consent.suppress_addresses(connection, [(ids[1], "空号")], source="sms", at=at)
    async with database.read() as connection:
        told = await load(connection, ring, ids, group_ids=[2, 1], by_duty=at)
        assert await load(connection, ring, ids, group_ids=[2], by_duty=at) == []
        assert await load(connection, ring, ids, group_ids=[2, 1]) == []
    assert [one.id for one in told] == [ids[0], ids[2]]
    assert {one.slots["still_comes"] for one in told} == {"您曾退订，这条预警依职责仍发给您：防汛责任人；咨询 12345"}
    assert told[0].slots["amount"] == "9"
    async with database.write() as connection:
        await connection.execute(sa.update(group).where(group.c.id == 1).values(ends_at=to_instant(at)))
        assert await load(connection, ring, ids, group_ids=[2, 1], by_duty=at) == []
