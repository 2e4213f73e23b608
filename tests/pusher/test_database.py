"""Transactions: short, in turn, urgent ones first."""

import asyncio
import threading

import pytest
import sqlalchemy as sa

from pusher.database import Database
from pusher.sqlite import Connection
from subscribers.tables import group


async def _add(database: Database, name: str, *, urgent: bool = False, brief: bool = False) -> None:
    async with database.write(urgent=urgent, brief=brief) as connection:
        await connection.execute(sa.insert(group).values(name=name, basis="consent"))


async def _add_and_fail(database: Database, *, brief: bool) -> None:
    async with database.write(brief=brief) as connection:
        await connection.execute(sa.insert(group).values(name="lost", basis="consent"))
        raise RuntimeError


async def _names(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.scalars(sa.select(group.c.name).order_by(group.c.id))).all())


async def test_what_comes_after_a_brief_transaction_is_not_brief(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    here = threading.get_ident()
    for brief in (True, False):
        async with database.write(brief=brief) as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, Connection)
            assert (await driver.act(threading.get_ident) == here) is brief
    await database.close()


@pytest.mark.parametrize("brief", [True, False])
async def test_a_long_result_comes_whole_at_once_and_bit_by_bit(database: Database, brief: bool) -> None:
    numbers = sa.text(
        "WITH RECURSIVE number (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM number WHERE value < 9999)"
        " SELECT value FROM number"
    )
    async with database.read(brief=brief) as connection:
        assert (await connection.scalars(numbers)).all() == list(range(10_000))
        async with connection.stream_scalars(numbers) as streamed:
            assert [number async for number in streamed] == list(range(10_000))


async def _turn() -> None:
    """Let every task that was just made run up to its first wait."""
    await asyncio.sleep(0)


@pytest.mark.parametrize("brief", [True, False])
async def test_what_is_written_can_be_read(database: Database, brief: bool) -> None:
    await _add(database, "wardens", brief=brief)
    assert await _names(database) == ["wardens"]


@pytest.mark.parametrize("brief", [True, False])
async def test_an_exception_rolls_back(database: Database, brief: bool) -> None:
    with pytest.raises(RuntimeError):
        await _add_and_fail(database, brief=brief)
    assert await _names(database) == []


async def test_on_sqlite_an_urgent_writer_goes_before_those_that_wait(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    async with database.write():
        bulk = [asyncio.create_task(_add(database, f"bulk{n}")) for n in range(3)]
        await _turn()
        warning = asyncio.create_task(_add(database, "warning", urgent=True))
        await _turn()
    await asyncio.gather(warning, *bulk)
    assert await _names(database) == ["warning", "bulk0", "bulk1", "bulk2"]
    await database.close()


async def test_a_writer_that_gives_up_waiting_blocks_nobody(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    async with database.write():
        tired = asyncio.create_task(_add(database, "tired"))
        patient = asyncio.create_task(_add(database, "patient"))
        await _turn()
        tired.cancel()
    await asyncio.gather(tired, patient, return_exceptions=True)
    assert await _names(database) == ["patient"]
    await database.close()


async def _add_and_look(database: Database, name: str, *, brief: bool) -> None:
    async with database.write(brief=brief) as connection:
        await connection.execute(sa.insert(group).values(name=name, basis="consent"))
        await connection.execute(sa.select(group))


async def _cancel(task: asyncio.Task[None], moment: int) -> None:
    """Cancel it the `moment`-th time that it waits, when what it waits for has just come."""
    seen = None
    while not task.done() and moment:
        waiter = task._fut_waiter  # type: ignore[attr-defined]
        if waiter is not None and waiter is not seen and waiter.done():
            seen = waiter
            moment -= 1
        if moment:
            await _turn()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("brief", [True, False])
async def test_whoever_is_cancelled_in_a_transaction_leaves_nothing_locked(database: Database, brief: bool) -> None:
    await _add(database, "first")
    for moment in range(1, 25):
        broken = asyncio.create_task(_add_and_look(database, f"broken{moment}", brief=brief))
        await _cancel(broken, moment)
        await _add(database, f"whole{moment}")
    whole = [name for name in await _names(database) if name.startswith("whole")]
    assert whole == [f"whole{moment}" for moment in range(1, 25)]


def test_a_loop_that_ends_before_sqlite_has_answered_leaves_no_broken_thread() -> None:
    # Breaking, the thread would fail this test by what pytest hears of it.
    ended = asyncio.new_event_loop()
    connection = Connection.to(":memory:")
    connection._tx.put_nowait((ended.create_future(), lambda: None))
    ended.close()
    connection._thread.start()
    connection.stop()
    connection._thread.join()
