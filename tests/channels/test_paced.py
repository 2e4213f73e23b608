import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from channels.channel import Bulk, CallbackRequest, Channel, Reporting
from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.limits import Limits
from channels.message import Address, Lane, Message
from channels.paced import LONGEST_PAUSE, Paced
from channels.receipt import Receipt
from tests.support.gateways import BulkGateway, Gateway

#: 23:30 in China: half an hour to the next day's quota.
LATE = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._alarms: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self._now

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        self._alarms.append((self._now + delay, callback))

    def move(self, seconds: float) -> None:
        """Let time pass, alarm by alarm."""
        until = self._now + seconds
        while due := sorted(alarm for alarm, _ in self._alarms if alarm <= until):
            self._now = due[0]
            ringing = [pair for pair in self._alarms if pair[0] <= self._now]
            self._alarms = [pair for pair in self._alarms if pair[0] > self._now]
            for _, callback in ringing:
                callback()
        self._now = until


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _message(lane: Lane = Lane.ROUTINE) -> Message:
    return Message(f"m-{lane}", lane, "default", {"text": "通知"})


def _sending(channel: Channel, number: int, lane: Lane = Lane.ROUTINE) -> asyncio.Task[Receipt]:
    return asyncio.create_task(channel.send(_message(lane), Address(number, f"a{number}"), key=f"d{number}"))


async def _settle() -> None:
    """Let all tasks go as far as they can without time passing."""
    for _ in range(10):
        await asyncio.sleep(0)


def _paced(inner: Channel, clock: Clock, **limits: object) -> Paced:
    return Paced(inner, Limits.model_validate(limits), now=lambda: LATE, timer=clock)


async def test_sends_go_out_at_the_rate_and_in_order(clock: Clock) -> None:
    inner = Gateway()
    paced = _paced(inner, clock, per_second=2, burst=1)
    tasks = [_sending(paced, number) for number in range(4)]
    for seconds, asked in ((0, [0]), (0.4, [0]), (0.1, [0, 1]), (0.5, [0, 1, 2]), (5.0, [0, 1, 2, 3])):
        clock.move(seconds)
        await _settle()
        assert inner.asked == asked
    await asyncio.gather(*tasks)


async def test_a_warning_overtakes_all_that_wait_and_then_the_personal_ones(clock: Clock) -> None:
    inner = Gateway()
    paced = _paced(inner, clock, per_second=1)
    tasks = [_sending(paced, number) for number in range(5)]
    await _settle()
    tasks.append(_sending(paced, 50, Lane.PERSONAL))
    tasks.append(_sending(paced, 100, Lane.WARNING))
    await _settle()
    clock.move(1)
    await _settle()
    assert inner.asked == [0, 100]
    clock.move(10)
    await asyncio.gather(*tasks)
    assert inner.asked == [0, 100, 50, 1, 2, 3, 4]


async def test_a_share_slows_down_at_once(clock: Clock) -> None:
    inner = Gateway()
    paced = _paced(inner, clock, per_second=4, burst=4)
    paced.set_share(0.25)
    tasks = [_sending(paced, number) for number in range(3)]
    await _settle()
    assert inner.asked == [0]
    clock.move(2)
    await asyncio.gather(*tasks)


async def test_who_gives_up_waiting_costs_nobody_a_token(clock: Clock) -> None:
    inner = Gateway()
    paced = _paced(inner, clock, per_second=1)
    tasks = [_sending(paced, number) for number in range(3)]
    await _settle()
    tasks[1].cancel()
    await _settle()
    clock.move(1)
    await _settle()
    assert inner.asked == [0, 2]


async def test_who_gives_up_in_the_moment_of_its_turn_passes_the_token_on(clock: Clock) -> None:
    inner = Gateway()
    paced = _paced(inner, clock, per_second=1)
    tasks = [_sending(paced, number) for number in range(3)]
    await _settle()
    clock.move(1)
    tasks[1].cancel()
    await _settle()
    assert inner.asked == [0, 2]
    await tasks[2]


async def test_a_short_wait_that_the_provider_asks_for_is_kept_by_all(clock: Clock) -> None:
    inner = Gateway(TemporaryFailure("slow down", retry_after=LONGEST_PAUSE))
    paced = _paced(inner, clock)
    with pytest.raises(TemporaryFailure, match="slow down"):
        await _sending(paced, 1)
    inner.failure = None
    task = _sending(paced, 2, Lane.WARNING)
    clock.move(LONGEST_PAUSE - 0.1)
    await _settle()
    assert inner.asked == [1]
    clock.move(0.1)
    await task


async def test_a_long_wait_is_told_at_once_to_who_waits_and_to_who_comes(clock: Clock) -> None:
    inner = Gateway(TemporaryFailure("come tomorrow", retry_after=3600))
    paced = _paced(inner, clock, per_second=1)
    tasks = [_sending(paced, number) for number in range(3)]
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [end.retry_after for end in ended if isinstance(end, TemporaryFailure)] == [3600] * 3
    clock.move(600)
    with pytest.raises(TemporaryFailure) as raised:
        await _sending(paced, 4)
    assert raised.value.retry_after == pytest.approx(3000)
    assert inner.asked == [0]


async def test_a_used_up_quota_is_told_until_midnight_and_does_not_stop_a_warning(clock: Clock) -> None:
    inner = Gateway()
    paced = _paced(inner, clock, daily_quota=2)
    for number in range(2):
        await _sending(paced, number)
    with pytest.raises(TemporaryFailure, match="quota") as raised:
        await _sending(paced, 2)
    assert raised.value.retry_after == 1800
    await _sending(paced, 3, Lane.WARNING)
    assert inner.asked == [0, 1, 3]


@pytest.mark.parametrize(
    ("failure", "spent"),
    [
        (PermanentFailure("gone"), 0),
        (TemporaryFailure("later"), 0),
        (TemporaryFailure("who knows", in_doubt=True), 1),
    ],
)
async def test_only_what_may_have_gone_out_is_spent(clock: Clock, failure: SendError, spent: int) -> None:
    inner = Gateway(failure)
    paced = _paced(inner, clock, daily_quota=2)
    with pytest.raises(type(failure)):
        await _sending(paced, 0)
    inner.failure = None
    for number in range(2 - spent):
        await _sending(paced, number)
    with pytest.raises(TemporaryFailure, match="quota"):
        await _sending(paced, 9)


async def test_many_at_once_take_one_token_and_their_number_of_the_quota(clock: Clock) -> None:
    inner = BulkGateway(a2=TemporaryFailure("later"))
    paced = _paced(inner, clock, per_second=1, daily_quota=3)
    assert isinstance(paced, Bulk)
    to = [Address(number, f"a{number}") for number in range(5)]
    answers = await paced.send_many(_message(), to, keys=[f"d{address.id}" for address in to])
    assert [type(answer) for answer in answers] == [Receipt, Receipt] + [TemporaryFailure] * 3
    assert inner.asked == [0, 1, 2]
    again = asyncio.ensure_future(paced.send_many(_message(), to[:1], keys=["d0"]))
    clock.move(1)
    assert [type(answer) for answer in await again] == [Receipt]
    assert [type(answer) for answer in await paced.send_many(_message(), to, keys=["d"] * 5)] == [TemporaryFailure] * 5


async def test_a_wrapper_can_do_what_the_channel_in_it_can(clock: Clock) -> None:
    plain, bulk = _paced(Gateway(), clock), _paced(BulkGateway(), clock)
    assert (isinstance(plain, Bulk), isinstance(plain, Reporting)) == (False, False)
    assert isinstance(bulk, Bulk)
    assert isinstance(bulk, Reporting)
    assert bulk.bulk_limit == 100
    assert bulk.callback(CallbackRequest("POST", {}, {}, b"", "127.0.0.1", LATE)).body == "heard"


def test_no_more_is_kept_in_flight_than_the_rate_can_use(clock: Clock) -> None:
    assert _paced(Gateway(), clock).concurrency == 8
    assert _paced(Gateway(), clock, per_second=1).concurrency == 5
    assert _paced(Gateway(), clock, per_second=0.01).concurrency == 1


async def test_closing_closes_the_channel_in_it(clock: Clock) -> None:
    inner = Gateway()
    await _paced(inner, clock).close()
    assert inner.closed == 1


async def test_the_running_loop_is_the_clock_where_none_is_given() -> None:
    inner = Gateway()
    paced = Paced(inner, Limits(per_second=200, burst=1), now=lambda: LATE)
    await asyncio.gather(*(_sending(paced, number) for number in range(5)))
    assert inner.asked == [0, 1, 2, 3, 4]
