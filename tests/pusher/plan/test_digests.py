"""Digests: what people chose to hear of together comes in one message at their hour, once, whatever breaks."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.plan import broadcast, fan_out
from pusher.watch.tables import item as items
from subscribers import consent, people
from subscribers.audience import Audience
from subscribers.merging import merge
from subscribers.tables import group, membership
from subscribers.topic import Severity
from tests.support.digests import SATURDAY, Letters, Town
from tests.support.engine import EVERYBODY

_SUNDAY_8 = datetime(2026, 11, 22, 0, tzinfo=UTC)
_MONDAY_8 = datetime(2026, 11, 23, 0, tzinfo=UTC)


@pytest.fixture
async def town(database: Database) -> Town:
    """1 hears at once, 2 and 3 daily, 4 weekly, 5 of warnings only."""
    town = Town(database, at=SATURDAY)
    await town.add_people(5)
    for person, frequency in ((2, "daily"), (3, "daily"), (4, "weekly"), (5, "urgent")):
        await town.choose(person, frequency)
    return town


async def test_everybody_hears_as_often_as_he_chose(town: Town) -> None:
    letters = Letters()
    first = await town.tell("开学通知")
    await town.tell("义诊公告", "医疗")
    await town.deliver(mail=letters)
    assert letters.taken == {"r1@example.com": 2}
    assert await town.state(first) == "open"
    await town.go(_SUNDAY_8, letters)
    assert letters.taken == {"r1@example.com": 2, "r2@example.com": 1, "r3@example.com": 1}
    [words] = letters.read["r2@example.com"]
    assert words.startswith("每日信息汇总（2条）")
    assert words.index("【教育】") < words.index("开学通知") < words.index("【医疗】") < words.index("义诊公告")
    assert letters.read["r2@example.com"] == letters.read["r3@example.com"]
    await town.tell("体检安排", "医疗")
    await town.go(_MONDAY_8, letters)
    assert "体检安排" in letters.read["r2@example.com"][1]
    assert "开学通知" not in letters.read["r2@example.com"][1]
    [weekly] = letters.read["r4@example.com"]
    assert weekly.startswith("每周信息汇总（3条）")
    assert "r5@example.com" not in letters.taken
    await town.go(_MONDAY_8 + timedelta(days=1), letters)
    assert letters.taken["r2@example.com"] == 2
    assert (await town.state(first), await town.left()) == ("done", 0)


@pytest.mark.parametrize(
    "audience",
    [Audience(replace(EVERYBODY, severity=Severity.BLUE), warning=True), Audience(EVERYBODY, groups=(1,))],
    ids=["warning", "list"],
)
async def test_warnings_and_lists_wait_for_no_digest(town: Town, audience: Audience) -> None:
    async with town.database.write() as connection:
        await connection.execute(sa.insert(group).values(id=1, name="家长", basis="consent"))
        await connection.execute(
            sa.insert(membership), [{"group_id": 1, "subscriber_id": person} for person in range(1, 6)]
        )
    letters = Letters()
    await town.propose(audience=audience, lane=Lane.WARNING if audience.warning else Lane.ROUTINE)
    await town.deliver(mail=letters)
    assert len(letters.taken) == 5


async def test_what_would_be_over_by_then_comes_at_once(town: Town) -> None:
    letters = Letters()
    await town.tell("今日停水", useful=timedelta(hours=6))
    await town.deliver(mail=letters)
    assert sorted(letters.taken) == [f"r{number}@example.com" for number in (1, 2, 3, 4)]
    assert await town.left() == 0


async def test_what_was_taken_back_or_ended_meanwhile_is_left_out(town: Town) -> None:
    letters = Letters()
    _, halted, cancelled, _ = [await town.tell(title) for title in ("保留", "暂停", "取消", "撤下")]
    async with town.database.write() as connection:
        await broadcast.halt(connection, halted)
        await broadcast.cancel(connection, cancelled)
        row = (await connection.execute(sa.select(items).where(items.c.title == "撤下"))).one()
        await connection.execute(
            sa.update(items).where(items.c.id == row.id).values(notice={**row.notice, "follows": "撤回"}, revision=1)
        )
        await people.unsubscribe(connection, 3, source="test", at=town.at)
    await town.go(_SUNDAY_8, letters)
    [words] = letters.read["r2@example.com"]
    assert "保留" in words
    assert not any(title in words for title in ("暂停", "取消", "撤下"))
    assert "r3@example.com" not in letters.taken
    async with town.database.write() as connection:
        await broadcast.resume(connection, halted)
    await town.go(_MONDAY_8, letters)
    assert "暂停" in letters.read["r2@example.com"][1]


async def test_whoever_left_before_his_hour_gets_nothing(town: Town) -> None:
    letters = Letters()
    await town.tell("开学通知")
    async with town.database.write() as connection:
        await consent.refuse(connection, [2], source="test", at=town.at)
    await town.choose(3, "urgent")
    await town.go(_SUNDAY_8, letters)
    assert letters.taken == {"r1@example.com": 1}


async def test_whoever_is_one_of_two_now_and_has_left_gets_nothing_of_either(town: Town) -> None:
    letters = Letters()
    await town.tell("开学通知")
    async with town.database.write() as connection:
        await merge(connection, [(2, 3)])
        await people.unsubscribe(connection, 2, source="test", at=town.at)
    await town.go(_SUNDAY_8, letters)
    assert "r2@example.com" not in letters.taken
    assert "r3@example.com" not in letters.taken


async def test_whoever_becomes_another_while_his_digest_is_made_gets_it_as_that_one(town: Town) -> None:
    letters = Letters()
    await town.tell("开学通知")
    town.at = _SUNDAY_8
    digester = town.digester()
    assert await digester._put_together()
    await town.add_people(1, start=6)
    async with town.database.write() as connection:
        await merge(connection, [(6, 2)])
    await digester.once()
    await town.deliver(mail=letters)
    assert letters.taken == {f"r{number}@example.com": 1 for number in (1, 3, 6)}


async def test_two_people_who_are_one_get_one(town: Town) -> None:
    letters = Letters()
    await town.tell("开学通知")
    async with town.database.write() as connection:
        await merge(connection, [(2, 3)])
    await town.go(_SUNDAY_8, letters)
    assert sum(letters.taken.values()) == 2


@pytest.mark.parametrize("turns", [4, 15, 30, 60])
async def test_whatever_breaks_off_nobody_is_told_twice_or_never(
    town: Town, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "RANGE", 2)
    letters = Letters()
    await town.tell("开学通知")
    town.at = _MONDAY_8
    for _ in range(3):
        running = asyncio.create_task(town.digester().once())
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await asyncio.gather(town.digester().once(), town.digester().once())
    await town.deliver(mail=letters)
    assert letters.taken == {f"r{number}@example.com": 1 for number in (2, 3, 4)}
    assert await town.left() == 0
