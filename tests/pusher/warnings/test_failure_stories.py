"""What went wrong elsewhere and must not here: each failure by its name, with the requirement that it left."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome, Receipt
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver.tables import message
from pusher.item import Item
from pusher.plan import broadcast
from pusher.plan.planner import Planner
from pusher.plan.routes import Route
from pusher.plan.warned import not_told
from pusher.warnings.automatic import Drafting
from pusher.warnings.life import RefusedActError
from pusher.warnings.preview import preview
from pusher.warnings.preview import to_json as preview_to_json
from pusher.warnings.progress import progress
from pusher.warnings.public import PublicWarnings
from pusher.warnings.roll_call.desk import table
from pusher.warnings.roll_call.ladder import CallState
from pusher.warnings.roll_call.ringing import Ringing
from pusher.warnings.warning import Act, State, Status, Translation, Version
from pusher.watch import store as items
from subscribers.audience import Audience
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.group_list import check
from subscribers.groups import Terms, import_group
from subscribers.tables import group
from subscribers.topic import Severity, Topic
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
    # Nor is an override told to anybody by a list that is not there.
    town.settings = town.settings.model_copy(update={"duty_groups": ("值班领导",)})
    assert "值班领导" in (await preview(town.office, draft.id)).silent_lists


async def test_seoul_2023_whoever_approves_sees_what_else_holds_there(town: Town) -> None:
    """Two warnings of one hazard contradict each other, and the end of one sounds like that of both."""
    first = await town.office.draft(town.content(level=Severity.BLUE), by="li")
    assert (await preview(town.office, first.id)).alike == []
    await town.office.approve(first.id, by="zhao", level=Severity.BLUE)
    second = await town.office.draft(town.content(level=Severity.BLUE, areas=("360403001",)), by="li")
    assert (await preview(town.office, second.id)).alike == [(first.id, "浔阳区气象台发布暴雨蓝色预警")]
    await town.office.approve(second.id, by="zhao", level=Severity.BLUE)
    end = await town.office.end(first.id, by="li")
    assert [number for number, _ in (await preview(town.office, end.id)).alike] == [second.id]
    await town.office.approve(end.id, by="zhao", level=Severity.BLUE)
    for changed in ({"hazard": "11B06"}, {"areas": ("360403002",)}, {}):
        other = await town.office.draft(town.content(**changed), by="li")
        assert len((await preview(town.office, other.id)).alike) == (0 if changed else 1)
    drill = await town.office.draft(town.content(), by="li", status=Status.EXERCISE)
    assert (await preview(town.office, drill.id)).alike == []
    town.engine.later(7 * 3600)
    assert (await preview(town.office, other.id)).alike == []


async def test_hawaii_2018_the_approver_sees_what_it_is_before_it_goes(town: Town) -> None:
    drill = await town.office.draft(town.content(level=Severity.RED), by="li", status=Status.EXERCISE)
    live = await town.office.draft(town.content(level=Severity.RED), by="li")
    assert ((await preview(town.office, drill.id)).mode, (await preview(town.office, live.id)).mode) == ("演练", "live")
    assert (await preview(town.office, live.id)).by_channel["sms"] == 20
    assert (await preview(town.office, drill.id)).by_channel == {"sms": 0}
    await town.office.check(live.id, by="wang")
    with pytest.raises(RefusedActError, match="is red, not blue"):
        await town.office.approve(live.id, by="wang", level=Severity.BLUE)


async def test_hawaii_2018_a_drill_never_says_that_it_is_none(town: Town) -> None:
    content = town.content(level=Severity.BLUE, description="这不是演习，立即躲避。")
    draft = await town.office.draft(content, by="li", status=Status.EXERCISE)
    with pytest.raises(RefusedActError, match="must not say that it is none"):
        await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)


async def test_nhk_2018_a_mistake_is_corrected_in_two_acts_with_words_that_are_ready(town: Town) -> None:
    first = await _warn(town)
    half = Hands(rule=lambda value, _: TemporaryFailure("busy") if int(value[-1]) % 2 else Receipt(Outcome.SENT))
    await town.engine.deliver(sms=half, board=Hands())
    town.engine.later(240)
    draft = await town.office.correct(first.id, by="li")
    corrected = await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    sms = Hands()
    await town.engine.deliver(sms=sms, board=Hands())
    assert "误发" in corrected.content.reason
    # Whoever had not had the mistake yet hears neither of it nor of the correction.
    assert sorted(sms.taken) == sorted(value for value in half.taken if int(value[-1]) % 2 == 0)
    assert corrected.sent is not None
    assert first.sent is not None
    assert corrected.sent - first.sent < timedelta(minutes=5)


async def test_sichuan_2021_a_source_drafts_and_never_sends(town: Town) -> None:
    quake = Item(
        source="quakes",
        key="cap:quakes,M8.1",
        title="浔阳区发生8.1级地震",
        topic=Topic(frozenset({"disaster"}), frozenset({"360403"}), Severity.RED),
        kind="warning",
        facts={"status": "Actual", "msgType": "Alert", "event": "地震"},
    )
    async with town.engine.database.write() as connection:
        await items.accept(
            connection, [(quake, [quake.key])], at=town.engine.at, baseline=False, review=town.office.review
        )
    routes = {"warnings": Route.model_validate({"channels": ["sms", "board"], "kinds": ["warning"], "lane": "warning"})}
    office = town.office
    planner = Planner(town.engine.database, routes, office.outlets, office.render, office.now, draft=Drafting(office))
    [number] = await planner.once()
    sms, board = Hands(), Hands()
    await town.engine.deliver(sms=sms, board=board)
    assert (sms.taken, board.taken) == ({}, {})
    async with town.engine.database.write() as connection:
        assert (await broadcast.get(connection, number)).state is broadcast.BroadcastState.PROPOSED
        with pytest.raises(broadcast.RefusedError, match="somebody else"):
            await broadcast.approve(connection, number, by="route warnings", at=town.engine.at)


async def _listed(town: Town, name: str, *rows: list[str]) -> None:
    """A list of people who must answer: 手机, 角色, 地区, 副职, 上级, 值班."""
    headings = ["手机", "角色", "地区", "副职", "上级", "值班"]
    listed = check(enumerate([headings, *rows], start=1))
    engine, terms = town.engine, Terms("应急叫应", "emergency")
    await import_group(engine.database.write, engine.ring, name, listed, terms=terms, by="wang", at=engine.at)


def _must_answer(town: Town) -> None:
    ladder = [
        {"minutes": 0, "channels": ["sms"]},
        {"minutes": 5, "who": "deputy", "channels": ["sms"]},
        {"minutes": 15, "who": "superior", "channels": ["sms"]},
        {"minutes": 30, "who": "visit"},
    ]
    calls = {"groups": ["责任人"], "ladders": {"red": ladder}}
    town.settings = office_settings(channels=["sms", "board"], groups=[], roll_call=calls)


async def _ring(town: Town, minutes: float) -> list[str]:
    town.engine.later(minutes * 60)
    await Ringing(town.office, town.engine.bell).once()
    sms = Hands()
    await town.engine.deliver(sms=sms, board=Hands())
    return sorted(value[-3:] for value in sms.taken if "900" in value)


async def test_zhengzhou_2021_whoever_does_not_answer_is_followed_by_those_above_and_seen(town: Town) -> None:
    _must_answer(town)
    await _listed(
        town,
        "责任人",
        ["13990000001", "村主任", "360403", "13990000002", "13990000003", ""],
        ["13990000002", "副主任", "3605", "", "", ""],
        ["13990000003", "镇长", "3605", "", "", ""],
    )
    version = await _warn(town, Severity.RED)
    assert [await _ring(town, minutes) for minutes in (0, 5, 10, 15)] == [["001"], ["002"], ["003"], []]
    async with town.engine.database.read() as connection:
        board = await table(connection, version.id)
    assert (len(board.missing), [each.state for each in board.calls]) == (1, [CallState.VISIT])
    await town.office.write_answer(board.calls[0].id, by="wang", said={"是否转移": "已转移32人"})
    async with town.engine.database.read() as connection:
        board = await table(connection, version.id)
    assert not board.missing
    assert board.calls[0].answer == {"是否转移": "已转移32人"}
    assert board.calls[0].seconds == 30 * 60


async def test_maui_2023_the_deputy_is_called_at_once_for_whoever_is_away(town: Town) -> None:
    _must_answer(town)
    # It is ten in the morning.
    await _listed(
        town,
        "责任人",
        ["13990000001", "局长", "360403", "13990000002", "", "20:00-08:00"],
        ["13990000002", "副局长", "3605", "", "", ""],
    )
    await _warn(town, Severity.RED)
    assert await _ring(town, 0) == ["002"]


async def test_uk_2023_a_second_person_sees_every_language(town: Town) -> None:
    english = Translation("en-US", "Rainstorm", "Heavy rain.", "Stay indoors.")
    draft = await town.office.draft(town.content(translations=(english,)), by="li")
    told = preview_to_json(await preview(town.office, draft.id))
    assert told["translations"] == [
        {"language": "en-US", "headline": "Rainstorm", "description": "Heavy rain.", "instruction": "Stay indoors."}
    ]
    unfinished = await town.office.draft(town.content(translations=(replace(english, instruction=" "),)), by="li")
    assert any("en-US" in each.text for each in await town.office.problems(unfinished.id))


async def test_uk_2023_each_channel_is_counted_by_itself(town: Town) -> None:
    version = await _warn(town)
    await town.engine.deliver(sms=Hands(rule=lambda *_: PermanentFailure("dead", code="1")), board=Hands())
    async with town.engine.database.read() as connection:
        found = await progress(connection, version.id)
    assert found is not None
    assert {each.channel: (each.sent, each.not_reached) for each in found.channels} == {
        "sms": (0, 20),
        "board": (1, 0),
    }


async def test_meteofrance_nothing_that_is_over_before_it_begins_is_a_warning(town: Town) -> None:
    at = town.engine.at
    draft = await town.office.draft(
        town.content(level=Severity.BLUE, onset=at, expires=at - timedelta(minutes=1)), by="li"
    )
    with pytest.raises(RefusedActError, match="expire before it begins"):
        await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)
