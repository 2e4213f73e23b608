"""Importing lists, on both databases: a list is replaced as a whole or not at all."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import Workbook
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.database import Database
from subscribers import consent
from subscribers.audience import Audience, count_addresses
from subscribers.consent import Origin, Standing
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.group_file import read_group_file, read_rows
from subscribers.group_list import GroupList, check
from subscribers.groups import GroupError, GroupImport, Terms, import_group, list_groups
from subscribers.instant import to_instant
from subscribers.keys import KeyRing
from subscribers.lapse import forget_departed, forget_lists
from subscribers.people import erase, find_by_address, subscribe
from subscribers.person import show
from subscribers.position import of_person
from subscribers.recipients import load
from subscribers.tables import address, group, membership, metadata, position, subscriber


def _csv(*lines: str) -> GroupList:
    return check(read_rows("\n".join(lines).encode()))


def _phones(*numbers: int) -> GroupList:
    return _csv("手机", *(f"138001300{number:02}" for number in numbers))


class _Town:
    """A database with the acts of these tests."""

    def __init__(self, database: Database, ring: KeyRing, at: datetime) -> None:
        self.database = database
        self.ring = ring
        self.at = at

    async def put(
        self,
        listed: GroupList,
        name: str = "低保户",
        *,
        basis: str = "statutory",
        ends_at: datetime | None = None,
        skip_refused: bool = False,
        keeps_others: bool = False,
        may_shrink: bool = False,
        begun: asyncio.Barrier | None = None,
    ) -> GroupImport:
        """`begun`: where it waits once it has looked at the list."""
        transactions = 0

        @asynccontextmanager
        async def write() -> AsyncIterator[AsyncConnection]:
            nonlocal transactions
            transactions += 1
            if begun is not None and transactions == 2:
                await begun.wait()
            async with self.database.write() as connection:
                yield connection

        return await import_group(
            write,
            self.ring,
            name,
            listed,
            terms=Terms("发放补助", basis, "民政局", ends_at),
            by="wang",
            at=self.at,
            skip_refused=skip_refused,
            keeps_others=keeps_others,
            may_shrink=may_shrink,
        )

    async def slots(self) -> dict[str, dict[str, str]]:
        """Values and slots of the members of list 1, as messages will have them."""
        async with self.database.read() as connection:
            query = sa.select(address.c.id).join(membership, membership.c.subscriber_id == address.c.subscriber_id)
            numbers = (await connection.scalars(query.where(membership.c.group_id == 1))).all()
            return {one.value: dict(one.slots) for one in await load(connection, self.ring, numbers, group_ids=[1])}

    async def dump(self) -> list[object]:
        """Everything that is stored."""
        async with self.database.read() as connection:
            return [
                tuple(row)
                for table in metadata.sorted_tables
                for row in (await connection.execute(sa.select(table))).all()
            ]

    async def count(self, table: sa.Table) -> int:
        async with self.database.read() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def town(database: Database, ring: KeyRing, at: datetime) -> _Town:
    return _Town(database, ring, at)


async def test_a_list_becomes_a_group_with_slots(town: _Town, at: datetime) -> None:
    report = await town.put(_csv("姓名,手机,邮箱,补助金额", "张三,13800138000,z@example.com,300", "李四,13900139000,,"))
    assert (report.applied, report.rows, report.people, report.new) == (True, 2, 2, 2)
    assert report.slots == {"name": "姓名", "amount": "补助金额"}
    assert await town.slots() == {
        "+8613800138000": {"name": "张三", "amount": "300"},
        "z@example.com": {"name": "张三", "amount": "300"},
        "+8613900139000": {"name": "李四"},
    }
    async with town.database.read() as connection:
        [kept] = await list_groups(connection)
    assert (kept.name, kept.terms, kept.members) == ("低保户", Terms("发放补助", "statutory", "民政局"), 2)
    assert (kept.imported_at, kept.imported_by, kept.slots) == (at, "wang", report.slots)


async def test_an_xlsx_file_is_imported_from_disk(town: _Town, tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (["低保户名单"], ["手机", "姓名"], [13800138000, "张三"]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    (tmp_path / "list.xlsx").write_bytes(file.getvalue())
    assert (await town.put(await read_group_file(tmp_path / "list.xlsx"))).new == 1
    assert await town.slots() == {"+8613800138000": {"name": "张三"}}


async def test_imported_addresses_are_open_and_the_ledger_names_list_and_basis(town: _Town) -> None:
    await town.put(_csv("手机", "13800138000"))
    async with town.database.read() as connection:
        number = await find_by_address(connection, town.ring, "phone", "13800138000")
        assert number is not None
        person = await show(connection, town.ring, number)
    assert person is not None
    assert [one.standing for one in person.addresses] == [Standing.OPEN]
    assert [(act.act, act.source, act.about) for act in person.history] == [("imported", "group 低保户", "statutory")]
    assert person.groups == ["低保户"]


async def test_a_refused_row_changes_nothing_at_all(town: _Town) -> None:
    await town.put(_phones(1, 2))
    before = await town.dump()
    report = await town.put(_csv("手机,村", "13800138000,东村", "1380013,东村", "13900139000,西村"))
    assert not report.applied
    assert [(one.line, one.column, one.value) for one in report.refused] == [(3, "手机", "1***")]
    assert await town.dump() == before


async def test_refused_rows_can_be_left_out(town: _Town) -> None:
    report = await town.put(_csv("手机", "13800138000", "1380013", "13900139000"), skip_refused=True)
    assert (report.applied, report.new, len(report.refused)) == (True, 2, 1)
    assert set(await town.slots()) == {"+8613800138000", "+8613900139000"}


async def test_a_file_that_is_added_to_a_list_takes_nobody_off_it(town: _Town) -> None:
    await town.put(_csv("手机,村,经度,纬度", "13800138000,东村,115.99,29.7", "13800138001,西村,115.98,29.7"))
    report = await town.put(_csv("手机,村,金额", "13800138001,南村,5", "13800138002,北村,6"), keeps_others=True)
    assert (report.new, report.kept, report.changed, report.gone, report.others) == (1, 1, 1, 0, 1)
    assert await town.slots() == {
        "+8613800138000": {"village": "东村"},
        "+8613800138001": {"village": "南村", "amount": "5"},
        "+8613800138002": {"village": "北村", "amount": "6"},
    }
    async with town.database.read() as connection:
        [kept] = await list_groups(connection)
        assert await connection.scalar(sa.select(sa.func.count()).select_from(position)) == 1
    assert kept.slots == {"village": "村", "amount": "金额"}


async def test_what_was_left_of_an_import_that_broke_off_is_no_list_to_add_to(town: _Town) -> None:
    await town.put(_phones(1, 2))
    async with town.database.write() as connection:
        await connection.execute(sa.update(group).values(imported_at=None, ends_at=to_instant(town.at)))
    report = await town.put(_phones(3), keeps_others=True)
    assert (report.new, report.others) == (1, 0)
    assert set(await town.slots()) == {"+8613800130003"}


@pytest.mark.parametrize("file", [[0], range(200, 320)], ids=["a short file", "a file of other people"])
async def test_most_of_a_long_list_goes_only_where_that_is_meant(town: _Town, file: Sequence[int]) -> None:
    def listed(numbers: Sequence[int]) -> GroupList:
        return _csv("手机", *(f"13800138{number:03}" for number in numbers))

    await town.put(listed(range(120)))
    with pytest.raises(GroupError, match="--replace"):
        await town.put(listed(file))
    assert (await town.count(membership), await town.count(subscriber)) == (120, 120)
    assert (await town.put(listed(file), may_shrink=True)).gone == 120 - (file == [0])
    assert await town.count(membership) == len(file)


async def test_a_list_with_nothing_but_refused_rows_empties_no_group(town: _Town) -> None:
    await town.put(_phones(1))
    report = await town.put(_csv("手机", "1380013"), skip_refused=True)
    assert not report.applied
    assert await town.count(membership) == 1


async def _import_and_fail(town: _Town, name: str) -> None:
    async def fail(_connection: AsyncConnection, _report: GroupImport) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await import_group(
            town.database.write,
            town.ring,
            name,
            _phones(2, 3),
            terms=Terms("x", "consent"),
            by="",
            at=town.at,
            note=fail,
        )


async def test_an_import_that_breaks_off_leaves_the_list_as_it_was(town: _Town) -> None:
    await town.put(_phones(1, 2))
    before = await town.slots(), await town.count(membership)
    await _import_and_fail(town, "低保户")
    assert (await town.slots(), await town.count(membership)) == before


async def test_nobody_is_written_to_because_of_a_new_list_whose_import_broke_off(town: _Town) -> None:
    await _import_and_fail(town, "低保户")
    async with town.database.read() as connection:
        assert await count_addresses(connection, Audience(groups=(1,)), ["phone"], at=town.at) == {"phone": 0}
    report = await town.put(_phones(1, 2))
    assert (report.new, report.kept, report.gone) == (1, 1, 1)
    async with town.database.read() as connection:
        assert await count_addresses(connection, Audience(groups=(1,)), ["phone"], at=town.at) == {"phone": 2}


async def test_two_imports_of_one_list_at_once_do_not_mix(town: _Town) -> None:
    await town.put(_phones(1))
    town.at += timedelta(minutes=1)
    both = asyncio.Barrier(2)
    done = await asyncio.gather(
        town.put(_phones(*range(40)), begun=both),
        town.put(_phones(*range(50, 60)), begun=both),
        return_exceptions=True,
    )
    [failed] = [each for each in done if isinstance(each, GroupError)]
    assert "somebody else changed" in str(failed)
    assert await town.count(membership) in (10, 40)


async def test_a_new_list_replaces_the_old_one(town: _Town) -> None:
    await town.put(_phones(1, 2, 3))
    report = await town.put(_phones(2, 3, 4, 5))
    assert (report.new, report.kept, report.gone) == (2, 2, 1)
    assert set(await town.slots()) == {f"+86138001300{number:02}" for number in (2, 3, 4, 5)}
    assert await town.count(group) == 1


async def test_importing_the_same_list_again_changes_nothing(town: _Town) -> None:
    listed = _csv("手机,邮箱,村", "13800138000,z@example.com,东村", ",y@example.com,")
    await town.put(listed)
    before = await town.dump()
    report = await town.put(listed)
    assert (report.new, report.kept, report.gone) == (0, 2, 0)
    assert await town.dump() == before


async def test_changed_columns_are_changed(town: _Town) -> None:
    await town.put(_csv("手机,金额", "13800138000,300", "13900139000,400", "13700137000,1"))
    report = await town.put(_csv("手机,金额", "13800138000,350", "13900139000,400", "13700137000,"))
    assert (report.kept, report.changed) == (3, 2)
    assert [slots.get("amount") for _, slots in sorted((await town.slots()).items())] == [None, "350", "400"]


async def test_one_person_is_one_member_however_many_rows_name_him(town: _Town) -> None:
    report = await town.put(
        _csv("手机,邮箱,村", "13800138000,,东村", "138-0013-8000,z@example.com,西村", ",Z@example.com,北村")
    )
    assert (report.people, report.new, report.repeated) == (1, 1, [(3, 2), (4, 2)])
    assert await town.count(subscriber) == 1
    assert await town.slots() == {"+8613800138000": {"village": "东村"}, "z@example.com": {"village": "东村"}}


async def test_two_lists_share_their_people(town: _Town) -> None:
    await town.put(_phones(1, 2))
    await town.put(_phones(2, 3), "残疾人")
    assert await town.count(subscriber) == 3
    assert await town.count(membership) == 4


async def test_people_known_apart_are_members_as_one_once_a_list_shows_it(town: _Town) -> None:
    await town.put(_csv("邮箱", "z@example.com"))
    await town.put(_csv("手机", "13800138000"), "残疾人")
    report = await town.put(_csv("手机,邮箱", "13800138000,z@example.com"))
    assert (report.new, report.kept, report.gone) == (0, 1, 0)
    assert await town.count(subscriber) == 1
    assert set(await town.slots()) == {"+8613800138000", "z@example.com"}


async def test_a_list_that_another_department_made_meanwhile_is_not_taken_from_it(town: _Town) -> None:
    await town.put(_phones(1), name="困难家庭")
    with pytest.raises(GroupError, match="taken by a list of another department"):
        await import_group(
            town.database.write,
            town.ring,
            "困难家庭",
            _phones(2),
            terms=Terms("资助", "statutory", "教育局"),
            by="li",
            at=town.at,
            whose="教育局",
        )
    assert set(await town.slots()) == {"+8613800130001"}


async def test_a_person_who_was_erased_stays_erased_after_the_next_import(town: _Town) -> None:
    listed = _csv("手机,邮箱", "13800138000,z@example.com", "13900139000,")
    await town.put(listed)
    async with town.database.write() as connection:
        number = await find_by_address(connection, town.ring, "phone", "13800138000")
        assert number is not None
        await erase(connection, number, source="page", at=town.at)
    report = await town.put(listed)
    assert (report.applied, report.kept, report.erased) == (True, 1, 1)
    assert set(await town.slots()) == {"+8613900139000"}
    assert await town.count(address) == 1


async def test_a_refused_address_stays_suppressed_after_the_next_import(town: _Town) -> None:
    await town.put(_phones(1, 2))
    async with town.database.write() as connection:
        number = await connection.scalar(sa.select(sa.func.min(address.c.id)))
        await consent.refuse(connection, [number or 0], source="sms TD", at=town.at)
    report = await town.put(_phones(1, 2, 3))
    assert (report.kept, report.new, report.suppressed) == (2, 1, 1)
    assert set(await town.slots()) == {"+8613800130002", "+8613800130003"}


async def test_an_address_that_waited_for_confirmation_is_opened_by_a_list(town: _Town, origin: Origin) -> None:
    async with town.database.write() as connection:
        await add_many(connection, town.ring, [Newcomer([("phone", "+8613800130001")])], origin, act="given")
    await town.put(_phones(1))
    assert set(await town.slots()) == {"+8613800130001"}


async def test_the_choice_of_somebody_known_outranks_the_list(town: _Town, origin: Origin) -> None:
    async with town.database.write() as connection:
        his = [("email", "z@example.com"), ("phone", "+8613800138000")]
        await add_many(connection, town.ring, [Newcomer(his)], origin)
    await town.put(_csv("手机,邮箱,渠道", "13800138000,z@example.com,短信", "13900139000,y@example.com,邮件"))
    async with town.database.read() as connection:
        query = sa.select(address.c.kind).order_by(address.c.subscriber_id, address.c.rank)
        assert list(await connection.scalars(query)) == ["email", "phone", "email", "phone"]


async def test_two_imports_at_once_do_not_meet(town: _Town) -> None:
    await asyncio.gather(town.put(_phones(*range(40))), town.put(_phones(*range(20, 60)), "残疾人"))
    assert await town.count(subscriber) == 60
    assert await town.count(membership) == 80


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb"])
async def test_a_group_needs_a_name(town: _Town, name: str) -> None:
    with pytest.raises(GroupError, match="name"):
        await town.put(_phones(1), name)


async def test_a_group_needs_a_legal_basis(town: _Town) -> None:
    with pytest.raises(GroupError, match="consent, statutory, emergency"):
        await town.put(_phones(1), basis="because")


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (Terms(" ", "consent"), "what the list x is for"),
        (Terms("x" * 201, "consent"), "purpose"),
        (Terms("x", "consent", ends_at=datetime(2026, 11, 22, 8, 30, tzinfo=UTC)), "ended already"),
        (Terms("x", "consent", duty="防汛责任人"), "that the law makes"),
    ],
)
async def test_a_list_is_kept_on_terms_that_hold(town: _Town, terms: Terms, sentence: str) -> None:
    with pytest.raises(GroupError, match=sentence):
        await import_group(town.database.write, town.ring, "x", _phones(1), terms=terms, by="", at=town.at)


async def test_whoever_leaves_a_list_is_forgotten_in_time_where_nothing_else_keeps_him(town: _Town) -> None:
    await town.put(_phones(1, 2, 3, 4))
    await town.put(_phones(2), "残疾人")
    async with town.database.write() as connection:
        person = await find_by_address(connection, town.ring, "phone", "13800130003")
        assert person is not None
        await subscribe(connection, person, [Subscription("education", "36")], source="page", at=town.at)
    town.at += timedelta(days=1)
    assert (await town.put(_phones(4))).gone == 3
    later = town.at + timedelta(days=2)
    async with town.database.write() as connection:
        stored = await show(connection, town.ring, person)
        assert stored is not None
        assert ("ended", "group 低保户", "statutory") in {(act.act, act.source, act.about) for act in stored.history}
        assert await forget_departed(connection, town.at, at=later, limit=9) == 0
        assert await forget_departed(connection, later, at=later, limit=2) == 2
        assert await forget_departed(connection, later, at=later, limit=2) == 1
        assert await forget_departed(connection, later, at=later, limit=2) == 0
        found = [await find_by_address(connection, town.ring, "phone", f"1380013000{number}") for number in range(1, 5)]
    assert [one is not None for one in found] == [False, True, True, True]


async def test_a_list_past_its_end_goes_with_whoever_is_known_from_it_alone(town: _Town) -> None:
    await town.put(_phones(1, 2, 3), ends_at=town.at + timedelta(days=1))
    await town.put(_phones(2), "残疾人")
    async with town.database.write() as connection:
        person = await find_by_address(connection, town.ring, "phone", "13800130003")
        assert person is not None
        await subscribe(connection, person, [Subscription("education", "36")], source="page", at=town.at)
        said = {"subscriber_id": person, "group_id": 1, "latitude": 29_713, "longitude": 115_985}
        await connection.execute(sa.insert(position).values(said))
    later = town.at + timedelta(days=2)
    async with town.database.write() as connection:
        assert await forget_lists(connection, town.at + timedelta(hours=1), at=later, limit=2) == 0
        assert await forget_lists(connection, later, at=later, limit=2) == 2
        assert await forget_lists(connection, later, at=later, limit=2) == 1
        assert await forget_lists(connection, later, at=later, limit=2) == 1
        assert await forget_lists(connection, later, at=later, limit=2) == 0
        [left] = await list_groups(connection)
        assert (left.name, left.members) == ("残疾人", 1)
        assert await of_person(connection, person) == []
        found = [await find_by_address(connection, town.ring, "phone", f"1380013000{number}") for number in (1, 2, 3)]
    assert [one is not None for one in found] == [False, True, True]
