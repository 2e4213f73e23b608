"""Roll-call: the responsible are called until they answer, by a ladder that survives a restart."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from channels import standard_webhooks
from channels.call import heard
from channels.channel import CallbackAnswer, CallbackRequest
from channels.receipt import Inbound
from pusher.clock import CHINA
from pusher.database import Database
from pusher.deliver import callbacks
from pusher.deliver.tables import message
from pusher.plan.broadcast import ANSWER
from pusher.plan.tables import broadcast
from pusher.review.taxonomy import Taxonomy
from pusher.talk.desk import TalkDesk
from pusher.talk.talk import Talk
from pusher.talk.words import WHAT_TO_ANSWER
from pusher.warnings.preview import preview
from pusher.warnings.roll_call import calls
from pusher.warnings.roll_call.desk import AnswerDesk, table, to_json
from pusher.warnings.roll_call.ladder import CallState
from pusher.warnings.roll_call.ringing import Ringing
from pusher.warnings.roll_call.roster import is_on_duty
from pusher.warnings.warning import Status, Version
from subscribers.consent import REFUSED, Origin, reasons
from subscribers.enrol import Newcomer, add_many
from subscribers.keys import KeyRing
from subscribers.links import Links
from subscribers.merging import merge
from subscribers.recipients import COLUMNS
from subscribers.tables import address, group, membership
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

_LADDER = [
    {"minutes": 0, "channels": ["sms"]},
    {"minutes": 3, "channels": ["voice"]},
    {"minutes": 5, "who": "deputy", "channels": ["sms"]},
    {"minutes": 15, "who": "superior", "channels": ["sms"]},
    {"minutes": 30, "who": "visit"},
]


@pytest.fixture
async def town(database: Database) -> Town:
    """An office whose orange warnings must be answered."""
    settings = office_settings(
        channels=["sms"],
        groups=[],
        approvers={"orange": 1},
        checked=[],
        roll_call={"groups": ["责任人"], "ladders": {"orange": _LADDER}},
    )
    town = Town(Engine(database), settings=settings)
    town.outlets = {"sms": Way("sms", "phone"), "voice": Way("sms", "phone")}
    return town


def _phone(number: int) -> str:
    return f"+86138{number:08d}"


async def _list(town: Town, *people: dict[str, str], name: str = "责任人") -> None:
    """A list of responsible people, numbered from 1 by their telephones."""
    async with town.engine.database.write() as connection:
        newcomers = [Newcomer([("phone", _phone(number))]) for number in range(1, len(people) + 1)]
        await add_many(connection, town.engine.ring, newcomers, Origin("test", town.engine.at))
        group_id = await connection.scalar(sa.insert(group).values(name=name, basis="emergency").returning(group.c.id))
        for number, columns in enumerate(people, 1):
            stored = town.engine.ring.encrypt(json.dumps(columns), COLUMNS)
            await connection.execute(
                sa.insert(membership).values(group_id=group_id, subscriber_id=number, columns=stored)
            )
        await connection.execute(sa.update(address).values(standing=0))


async def _warn(town: Town, status: Status = Status.ACTUAL) -> Version:
    draft = await town.office.draft(town.content(level=Severity.ORANGE), by="li", status=status)
    return await town.office.approve(draft.id, by="wang", level=Severity.ORANGE)


async def _minute(town: Town, minutes: float) -> tuple[Hands, Hands]:
    """Let time pass; what goes out then over SMS and voice."""
    town.engine.later(minutes * 60)
    await Ringing(town.office, town.engine.bell).once()
    sms, voice = Hands(), Hands()
    await town.engine.deliver(sms=sms, voice=voice)
    return sms, voice


async def _states(town: Town, version: Version) -> list[CallState]:
    async with town.engine.database.read() as connection:
        found = await table(connection, version.id)
    return [each.state for each in sorted(found.calls, key=lambda each: each.person_id)]


async def test_an_hour_of_silence_climbs_the_whole_ladder(town: Town) -> None:
    await _list(
        town,
        {"role": "村主任", "area": "360403", "deputy": "13800000002", "superior": "13800000003"},
        {"role": "副主任", "area": "3605"},
        {"role": "镇长", "area": "3605"},
    )
    version = await _warn(town)
    sms, voice = await _minute(town, 0)
    assert (dict(sms.taken), dict(voice.taken)) == ({_phone(1): 1}, {})
    assert await _states(town, version) == [CallState.CALLED]
    sms, voice = await _minute(town, 2.9)
    assert not sms.taken
    assert not voice.taken
    sms, voice = await _minute(town, 0.1)
    assert (dict(sms.taken), dict(voice.taken)) == ({}, {_phone(1): 1})
    sms, _ = await _minute(town, 2)
    assert dict(sms.taken) == {_phone(2): 1}
    assert await _states(town, version) == [CallState.ESCALATED]
    sms, _ = await _minute(town, 10)
    assert dict(sms.taken) == {_phone(3): 1}
    sms, voice = await _minute(town, 15)
    assert not sms.taken
    assert await _states(town, version) == [CallState.VISIT]
    sms, voice = await _minute(town, 30)
    assert not sms.taken
    assert not voice.taken


async def test_an_answer_by_sms_stops_the_ladder(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"}, {"role": "网格员", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    town.engine.later(40)
    await _hear(town, _phone(1), "收到，正在转移")
    _, voice = await _minute(town, 3)
    assert dict(voice.taken) == {_phone(2): 1}
    async with town.engine.database.read() as connection:
        found = await table(connection, version.id)
    answered = next(each for each in found.calls if each.person_id == 1)
    assert (answered.state, answered.seconds, answered.answered_by) == (CallState.ANSWERED, 40.0, "person")
    assert dict(answered.answer) == {"回复": "收到，正在转移"}
    assert (found.answered, len(found.missing), found.median_seconds) == (1, 1, 40.0)


async def test_the_superior_answers_for_whom_they_were_called(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403", "superior": "13800000002"}, {"role": "镇长", "area": "3605"})
    version = await _warn(town)
    for minutes in (0, 15):
        await _minute(town, minutes)
    await _hear(town, _phone(2), "1")
    assert await _states(town, version) == [CallState.ANSWERED]


async def test_who_turns_out_to_be_somebody_else_is_called_and_may_answer_on(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"}, {"role": "副主任", "area": "3605"})
    await _warn(town)
    await _minute(town, 0)
    async with town.engine.database.write() as connection:
        await merge(connection, [(2, 1)])
    _, voice = await _minute(town, 3)
    assert dict(voice.taken) == {_phone(1): 1, _phone(2): 1}
    async with town.engine.database.read() as connection:
        [open_call] = await calls.open_calls_of(connection, 2)
    assert open_call.may_answer(2) == "person"


async def test_one_step_may_write_and_ring_the_same_telephone(town: Town) -> None:
    roll_call = {"groups": ["责任人"], "ladders": {"orange": [{"minutes": 0, "channels": ["sms", "voice"]}]}}
    town.settings = office_settings(
        channels=["sms"], groups=[], approvers={"orange": 1}, checked=[], roll_call=roll_call
    )
    await _list(town, {"role": "村主任", "area": "360403"})
    await _warn(town)
    sms, voice = await _minute(town, 0)
    assert (dict(sms.taken), dict(voice.taken)) == ({_phone(1): 1}, {_phone(1): 1})


async def test_a_restart_loses_no_timer(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    await _warn(town)
    await _minute(town, 0)
    restarted = Town(replace(town.engine, worker="another"), settings=town.settings, outlets=town.outlets)
    _, voice = await _minute(restarted, 4)
    assert dict(voice.taken) == {_phone(1): 1}


async def test_one_tap_answers_and_a_link_scanner_does_not(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    links = Links([KeyRing.generate().derive("links")])
    desk = AnswerDesk(town.office, links)
    async with town.engine.database.read() as connection:
        number = await connection.scalar(sa.select(address.c.id).where(address.c.subscriber_id == 1))
    token = links.sign_answer(number or 0)
    asked = await desk.asked(token)
    assert [each.headline for each in asked or ()] == ["浔阳区气象台发布暴雨橙色预警"]
    assert await _states(town, version) == [CallState.READ]
    assert await desk.asked("1.forged") is None
    assert await desk.answered(token, {"谁在指挥": "王书记"}) == 1
    # Whoever taps twice has answered, and may say more.
    assert await desk.answered(token, {}) == 1
    assert await desk.answered(token, {"是否转移": "已转移23人"}) == 1
    assert await _states(town, version) == [CallState.ANSWERED]
    async with town.engine.database.read() as connection:
        [call] = (await table(connection, version.id)).calls
    assert dict(call.answer) == {"谁在指挥": "王书记", "是否转移": "已转移23人"}


async def test_the_list_is_role_by_area_by_hazard_and_duty(town: Town) -> None:
    await _list(
        town,
        {"role": "全区", "area": ""},
        {"role": "别区", "area": "360402"},
        {"role": "街道", "area": "360403001"},
        {"role": "地灾", "area": "360403", "hazards": "滑坡、泥石流"},
        {"role": "气象", "area": "360403", "hazards": "11B"},
        {"role": "夜班", "area": "360403", "duty": "20:00-08:00", "deputy": "13800000007"},
        {"role": "白班", "area": "360402"},
    )
    version = await _warn(town)
    async with town.engine.database.read() as connection:
        people = [each.person_id for each in await calls.of_warning(connection, version.id)]
    # It is ten in the morning: the deputy is called for the night shift.
    assert sorted(people) == [1, 3, 5, 7]


async def test_whoever_approves_sees_how_many_must_answer_and_that_nobody_must(town: Town) -> None:
    draft = await town.office.draft(town.content(level=Severity.ORANGE), by="li")
    assert (await preview(town.office, draft.id)).called == 0
    await _list(
        town,
        {"role": "街道", "area": "360403001"},
        {"role": "别区", "area": "360402"},
        {"role": "夜班", "area": "360403", "duty": "20:00-08:00", "deputy": "13800000001"},
    )
    # The night shift's deputy is the one who is called anyway.
    assert (await preview(town.office, draft.id)).called == 1
    blue = await town.office.draft(town.content(level=Severity.BLUE), by="li")
    assert (await preview(town.office, blue.id)).called is None


@pytest.mark.parametrize(
    ("duty", "hour", "on"),
    [
        ("", 3, True),
        ("08:00-20:00", 9, True),
        ("08:00-20:00", 21, False),
        ("20:00-08:00", 3, True),
        ("轮班", 3, True),
        ("00:00-24:00", 3, True),
        ("08:00-08:00", 3, True),
        ("08:00-24:00", 7, False),
        ("20：00—次日08：00", 3, True),
        ("20:00至次日8:00", 12, False),
        ("08:00 - 12:00，14:00到18:00", 13, False),
    ],
)
def test_a_duty_roster_may_run_over_midnight(duty: str, hour: int, on: bool) -> None:
    assert is_on_duty(duty, datetime(2026, 11, 27, hour, tzinfo=CHINA)) is on


async def test_the_end_of_a_warning_ends_its_roll_call(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    draft = await town.office.end(version.id, by="li", reason="降雨结束。")
    await town.office.approve(draft.id, by="wang", level=Severity.ORANGE)
    assert await _states(town, version) == [CallState.CLOSED]
    _, voice = await _minute(town, 10)
    assert not voice.taken


async def test_whoever_was_called_hears_of_the_end_over_what_called_him_or_all_that_there_is(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403", "deputy": "13800000002"}, {"role": "副主任", "area": "3605"})
    version = await _warn(town)
    for minutes in (0, 3, 2):
        await _minute(town, minutes)
    draft = await town.office.correct(version.id, by="li")
    await town.office.approve(draft.id, by="wang", level=Severity.ORANGE)
    sms, voice = Hands(), Hands()
    await town.engine.deliver(sms=sms, voice=voice)
    assert (dict(sms.taken), dict(voice.taken)) == ({_phone(1): 1, _phone(2): 1}, {})


async def test_a_call_that_is_being_made_while_the_end_is_issued_is_taken_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    draft = await town.office.end(version.id, by="li")
    calling, go_on, stepped = asyncio.Event(), asyncio.Event(), calls.stepped

    async def slowly(*given: Any, **more: Any) -> None:
        calling.set()
        await go_on.wait()
        await stepped(*given, **more)

    monkeypatch.setattr(calls, "stepped", slowly)
    ringing = asyncio.create_task(Ringing(town.office, town.engine.bell).once())
    await calling.wait()
    ending = asyncio.create_task(town.office.approve(draft.id, by="wang", level=Severity.ORANGE))
    while not town.engine.database.is_sqlite and not await _somebody_waits(town):
        continue
    go_on.set()
    await asyncio.gather(ringing, ending)
    sms = Hands()
    await town.engine.deliver(sms=sms, voice=Hands())
    assert not sms.taken


async def _somebody_waits(town: Town) -> bool:
    async with town.engine.database.read() as connection:
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
        return bool(await connection.scalar(waiting))


async def test_a_drill_calls_the_drill_list_only(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town, Status.EXERCISE)
    assert await _states(town, version) == []


async def test_an_answer_by_telephone_is_written_down_by_an_officer(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    async with town.engine.database.read() as connection:
        [call] = await calls.of_warning(connection, version.id)
    await town.office.write_answer(call.id, by="wang", said={"是否转移": "已转移32人"})
    assert await _states(town, version) == [CallState.ANSWERED]
    assert (await town.log())[-1].action == "roll-call answer"


async def test_what_is_no_answer_stops_no_ladder_is_kept_and_asked_back_once(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    town.engine.later(20)
    for words in ("谁啊？", "我正在开车，稍后回复您", "不能到岗"):
        await _hear(town, _phone(1), words)
    assert await _states(town, version) == [CallState.READ]
    sms, voice = await _minute(town, 3)
    assert (dict(sms.taken), dict(voice.taken)) == ({_phone(1): 1}, {_phone(1): 1})
    assert await _answers(town) == [WHAT_TO_ANSWER]
    async with town.engine.database.read() as connection:
        found = await table(connection, version.id)
    told: Any = to_json(found, town.engine.at)
    assert told["rate"] == 0.0
    assert [(each["text"], each["after_s"], each["asked"]) for each in told["calls"][0]["unclear"]] == [
        ("谁啊？", 20.0, True),
        ("我正在开车，稍后回复您", 20.0, False),
        ("不能到岗", 20.0, False),
    ]
    await _hear(town, _phone(1), "1")
    assert await _states(town, version) == [CallState.ANSWERED]


async def test_what_is_said_after_the_answer_is_added_to_it(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    for words in ("到", "是否转移：已转移23人", "水已经进村", "是否转移：已转移31人"):
        await _hear(town, _phone(1), words)
        town.engine.later(60)
    async with town.engine.database.read() as connection:
        [call] = (await table(connection, version.id)).calls
    assert call.seconds == 0
    assert dict(call.answer) == {
        "回复": "到；是否转移：已转移23人；水已经进村；是否转移：已转移31人",
        "是否转移": "已转移31人",
    }
    town.engine.later(6 * 3600)
    await _hear(town, _phone(1), "收到")
    async with town.engine.database.read() as connection:
        [after] = (await table(connection, version.id)).calls
    assert after.answer == call.answer


@pytest.mark.parametrize(("command", "kept"), [("退订 环保", "退订 环保"), ("查询", "查询")])
async def test_a_command_is_done_and_answers_nothing(town: Town, command: str, kept: str) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    await _hear(town, _phone(1), command)
    async with town.engine.database.read() as connection:
        [call] = (await table(connection, version.id)).calls
    assert (call.state, [each.text for each in call.unclear]) == (CallState.READ, [kept])
    assert WHAT_TO_ANSWER not in await _answers(town)


async def test_a_telephone_that_answers_by_itself_has_neither_read_nor_answered_and_the_ladder_climbs(
    town: Town,
) -> None:
    await _list(town, {"role": "村主任", "area": "360403", "deputy": "13800000002"}, {"role": "副主任", "area": "3605"})
    version = await _warn(town)
    await _minute(town, 0)
    machine = "您好，我现在有事不在，一会再和您联系。已收到"
    await _hear(town, _phone(1), machine)
    async with town.engine.database.read() as connection:
        [call] = (await table(connection, version.id)).calls
    assert (call.state, [each.text for each in call.unclear]) == (CallState.CALLED, [machine])
    sms, _ = await _minute(town, 5)
    # He is asked once what he means: perhaps he reads that.
    assert dict(sms.taken) == {_phone(1): 1, _phone(2): 1}
    await _hear(town, _phone(1), "刚才没看手机，收到，马上去")
    async with town.engine.database.read() as connection:
        [call] = (await table(connection, version.id)).calls
    assert (call.state, call.answered_by) == (CallState.ANSWERED, "person")


async def test_nobody_is_called_to_a_danger_whose_time_is_over_and_silence_stays_silence(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403", "superior": "13800000002"}, {"role": "镇长", "area": "3605"})
    soon = town.engine.now() + timedelta(minutes=10)
    draft = await town.office.draft(town.content(level=Severity.ORANGE, expires=soon), by="li")
    version = await town.office.approve(draft.id, by="zhao", level=Severity.ORANGE)
    sms, _ = await _minute(town, 0)
    assert dict(sms.taken) == {_phone(1): 1}
    for minute in (15, 30):
        sms, voice = await _minute(town, minute)
        assert not sms.taken
        assert not voice.taken
    async with town.engine.database.read() as connection:
        found = await table(connection, version.id)
    assert [(each.state, each.next_at) for each in found.missing] == [(CallState.CALLED, None)]


async def test_who_ends_his_messages_has_not_answered(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403", "deputy": "13800000002"}, {"role": "副主任", "area": "3605"})
    version = await _warn(town)
    await _minute(town, 0)
    await _hear(town, _phone(1), "退订", act="stop")
    async with town.engine.database.read() as connection:
        [call] = (await table(connection, version.id)).calls
    assert (call.state, call.unclear[0].text) == (CallState.READ, "退订")
    sms, _ = await _minute(town, 5)
    assert dict(sms.taken) == {_phone(2): 1}


@pytest.mark.parametrize(("act", "said"), [("stop", "N"), ("stop", "ｎ。"), ("text", "否")])
async def test_a_bare_no_answers_the_question_that_asks_whether_and_ends_no_messages(
    town: Town, act: str, said: str
) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    await _hear(town, _phone(1), said, act=act)
    async with town.engine.database.read() as connection:
        [call] = (await table(connection, version.id)).calls
        assert await reasons(connection, [_key(town, 1)]) == {}
    assert (call.state, dict(call.answer)) == (CallState.ANSWERED, {"回复": said, "是否转移": "否"})
    # Nobody waits for an answer any more.
    await _hear(town, _phone(1), "N", act="stop")
    async with town.engine.database.read() as connection:
        assert await reasons(connection, [_key(town, 1)]) == {_key(town, 1): REFUSED}


@pytest.mark.parametrize("questions", [(), ("谁在指挥",)])
async def test_where_nothing_is_asked_with_whether_the_same_word_ends_messages(
    town: Town, questions: tuple[str, ...]
) -> None:
    roll_call = town.settings.roll_call.model_copy(update={"questions": questions})
    town.settings = town.settings.model_copy(update={"roll_call": roll_call})
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    await _hear(town, _phone(1), "N", act="stop")
    assert await _states(town, version) == [CallState.READ]
    async with town.engine.database.read() as connection:
        assert await reasons(connection, [_key(town, 1)]) == {_key(town, 1): REFUSED}


async def test_a_wrong_number_is_shown_and_somebody_else_is_called_at_once(town: Town) -> None:
    deputy = {"role": "副主任", "area": "3605"}
    await _list(town, {"role": "村主任", "area": "360403", "deputy": "13800000002"}, deputy, deputy)
    version = await _warn(town)
    await _minute(town, 0)
    town.engine.later(20)
    await _hear(town, _phone(1), "错号")
    assert await _states(town, version) == [CallState.CALLED]
    sms, voice = await _minute(town, 0)
    assert (dict(sms.taken), dict(voice.taken)) == ({_phone(2): 1}, {})
    async with town.engine.database.read() as connection:
        [call] = (found := await table(connection, version.id)).calls
    assert (call.state, call.next_at) == (CallState.ESCALATED, call.started_at + timedelta(minutes=15))
    told: Any = to_json(found, town.engine.at)
    said = {"text": "错号", "after_s": 20.0, "asked": False, "wrong_number": True}
    assert told["calls"][0]["unclear"] == [said]
    # What the stranger says besides answers nothing.
    await _hear(town, _phone(1), "收到")
    assert await _states(town, version) == [CallState.ESCALATED]
    await _hear(town, _phone(2), "收到")
    assert await _states(town, version) == [CallState.ANSWERED]


async def test_where_there_is_no_deputy_a_wrong_number_climbs_until_somebody_goes_there(town: Town) -> None:
    await _list(town, {"role": "村主任", "area": "360403"})
    version = await _warn(town)
    await _minute(town, 0)
    await _hear(town, _phone(1), "打错了")
    await _minute(town, 0)
    assert await _states(town, version) == [CallState.VISIT]


def _key(town: Town, number: int) -> tuple[str, bytes]:
    return "phone", town.engine.ring.fingerprint("phone", _phone(number))


async def test_what_a_drill_is_asked_back_says_that_it_is_one(town: Town) -> None:
    town.settings = town.settings.model_copy(update={"drill_groups": ("责任人",)})
    await _list(town, {"role": "村主任", "area": "360403"})
    await _warn(town, Status.EXERCISE)
    await _minute(town, 0)
    await _hear(town, _phone(1), "真的吗")
    assert await _answers(town) == [f"【演练】{WHAT_TO_ANSWER}"]


async def test_a_superior_who_answers_for_himself_has_not_answered_for_his_villages(town: Town) -> None:
    await _list(
        town,
        {"role": "村主任", "area": "360403", "superior": "13800000002"},
        {"role": "镇长", "area": "360403"},
    )
    version = await _warn(town)
    await _minute(town, 0)
    await _hear(town, _phone(2), "收到")
    assert await _states(town, version) == [CallState.CALLED, CallState.ANSWERED]
    for minutes in (3, 12):
        await _minute(town, minutes)
    await _hear(town, _phone(2), "收到")
    assert await _states(town, version) == [CallState.ANSWERED, CallState.ANSWERED]


async def _answers(town: Town) -> list[str]:
    """The words of everything that was sent back to one number, oldest first."""
    async with town.engine.database.read() as connection:
        contents = await connection.scalars(
            sa.select(message.c.content)
            .join(broadcast, broadcast.c.id == message.c.broadcast_id)
            .where(broadcast.c.route == ANSWER)
            .order_by(message.c.id)
        )
        return [each["parts"]["text"] for each in contents]


async def _hear(town: Town, phone: str, words: str, *, act: str = "text") -> None:
    office = town.office
    talk = Talk(town.engine.ring, Taxonomy.load("xunyang"), "浔阳发布")
    desk = TalkDesk(
        talk, town.outlets, office.render, {}, lambda number: f"/o/{number}/my", town.settings.roll_call.questions
    )
    async with town.engine.database.write() as connection:
        await callbacks.take(
            connection,
            town.engine.ring,
            CallbackAnswer(inbound=[Inbound(act, phone, words)]),
            channels=["sms"],
            address_kind="phone",
            at=town.engine.at,
            hearer=desk,
        )


async def test_a_call_that_is_picked_up_is_no_answer_and_what_is_pressed_in_it_is(town: Town) -> None:
    """The callbacks as a call server posts them, signed; a repeated one changes nothing."""
    town.outlets = {"sms": Way("sms", "phone"), "voice": Way("script", "phone")}
    await _list(town, *[{"role": "网格员", "area": "360403"}] * 3)
    version = await _warn(town)
    await _minute(town, 0)
    _, voice = await _minute(town, 3)
    keys = {phone: min(given) for phone, given in voice.keys.items()}
    assert await _posted(town, keys[_phone(1)], "answered") == 204
    assert await _posted(town, keys[_phone(2)], "busy") == 204
    assert await _posted(town, keys[_phone(3)], "answered", "9") == 204
    await _minute(town, 0)
    assert await _states(town, version) == [CallState.DELIVERED, CallState.CALLED, CallState.READ]
    for _ in range(2):
        assert await _posted(town, keys[_phone(1)], "answered", "1") == 204
    assert (await _states(town, version))[0] is CallState.ANSWERED
    async with town.engine.database.read() as connection:
        found = await table(connection, version.id)
    by_person = {each.person_id: each for each in found.calls}
    assert (by_person[1].answered_over, dict(by_person[1].answer)) == ("voice", {"回复": "1"})
    assert [each.text for each in by_person[3].unclear] == ["9"]
    assert await _posted(town, "m1-999", "answered", "1") == 204
    assert (found.answered, len(found.missing)) == (1, 2)


async def test_a_call_says_who_calls_what_for_and_what_to_press(town: Town) -> None:
    town.outlets = {"sms": Way("sms", "phone"), "voice": Way("script", "phone")}
    await _list(town, {"role": "网格员", "area": "360403"})
    await _warn(town)
    await _minute(town, 0)
    await _minute(town, 3)
    async with town.engine.database.read() as connection:
        [content] = (await connection.scalars(sa.select(message.c.content).where(message.c.channel == "voice"))).all()
    words = content["parts"]["text"]
    assert "叫应电话" in words
    assert words.count("请按一") == 2
    assert "http" not in words


async def _posted(town: Town, key: str, end: str, digits: str = "") -> int:
    """Post one end of a call; the status that it is answered with."""
    secret = standard_webhooks.key("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    body = json.dumps({"type": f"call.{end}", "data": {"id": key, "digits": digits}}).encode()
    at = town.engine.at
    headers = standard_webhooks.headers([secret], f"{key}-{end}-{digits}", int(at.timestamp()), body)
    lower = {name.lower(): value for name, value in headers.items()}
    answer = heard(CallbackRequest("POST", {}, lower, body, "127.0.0.1", at), [secret])
    office = town.office
    talk = Talk(town.engine.ring, Taxonomy.load("xunyang"), "浔阳发布")
    desk = TalkDesk(talk, town.outlets, office.render, {}, lambda number: f"/o/{number}/my", ())
    async with town.engine.database.write() as connection:
        await callbacks.take(
            connection,
            town.engine.ring,
            answer,
            channels=["voice"],
            address_kind="phone",
            at=at,
            hearer=desk,
        )
    return answer.status
