"""Acts on a broadcast: two who act at once cannot both succeed, and what does not fit is refused in a sentence."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.database import Database
from pusher.deliver.tables import message
from pusher.plan import broadcast
from pusher.plan.broadcast import RefusedError
from pusher.plan.tables import broadcast as broadcasts
from pusher.watch.tables import item
from subscribers.audience import Audience
from tests.support.engine import EVERYBODY, Engine, Hands

_ACTS = ("halt", "resume", "cancel")


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


async def _propose(engine: Engine, item_id: int | None, revision: int = 0) -> int | None:
    async with engine.database.write() as connection:
        return await broadcast.propose(
            connection,
            item_id=item_id,
            revision=revision,
            route="r",
            title="通知",
            lane=Lane.ROUTINE,
            audience=Audience(EVERYBODY),
            due=engine.at,
            expires=engine.at,
            by="wang",
            at=engine.at,
            approval=True,
        )


async def test_of_many_planners_at_once_one_proposes(engine: Engine) -> None:
    numbers = await asyncio.gather(*(_propose(engine, 7) for _ in range(8)))
    assert sum(number is not None for number in numbers) == 1
    assert await _propose(engine, 7) is None
    assert await _propose(engine, 7, revision=1) is not None


async def test_what_is_sent_by_hand_is_never_the_same(engine: Engine) -> None:
    assert None not in [await _propose(engine, None) for _ in range(3)]


@pytest.mark.parametrize("number", [0, -1, 5, 2**63 - 1, 2**63, 10**40, -(10**40)])
async def test_a_number_that_no_broadcast_has_is_refused_whatever_it_is(engine: Engine, number: int) -> None:
    async with engine.database.write() as connection:
        for act in _ACTS:
            with pytest.raises(RefusedError, match=f"there is no broadcast {number};"):
                await getattr(broadcast, act)(connection, number)
        with pytest.raises(RefusedError, match="there is no broadcast"):
            await broadcast.approve(connection, number, by="li", at=engine.at)


async def _try(engine: Engine, act: str, number: int) -> bool:
    try:
        async with engine.database.write() as connection:
            await getattr(broadcast, act)(connection, number)
    except RefusedError:
        return False
    return True


async def test_of_many_who_cancel_at_once_one_does(engine: Engine) -> None:
    number = await engine.propose()
    done = await asyncio.gather(*(_try(engine, "cancel", number) for _ in range(6)))
    assert sum(done) == 1


async def test_halting_and_resuming_while_it_is_delivered_loses_and_repeats_nothing(engine: Engine) -> None:
    await engine.add_people(2500)
    number = await engine.propose()
    await engine.fan_out()
    mail = Hands()
    delivering = [asyncio.create_task(engine.postman(mail=mail).once()) for _ in range(2)]
    for _ in range(12):
        await asyncio.gather(_try(engine, "halt", number), _try(engine, "resume", number))
        await _try(engine, "resume", number)
    await asyncio.gather(*delivering)
    await engine.deliver(mail=mail)
    assert len(mail.taken) == 2500
    assert set(mail.taken.values()) == {1}
    assert await engine.counters(number) == {"planned": 2500, "sent": 2500}
    assert await engine.state(number) == "done"


async def test_nobody_approves_what_he_wrote_under_however_long_a_name(engine: Engine) -> None:
    name = "王" * 100
    number = await engine.propose(approval=True)
    async with engine.database.write() as connection:
        await connection.execute(sa.update(broadcasts).where(broadcasts.c.id == number).values(created_by=name[:64]))
    async with engine.database.write() as connection:
        with pytest.raises(RefusedError, match="somebody else"):
            await broadcast.approve(connection, number, by=name, at=engine.at)
        await broadcast.approve(connection, number, by="李" * 100, at=engine.at)


async def test_a_broadcast_that_is_done_takes_no_acts(engine: Engine) -> None:
    number = await engine.propose()
    await engine.deliver(mail=Hands())
    assert await engine.state(number) == "done"
    for act in _ACTS:
        assert not await _try(engine, act, number)


async def test_what_nobody_would_get_any_more_cannot_be_approved(engine: Engine) -> None:
    number = await engine.propose(approval=True, useful=timedelta(hours=1))
    engine.later(3600)
    async with engine.database.write() as connection:
        with pytest.raises(RefusedError, match="worth delivering until 2026-11-22 11:00"):
            await broadcast.approve(connection, number, by="li", at=engine.at)
        assert (await broadcast.get(connection, number)).state is broadcast.BroadcastState.PROPOSED


async def test_what_was_edited_meanwhile_is_not_approved_in_its_old_words(engine: Engine) -> None:
    edited = {"revision": 1, "to_plan": 1, "state": "held", "id": 7}
    rest = {"source": "s", "url": "", "title": "t", "kind": "notice", "major": 0, "severity": 0}
    empty = {"plain_title": "t", "domains": [], "areas": [], "notice": {}, "why": [], "facts": {}, "follows": []}
    digests = {"major_digest": b"", "minor_digest": b"", "seen_at": 0, "changed_at": 0}
    number = await _propose(engine, 7)
    assert number is not None
    async with engine.database.write() as connection:
        await connection.execute(sa.update(broadcasts).values(expires=broadcasts.c.expires + 3_600_000_000))
        await connection.execute(sa.insert(item).values(**edited, **rest, **empty, **digests))
        with pytest.raises(RefusedError, match="item 7 says something else now"):
            await broadcast.approve(connection, number, by="li", at=engine.at)


async def test_what_is_approved_after_its_hours_begins_in_the_next_ones(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose(approval=True, hours="08:00-20:00", useful=timedelta(days=3))
    mail = Hands()
    engine.later(12 * 3600)
    async with engine.database.write() as connection:
        await broadcast.approve(connection, number, by="li", at=engine.at)
    await engine.deliver(mail=mail)
    assert mail.taken.total() == 0
    engine.later(10 * 3600)
    await engine.deliver(mail=mail)
    assert mail.taken.total() == 1


async def test_hours_that_have_nothing_in_common_hold_nothing_for_ever(engine: Engine) -> None:
    await engine.add_pairs(1)
    number = await engine.propose(channels=(("mail", "email"), ("sms", "phone")), useful=timedelta(days=3))
    async with engine.database.write() as connection:
        for channel, hours in (("mail", "08:00-09:00"), ("sms", "14:00-20:00")):
            mine = (message.c.broadcast_id == number) & (message.c.channel == channel)
            await connection.execute(sa.update(message).where(mine).values(hours=hours))
    mail, sms = Hands(), Hands()
    for _ in range(24):
        await engine.deliver(mail=mail, sms=sms)
        engine.later(3600)
    assert mail.taken.total() == 1
