"""Whoever one address does not reach gets the broadcast on his next one, once."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from channels.channel import CallbackAnswer
from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.database import Database
from pusher.deliver import callbacks
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import unreached
from pusher.plan import broadcast
from subscribers import consent, correct
from subscribers.people import detach, find_by_address
from subscribers.tables import address
from tests.support.engine import Engine, Hands

_BOTH = (("mail", "email"), ("sms", "phone"))


def _dead(_value: str, _times: int) -> SendError:
    return PermanentFailure("no such mailbox", code="550")


@pytest.fixture
async def engine(database: Database) -> Engine:
    engine = Engine(database)
    await engine.add_pairs(3)
    return engine


async def _notes(engine: Engine) -> int:
    async with engine.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(unreached)) or 0


@pytest.mark.parametrize("lane", list(Lane))
async def test_who_has_a_dead_address_gets_it_on_the_next_one_once(engine: Engine, lane: Lane) -> None:
    number = await engine.propose(channels=_BOTH, lane=lane)
    mail, sms = Hands(rule=lambda value, times: _dead(value, times) if value.startswith("r2@") else _taken()), Hands()
    await engine.deliver(mail=mail, sms=sms)
    assert sms.taken == {}
    assert await engine.state(number) == "open"
    assert await engine.fall_back() == 1
    await engine.deliver(mail=mail, sms=sms)
    assert await engine.fall_back() == 0
    await engine.deliver(mail=mail, sms=sms)
    assert dict(sms.taken) == {"+8613900000002": 1}
    assert await engine.states(number) == {DeliveryState.SENT: 3, DeliveryState.FAILED: 1}
    assert await engine.state(number) == "done"


async def test_a_receipt_of_a_closed_broadcast_opens_it_again_for_the_next_address(engine: Engine) -> None:
    number = await engine.propose(channels=_BOTH)
    mail, sms = Hands(rule=lambda value, _times: Receipt(Outcome.SENT, provider_id=value[:2])), Hands()
    await engine.deliver(mail=mail, sms=sms)
    assert await engine.state(number) == "done"
    bounce = CallbackAnswer(receipts=[Receipt(Outcome.PERMANENT, provider_id="r3", code="5.1.1")])
    for _ in range(2):
        async with engine.database.write() as connection:
            await callbacks.take(connection, engine.ring, bounce, channels=["mail"], address_kind="email", at=engine.at)
    assert await engine.fall_back() == 1
    assert await engine.state(number) == "open"
    await engine.deliver(mail=mail, sms=sms)
    assert dict(sms.taken) == {"+8613900000003": 1}
    assert await engine.state(number) == "done"


async def test_a_failure_of_this_message_alone_closes_no_address(engine: Engine) -> None:
    await engine.propose(channels=_BOTH)
    mail = Hands(rule=lambda _value, _times: PermanentFailure("not asked for", code="43101", suppresses=False))
    sms = Hands()
    await engine.deliver(mail=mail, sms=sms)
    assert await engine.fall_back() == 3
    await engine.deliver(mail=mail, sms=sms)
    assert sms.taken.total() == 3
    async with engine.database.read() as connection:
        assert set(await connection.scalars(sa.select(address.c.standing))) == {0}


async def test_who_wants_it_everywhere_and_who_has_one_address_get_nothing_more(database: Database) -> None:
    engine = Engine(database)
    await engine.add_pairs(2, preference="all")
    await engine.add_people(2, start=10)
    number = await engine.propose(channels=_BOTH)
    mail, sms = Hands(rule=_dead), Hands()
    await engine.deliver(mail=mail, sms=sms)
    assert await engine.fall_back() == 0
    assert sms.taken.total() == 2
    assert await engine.state(number) == "done"


async def test_a_closed_next_address_is_not_used(engine: Engine) -> None:
    await engine.propose(channels=_BOTH)
    async with engine.database.write() as connection:
        phones = await connection.scalars(sa.select(address.c.id).where(address.c.kind == "phone"))
        await consent.refuse(connection, phones.all(), source="sms TD", at=engine.at)
    await engine.deliver(mail=Hands(rule=_dead), sms=Hands())
    assert await engine.fall_back() == 0
    assert await _notes(engine) == 0


async def test_nobody_is_written_to_after_the_end_of_a_broadcast(engine: Engine) -> None:
    await engine.propose(channels=_BOTH, useful=timedelta(minutes=1))
    await engine.deliver(mail=Hands(rule=_dead), sms=Hands())
    engine.later(61)
    assert await engine.fall_back() == 0
    assert await _notes(engine) == 0


async def test_a_halted_broadcast_falls_back_when_it_goes_on_and_a_cancelled_one_never(engine: Engine) -> None:
    halted, cancelled = [await engine.propose(channels=_BOTH) for _ in range(2)]
    await engine.deliver(
        mail=Hands(rule=lambda _value, _times: PermanentFailure("not asked for", suppresses=False)), sms=Hands()
    )
    async with engine.database.write() as connection:
        await broadcast.halt(connection, halted)
        await broadcast.cancel(connection, cancelled)
    assert await engine.fall_back() == 0
    assert await _notes(engine) == 3
    async with engine.database.write() as connection:
        await broadcast.resume(connection, halted)
    assert await engine.fall_back() == 3


async def test_a_warning_that_is_put_off_again_and_again_goes_to_the_next_address_as_well(engine: Engine) -> None:
    await engine.propose(channels=_BOTH, lane=Lane.WARNING)
    mail, sms = Hands(rule=lambda _value, _times: TemporaryFailure("busy")), Hands()
    for _ in range(4):
        assert await engine.fall_back() == 0
        await engine.deliver(mail=mail, sms=sms)
        engine.later(20)
    assert await engine.fall_back() == 3
    await engine.deliver(mail=mail, sms=sms)
    assert sms.taken.total() == 3
    assert await engine.fall_back() == 0
    assert mail.taken["r1@example.com"] == 5


async def test_what_may_have_arrived_is_not_sent_elsewhere(engine: Engine) -> None:
    number = await engine.propose(channels=_BOTH)
    await engine.deliver(mail=Hands(rule=lambda _value, _times: TemporaryFailure("?", in_doubt=True)), sms=Hands())
    assert await engine.fall_back() == 0
    assert await engine.states(number) == {DeliveryState.IN_DOUBT: 3}


async def test_a_next_address_that_fails_as_well_is_followed_by_a_third(database: Database) -> None:
    engine = Engine(database)
    await engine.add_three()
    await engine.propose(channels=_BOTH)
    mail, sms = Hands(rule=_dead), Hands(rule=lambda value, _times: _dead(value, 0) if value[-1] == "1" else _taken())
    for _ in range(3):
        await engine.deliver(mail=mail, sms=sms)
        await engine.fall_back()
    assert list(mail.taken) == ["r1@example.com"]
    assert list(sms.taken) == ["+8613900000001", "+8613900000002"]


async def _replace(engine: Engine, old: str, new: str, *, confirmed: bool = True) -> None:
    how: dict[str, Any] = {"source": "operator wang", "at": engine.at, "confirmed": confirmed}
    async with engine.database.write() as connection:
        kind = "email" if "@" in old else "phone"
        number = await find_by_address(connection, engine.ring, kind, old)
        assert number is not None
        await correct.replace_address(connection, engine.ring, number, (kind, old), (kind, new), **how)


async def _everybody_gets_it(engine: Engine, **channels: Hands) -> None:
    await engine.deliver(**channels)
    while await engine.fall_back():
        await engine.deliver(**channels)


@pytest.mark.parametrize("lane", list(Lane))
async def test_what_is_on_its_way_to_an_address_that_was_replaced_goes_to_the_new_one(
    engine: Engine, lane: Lane
) -> None:
    number = await engine.propose(channels=_BOTH, lane=lane)
    await engine.fan_out()
    await _replace(engine, "r2@example.com", "once@example.com")
    await _replace(engine, "once@example.com", "new@example.com")
    mail, sms = Hands(), Hands()
    await _everybody_gets_it(engine, mail=mail, sms=sms)
    assert dict(mail.taken) == {"r1@example.com": 1, "new@example.com": 1, "r3@example.com": 1}
    assert not sms.taken
    assert await engine.state(number) == "done"


async def test_until_a_new_address_is_confirmed_the_next_one_is_written_to(engine: Engine) -> None:
    await engine.propose(channels=_BOTH)
    await engine.fan_out()
    await _replace(engine, "r2@example.com", "new@example.com", confirmed=False)
    mail, sms = Hands(), Hands()
    await _everybody_gets_it(engine, mail=mail, sms=sms)
    assert "new@example.com" not in mail.taken
    assert dict(sms.taken) == {"+8613900000002": 1}


async def test_who_wants_it_everywhere_gets_it_on_the_new_address_as_well(database: Database) -> None:
    engine = Engine(database)
    await engine.add_pairs(2, preference="all")
    await engine.propose(channels=_BOTH)
    await engine.fan_out()
    await _replace(engine, "r2@example.com", "new@example.com")
    mail, sms = Hands(), Hands()
    await _everybody_gets_it(engine, mail=mail, sms=sms)
    assert dict(mail.taken) == {"r1@example.com": 1, "new@example.com": 1}
    assert dict(sms.taken) == {"+8613900000001": 1, "+8613900000002": 1}


async def test_who_got_it_on_an_address_that_he_replaced_gets_it_once(engine: Engine) -> None:
    await engine.propose(channels=_BOTH)
    mail, sms = Hands(rule=lambda value, _times: Receipt(Outcome.SENT, provider_id=value[:2])), Hands()
    await engine.deliver(mail=mail, sms=sms)
    await _replace(engine, "r2@example.com", "new@example.com")
    await _everybody_gets_it(engine, mail=mail, sms=sms)
    assert mail.taken.total() == 3
    # What is said of the old one later closes it alone, and it counts as not reached.
    dead = CallbackAnswer(receipts=[Receipt(Outcome.PERMANENT, provider_id="r2", code="5.1.1")])
    async with engine.database.write() as connection:
        await callbacks.take(connection, engine.ring, dead, channels=["mail"], address_kind="email", at=engine.at)
    await _everybody_gets_it(engine, mail=mail, sms=sms)
    assert mail.taken["new@example.com"] == 1
    assert not sms.taken


async def test_an_address_that_somebody_else_has_now_is_followed_by_the_next_one(engine: Engine) -> None:
    await engine.propose(channels=_BOTH)
    await engine.fan_out()
    key = ("email", engine.ring.fingerprint("email", "r2@example.com"))
    async with engine.database.write() as connection:
        await detach(connection, key, source="confirmed by its owner", at=engine.at)
    mail, sms = Hands(), Hands()
    await _everybody_gets_it(engine, mail=mail, sms=sms)
    assert dict(sms.taken) == {"+8613900000002": 1}


def _taken() -> Receipt:
    return Receipt(Outcome.SENT, code="250")
