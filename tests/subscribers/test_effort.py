"""What finding the people of a range costs, as the database itself counts it: steps, not seconds."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.database import Database
from subscribers.audience import Audience, Reading, chosen_addresses, people_of
from subscribers.bulk import insert_rows
from subscribers.expression import All
from subscribers.group_list import check
from subscribers.groups import Terms, import_group
from subscribers.keys import KeyRing
from subscribers.selection import Members
from subscribers.tables import address, group, membership, subscriber

_PEOPLE = 3_000
#: Everybody stands on the first list and one in three on the second.
_BOTH = Audience(selection=All((Members(1), Members(2))))


async def test_where_two_lists_meet_no_address_is_compared_with_every_person(database: Database, at: datetime) -> None:
    numbers = range(1, _PEOPLE + 1)
    async with database.write() as connection:
        await insert_rows(connection, subscriber, ("id", "created_at"), [(number, 0) for number in numbers])
        await insert_rows(
            connection,
            address,
            ("subscriber_id", "kind", "rank", "standing", "value", "fingerprint"),
            [(number, "email", 1, 0, b"", number.to_bytes(16)) for number in numbers],
        )
        await insert_rows(connection, group, ("id", "name", "basis"), [(1, "一", "consent"), (2, "二", "consent")])
        listed = [(1, number) for number in numbers] + [(2, number) for number in numbers if number % 3 == 0]
        await insert_rows(connection, membership, ("group_id", "subscriber_id"), listed)
        await connection.exec_driver_sql("ANALYZE")
    async with database.read() as connection:
        reading = Reading(_BOTH, at, 1_000, 1_090)
        chosen = chosen_addresses(connection, people_of(connection, reading), ["email"], reading)
        assert await connection.scalar(sa.select(sa.func.count()).select_from(chosen)) == 30
        assert await _in_vain(connection, sa.select(chosen)) == []


async def test_postgresql_knows_a_list_as_soon_as_it_is_imported(
    database: Database, ring: KeyRing, at: datetime
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite keeps to its indexes")
    rows = [["手机"], *([f"+86138{number:08}"] for number in range(300))]
    terms = Terms("补助", "statutory", "民政局")
    listed = check(enumerate(rows, start=1))
    await import_group(database.write, ring, "低保户", listed, terms=terms, by="wang", at=at)
    async with database.read() as connection:
        known = sa.text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('membership', 'address')")
        assert dict((await connection.execute(known)).all()) == {"membership": 300, "address": 300}


async def _in_vain(connection: AsyncConnection, query: sa.Select[Any]) -> list[str]:
    """Where rows are joined by looking through all of them: PostgreSQL's filters after a join, SQLite's scans."""
    text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    if connection.dialect.name == "sqlite":
        steps = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")).all()
        return [step.detail for step in steps if step.detail.startswith("SCAN") and "USING" not in step.detail]
    plan = await connection.scalar(sa.text(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}"))
    return [str(step["Node Type"]) for step in _steps(plan[0]["Plan"]) if step.get("Rows Removed by Join Filter")]


def _steps(step: dict[str, Any]) -> list[dict[str, Any]]:
    return [step, *(below for each in step.get("Plans", ()) for below in _steps(each))]
