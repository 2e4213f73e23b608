"""What providers say later: whenever it comes, however often, whoever else speaks, the counters stay true."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from channels.channel import CallbackAnswer
from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.message import Lane
from channels.receipt import Inbound, Outcome, Receipt
from pusher.database import Database
from pusher.deliver import callbacks, receipts
from pusher.deliver.batch import delivery_key
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import early_receipt, seen_event, silent_number
from subscribers.consent import STRANGER, Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.tables import consent, suppression
from tests.support.engine import Engine, Hands

SENT = Receipt(Outcome.SENT, code="250")
LOST = TemporaryFailure("no answer", in_doubt=True)


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


async def _read(engine: Engine, said: Sequence[Receipt], channel: str = "mail") -> int:
    async with engine.database.write() as connection:
        return await receipts.read(connection, [channel], said, engine.at)


async def _match_early(engine: Engine) -> int:
    async with engine.database.write() as connection:
        return await receipts.match_early(connection, engine.at)


async def _early(engine: Engine) -> int:
    async with engine.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(early_receipt)) or 0


@pytest.mark.parametrize(
    ("second", "said", "expected"),
    [
        (SENT, Outcome.DELIVERED, {"sent": 1, "delivered": 1}),
        (LOST, Outcome.DELIVERED, {"sent": 1, "delivered": 1}),
        (LOST, Outcome.SENT, {"sent": 1}),
        (PermanentFailure("unknown"), Outcome.SENT, {"sent": 1}),
        (SENT, Outcome.PERMANENT, {"sent": 1}),
    ],
)
async def test_a_receipt_during_the_second_try_is_not_taken_back(
    engine: Engine, second: Receipt | SendError, said: Outcome, expected: dict[str, int]
) -> None:
    await engine.add_people(1)
    number = await engine.propose(lane=Lane.WARNING)
    mail = Hands(rule=lambda _value, times: second if times else LOST)
    await engine.deliver(mail=mail)
    engine.later(2)
    mail.gate = asyncio.Event()
    working = asyncio.create_task(engine.postman(mail=mail).once())
    await mail.reached.wait()
    key = next(iter(mail.keys["r1@example.com"]))
    assert await _read(engine, [Receipt(said, key=key)]) == 1
    mail.gate.set()
    await working
    assert await engine.counters(number) == {"planned": 1, **expected}
    mail.gate = None
    for _ in range(20):
        engine.later(600)
        await engine.deliver(mail=mail)
    assert mail.taken["r1@example.com"] == 2
    assert await engine.state(number) == "done"


async def test_receipts_that_come_at_once_in_any_order_do_not_block_each_other(engine: Engine) -> None:
    await engine.add_people(200)
    numbers = [await engine.propose(), await engine.propose()]
    await engine.deliver(mail=Hands())
    said = [
        Receipt(Outcome.DELIVERED, key=delivery_key(message, address))
        for address in range(1, 201)
        for message in (1, 2)
    ]
    got = await asyncio.gather(*(_read(engine, order) for order in (said, said[::-1]) for _ in range(3)))
    assert got == [400] * 6
    for number in numbers:
        assert await engine.counters(number) == {"planned": 200, "sent": 200, "delivered": 200}


async def test_receipts_and_second_tries_do_not_block_each_other(engine: Engine) -> None:
    await engine.add_people(300)
    number = await engine.propose(lane=Lane.WARNING)
    mail = Hands(rule=lambda _value, times: SENT if times else LOST, concurrency=50)
    await engine.deliver(mail=mail)
    engine.later(2)
    said = [Receipt(Outcome.DELIVERED, key=delivery_key(1, address)) for address in range(300, 0, -1)]
    await asyncio.gather(engine.postman(mail=mail).once(), *(_read(engine, said) for _ in range(4)))
    assert await engine.counters(number) == {"planned": 300, "sent": 300, "delivered": 300}


async def test_one_push_may_tell_several_things_of_one_delivery(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose()
    await engine.deliver(mail=Hands())
    key = delivery_key(1, 1)
    story = [Receipt(outcome, key=key) for outcome in (Outcome.SENT, Outcome.TEMPORARY, Outcome.DELIVERED)]
    assert await _read(engine, story) == 3
    assert await engine.counters(number) == {"planned": 1, "sent": 1, "delivered": 1}


async def test_receipts_of_others_do_not_keep_ours_waiting(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose()
    foreign = [Receipt(Outcome.DELIVERED, provider_id=f"theirs-{number}") for number in range(1500)]
    foreign += [Receipt(Outcome.DELIVERED, key=f"m{number}-1") for number in range(50, 1500)]
    foreign += [Receipt(Outcome.DELIVERED, key=f"theirs-{number}") for number in range(50)]
    assert await _read(engine, [*foreign, Receipt(Outcome.DELIVERED, provider_id="ours")]) == 0
    await engine.deliver(mail=Hands(rule=lambda _value, _times: Receipt(Outcome.SENT, provider_id="ours")))
    assert await _match_early(engine) == 1
    assert await engine.counters(number) == {"planned": 1, "sent": 1, "delivered": 1}


async def test_a_key_that_names_none_of_our_messages_is_not_kept(engine: Engine) -> None:
    await engine.add_people(1)
    await engine.propose()
    said = [Receipt(Outcome.DELIVERED, key=key) for key in ("m2-1", "theirs", f"m{'9' * 5000}-1", f"m1-{'9' * 30}")]
    assert await _read(engine, said) == 0
    assert await _read(engine, [Receipt(Outcome.DELIVERED, key="m1-1")], channel="sms") == 0
    assert await _early(engine) == 0
    assert await _read(engine, [Receipt(Outcome.DELIVERED, key="m1-1")]) == 0
    assert await _early(engine) == 1
    engine.at += timedelta(hours=73)
    assert await _match_early(engine) == 0
    assert await _early(engine) == 0


async def test_whatever_a_provider_pushes_can_be_stored(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose()
    odd = "\x00\ud800" + "x" * 500
    said = Receipt(Outcome.PERMANENT, provider_id=odd, code=odd, detail=odd)
    assert await _read(engine, [said]) == 0
    await engine.deliver(mail=Hands(rule=lambda _value, _times: Receipt(Outcome.SENT, provider_id=odd, code=odd)))
    assert await _match_early(engine) == 1
    assert await engine.counters(number) == {"planned": 1, "sent": 1, "bounced": 1}


async def _push(engine: Engine, *events: Inbound) -> None:
    async with engine.database.write() as connection:
        await callbacks.take(
            connection,
            engine.ring,
            CallbackAnswer(inbound=events),
            channels=["mail"],
            address_kind="email",
            at=engine.at,
        )


async def test_an_event_that_is_pushed_twice_at_once_is_taken_once(engine: Engine) -> None:
    await engine.add_people(1)
    stop = Inbound("stop", "r1@example.com", event_id="\x00" + "e" * 200)
    await asyncio.gather(*(_push(engine, stop, stop) for _ in range(6)))
    async with engine.database.read() as connection:
        acts = (await connection.scalars(sa.select(consent.c.act).order_by(consent.c.id))).all()
        seen = await connection.scalar(sa.select(sa.func.count()).select_from(seen_event))
    assert list(acts).count("ended") == 1
    assert seen == 1


async def test_who_sent_td_gets_no_second_try(engine: Engine) -> None:
    await engine.add_people(2)
    number = await engine.propose()
    mail = Hands(rule=lambda value, times: TemporaryFailure("busy") if not times and "r1@" in value else SENT)
    await engine.deliver(mail=mail)
    await _push(engine, Inbound("stop", "r1@example.com"))
    engine.later(60)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 2, "sent": 1, "suppressed": 1}
    assert (await engine.states(number))[DeliveryState.SUPPRESSED] == 1


async def test_a_number_that_has_another_owner_now_is_closed_and_says_why(engine: Engine) -> None:
    await engine.add_people(1)
    await _push(engine, Inbound("text", "r1@example.com", "你们打错了"))
    await _push(engine, Inbound("text", "r1@example.com", "打错了！"))
    async with engine.database.read() as connection:
        assert list(await connection.scalars(sa.select(suppression.c.reason))) == [STRANGER]


@pytest.mark.parametrize(("days", "closed"), [((0, 45, 91), True), ((0, 30, 60), False), ((0,), False)])
async def test_a_number_that_answers_after_a_long_silence_may_have_a_new_owner(
    engine: Engine, days: tuple[int, ...], closed: bool
) -> None:
    person = Newcomer([("phone", "+8613900000001")], subscriptions=[Subscription("education", "360403")])
    async with engine.database.write() as connection:
        await add_many(connection, engine.ring, [person], Origin("test", engine.at))
    begin = engine.at
    for day, outcome in [*((each, Outcome.TEMPORARY) for each in days), (100, Outcome.DELIVERED)]:
        engine.at = begin + timedelta(days=day)
        await engine.propose(channels=(("sms", "phone"),))
        sms = Hands()
        await engine.deliver(sms=sms)
        [key] = next(iter(sms.keys.values()))
        assert await _read(engine, [Receipt(outcome, key=key, code="停机")], "sms") == 1
    async with engine.database.read() as connection:
        reasons = list(await connection.scalars(sa.select(suppression.c.reason)))
        assert await connection.scalar(sa.select(sa.func.count()).select_from(silent_number)) == 0
    assert reasons == (["失联 91 天后又能接通，号码可能已换了主人"] if closed else [])
