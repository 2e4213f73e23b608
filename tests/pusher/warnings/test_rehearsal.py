"""A rehearsal takes the whole way on the live lists, and not one message leaves."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.tables import batch, delivery, message
from pusher.plan.outlets import NOWHERE
from pusher.report import reach
from pusher.settings.channels import configure
from pusher.warnings.life import RefusedActError
from pusher.warnings.public import PublicWarnings
from pusher.warnings.rehearsal import rehearse
from pusher.warnings.tables import warning
from pusher.warnings.warning import Status
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.tables import subscriber
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings


@pytest.fixture
async def town(database: Database) -> Town:
    town = Town(Engine(database))
    people = [
        Newcomer([("email", f"r{number}@example.com")], subscriptions=[Subscription("disaster", "360403")])
        for number in range(1, 1_203)
    ]
    async with database.write() as connection:
        await add_many(connection, town.engine.ring, people, Origin("test", town.engine.at))
    return town


@pytest.mark.parametrize("status", [Status.ACTUAL, Status.EXERCISE])
async def test_everybody_is_matched_and_nobody_is_written_to(town: Town, status: Status) -> None:
    draft = await town.office.draft(town.content(), by="li", status=status)
    report = await rehearse(town.office, draft.id, by="li")
    assert report.is_complete
    assert [(each.channel, each.planned, each.sent) for each in report.channels] == [
        ("mail", 1_202, 1_202),
        ("board", 1, 1),
    ]
    assert all(each.first_s is not None and each.last_s is not None for each in report.channels)
    mail, board = Hands(), Hands()
    await town.engine.deliver(mail=mail, board=board)
    assert (mail.taken, board.taken) == ({}, {})
    assert await _left(town) == (0, 0)


async def test_at_night_whoever_has_quiet_hours_is_counted_and_nothing_of_it_is_left(town: Town) -> None:
    town.engine.at = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    async with town.engine.database.write() as connection:
        night = {"quiet_from": 22 * 60, "quiet_until": 7 * 60, "urgent": int(Severity.ORANGE)}
        await connection.execute(sa.update(subscriber).where(subscriber.c.id <= 2).values(night))
    draft = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    report = await rehearse(town.office, draft.id, by="li")
    assert report.is_complete
    assert (report.channels[0].planned, report.channels[0].sent, report.channels[0].resting) == (1_202, 1_200, 2)
    assert await _left(town) == (0, 0)


async def test_an_end_is_rehearsed_for_exactly_those_who_got_the_warning(town: Town) -> None:
    both = Newcomer(
        [("email", "r9999@example.com"), ("phone", "+8613800000001")],
        subscriptions=[Subscription("disaster", "360403")],
    )
    town.settings = office_settings(channels=["mail", "sms"])
    town.outlets["sms"] = Way("sms", "phone")
    async with town.engine.database.write() as connection:
        await add_many(connection, town.engine.ring, [both], Origin("test", town.engine.at))
    draft = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    mail = Hands()
    await town.engine.deliver(mail=mail, sms=Hands())
    end = await town.office.end(draft.id, by="li")
    report = await rehearse(town.office, end.id, by="li")
    assert {each.channel: each.sent for each in report.channels} == {"mail": len(mail.taken), "sms": 0}


async def test_the_words_say_that_it_is_none_and_nothing_of_it_is_public(town: Town) -> None:
    draft = await town.office.draft(town.content(), by="li")
    await rehearse(town.office, draft.id, by="wang")
    async with town.engine.database.read() as connection:
        contents: Sequence[dict[str, dict[str, str]]] = (await connection.scalars(sa.select(message.c.content))).all()
        assert await connection.scalar(sa.select(warning.c.state)) == "draft"
        assert await reach.since(connection, town.engine.at, {}) == []
    assert all("【演练】" in " ".join(each["parts"].values()) for each in contents)
    assert await PublicWarnings(town.office).listed() == []
    assert [entry.action for entry in await town.log()][-1] == "warning rehearse"


async def test_a_crash_in_the_middle_leaves_nothing_that_a_worker_could_send(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("pusher.warnings.rehearsal._carry_out", crash)
    draft = await town.office.draft(town.content(), by="li")
    with pytest.raises(RuntimeError):
        await rehearse(town.office, draft.id, by="li")
    mail, board = Hands(), Hands()
    await town.engine.deliver(mail=mail, board=board)
    assert (mail.taken, board.taken) == ({}, {})
    async with town.engine.database.read() as connection:
        channels = set(await connection.scalars(sa.select(batch.c.channel).where(batch.c.lane == Lane.WARNING.value)))
    assert channels == {f"{NOWHERE}mail", f"{NOWHERE}board"}


async def test_only_those_who_have_a_part_in_warnings_may(town: Town) -> None:
    draft = await town.office.draft(town.content(), by="li")
    with pytest.raises(RefusedActError):
        await rehearse(town.office, draft.id, by="somebody")


@pytest.mark.parametrize("name", [f"{NOWHERE}mail", "", "a b", "x" * 61])
def test_no_channel_of_the_settings_can_bear_such_a_name(name: str) -> None:
    channels, problems = configure({name: {"kind": "log"}})
    assert channels == {}
    assert len(problems) == 1


async def _left(town: Town) -> tuple[int, int]:
    """Deliveries, and batches that wait."""
    async with town.engine.database.read() as connection:
        deliveries = await connection.scalar(sa.select(sa.func.count()).select_from(delivery))
        waiting = sa.select(sa.func.count()).select_from(batch).where(batch.c.state == "waiting")
        return deliveries or 0, await connection.scalar(waiting) or 0
