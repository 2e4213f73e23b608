"""What was not tried waits its turn: it counts for no try, nobody is told of it, and expiry ends it."""

from datetime import timedelta

import pytest

from channels.failure import SendError, TemporaryFailure
from channels.receipt import Outcome, Receipt
from pusher.database import Database
from pusher.deliver.state import DeliveryState
from tests.support.engine import Engine, Hands

WAITS = TemporaryFailure("waits for its domain's turn", retry_after=60, untried=True)
SENT = Receipt(Outcome.SENT, code="250")


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


async def test_it_goes_when_its_turn_has_come_however_often_it_waited(engine: Engine) -> None:
    await engine.add_people(4)
    number = await engine.propose()
    mail = Hands(rule=lambda value, times: WAITS if "r1@" in value and times < 12 else SENT)
    await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 4, "sent": 3}
    assert (await engine.states(number))[DeliveryState.RETRYING] == 0
    assert await engine.state(number) == "open"
    for _ in range(12):
        engine.later(61)
        await engine.deliver(mail=mail)
    assert await engine.counters(number) == {"planned": 4, "sent": 4}
    assert await engine.state(number) == "done"
    assert mail.taken["r1@example.com"] == 13
    assert mail.taken["r2@example.com"] == 1


async def test_it_waits_no_longer_than_its_message_is_of_use(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose(useful=timedelta(minutes=3))
    mail = Hands(rule=lambda _value, _times: WAITS)
    for _ in range(5):
        await engine.deliver(mail=mail)
        engine.later(61)
    assert await engine.counters(number) == {"planned": 1, "expired": 1}
    assert await engine.state(number) == "done"


async def test_a_try_that_failed_before_is_remembered(engine: Engine) -> None:
    await engine.add_people(1)
    number = await engine.propose()
    said: list[Receipt | SendError] = [TemporaryFailure("busy", retry_after=1), WAITS, SENT]
    mail = Hands(rule=lambda _value, times: said[times])
    for _ in said:
        await engine.deliver(mail=mail)
        engine.later(3_600)
    assert await engine.counters(number) == {"planned": 1, "sent": 1}
