"""What comes later overtakes what is left of a warning: nobody is warned of a danger whose end was issued."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.failure import TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver import ledger
from pusher.deliver.message_store import in_flight
from pusher.deliver.tables import batch, message
from pusher.plan.warned import not_told
from pusher.warnings.progress import progress
from pusher.warnings.warning import Version
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

#: More than the first slice of a worker (50) holds.
_PEOPLE = 60


@pytest.fixture
async def town(database: Database) -> Town:
    """An office that warns by SMS, and sixty people with a mailbox besides."""
    town = Town(Engine(database), settings=office_settings(channels=["sms", "mail"]))
    town.outlets = {"sms": Way("sms", "phone"), "mail": Way("mail", "email")}
    people = [
        Newcomer(
            [("phone", f"+86138{number:08d}"), ("email", f"r{number}@example.com")],
            subscriptions=[Subscription("disaster", "360403")],
        )
        for number in range(1, _PEOPLE + 1)
    ]
    async with database.write() as connection:
        await add_many(connection, town.engine.ring, people, Origin("test", town.engine.at))
    return town


async def _warn(town: Town) -> Version:
    draft = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    return await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)


async def _end(town: Town, first: Version) -> Version:
    draft = await town.office.end(first.id, by="li", reason="危险已经过去。")
    return await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)


async def _left_out(town: Town, first: Version, later: Version) -> int:
    async with town.engine.database.read() as connection:
        return await not_told(connection, [first.broadcast_id or 0], later.broadcast_id or 0)


def _busy_for_odd_ones(value: str, _times: int) -> Receipt | TemporaryFailure:
    return TemporaryFailure("busy", code="421") if int(value[-1]) % 2 else Receipt(Outcome.SENT)


async def test_who_was_still_to_be_warned_hears_neither_of_it_nor_of_its_end(town: Town) -> None:
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(rule=_busy_for_odd_ones), mail=Hands())
    ended = await _end(town, first)
    sms, mail = Hands(), Hands()
    await town.engine.deliver(sms=sms, mail=mail)
    for _ in range(3):
        town.engine.later(3600)
        await town.engine.fall_back()
        await town.engine.deliver(sms=sms, mail=mail)
    assert set(sms.taken) == {f"+86138{number:08d}" for number in range(2, _PEOPLE + 1, 2)}
    assert set(sms.taken.values()) == {1}
    assert not mail.taken
    assert await _left_out(town, first, ended) == 0


async def test_who_is_being_warned_while_the_end_is_issued_hears_of_the_end(town: Town) -> None:
    first = await _warn(town)
    slow = Hands(gate=asyncio.Event())
    await town.engine.fan_out()
    under_way = asyncio.create_task(town.engine.postman(sms=slow, mail=Hands()).once())
    await slow.reached.wait()
    ended = await _end(town, first)
    await town.engine.fan_out()
    assert slow.gate is not None
    slow.gate.set()
    await under_way
    sms = Hands()
    await town.engine.postman(sms=sms, mail=Hands()).once()
    warned = {value for value, key in slow.keys.items() if any("m1-" in each for each in key)}
    assert 0 < len(warned) < _PEOPLE
    told = set(sms.taken) | {value for value, key in slow.keys.items() if any("m1-" not in each for each in key)}
    assert told == warned
    assert await _left_out(town, first, ended) == 0


async def test_a_worker_that_dies_meanwhile_leaves_nobody_who_may_have_been_warned_without_the_end(town: Town) -> None:
    first = await _warn(town)
    slow = Hands(gate=asyncio.Event())
    await town.engine.fan_out()
    under_way = asyncio.create_task(town.engine.postman(sms=slow, mail=Hands()).once())
    await slow.reached.wait()
    under_way.cancel()
    await asyncio.gather(under_way, return_exceptions=True)
    ended = await _end(town, first)
    town.engine.at += timedelta(minutes=2)
    await town.engine.postman().scout.recover()
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    # The first slice was announced, so all of it may have gone out; nobody is warned once more.
    assert len(sms.taken) == 50
    assert set(sms.messages) == {"m3"}
    assert await _left_out(town, first, ended) == 0


async def test_an_update_takes_the_place_of_what_was_not_sent_yet(town: Town) -> None:
    first = await _warn(town)
    await town.engine.fan_out()
    draft = await town.office.update(first.id, town.content(level=Severity.BLUE), by="li")
    later = await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)
    async with town.engine.database.read() as connection:
        # Nothing that is only to be written off stands before what is to be sent.
        assert await connection.scalar(sa.select(sa.func.count()).where(batch.c.lane == Lane.WARNING.value)) == 0
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert len(sms.taken) == _PEOPLE
    assert set(sms.messages) == {"m3"}
    async with town.engine.database.read() as connection:
        before = await progress(connection, first.id)
        now = await progress(connection, later.id)
    assert before is not None
    assert now is not None
    assert (before.channels[0].taken_back, before.channels[0].waiting) == (_PEOPLE, 0)
    assert not before.alarms(town.engine.at + timedelta(hours=1))
    assert now.channels[0].sent == _PEOPLE


async def test_a_crash_while_the_end_is_let_go_leaves_the_warning_as_it_was(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await _warn(town)
    draft = await town.office.end(first.id, by="li", reason="危险已经过去。")

    async def die(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pusher.warnings.store.put", die)
        with pytest.raises(KeyboardInterrupt):
            await town.office.approve(draft.id, by="zhao", level=Severity.YELLOW)
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert len(sms.taken) == _PEOPLE
    assert set(sms.messages) == {"m1"}


async def test_a_worker_who_says_how_far_it_goes_at_that_very_moment_is_waited_for(town: Town) -> None:
    first = await _warn(town)
    await town.engine.fan_out()
    draft = await town.office.end(first.id, by="li", reason="危险已经过去。")
    database, now = town.engine.database, to_instant(town.engine.at)
    async with database.write() as connection:
        claimed = await ledger.claim(connection, "sms", Lane.WARNING, worker="w", at=now, lease_until=now + 10**9)
    assert claimed is not None
    async with database.write(urgent=True) as connection:
        standing = await ledger.advance(connection, claimed, recorded=0, started=7, lease_until=now + 10**9)
        ending = asyncio.create_task(town.office.approve(draft.id, by="zhao", level=Severity.YELLOW))
        while connection.dialect.name == "postgresql" and not await _somebody_waits(database):
            continue
    assert standing is ledger.Standing.OPEN
    await ending
    async with database.read() as connection:
        assert len(await in_flight(connection, [first.broadcast_id or 0])) == 7
    async with database.write(urgent=True) as connection:
        standing = await ledger.advance(connection, claimed, recorded=7, started=14, lease_until=now + 10**9)
    assert standing is ledger.Standing.CANCELLED
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert len(sms.taken) == 7


async def test_whose_warning_is_recorded_while_its_end_is_matched_hears_of_the_end(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await _warn(town)
    slow = Hands(gate=asyncio.Event())
    await town.engine.fan_out()
    under_way = asyncio.create_task(town.engine.postman(sms=slow, mail=Hands()).once())
    await slow.reached.wait()
    ended = await _end(town, first)

    async def recorded_first(connection: AsyncConnection, earlier: Sequence[int]) -> Sequence[tuple[str, int]]:
        assert slow.gate is not None
        if not slow.gate.is_set():
            slow.gate.set()
            while not await _is_recorded(town, first):
                continue
        return await in_flight(connection, earlier)

    monkeypatch.setattr("pusher.plan.warned.in_flight", recorded_first)
    await town.engine.fan_out()
    await under_way
    await town.engine.postman(sms=Hands(), mail=Hands()).once()
    assert await _left_out(town, first, ended) == 0


async def _is_recorded(town: Town, version: Version) -> bool:
    async with town.engine.database.read() as connection:
        found = sa.select(message.c.sent).where(
            message.c.broadcast_id == version.broadcast_id, message.c.channel == "sms"
        )
        return bool(await connection.scalar(found))


async def _somebody_waits(database: Database) -> bool:
    async with database.read() as connection:
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
        return bool(await connection.scalar(waiting))
