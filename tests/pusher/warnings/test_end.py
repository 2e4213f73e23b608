"""The end of a warning reaches exactly those who were warned, whatever has happened to them since."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.receipt import Outcome, Receipt
from pusher.database import Database
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.plan.warned import STILL_REACHABLE, count_warned, not_told
from pusher.warnings.warning import Version
from subscribers import consent, correct, people
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.tables import address
from subscribers.topic import Severity
from tests.support.engine import Engine, Hands
from tests.support.office import Town, Way
from tests.support.office import settings as office_settings

_SENT = Receipt(Outcome.SENT)


@pytest.fixture
async def town(database: Database) -> Town:
    """An office that warns by mail and SMS."""
    town = Town(Engine(database), settings=office_settings(channels=["sms", "mail"]))
    town.outlets = {"sms": Way("sms", "phone"), "mail": Way("mail", "email")}
    return town


async def _add(town: Town, count: int, *, start: int = 1, preference: str = "first") -> None:
    """People with a number and a mail address each, who want warnings from yellow on."""
    newcomers = [
        Newcomer(
            [("phone", f"+86138{number:08d}"), ("email", f"r{number}@example.com")],
            subscriptions=[Subscription("disaster", "360403")],
            preference=preference,
        )
        for number in range(start, start + count)
    ]
    async with town.engine.database.write() as connection:
        await add_many(connection, town.engine.ring, newcomers, Origin("test", town.engine.at))


async def _warn(town: Town) -> Version:
    draft = await town.office.draft(town.content(level=Severity.YELLOW), by="li")
    return await town.office.approve(draft.id, by="wang", level=Severity.YELLOW)


async def _end(town: Town, version: Version) -> Version:
    draft = await town.office.end(version.id, by="li", reason="降雨已经结束。")
    return await town.office.approve(draft.id, by="wang", level=draft.content.level)


async def _left_out(town: Town, first: Version, ended: Version) -> int:
    async with town.engine.database.read() as connection:
        return await not_told(connection, [first.broadcast_id or 0], ended.broadcast_id or 0)


async def test_an_end_goes_to_those_who_got_it_also_after_they_have_unsubscribed(town: Town) -> None:
    await _add(town, 5)
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    await _add(town, 3, start=6)
    async with town.engine.database.write() as connection:
        gone = await connection.scalars(sa.select(address.c.id).where(address.c.subscriber_id == 2))
        await consent.refuse(connection, list(gone), source="unsubscribe link", at=town.engine.at)
    ended = await _end(town, first)
    sms, mail = Hands(), Hands()
    await town.engine.deliver(sms=sms, mail=mail)
    assert sorted(sms.taken) == [f"+86138{number:08d}" for number in range(1, 6)]
    assert not mail.taken
    assert await _left_out(town, first, ended) == 0


async def test_who_called_our_mail_spam_still_hears_that_the_danger_is_over(town: Town) -> None:
    await _add(town, 2)
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    async with town.engine.database.write() as connection:
        number = await connection.scalar(
            sa.select(address.c.id).where(address.c.subscriber_id == 2, address.c.kind == "phone")
        )
        complaint = [(number or 0, consent.COMPLAINED)]
        await consent.suppress_addresses(connection, complaint, source="sms", at=town.engine.at)
    ended = await _end(town, first)
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert len(sms.taken) == 2
    assert await _left_out(town, first, ended) == 0


async def test_whom_the_channel_has_lost_is_told_over_all_others(town: Town) -> None:
    await _add(town, 4)
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    async with town.engine.database.write() as connection:
        number = await connection.scalar(
            sa.select(address.c.id).where(address.c.subscriber_id == 3, address.c.kind == "phone")
        )
        await consent.suppress_addresses(connection, [(number or 0, "空号")], source="sms", at=town.engine.at)
    ended = await _end(town, first)
    sms, mail = Hands(), Hands()
    await town.engine.deliver(sms=sms, mail=mail)
    assert sorted(sms.taken) == [f"+86138{number:08d}" for number in (1, 2, 4)]
    assert sorted(mail.taken) == ["r3@example.com"]
    assert await _left_out(town, first, ended) == 0


async def test_an_end_that_came_back_is_no_proof(town: Town) -> None:
    await _add(town, 2)
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    ended = await _end(town, first)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    assert await _left_out(town, first, ended) == 0
    async with town.engine.database.write() as connection:
        sent = sa.select(message.c.id).where(message.c.broadcast_id == ended.broadcast_id)
        one = sa.select(sa.func.min(delivery.c.address_id)).where(delivery.c.message_id.in_(sent))
        came_back = sa.update(delivery).where(
            delivery.c.message_id.in_(sent), delivery.c.address_id == one.scalar_subquery()
        )
        await connection.execute(came_back.values(state=DeliveryState.BOUNCED.value))
    assert await _left_out(town, first, ended) == 1


async def test_who_may_have_got_it_and_then_refused_hears_of_the_end(town: Town) -> None:
    await _add(town, 2)
    first = await _warn(town)
    in_doubt = Hands(rule=lambda value, _: TemporaryFailure("no answer", in_doubt=True) if value[-1] == "2" else _SENT)
    await town.engine.deliver(sms=in_doubt, mail=Hands())
    async with town.engine.database.write() as connection:
        gone = await connection.scalars(sa.select(address.c.id).where(address.c.subscriber_id == 2))
        await consent.refuse(connection, list(gone), source="sms TD", at=town.engine.at)
    town.engine.later(600)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    ended = await _end(town, first)
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert len(sms.taken) == 2
    assert await _left_out(town, first, ended) == 0


async def test_new_people_hear_of_an_update_and_not_of_an_end(town: Town) -> None:
    await _add(town, 2)
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    await _add(town, 1, start=3)
    town.engine.later(60)
    draft = await town.office.update(first.id, town.content(level=Severity.ORANGE), by="li")
    await town.office.check(draft.id, by="wang")
    await town.office.approve(draft.id, by="wang", level=Severity.ORANGE)
    await town.office.approve(draft.id, by="zhao", level=Severity.ORANGE)
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert sorted(sms.taken) == [f"+86138{number:08d}" for number in (1, 2, 3)]
    await _add(town, 1, start=4)
    await _end(town, first)
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert sorted(sms.taken) == [f"+86138{number:08d}" for number in (1, 2, 3)]


@pytest.mark.parametrize("confirmed", [True, False])
async def test_who_has_another_number_by_then_hears_of_the_end(town: Town, *, confirmed: bool) -> None:
    await _add(town, 3)
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    old, new = ("phone", "13800000002"), ("phone", "13900000002")
    how: dict[str, Any] = {"source": "operator wang", "at": town.engine.at, "confirmed": confirmed}
    async with town.engine.database.write() as connection:
        await correct.replace_address(connection, town.engine.ring, 2, old, new, **how)
        assert await count_warned(connection, [first.broadcast_id or 0]) == 3
    sms, mail = Hands(), Hands()
    ended = await _end(town, first)
    assert await _left_out(town, first, ended) == 3
    await town.engine.deliver(sms=sms, mail=mail)
    assert ("+8613900000002" in sms.taken) is confirmed
    assert dict(mail.taken) == {"r2@example.com": 1}
    assert await _left_out(town, first, ended) == 0


async def test_an_erased_person_is_not_kept_for_the_end(town: Town) -> None:
    await _add(town, 3)
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    async with town.engine.database.write() as connection:
        await people.erase(connection, 2, source="test", at=town.engine.at)
    await _end(town, first)
    sms = Hands()
    await town.engine.deliver(sms=sms, mail=Hands())
    assert sorted(sms.taken) == [f"+86138{number:08d}" for number in (1, 3)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
async def test_whatever_happens_meanwhile_nobody_who_can_be_reached_is_left_out(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    async with town.engine.database.write() as connection:
        for number in list(await connection.scalars(sa.select(address.c.subscriber_id).distinct())):
            await people.erase(connection, number, source="test", at=town.engine.at)
    start = seed * 20 + 1
    await _add(town, 12, start=start % 90_000_000, preference=chance.choice(["first", "all"]))
    first = await _warn(town)
    await town.engine.deliver(sms=Hands(rule=_sometimes_dead(chance)), mail=Hands())
    async with town.engine.database.write() as connection:
        ids = list(await connection.scalars(sa.select(address.c.id)))
        refused = chance.sample(ids, chance.randint(0, len(ids) // 2))
        await consent.refuse(connection, refused, source="link", at=town.engine.at)
        lost = chance.sample(ids, min(len(ids), chance.randint(0, 3)))
        await consent.suppress_addresses(
            connection, [(number, "空号") for number in lost], source="sms", at=town.engine.at
        )
    town.engine.later(60)
    ended = await _end(town, first)
    await town.engine.deliver(sms=Hands(), mail=Hands())
    async with town.engine.database.read() as connection:
        unreachable = await _cannot_be_reached(connection)
    assert await _left_out(town, first, ended) <= unreachable


def _sometimes_dead(chance: random.Random) -> Callable[[str, int], Receipt | SendError]:
    def rule(_value: str, _times: int) -> Receipt | SendError:
        if chance.random() < 0.2:
            return PermanentFailure("空号", code="dead")
        return Receipt(Outcome.SENT)

    return rule


async def _cannot_be_reached(connection: AsyncConnection) -> int:
    """People without any address that is open or merely refused."""
    reachable = sa.select(address.c.subscriber_id).where(STILL_REACHABLE)
    without = sa.select(sa.func.count(sa.distinct(address.c.subscriber_id))).where(
        address.c.subscriber_id.not_in(reachable)
    )
    return await connection.scalar(without) or 0
