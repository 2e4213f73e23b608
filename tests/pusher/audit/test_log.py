"""The audit log shows every alteration."""

import asyncio
from datetime import UTC, datetime

import sqlalchemy as sa

from pusher.audit import log
from pusher.audit.tables import audit_entry
from pusher.database import Database

_KEY = b"k" * 32
_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


async def _act(database: Database, target: str) -> None:
    async with database.write() as connection:
        await log.append(connection, _KEY, at=_AT, actor="wang", action="broadcast halt", target=target)


async def _broken(database: Database) -> int | None:
    async with database.read() as connection:
        return await log.first_broken(connection, _KEY)


async def test_acts_are_kept_in_order_and_the_chain_holds(database: Database) -> None:
    for number in range(3):
        await _act(database, f"broadcast {number}")
    async with database.read() as connection:
        entries = await log.latest(connection, limit=2)
    assert [entry.target for entry in entries] == ["broadcast 2", "broadcast 1"]
    assert await _broken(database) is None


async def test_two_at_once_do_not_break_the_chain(database: Database) -> None:
    await asyncio.gather(*(_act(database, f"broadcast {number}") for number in range(8)))
    assert await _broken(database) is None


async def test_an_altered_entry_is_found(database: Database) -> None:
    for number in range(3):
        await _act(database, f"broadcast {number}")
    async with database.write() as connection:
        await connection.execute(sa.update(audit_entry).where(audit_entry.c.number == 2).values(actor="li"))
    assert await _broken(database) == 2


async def test_a_missing_entry_is_found(database: Database) -> None:
    for number in range(3):
        await _act(database, f"broadcast {number}")
    async with database.write() as connection:
        await connection.execute(sa.delete(audit_entry).where(audit_entry.c.number == 2))
    assert await _broken(database) == 2
