"""The life of a warning: who may do what, and to whom each version goes."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver.tables import message
from pusher.plan import broadcast
from pusher.plan.tables import broadcast as broadcasts
from pusher.warnings import documents, store
from pusher.warnings.life import RefusedActError
from pusher.warnings.warning import Act, State, Status, Version
from subscribers.topic import Severity
from tests.support.engine import Engine
from tests.support.office import Town


@pytest.fixture
async def town(database: Database) -> Town:
    """An office over an empty database."""
    return Town(Engine(database))


async def _issued(town: Town, **changed: object) -> Version:
    """A red warning that two have approved."""
    version = await town.office.draft(town.content(**changed), by="li")
    await town.office.check(version.id, by="wang")
    await town.office.approve(version.id, by="wang", level=version.content.level)
    return await town.office.approve(version.id, by="zhao", level=version.content.level)


async def test_a_red_warning_needs_checking_and_two_approvers(town: Town) -> None:
    draft = await town.office.draft(town.content(), by="li")
    with pytest.raises(RefusedActError, match="checked"):
        await town.office.approve(draft.id, by="wang", level=Severity.RED)
    await town.office.check(draft.id, by="wang")
    first = await town.office.approve(draft.id, by="wang", level=Severity.RED)
    assert (first.state, town.issued) == (State.APPROVING, 0)
    with pytest.raises(RefusedActError, match="already"):
        await town.office.approve(draft.id, by="wang", level=Severity.RED)
    second = await town.office.approve(draft.id, by="zhao", level=Severity.RED)
    assert (second.state, second.approved_by, town.issued) == (State.ISSUED, ("wang", "zhao"), 1)


async def test_whoever_drafts_neither_checks_nor_approves(town: Town) -> None:
    draft = await town.office.draft(town.content(level=Severity.BLUE), by="chen")
    for act in (
        town.office.check(draft.id, by="chen"),
        town.office.approve(draft.id, by="chen", level=Severity.BLUE),
    ):
        with pytest.raises(RefusedActError, match="chen drafted"):
            await act
    assert (await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)).state is State.ISSUED


async def test_nobody_acts_outside_of_their_role_or_organisation(town: Town) -> None:
    with pytest.raises(RefusedActError, match="no officer"):
        await town.office.draft(town.content(), by="somebody")
    with pytest.raises(RefusedActError, match="制作"):
        await town.office.draft(town.content(), by="zhao")
    draft = await town.office.draft(town.content(), by="li")
    with pytest.raises(RefusedActError, match="审核"):
        await town.office.check(draft.id, by="zhao")


async def test_an_organisation_warns_of_its_own_hazards_only(town: Town) -> None:
    draft = await town.office.draft(town.content(organisation="water"), by="li")
    assert any("may not issue 11B03" in problem.text for problem in await town.office.problems(draft.id))
    with pytest.raises(RefusedActError, match="may not issue"):
        await town.office.check(draft.id, by="wang")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"instruction": " "}, "应当采取的措施"),
        ({"description": ""}, "警示事项"),
        ({"contact": ""}, "咨询电话"),
        ({"areas": ()}, "division code"),
        ({"areas": ("3605",)}, "does not lie within"),
        ({"hazard": "99X99"}, "no hazard"),
        ({"hazard": "14A00"}, "no colours"),
        ({"level": Severity.NOTICE}, "级别"),
        ({"polygons": ("1,1 2,2 1,1",)}, "at least 4"),
        ({"description": "【测试】暴雨"}, "printed by the system"),
    ],
)
async def test_what_the_law_asks_for_must_be_there(town: Town, changed: dict[str, object], said: str) -> None:
    draft = await town.office.draft(town.content(**changed), by="li")
    assert any(said in problem.text for problem in await town.office.problems(draft.id))


async def test_togo_stale_times_are_refused(town: Town) -> None:
    at = town.engine.now()
    for onset, expires, said in (
        (at, at - timedelta(hours=1), "before it begins"),
        (at - timedelta(days=42), at + timedelta(hours=1), "old draft"),
        (at - timedelta(hours=3), at - timedelta(hours=1), "expired already"),
        (at + timedelta(days=60), at + timedelta(days=61), "is the date right"),
    ):
        draft = await town.office.draft(town.content(onset=onset, expires=expires), by="li")
        assert any(said in problem.text for problem in await town.office.problems(draft.id)), said


async def test_hawaii_a_drill_that_denies_being_one_is_refused(town: Town) -> None:
    draft = await town.office.draft(town.content(description="导弹来袭，这不是演习。"), by="li", status=Status.EXERCISE)
    assert any("must not say" in problem.text for problem in await town.office.problems(draft.id))


async def test_chongqing_a_drill_is_marked_by_the_system_and_reaches_no_public_place(town: Town) -> None:
    draft = await town.office.draft(town.content(level=Severity.BLUE), by="li", status=Status.TEST)
    version = await town.office.approve(draft.id, by="wang", level=Severity.BLUE)
    async with town.engine.database.read() as connection:
        found = await broadcast.get(connection, version.broadcast_id or 0)
        rows = (await connection.execute(sa.select(message.c.channel, message.c.content))).all()
    assert found.audience.topic is None
    assert [row.channel for row in rows] == ["mail"]
    assert all(
        text.startswith("【测试】") for row in rows for name, text in row.content["parts"].items() if name != "html"
    )


async def test_the_level_must_be_typed(town: Town) -> None:
    draft = await town.office.draft(town.content(level=Severity.BLUE), by="li")
    with pytest.raises(RefusedActError, match="not red"):
        await town.office.approve(draft.id, by="wang", level=Severity.RED)


async def test_the_identifier_and_the_time_are_frozen_when_it_goes_out(town: Town) -> None:
    version = await _issued(town)
    assert version.identifier == "36040341600000_20261122100000"
    town.engine.later(3600)
    update = await town.office.update(version.id, town.content(level=Severity.ORANGE), by="li")
    async with town.engine.database.read() as connection:
        assert (await store.get(connection, version.id)).sent == version.sent
    assert update.identifier == ""


async def test_two_approvers_at_once_are_two_approvals(town: Town) -> None:
    draft = await town.office.draft(town.content(), by="li")
    await town.office.check(draft.id, by="wang")
    await asyncio.gather(
        *(town.office.approve(draft.id, by=name, level=Severity.RED) for name in ("wang", "zhao", "chen")),
        return_exceptions=True,
    )
    async with town.engine.database.read() as connection:
        version = await store.get(connection, draft.id)
    assert (version.state, len(version.approved_by), town.issued) == (State.ISSUED, 2, 1)


async def test_two_who_end_a_warning_at_once_end_it_once(town: Town) -> None:
    first = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    await town.office.approve(first.id, by="zhao", level=Severity.YELLOW)
    ends = [await town.office.end(first.id, by="li"), await town.office.correct(first.id, by="li")]
    update = await town.office.update(first.id, town.content(level=Severity.BLUE), by="li")
    answers = await asyncio.gather(
        town.office.approve(ends[0].id, by="zhao", level=Severity.YELLOW),
        town.office.approve(ends[1].id, by="wang", level=Severity.YELLOW),
        return_exceptions=True,
    )
    assert [type(each) for each in answers].count(RefusedActError) == 1
    with pytest.raises(RefusedActError, match="is over already"):
        await town.office.approve(update.id, by="zhao", level=Severity.BLUE)


async def test_an_override_is_one_person_with_a_reason_and_in_time(town: Town) -> None:
    draft = await town.office.draft(town.content(), by="li")
    with pytest.raises(RefusedActError, match="reason"):
        await town.office.override(draft.id, by="zhao", level=Severity.RED, reason=" ")
    version = await town.office.override(draft.id, by="zhao", level=Severity.RED, reason="山洪已到，无人接听")
    assert (version.state, version.override_by) == (State.ISSUED, "zhao")
    assert "山洪已到" in (await town.log())[-1].detail
    late = await town.office.draft(town.content(), by="li")
    town.engine.later(31 * 60)
    with pytest.raises(RefusedActError, match="30 minutes"):
        await town.office.override(late.id, by="zhao", level=Severity.RED, reason="again")


async def test_whoever_is_alone_at_night_and_may_approve_overrides_his_own_draft(town: Town) -> None:
    own = await town.office.draft(town.content(), by="li")
    with pytest.raises(RefusedActError):
        await town.office.override(own.id, by="li", level=Severity.RED, reason="山洪已到，只有我一人")
    draft = await town.office.draft(town.content(), by="chen")
    version = await town.office.override(draft.id, by="chen", level=Severity.RED, reason="山洪已到，只有我一人")
    assert (version.state, version.override_by) == (State.ISSUED, "chen")


async def test_the_end_names_all_of_the_chain_and_goes_to_them_only(town: Town) -> None:
    first = await _issued(town)
    town.engine.later(600)
    update = await town.office.update(first.id, town.content(level=Severity.YELLOW), by="li")
    second = await town.office.approve(update.id, by="wang", level=Severity.YELLOW)
    town.engine.later(600)
    draft = await town.office.end(first.id, by="li", reason="降雨已经减弱。")
    ended = await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    async with town.engine.database.read() as connection:
        found = await broadcast.get(connection, ended.broadcast_id or 0)
        chain = await store.chain(connection, first.chain)
    assert found.audience.topic is None
    assert found.audience.groups == ()
    assert found.audience.earlier == (first.broadcast_id, second.broadcast_id)
    assert [each.state for each in chain] == [State.SUPERSEDED, State.ENDED, State.ENDED]
    with pytest.raises(RefusedActError, match="over"):
        await town.office.update(first.id, town.content(), by="li")


async def test_a_correction_is_told_apart_from_an_end(town: Town) -> None:
    first = await _issued(town)
    draft = await town.office.correct(first.id, by="li", reason="操作失误，实际没有暴雨。")
    corrected = await town.office.approve(draft.id, by="zhao", level=Severity.RED)
    assert (corrected.act, corrected.state) == (Act.CORRECT, State.CORRECTED)
    async with town.engine.database.read() as connection:
        found = await broadcast.get(connection, corrected.broadcast_id or 0)
    assert "误发" in found.title


async def test_a_chain_stays_with_its_organisation_and_hazard(town: Town) -> None:
    first = await _issued(town)
    other = replace(town.content(), organisation="water", hazard="11A01")
    draft = await town.office.update(first.id, other, by="li")
    problems = await town.office.problems(draft.id)
    assert any("only the organisation" in problem.text for problem in problems)
    assert any("one hazard" in problem.text for problem in problems)


async def test_a_rejected_draft_never_goes_out(town: Town) -> None:
    draft = await town.office.draft(town.content(level=Severity.BLUE), by="li")
    await town.office.reject(draft.id, by="wang", reason="地区不对")
    with pytest.raises(RefusedActError, match="rejected"):
        await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)
    assert town.issued == 0


async def test_personal_data_in_the_words_stops_it(town: Town) -> None:
    description = "预计暴雨。村民李四（身份证号110101199003078515）被困。"
    draft = await town.office.draft(town.content(level=Severity.BLUE, description=description), by="li")
    with pytest.raises(RefusedActError, match="personal data"):
        await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)


async def test_of_two_drafts_of_a_chain_the_one_that_went_out_last_is_the_newest(town: Town) -> None:
    """Drafts are numbered as they are written; what people were told last is what the next version follows."""
    first = await _issued(town)
    orange = await town.office.update(first.id, town.content(level=Severity.ORANGE), by="li")
    yellow = await town.office.update(first.id, town.content(level=Severity.YELLOW), by="li")
    town.engine.later(60)
    await town.office.approve(yellow.id, by="zhao", level=Severity.YELLOW)
    town.engine.later(60)
    await town.office.check(orange.id, by="wang")
    await town.office.approve(orange.id, by="zhao", level=Severity.ORANGE)
    orange = await town.office.approve(orange.id, by="wang", level=Severity.ORANGE)
    async with town.engine.database.read() as connection:
        [told] = await connection.scalars(sa.select(broadcasts.c.title).where(broadcasts.c.id == orange.broadcast_id))
        assert told == "浔阳区气象台升级发布暴雨橙色预警"
        referred = {}
        for each in (first, yellow, orange):
            alert = documents.as_json(connection, town.office, await store.get(connection, each.id))
            said = str((await alert).get("references", ""))
            referred[each.id] = [part.split(",")[1] for part in said.split()]
        yellow = await store.get(connection, yellow.id)
    # A document says for ever what it said when it went out.
    assert referred[first.id] == []
    assert referred[yellow.id] == [first.identifier]
    assert referred[orange.id] == [first.identifier, yellow.identifier]
    end = await town.office.end(first.id, by="li")
    assert end.content.level is Severity.ORANGE


async def test_what_has_ended_is_not_updated_by_a_draft_that_was_written_before(town: Town) -> None:
    first = await _issued(town)
    end = await town.office.end(first.id, by="li")
    update = await town.office.update(first.id, town.content(level=Severity.YELLOW), by="li")
    late = await town.office.update(first.id, town.content(level=Severity.BLUE), by="li")
    town.engine.later(60)
    await town.office.approve(update.id, by="zhao", level=Severity.YELLOW)
    town.engine.later(60)
    await town.office.approve(end.id, by="zhao", level=end.content.level)
    with pytest.raises(RefusedActError, match="its chain is over already"):
        await town.office.approve(late.id, by="zhao", level=Severity.BLUE)
    with pytest.raises(RefusedActError, match="is over"):
        await town.office.update(first.id, town.content(), by="li")


async def test_nobody_is_warned_of_a_danger_whose_time_is_over_and_its_end_is_told_all_the_same(town: Town) -> None:
    soon = town.engine.now() + timedelta(hours=1)
    first = await _issued(town, expires=soon)
    end = await town.office.end(first.id, by="li")
    end = await town.office.approve(end.id, by="zhao", level=end.content.level)
    async with town.engine.database.read() as connection:
        for version, until in ((first, soon), (end, town.engine.now() + timedelta(hours=6))):
            sent = sa.select(message.c.expires).where(message.c.broadcast_id == version.broadcast_id)
            stands = set(await connection.scalars(sent))
            assert stands == {to_instant(until)}
