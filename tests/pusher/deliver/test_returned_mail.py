"""What becomes of people whose mails come back: the dead and the unwilling are left alone, nobody else."""

import pytest
import sqlalchemy as sa

from channels.channel import CallbackAnswer
from channels.receipt import Inbound, Outcome, Patience, Receipt
from pusher.database import Database
from pusher.deliver import callbacks
from pusher.deliver.batch import delivery_key
from pusher.deliver.tables import soft_bounce
from subscribers import consent
from tests.support.engine import Engine, Hands

DAY = 86_400.0
PATIENCE = Patience(days=3, within=10)


@pytest.fixture
async def engine(database: Database) -> Engine:
    engine = Engine(database)
    await engine.add_people(2)
    return engine


async def _take(engine: Engine, answer: CallbackAnswer, channel: str = "mail") -> None:
    async with engine.database.write() as connection:
        await callbacks.take(connection, engine.ring, answer, channels=[channel], address_kind="email", at=engine.at)


async def _closed(engine: Engine) -> dict[int, str]:
    """Why each of the two people is closed."""
    async with engine.database.read() as connection:
        keys = await consent.keys_of(connection, [1, 2])
        why = await consent.reasons(connection, keys.values())
    return {number: why[key] for number, key in keys.items() if key in why}


async def _soft(engine: Engine, *, mails: int = 1, patience: Patience | None = PATIENCE, address: int = 1) -> None:
    """Some mails go out, and all of them come back for now."""
    for _ in range(mails):
        number = await engine.propose()
        await engine.deliver(mail=Hands())
        said = [Receipt(Outcome.TEMPORARY, key=delivery_key(number, address), code="5.2.2", detail="mailbox full")]
        for _ in range(2):
            # Told twice, it happened once.
            await _take(engine, CallbackAnswer(receipts=said, patience=patience))


async def test_a_hard_bounce_closes_its_address_at_once(engine: Engine) -> None:
    await engine.propose()
    await engine.deliver(mail=Hands())
    said = Receipt(Outcome.PERMANENT, key=delivery_key(1, 1), code="5.1.1", detail="user unknown")
    await _take(engine, CallbackAnswer(receipts=[said]))
    assert await _closed(engine) == {1: "user unknown (5.1.1)"}
    number = await engine.propose()
    await engine.deliver(mail=Hands())
    assert (await engine.counters(number))["planned"] == 1


async def test_an_address_that_fails_on_several_days_is_closed_and_says_why(engine: Engine) -> None:
    for day in range(3):
        assert await _closed(engine) == {}, day
        await _soft(engine)
        engine.later(DAY)
    assert await _closed(engine) == {1: "came back on 3 days of 10 (5.2.2)"}
    async with engine.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(soft_bounce)) == 0


async def test_many_failures_of_one_day_count_once(engine: Engine) -> None:
    await _soft(engine, mails=5)
    assert await _closed(engine) == {}


async def test_days_that_are_long_past_count_no_more(engine: Engine) -> None:
    await _soft(engine)
    await _soft(engine, address=2)
    engine.later(9 * DAY)
    await _soft(engine)
    engine.later(DAY)
    await _soft(engine)
    await _soft(engine, address=2)
    assert await _closed(engine) == {}


async def test_without_patience_no_address_is_closed_for_what_may_pass(engine: Engine) -> None:
    for _ in range(5):
        await _soft(engine, patience=None)
        engine.later(DAY)
    assert await _closed(engine) == {}


async def test_our_own_fault_closes_nobody(engine: Engine) -> None:
    for _ in range(5):
        number = await engine.propose()
        await engine.deliver(mail=Hands())
        said = Receipt(Outcome.TECHNICAL, key=delivery_key(number, 1), code="5.7.1", detail="blocked")
        await _take(engine, CallbackAnswer(receipts=[said], patience=PATIENCE))
        engine.later(DAY)
    assert await _closed(engine) == {}


@pytest.mark.parametrize(("act", "reason"), [("stop", "退订"), ("complaint", "投诉为垃圾邮件")])
async def test_who_leaves_by_mail_or_complains_is_written_to_no_more(engine: Engine, act: str, reason: str) -> None:
    await engine.propose()
    await engine.deliver(mail=Hands())
    event = Inbound(act, "", event_id="e1", key=delivery_key(1, 2))
    for _ in range(2):
        await _take(engine, CallbackAnswer(inbound=[event]))
    assert await _closed(engine) == {2: reason}


@pytest.mark.parametrize("key", ["m1-3", "m9-1", "test-12ab", ""])
async def test_an_event_about_no_delivery_of_ours_closes_nobody(engine: Engine, key: str) -> None:
    await engine.propose()
    await engine.deliver(mail=Hands())
    await _take(engine, CallbackAnswer(inbound=[Inbound("stop", "", key=key)]))
    # Nor does the delivery of one channel speak over another.
    await _take(engine, CallbackAnswer(inbound=[Inbound("stop", "", key="m1-1")]), channel="sms")
    assert await _closed(engine) == {}
