"""What went wrong elsewhere and must not here: each failure by its name, with the requirement that it left."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.failure import TechnicalFailure
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver.tables import message
from pusher.plan import broadcast
from pusher.plan.warned import not_told
from pusher.warnings.life import RefusedActError
from pusher.warnings.preview import preview
from pusher.warnings.progress import progress
from pusher.warnings.public import PublicWarnings
from pusher.warnings.warning import Act, State, Status, Version
from subscribers.audience import Audience
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.tables import group
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings


@pytest.fixture
async def town(database: Database) -> Town:
    """An office that warns by SMS and on a board."""
    town = Town(Engine(database), settings=office_settings(channels=["sms", "board"]))
    town.outlets = {"sms": Way("sms", "phone"), "board": Way("board", "public")}
    async with database.write() as connection:
        await connection.execute(sa.insert(group).values(name="演练人员", basis="emergency"))
        people = [
            Newcomer([("phone", f"+86138{number:08d}")], subscriptions=[Subscription("disaster", "360403")])
            for number in range(1, 21)
        ]
        await add_many(connection, town.engine.ring, people, Origin("test", town.engine.at))
    return town


async def _warn(town: Town, level: Severity = Severity.YELLOW, **more: object) -> Version:
    status = Status(str(more.pop("status", Status.ACTUAL)))
    draft = await town.office.draft(town.content(level=level, **more), by="li", status=status)
    if level >= Severity.ORANGE:
        await town.office.check(draft.id, by="wang")
        await town.office.approve(draft.id, by="wang", level=level)
    return await town.office.approve(draft.id, by="zhao", level=level)


async def _audience(town: Town, version: Version) -> Audience:
    async with town.engine.database.read() as connection:
        return (await broadcast.get(connection, version.broadcast_id or 0)).audience


async def test_hawaii_2018_one_person_alone_cannot_warn(town: Town) -> None:
    draft = await town.office.draft(town.content(level=Severity.BLUE), by="chen")
    with pytest.raises(RefusedActError, match="somebody else"):
        await town.office.approve(draft.id, by="chen", level=Severity.BLUE)


async def test_hawaii_2018_the_correction_is_ready_and_goes_to_the_same_people(town: Town) -> None:
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), board=Hands())
    draft = await town.office.correct(first.id, by="li", reason="操作失误。")
    corrected = await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    sms = Hands()
    await town.engine.deliver(sms=sms, board=Hands())
    assert len(sms.taken) == 20
    async with town.engine.database.read() as connection:
        assert await not_told(connection, [first.broadcast_id or 0], corrected.broadcast_id or 0) == 0


async def test_j_alert_2022_areas_of_an_old_drill_are_seen_before_approval(town: Town) -> None:
    first = await _warn(town, areas=("360403001",))
    update = await town.office.update(first.id, town.content(level=Severity.YELLOW), by="li")
    seen = await preview(town.office, update.id)
    assert ("areas", "360403001", "360403") in seen.changes


async def test_j_alert_2023_the_end_goes_over_every_channel_of_the_warning(town: Town) -> None:
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), board=Hands())
    draft = await town.office.end(first.id, by="li", reason="危险已经过去。")
    ended = await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    channels = {}
    async with town.engine.database.read() as connection:
        for version in (first, ended):
            found = await connection.scalars(
                sa.select(message.c.channel).where(message.c.broadcast_id == version.broadcast_id)
            )
            channels[version.act] = set(found)
    assert channels[Act.ALERT] == channels[Act.END] == {"sms", "board"}


async def test_chongqing_2021_a_forgotten_mark_cannot_send_a_test_to_the_public(town: Town) -> None:
    version = await _warn(town, Severity.RED, status="test")
    assert (await _audience(town, version)).topic is None
    sms, board = Hands(), Hands()
    await town.engine.deliver(sms=sms, board=board)
    assert not sms.taken
    assert not board.taken


async def test_seoul_2023_a_warning_says_why_and_what_to_do(town: Town) -> None:
    for missing in ("description", "instruction"):
        draft = await town.office.draft(town.content(level=Severity.BLUE, **{missing: ""}), by="li")
        with pytest.raises(RefusedActError, match=r"Art\. 64"):
            await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)


async def test_seoul_2023_a_false_alarm_is_not_called_an_end(town: Town) -> None:
    first = await _warn(town)
    draft = await town.office.correct(first.id, by="li", reason="误发。")
    corrected = await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    async with town.engine.database.read() as connection:
        title = (await broadcast.get(connection, corrected.broadcast_id or 0)).title
    assert "误发" in title
    assert "解除" not in title
    assert corrected.state is State.CORRECTED


async def test_maui_2023_a_channel_that_fails_is_an_alarm_with_what_to_do(town: Town) -> None:
    version = await _warn(town)
    down = Hands(rule=lambda _value, _times: TechnicalFailure("no line", code="down"))
    await town.engine.deliver(sms=down, board=Hands())
    async with town.engine.database.read() as connection:
        found = await progress(connection, version.id)
    assert found is not None
    [alarm] = found.alarms(town.engine.at)
    assert alarm.startswith("sms fails")
    assert "door to door" in alarm


async def test_guangdong_2016_a_channel_that_falls_silent_is_an_alarm(town: Town) -> None:
    version = await _warn(town)
    await town.engine.fan_out()
    async with town.engine.database.read() as connection:
        found = await progress(connection, version.id)
    assert found is not None
    assert found.alarms(town.engine.at) == []
    assert any("handed nothing over" in alarm for alarm in found.alarms(town.engine.at + timedelta(seconds=31)))


async def _alarms(town: Town, version: Version) -> list[str]:
    async with town.engine.database.read() as connection:
        found = await progress(connection, version.id)
    assert found is not None
    return list(found.alarms(town.engine.at))


async def test_zhengzhou_2021_red_after_red_asks_for_the_emergency_response(town: Town) -> None:
    first = await _warn(town, Severity.RED)
    await town.engine.deliver(sms=Hands(), board=Hands())
    assert await _alarms(town, first) == []
    town.engine.at += timedelta(hours=8)
    second = await _warn(town, Severity.RED, areas=("360403001",))
    await town.engine.deliver(sms=Hands(), board=Hands())
    [alarm] = await _alarms(town, second)
    assert alarm.startswith("red for the 2nd time within 24 h")
    assert "应急响应" in alarm


@pytest.mark.parametrize(
    ("level", "area", "hours"),
    [(Severity.ORANGE, "360403", 8), (Severity.RED, "360404", 8), (Severity.RED, "360403", 25)],
)
async def test_zhengzhou_2021_a_lower_level_another_place_or_day_is_no_series(
    town: Town, level: Severity, area: str, hours: int
) -> None:
    town.settings = office_settings(
        channels=["sms", "board"],
        organisations={
            "met": {
                "name": "九江市气象台",
                "code": "36040041600000",
                "hazards": ["11B"],
                "areas": ["3604"],
                "contact": "0792-8888888",
            },
            "water": {
                "name": "九江市水利局",
                "code": "36040033200000",
                "hazards": ["11A"],
                "areas": ["3604"],
                "contact": "0792-7777777",
            },
        },
    )
    await _warn(town, Severity.RED)
    await town.engine.deliver(sms=Hands(), board=Hands())
    town.engine.at += timedelta(hours=hours)
    later = await _warn(town, level, areas=(area,))
    await town.engine.deliver(sms=Hands(), board=Hands())
    assert await _alarms(town, later) == []


async def test_nema_an_exercise_cannot_be_seen_by_the_public(town: Town) -> None:
    version = await _warn(town, Severity.RED, status="exercise")
    sms, board = Hands(), Hands()
    await town.engine.deliver(sms=sms, board=board)
    assert (sms.taken, board.taken) == ({}, {})
    assert await PublicWarnings(town.office).listed() == []
    assert version.status is Status.EXERCISE


async def test_uk_2023_nobody_gets_a_warning_twice(town: Town) -> None:
    await _warn(town)
    sms = Hands()
    for _ in range(3):
        await town.engine.deliver(sms=sms, board=Hands())
    assert set(sms.taken.values()) == {1}


async def test_togo_an_old_draft_is_not_sent_as_if_it_were_new(town: Town) -> None:
    draft = await town.office.draft(town.content(level=Severity.BLUE), by="li")
    town.engine.later(timedelta(days=42).total_seconds())
    with pytest.raises(RefusedActError, match="old draft"):
        await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)


async def test_whoever_approves_sees_the_lists_that_bring_nobody(town: Town) -> None:
    async with town.engine.database.write() as connection:
        await connection.execute(sa.delete(group))
        over = to_instant(town.engine.now() - timedelta(seconds=1))
        await connection.execute(sa.insert(group).values(name="值守人员", basis="emergency", ends_at=over))
    draft = await town.office.draft(town.content(), by="li")
    assert "值守人员" in (await preview(town.office, draft.id)).silent_lists
    async with town.engine.database.write() as connection:
        await connection.execute(sa.update(group).values(ends_at=None))
    assert "值守人员" not in (await preview(town.office, draft.id)).silent_lists
