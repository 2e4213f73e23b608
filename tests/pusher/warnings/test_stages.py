"""The stages of a warning by channel and area, and the alarm where one of them falls behind."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from channels.failure import PermanentFailure, SendError
from channels.receipt import Outcome, Receipt
from pusher.database import Database
from pusher.warnings.progress import Progress, progress, to_json
from pusher.warnings.stages import Stages
from pusher.warnings.warning import Version
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.tables import subscriber
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

#: Area → numbers of the people who subscribed to it.
_AREAS = {"3604": range(1, 5), "360403001": range(5, 25), "360403002": range(25, 45)}


@pytest.fixture
async def town(database: Database) -> Town:
    """People of two streets and some of the whole city, by SMS."""
    town = Town(Engine(database), settings=office_settings(channels=["sms"]))
    town.outlets = {"sms": Way("sms", "phone")}
    people = [
        Newcomer([("phone", f"+86138{number:08d}")], subscriptions=[Subscription("disaster", area)])
        for area, numbers in _AREAS.items()
        for number in numbers
    ]
    async with database.write() as connection:
        await add_many(connection, town.engine.ring, people, Origin("test", town.engine.at))
    return town


async def _warn(town: Town) -> Version:
    draft = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    return await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)


async def _look(town: Town, version: Version) -> Progress:
    async with town.engine.database.read() as connection:
        found = await progress(connection, version.id, areas=True)
    assert found is not None
    return found


async def test_every_stage_has_its_time_by_channel_and_area(town: Town) -> None:
    version = await _warn(town)
    town.engine.later(1)
    await town.engine.fan_out()
    waiting = await _look(town, version)
    assert {area.area: area.channels[0].waiting for area in waiting.areas} == {
        area: len(numbers) for area, numbers in _AREAS.items()
    }
    town.engine.later(2)
    await town.engine.deliver(sms=Hands())
    told = to_json(await _look(town, version), town.engine.at)
    assert told["matched_s"] == 1
    street = told["areas"]["360403001"]  # type: ignore[index]
    assert (street["people"], street["reached"]) == (20, 20)
    stages = street["channels"]["sms"]
    assert (stages["planned"], stages["sent"], stages["waiting"]) == (20, 20, 0)
    assert [stages[f"{name}_s"] for name in ("queued", "first_sent", "half_sent", "most_sent", "last")] == [
        1,
        3,
        3,
        3,
        3,
    ]


async def test_maui_2023_a_street_that_a_channel_does_not_reach_is_an_alarm_of_its_own(town: Town) -> None:
    def rule(value: str, _times: int) -> Receipt | SendError:
        # Three of the forty-four, all in one street: the channel as a whole looks well.
        return PermanentFailure("dead", code="1") if 25 <= int(value[-2:]) < 28 else Receipt(Outcome.SENT)

    version = await _warn(town)
    await town.engine.deliver(sms=Hands(rule=rule))
    [alarm] = (await _look(town, version)).alarms(town.engine.at)
    assert alarm.startswith("sms in 360403002 did not reach 3 of 20")
    assert "door to door" in alarm


async def test_who_has_quiet_hours_is_no_alarm_before_they_end_and_hears_nothing_if_it_is_over_by_then(
    town: Town,
) -> None:
    town.engine.at = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    async with town.engine.database.write() as connection:
        night = {"quiet_from": 22 * 60, "quiet_until": 23 * 60 + 10, "urgent": int(Severity.ORANGE)}
        await connection.execute(sa.update(subscriber).where(subscriber.c.id <= 4).values(night))
    version = await _warn(town)
    await town.engine.deliver(sms=Hands())
    town.engine.later(60)
    held = await _look(town, version)
    assert (held.channels[0].waiting, held.alarms(town.engine.at)) == (4, [])
    assert {area.area: len(area.channels[0].resting) for area in held.areas}["3604"] == 1
    # 23:15: they may be told now, and after half a minute they should have been.
    town.engine.later(44 * 60)
    assert held.alarms(town.engine.at) == []
    [alarm] = (await _look(town, version)).alarms(town.engine.at + timedelta(seconds=31))
    assert "4 waiting" in alarm
    draft = await town.office.end(version.id, by="li")
    await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    sms = Hands()
    await town.engine.deliver(sms=sms)
    assert len(sms.taken) == 40


def _stages(**changed: object) -> Stages:
    values: dict[str, object] = {
        "channel": "sms",
        "is_public": False,
        "planned": 100,
        "sent": 0,
        "delivered": 0,
        "not_reached": 0,
        "taken_back": 0,
        "queued": None,
        "first_sent": None,
        "half_sent": None,
        "most_sent": None,
        "last": None,
        "problem": "",
        "waiting": 0,
    }
    return Stages(**{**values, **changed})  # type: ignore[arg-type]


def test_a_street_where_people_wait_and_nothing_moves_is_an_alarm() -> None:
    at = Engine.at
    moving = _stages(waiting=40, last=at - timedelta(seconds=29), area="360403002")
    silent = _stages(waiting=40, last=at - timedelta(seconds=31), area="360403002")
    assert list(moving.alarms(at, approved=at - timedelta(minutes=5))) == []
    assert list(silent.alarms(at, approved=at - timedelta(seconds=10))) == []
    [alarm] = silent.alarms(at, approved=at - timedelta(minutes=5))
    assert alarm.startswith("sms in 360403002 has handed nothing over for 30 s with 40 waiting: call by voice")


async def test_whom_a_later_version_overtook_is_counted_apart(town: Town) -> None:
    first = await _warn(town)
    await town.engine.fan_out()
    draft = await town.office.end(first.id, by="li", reason="危险已经过去。")
    await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    await town.engine.deliver(sms=Hands())
    found = await _look(town, first)
    assert {area.area: area.channels[0].taken_back for area in found.areas} == {
        area: len(numbers) for area, numbers in _AREAS.items()
    }
