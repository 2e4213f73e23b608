"""Issued warnings are looked after: reminders before they expire, and what the public may read of them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.failure import TechnicalFailure
from pusher.database import Database
from pusher.deliver.tables import message
from pusher.plan.tables import broadcast
from pusher.warnings.cap.check import check
from pusher.warnings.public import PublicWarnings
from pusher.warnings.tables import warning
from pusher.warnings.warning import State, Status, Version
from pusher.warnings.watchman import Watchman
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, add_many
from subscribers.tables import group, membership
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings


@pytest.fixture
async def town(database: Database) -> Town:
    """An office whose officers are a list of their own."""
    town = Town(Engine(database), settings=office_settings(duty_groups=["值班领导"], channels=["mail"]))
    async with database.write() as connection:
        await connection.execute(sa.insert(group).values(name="值班领导", basis="emergency"))
    return town


async def _warn(town: Town, **changed: object) -> Version:
    status = changed.pop("status", Status.ACTUAL)
    public_test = str(changed.pop("public_test", ""))
    content = town.content(level=Severity.BLUE, **changed)
    draft = await town.office.draft(content, by="li", status=Status(str(status)), public_test=public_test)
    return await town.office.approve(draft.id, by="wang", level=Severity.BLUE)


async def test_a_warning_that_expires_without_its_end_is_told_once(town: Town) -> None:
    version = await _warn(town)
    await town.engine.deliver(mail=Hands())
    watchman = Watchman(town.office)
    assert await watchman.once() == []
    town.engine.later(5.5 * 3600)
    assert await watchman.once() == [version.id]
    assert await watchman.once() == []
    async with town.engine.database.read() as connection:
        titles = list(await connection.scalars(sa.select(broadcast.c.title).where(broadcast.c.route == "duty")))
    assert titles == ["到期提醒 浔阳区气象台发布暴雨蓝色预警"]


async def test_maui_2023_the_officers_hear_once_that_a_channel_is_down(town: Town) -> None:
    town.settings = office_settings(duty_groups=["值班领导"], channels=["mail"], groups=["值班领导"])
    async with town.engine.database.write() as connection:
        people = [Newcomer([("email", "leader@example.com")])]
        await add_many(connection, town.engine.ring, people, Origin("test", town.engine.at))
        await connection.execute(sa.insert(membership).values(group_id=1, subscriber_id=1))
    version = await _warn(town)
    watchman = Watchman(town.office)
    await town.engine.deliver(mail=Hands(rule=lambda *_: TechnicalFailure("no line", code="down")))
    assert await watchman.once() == [version.id]
    assert await watchman.once() == []
    async with town.engine.database.read() as connection:
        [told] = await connection.scalars(
            sa.select(message.c.content).join(broadcast).where(broadcast.c.route == "duty")
        )
    assert "渠道 mail：1 人在等" in told["parts"]["text"]
    assert "上门" in told["parts"]["text"]


async def test_one_that_was_ended_in_time_reminds_nobody(town: Town) -> None:
    version = await _warn(town)
    draft = await town.office.end(version.id, by="li", reason="降雨结束。")
    await town.office.approve(draft.id, by="wang", level=Severity.BLUE)
    await town.engine.deliver(mail=Hands())
    town.engine.later(5.5 * 3600)
    assert await Watchman(town.office).once() == []


async def test_old_warnings_are_archived(town: Town) -> None:
    version = await _warn(town)
    town.engine.later(timedelta(days=31).total_seconds())
    await Watchman(town.office).once()
    async with town.engine.database.read() as connection:
        state = await connection.scalar(sa.select(warning.c.state).where(warning.c.id == version.id))
    assert state == State.ARCHIVED


async def test_the_others_hear_at_once_of_an_override(town: Town) -> None:
    draft = await town.office.draft(town.content(), by="li")
    await town.office.override(draft.id, by="zhao", level=Severity.RED, reason="山洪已到")
    async with town.engine.database.read() as connection:
        titles = list(await connection.scalars(sa.select(broadcast.c.title).where(broadcast.c.route == "duty")))
    assert titles == ["紧急签发 浔阳区气象台发布暴雨红色预警"]


async def test_what_the_officers_are_told_never_reads_like_the_warning_itself(town: Town) -> None:
    town.settings = office_settings(duty_groups=["值班领导"], channels=["sms"])
    town.outlets = {"sms": Way("sms", "phone")}
    draft = await town.office.draft(town.content(), by="li", status=Status.ACTUAL)
    notice = replace(town.office.notice(draft, ()), title="待签发 浔阳区气象台发布暴雨红色预警", summary="等待签发")
    async with town.engine.database.write() as connection:
        await town.office.tell_duty(connection, replace(notice, body="等待签发"))
        [content] = await connection.scalars(sa.select(message.c.content))
    assert content["parts"]["text"] == "值班通知：待签发 浔阳区气象台发布暴雨红色预警。等待签发。"


async def test_machines_get_current_and_past_warnings_and_no_drill(town: Town) -> None:
    first = await _warn(town)
    town.engine.later(2)
    await _warn(town, status="exercise")
    town.engine.later(2)
    test = await _warn(town, status="test", public_test="5·12 试鸣")
    town.engine.later(2)
    draft = await town.office.end(first.id, by="li", reason="降雨结束。")
    ended = await town.office.approve(draft.id, by="wang", level=Severity.BLUE)
    public = PublicWarnings(town.office)
    listed = await public.listed()
    assert [(each.number, each.is_current) for each in listed] == [
        (ended.id, False),
        (test.id, True),
        (first.id, False),
    ]
    for each in listed:
        document = await public.xml(each.number)
        assert document is not None
        assert check(document).errors == ()
    said = await public.json(ended.id)
    assert said is not None
    assert json.loads(json.dumps(said))["references"] == f"36040341600000,{first.identifier},2026-11-22T10:00:00+08:00"
    assert await public.xml(2) is None
    assert await public.xml(99) is None
