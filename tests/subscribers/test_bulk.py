"""Writing many rows at once, on both databases."""

import asyncio

import pytest
import sqlalchemy as sa

from pusher.database import Database
from subscribers.bulk import chunks, insert_rows, one_adder, reserve_ids, rows_with
from subscribers.tables import consent, group, membership, subscriber

COLUMNS = ("id", "language", "preference", "name", "created_at")


def test_chunks_keep_order_and_lose_nothing() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []


async def test_rows_of_all_kinds_of_columns_arrive_as_they_are(database: Database) -> None:
    async with database.write() as connection:
        numbers = await reserve_ids(connection, subscriber, 3)
        rows = [(number, "zh", "first", bytes(range(256)) if number % 2 else None, number) for number in numbers]
        await insert_rows(connection, subscriber, COLUMNS, rows)
        texts = [(b"\0" * 16, "email", "given", 'a\tb\n\\N "c" 张三', n) for n in range(3)]
        await insert_rows(connection, consent, ("fingerprint", "kind", "act", "source", "at"), texts)
    async with database.read() as connection:
        found = (await connection.execute(sa.select(subscriber).order_by(subscriber.c.id))).all()
        assert [(row.id, row.language, row.preference, row.name, row.created_at) for row in found] == rows
        assert set(await connection.scalars(sa.select(consent.c.source))) == {'a\tb\n\\N "c" 张三'}
        assert set(await connection.scalars(sa.select(consent.c.about))) == {""}


async def test_inserting_nothing_is_no_error(database: Database) -> None:
    async with database.write() as connection:
        await insert_rows(connection, subscriber, COLUMNS, [])
        assert list(await reserve_ids(connection, subscriber, 0)) == []
        assert list(await rows_with(connection, subscriber, ("id",), "id", [])) == []


async def test_the_number_of_somebody_who_is_gone_is_never_given_again(database: Database) -> None:
    async with database.write() as connection:
        first = await reserve_ids(connection, subscriber, 2)
        await insert_rows(connection, subscriber, COLUMNS, [(number, "zh", "first", None, 0) for number in first])
        await connection.execute(sa.delete(subscriber))
    async with database.write() as connection:
        assert min(await reserve_ids(connection, subscriber, 2)) > max(first)
        inserted = await connection.scalar(sa.insert(subscriber).values(created_at=0).returning(subscriber.c.id))
    assert inserted is not None
    assert inserted > max(first)


async def test_a_thousand_values_find_their_rows(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(sa.insert(group).values(id=1, name="g", basis="consent"))
        people = list(await reserve_ids(connection, subscriber, 3000))
        await insert_rows(connection, subscriber, COLUMNS, [(number, "zh", "first", None, 0) for number in people])
        members = [(1, number, bytes([number % 7])) for number in people]
        await insert_rows(connection, membership, ("group_id", "subscriber_id", "columns"), members)
    async with database.read() as connection:
        wanted = people[::3]
        rows = await rows_with(connection, membership, ("subscriber_id", "columns"), "subscriber_id", [*wanted, -1])
        assert sorted(map(tuple, rows)) == [(number, bytes([number % 7])) for number in wanted]
        by_bytes = await rows_with(connection, membership, ("subscriber_id",), "columns", [b"\x03", b"\x05"])
        assert len(by_bytes) == sum(number % 7 in {3, 5} for number in people)


async def test_whoever_adds_people_waits_for_whoever_does(database: Database) -> None:
    order: list[str] = []
    inside = asyncio.Event()
    leave = asyncio.Event()

    async def first() -> None:
        async with database.write() as connection:
            await one_adder(connection)
            inside.set()
            await leave.wait()
            order.append("first")

    async def second() -> None:
        await inside.wait()
        leave.set()
        async with database.write() as connection:
            await one_adder(connection)
            order.append("second")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(first())
        tasks.create_task(second())
    assert order == ["first", "second"]


@pytest.mark.parametrize("size", [1, 7])
def test_every_chunk_but_the_last_is_full(size: int) -> None:
    assert [len(chunk) for chunk in chunks(range(20), size)][:-1] == [size] * ((20 - 1) // size)
