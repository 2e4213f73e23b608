"""Whatever lists come one after the other: whoever is listed is reached, and nobody is swallowed by somebody else."""

import asyncio
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from pusher.database import Database
from subscribers.address_form import identity
from subscribers.group_list import GroupList, check
from subscribers.groups import Terms, import_group
from subscribers.keys import KeyRing
from subscribers.tables import address, membership
from tests.support.opened import copied, opened_again

RING = KeyRing.generate()
ROW = st.tuples(st.sampled_from(["", "1", "2", "3", "4"]), st.sampled_from(["", "a", "b", "c"])).filter(any)


def _list(rows: list[tuple[str, str]]) -> GroupList:
    cells = [[phone and f"1380013800{phone}", mail and f"{mail}@example.com"] for phone, mail in rows]
    return check(enumerate([["手机", "邮箱"], *cells], start=1))


async def _people(database: Database) -> tuple[dict[bytes, int], set[int]]:
    """Fingerprint → owner, and the members of the group."""
    async with database.read() as connection:
        owners = await connection.execute(sa.select(address.c.fingerprint, address.c.subscriber_id))
        members = await connection.scalars(sa.select(membership.c.subscriber_id))
        return {row.fingerprint: row.subscriber_id for row in owners}, set(members)


async def _import_all(url: str, lists: list[list[tuple[str, str]]], at: datetime) -> None:
    database = opened_again(url, Database)
    for rows in lists:
        listed = _list(rows)
        report = await import_group(
            database.write, RING, "g", listed, terms=Terms("x", "consent"), by="", at=at, skip_refused=True
        )
        owners, members = await _people(database)
        assert report.applied
        assert report.new + report.kept == len(members)
        _check_that_everybody_is_reached(listed, owners, members)
        # No row names two numbers, so no person may have two.
        numbers = [owners[one] for one in map(_print_of_phone, "1234") if one in owners]
        assert len(numbers) == len(set(numbers))
    await database.close()


def _check_that_everybody_is_reached(listed: GroupList, owners: dict[bytes, int], members: set[int]) -> None:
    for person in listed.people:
        people = {
            kind: owners[RING.fingerprint(kind, identity(kind, value))] for kind, value in reversed(person.addresses)
        }
        assert people.get("phone", people.get("email")) in members


def _print_of_phone(digit: str) -> bytes:
    return RING.fingerprint("phone", f"+861380013800{digit}")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(ROW, min_size=1, max_size=5), min_size=1, max_size=4))
def test_whoever_is_listed_is_reached_and_nobody_is_swallowed(
    sqlite_template: Path, lists: list[list[tuple[str, str]]]
) -> None:
    asyncio.run(_import_all(copied(sqlite_template), lists, datetime.fromisoformat("2026-11-22T08:00:00Z")))
