"""A preview says what the import does, whoever the people of the file turn out to be."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pusher.schema
from pusher.database import Database
from subscribers.group_list import GroupList, check
from subscribers.groups import Terms, import_group
from subscribers.keys import KeyRing
from subscribers.list_preview import preview
from subscribers.people import erase, find_by_address

RING = KeyRing.generate()
AT = datetime.fromisoformat("2026-11-22T08:00:00Z")
PHONE = st.sampled_from(["", "1", "2", "3", "4"])
#: A telephone, another one, a mailbox, and what else the list says.
ROW = st.tuples(PHONE, PHONE, st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "x"])).filter(
    lambda row: any(row[:3])
)
ROWS = st.lists(ROW, min_size=1, max_size=5)


def _list(rows: list[tuple[str, str, str, str]]) -> GroupList:
    cells = [
        [*(number and f"1380013800{number}" for number in row[:2]), row[2] and f"{row[2]}@example.com", row[3]]
        for row in rows
    ]
    return check(enumerate([["手机", "联系电话", "邮箱", "学校"], *cells], start=1))


async def _put(database: Database, rows: list[tuple[str, str, str, str]], name: str) -> None:
    """Import a file, and hold what it did against what was said before."""
    listed = _list(rows)
    async with database.read() as connection:
        said = await preview(connection, RING, name, replace(listed, refused=()))
    done = await import_group(
        database.write, RING, name, listed, terms=Terms("x", "consent"), by="", at=AT, skip_refused=True
    )
    if done.applied:
        told = (said.new, said.changed, said.changed + said.same, said.gone, said.erased)
        assert told == (done.new, done.changed, done.kept, done.gone, done.erased)
        assert (len(said.new_hints), len(said.changed_hints), len(said.gone_hints)) == (*told[:2], said.gone)


async def _play(url: str, lists: list[list[tuple[str, str, str, str]]], gone: str) -> None:
    database = Database.open(url)
    for place, rows in enumerate(lists):
        await _put(database, rows, f"list {place % 2}")
        async with database.write() as connection:
            person = await find_by_address(connection, RING, "phone", f"1380013800{gone}")
            if person is not None and place == 1:
                await erase(connection, person, source="test", at=AT)
    await database.close()


@settings(max_examples=10, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5), st.sampled_from("1234"))
@example([[("1", "", "a", ""), ("2", "", "b", "")], [("1", "2", "", "")]], "4")
@example([[("1", "", "a", "")], [("1", "", "", "x"), ("", "", "a", "")], [("1", "", "", "x"), ("", "", "a", "")]], "4")
@example([[("1", "", "", "x"), ("", "", "a", "")], [("2", "", "", "")], [("1", "", "a", "")]], "4")
@example([[("1", "", "a", "")], [("2", "", "", "")], [("2", "", "a", "")]], "2")
def test_a_preview_says_exactly_what_the_import_does(lists: list[list[tuple[str, str, str, str]]], gone: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pusher.db"
        engine = sa.create_engine(f"sqlite:///{path}")
        pusher.schema.metadata.create_all(engine)
        engine.dispose()
        asyncio.run(_play(f"sqlite+aiosqlite:///{path}", lists, gone))
