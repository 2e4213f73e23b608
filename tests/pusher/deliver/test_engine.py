"""From a broadcast to the ledger: everybody gets it once, and nothing is lost, whatever the channel answers."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.database import Database
from pusher.deliver import receipts
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import batch
from pusher.plan import broadcast
from subscribers.tables import address, suppression
from tests.support.engine import Engine, Hands

SENT = Receipt(Outcome.SENT, code="250")


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


async def test_everybody_gets_it_once(engine: Engine) -> None:
    await engine.add_people(1234)
    number = await engine.propose()
    mail = Hands()
    await engine.deliver(mail=mail)
    assert len(mail.taken) == 1234
    assert set(mail.taken.values()) == {1}
    assert await engine.counters(number) == {"planned": 1234, "sent": 1234}
    assert await engine.state(number) == "done"


async def test_nobody_is_left_waiting_for_an_empty_audience(engine: Engine) -> None:
    number = await engine.propose()
    await engine.deliver(mail=Hands())
    assert await engine.state(number) == "done"


async def test_a_public_place_gets_one_post(engine: Engine) -> None:
    await engine.add_people(3)
    number = await engine.propose(channels=[("board", "public")])
    board = Hands(rule=lambda _value, _times: Receipt(Outcome.DELIVERED))
    await engine.deliver(board=board)
    assert board.taken == {"": 1}
    assert await engine.counters(number) == {"planned": 1, "sent": 1, "delivered": 1}


async def test_a_temporary_failure_is_tried_again_under_the_same_key(engine: Engine) -> None:
    await engine.add_people(10)
    number = await engine.propose()
    busy = TemporaryFailure("busy", code="450")
    mail = Hands(rule=lambda value, times: busy if value.startswith("r3@") and times < 2 else SENT)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 10, "sent": 9, "retrying": 1}
    for wait in (60, 300):
        engine.later(wait)
        await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 10, "sent": 10}
    assert mail.taken["r3@example.com"] == 3
    assert len(mail.keys["r3@example.com"]) == 1
    assert await engine.state(number) == "done"


async def test_tries_come_to_an_end_and_the_ledger_says_why(engine: Engine) -> None:
    await engine.add_people(2)
    number = await engine.propose(useful=timedelta(days=30))
    mail = Hands(rule=lambda _value, _times: TemporaryFailure("busy", code="450"))
    for _ in range(12):
        await engine.deliver(mail=mail)
        engine.later(86_400)
    assert await engine.counters(number) == {"planned": 2, "failed": 2}


async def test_a_dead_address_is_suppressed_and_never_written_to_again(engine: Engine) -> None:
    await engine.add_people(3)
    gone = PermanentFailure("no such mailbox", code="550")
    mail = Hands(rule=lambda value, _times: gone if value.startswith("r2@") else SENT)
    first = await engine.propose()
    await engine.deliver(mail=mail)
    assert await engine.counters(first) == {"planned": 3, "sent": 2, "failed": 1}
    second = await engine.propose()
    await engine.deliver(mail=mail)
    assert await engine.counters(second) == {"planned": 2, "sent": 2}
    assert mail.taken["r2@example.com"] == 1
    async with engine.database.read() as connection:
        reasons = (await connection.scalars(sa.select(suppression.c.reason))).all()
    assert reasons == ["no such mailbox (550)"]


async def test_an_address_closed_after_planning_is_not_written_to(engine: Engine) -> None:
    await engine.add_people(5)
    number = await engine.propose()
    await engine.fan_out()
    async with engine.database.write() as connection:
        await connection.execute(sa.update(address).where(address.c.id == 2).values(standing=2))
    mail = Hands()
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 5, "sent": 4, "suppressed": 1}


async def test_a_wrong_password_makes_nothing_final(engine: Engine) -> None:
    await engine.add_people(1200)
    number = await engine.propose()
    refused: SendError = TechnicalFailure("the relay refuses our password", code="535")
    mail = Hands(rule=lambda _value, _times: refused)
    await engine.deliver(mail=mail)
    counters = await engine.counters(number)
    assert counters.pop("parkings") > 0
    assert counters == {"planned": 1200}
    assert sum(mail.taken.values()) < 50
    mail.rule = lambda _value, _times: SENT
    mail.taken.clear()
    engine.later(600)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 1200, "sent": 1200}
    assert set(mail.taken.values()) == {1}


async def test_a_bug_in_a_channel_costs_one_recipient_and_is_in_the_ledger(engine: Engine) -> None:
    await engine.add_people(50)
    number = await engine.propose()

    def broken(value: str, _times: int) -> Receipt:
        if value.startswith("r7@"):
            raise ZeroDivisionError(value)
        return SENT

    mail = Hands(rule=broken, concurrency=1)
    await engine.deliver(mail=mail)
    engine.later(600)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 50, "sent": 49, "in_doubt": 1}
    assert mail.taken["r7@example.com"] == 1


async def test_a_message_in_doubt_is_sent_again_only_in_the_warning_lane(engine: Engine) -> None:
    await engine.add_people(4)
    lost = TemporaryFailure("no answer", in_doubt=True)
    for lane, times in ((Lane.ROUTINE, 1), (Lane.PERSONAL, 1), (Lane.WARNING, 2)):
        number = await engine.propose(lane=lane)
        mail = Hands(rule=lambda _value, times: lost if times == 0 else SENT)
        await engine.deliver(mail=mail)
        engine.later(3600)
        await engine.deliver(mail=mail)
        assert set(mail.taken.values()) == {times}
        expected = "sent" if lane is Lane.WARNING else "in_doubt"
        assert await engine.counters(number) == {"planned": 4, expected: 4}


async def test_nothing_is_sent_past_its_expiry(engine: Engine) -> None:
    await engine.add_people(7)
    number = await engine.propose(useful=timedelta(minutes=5))
    await engine.fan_out()
    engine.later(301)
    mail = Hands()
    await engine.deliver(mail=mail)
    assert not mail.taken
    assert await engine.counters(number) == {"planned": 7, "expired": 7}
    assert await engine.state(number) == "done"


async def test_halt_stops_and_resume_goes_on_where_it_stopped(engine: Engine) -> None:
    await engine.add_people(700)
    number = await engine.propose()
    await engine.fan_out()
    async with engine.database.write() as connection:
        await broadcast.halt(connection, number)
    mail = Hands()
    await engine.deliver(mail=mail)
    assert not mail.taken
    async with engine.database.write() as connection:
        await broadcast.resume(connection, number)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 700, "sent": 700}
    assert set(mail.taken.values()) == {1}


async def test_a_halt_in_the_middle_takes_effect_at_the_next_slice(engine: Engine) -> None:
    await engine.add_people(500)
    number = await engine.propose()
    await engine.fan_out()
    mail = Hands(gate=asyncio.Event())
    working = asyncio.create_task(engine.postman(mail=mail).once())
    async with engine.database.write() as connection:
        await broadcast.halt(connection, number)
    assert mail.gate is not None
    mail.gate.set()
    await working
    halted = len(mail.taken)
    assert halted < 500
    async with engine.database.write() as connection:
        await broadcast.resume(connection, number)
    await engine.deliver(mail=mail)
    assert set(mail.taken.values()) == {1}
    assert await engine.counters(number) == {"planned": 500, "sent": 500}


async def test_cancel_ends_it_for_good_and_is_in_the_ledger(engine: Engine) -> None:
    await engine.add_people(600)
    number = await engine.propose()
    await engine.fan_out()
    async with engine.database.write() as connection:
        await broadcast.cancel(connection, number)
    mail = Hands()
    await engine.deliver(mail=mail)
    assert not mail.taken
    assert await engine.counters(number) == {"planned": 600, "cancelled": 600}
    with pytest.raises(broadcast.RefusedError, match="cancelled"):
        async with engine.database.write() as connection:
            await broadcast.resume(connection, number)


async def test_nothing_goes_out_before_somebody_else_approves(engine: Engine) -> None:
    await engine.add_people(2)
    number = await engine.propose(approval=True)
    mail = Hands()
    await engine.deliver(mail=mail)
    assert not mail.taken
    with pytest.raises(broadcast.RefusedError, match="somebody else"):
        async with engine.database.write() as connection:
            await broadcast.approve(connection, number, by="route test", at=engine.at)
    async with engine.database.write() as connection:
        await broadcast.approve(connection, number, by="wang", at=engine.at)
    await engine.deliver(mail=mail)
    assert len(mail.taken) == 2


async def test_receipts_settle_deliveries_by_key_and_by_number_in_any_order(engine: Engine) -> None:
    await engine.add_people(3)
    number = await engine.propose()
    ids = {"r1@example.com": "a", "r2@example.com": "b", "r3@example.com": "c"}
    mail = Hands(rule=lambda value, _times: Receipt(Outcome.SENT, provider_id=ids[value]))
    early = [Receipt(Outcome.DELIVERED, provider_id="a"), Receipt(Outcome.PERMANENT, provider_id="c", code="X")]
    async with engine.database.write() as connection:
        assert await receipts.read(connection, ["mail"], early, engine.at) == 0
    await engine.deliver(mail=mail)
    async with engine.database.write() as connection:
        assert await receipts.match_early(connection, engine.at) == 2
        key = next(iter(mail.keys["r2@example.com"]))
        late = [Receipt(Outcome.DELIVERED, key=key)] * 2
        assert await receipts.read(connection, ["mail"], late, engine.at) == 2
    assert await engine.counters(number) == {"planned": 3, "sent": 3, "delivered": 2, "bounced": 1}
    assert await engine.states(number) == {DeliveryState.DELIVERED: 2, DeliveryState.BOUNCED: 1}


async def test_one_provider_cannot_speak_for_another(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose()
    mail = Hands(rule=lambda _value, _times: Receipt(Outcome.SENT, provider_id="a"))
    await engine.deliver(mail=mail)
    async with engine.database.write() as connection:
        forged = [Receipt(Outcome.PERMANENT, provider_id="a"), Receipt(Outcome.PERMANENT, key="m1-1")]
        assert await receipts.read(connection, ["sms"], forged, engine.at) == 0
    assert await engine.counters(number) == {"planned": 1, "sent": 1}


async def test_a_receipt_between_two_tries_spares_the_second(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose(lane=Lane.WARNING)
    mail = Hands(rule=lambda _value, _times: TemporaryFailure("no answer", in_doubt=True))
    await engine.deliver(mail=mail)
    key = next(iter(mail.keys["r1@example.com"]))
    async with engine.database.write() as connection:
        await receipts.read(connection, ["mail"], [Receipt(Outcome.DELIVERED, key=key)], engine.at)
    engine.later(60)
    await engine.deliver(mail=mail)
    assert mail.taken["r1@example.com"] == 1
    assert await engine.counters(number) == {"planned": 1, "sent": 1, "delivered": 1}
    assert await engine.state(number) == "done"


async def test_what_a_dead_worker_left_behind_is_decided_by_lane(engine: Engine) -> None:
    await engine.add_people(40)
    for lane, expected in ((Lane.ROUTINE, {"sent": 0, "in_doubt": 40}), (Lane.WARNING, {"sent": 40, "in_doubt": 0})):
        number = await engine.propose(lane=lane)
        await engine.fan_out()
        stuck = Hands(gate=asyncio.Event())
        dying = asyncio.create_task(engine.postman(mail=stuck).once())
        await stuck.reached.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        engine.later(61)
        heir = engine.postman(mail=Hands())
        await heir.scout.renew_and_recover(alone=True)
        await heir.once()
        counters = await engine.counters(number)
        assert {name: counters.get(name, 0) for name in expected} == expected
        assert await engine.state(number) == "done"


async def test_a_clock_that_was_put_back_keeps_nothing_of_a_dead_worker_waiting(engine: Engine) -> None:
    await engine.add_people(4)
    number = await engine.propose(lane=Lane.WARNING, useful=timedelta(days=3))
    await engine.fan_out()
    engine.later(86_400)
    stuck = Hands(gate=asyncio.Event())
    dying = asyncio.create_task(engine.postman(mail=stuck).once())
    await stuck.reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    engine.later(-86_400)
    mail = Hands()
    heir = engine.postman(mail=mail)
    await heir.scout.renew_and_recover(alone=True)
    await heir.once()
    assert mail.taken.total() == 4
    assert await engine.state(number) == "done"


async def test_a_warning_is_planned_before_a_routine_broadcast_that_came_first(engine: Engine) -> None:
    await engine.add_people(3)
    await engine.propose(lane=Lane.ROUTINE)
    await engine.propose(lane=Lane.WARNING)
    await engine.fan_out()
    async with engine.database.read() as connection:
        lanes = (await connection.scalars(sa.select(batch.c.lane).order_by(batch.c.id))).all()
    assert lanes == ["warning", "routine"]
