import itertools

import pytest
from structlog.testing import capture_logs

from channels.channel import Bulk, Reporting
from channels.failover import FAILURES, REST, Failover
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Receipt
from tests.support.gateways import BulkGateway, Gateway

LATER = TemporaryFailure("busy")
DOUBT = TemporaryFailure("no answer", in_doubt=True)
DEAD = PermanentFailure("unknown number")
OURS = TechnicalFailure("no balance", code="isv.AMOUNT_NOT_ENOUGH")
ODD = TechnicalFailure("no answer that can be read", in_doubt=True)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Chain(Failover):
    """Two gateways and a clock."""

    def __init__(self, first: SendError | None = None, second: SendError | None = None) -> None:
        self.clock = Clock()
        self.first, self.second = Gateway(first), Gateway(second)
        super().__init__({"first": self.first, "second": self.second}, clock=self.clock)
        self._numbers = itertools.count(1)

    async def ask(self, lane: Lane = Lane.ROUTINE) -> Receipt | SendError:
        """Send the next one; its answer, raised or not."""
        number = next(self._numbers)
        message = Message("m", lane, "default", {"text": "通知"})
        try:
            return await self.send(message, Address(number, f"a{number}"), key=f"d{number}")
        except SendError as failure:
            return failure


@pytest.mark.parametrize(
    ("lane", "first", "second", "answer", "second_is_asked"),
    [
        # All is well, or the address is dead: the first one's word holds.
        (Lane.ROUTINE, None, OURS, None, False),
        (Lane.WARNING, None, OURS, None, False),
        (Lane.ROUTINE, DEAD, None, DEAD, False),
        (Lane.WARNING, DEAD, None, DEAD, False),
        # Our side is refused: the next one sends.
        (Lane.ROUTINE, OURS, None, None, True),
        (Lane.PERSONAL, OURS, None, None, True),
        (Lane.WARNING, OURS, None, None, True),
        # Later: a warning does not wait for that.
        (Lane.ROUTINE, LATER, None, LATER, False),
        (Lane.PERSONAL, LATER, None, LATER, False),
        (Lane.WARNING, LATER, None, None, True),
        # In doubt: twice rather than never for a warning only.
        (Lane.ROUTINE, DOUBT, None, DOUBT, False),
        (Lane.PERSONAL, DOUBT, None, DOUBT, False),
        (Lane.WARNING, DOUBT, None, None, True),
        # Both fail: a doubt is kept, then the hope of a later time, then the first fault.
        (Lane.WARNING, DOUBT, LATER, DOUBT, True),
        (Lane.WARNING, DOUBT, OURS, DOUBT, True),
        (Lane.WARNING, LATER, DOUBT, DOUBT, True),
        (Lane.WARNING, LATER, OURS, LATER, True),
        (Lane.WARNING, LATER, DEAD, DEAD, True),
        (Lane.ROUTINE, OURS, LATER, LATER, True),
        (Lane.ROUTINE, OURS, DOUBT, DOUBT, True),
        (Lane.ROUTINE, OURS, TechnicalFailure("no template"), OURS, True),
        (Lane.ROUTINE, OURS, ODD, ODD, True),
        (Lane.WARNING, ODD, None, None, True),
        (Lane.WARNING, ODD, OURS, ODD, True),
    ],
)
async def test_the_next_one_sends_where_it_may(
    lane: Lane, first: SendError | None, second: SendError | None, answer: SendError | None, second_is_asked: bool
) -> None:
    chain = Chain(first, second)
    got = await chain.ask(lane)
    assert got is answer if answer else isinstance(got, Receipt)
    assert (chain.first.asked, chain.second.asked) == ([1], [1] if second_is_asked else [])


async def test_the_same_gateway_later_or_the_next_one_now_after_some_failures_in_a_row() -> None:
    chain = Chain(LATER)
    answers = [await chain.ask() for _ in range(FAILURES + 1)]
    assert answers[: FAILURES - 1] == [LATER] * (FAILURES - 1)
    assert [isinstance(answer, Receipt) for answer in answers[FAILURES - 1 :]] == [True, True]
    assert len(chain.first.asked) == FAILURES


async def test_a_doubt_is_not_sent_again_even_when_its_gateway_rests_now() -> None:
    chain = Chain(DOUBT)
    answers = [await chain.ask() for _ in range(FAILURES)]
    assert answers == [DOUBT] * FAILURES
    assert chain.second.asked == []
    assert isinstance(await chain.ask(), Receipt)
    assert len(chain.first.asked) == FAILURES


@pytest.mark.parametrize("lane", [Lane.ROUTINE, Lane.PERSONAL])
async def test_an_answer_that_cannot_be_read_is_a_doubt_that_nobody_sends_again_and_the_next_one_has_the_others(
    lane: Lane,
) -> None:
    chain = Chain(ODD)
    answer = await chain.ask(lane)
    assert isinstance(answer, TemporaryFailure)
    assert (answer.in_doubt, answer.detail) == (True, ODD.detail)
    assert isinstance(await chain.ask(lane), Receipt)
    assert (chain.first.asked, chain.second.asked) == ([1], [2])


async def test_where_no_other_gateway_is_left_an_answer_that_cannot_be_read_is_for_the_operator() -> None:
    chain = Chain(OURS, ODD)
    assert await chain.ask() is ODD


async def test_a_warning_s_doubt_is_kept_where_the_next_one_fails_for_now() -> None:
    for first, second in ((ODD, LATER), (LATER, ODD)):
        answer = await Chain(first, second).ask(Lane.WARNING)
        assert isinstance(answer, TemporaryFailure)
        assert answer.in_doubt


async def test_a_resting_gateway_is_tried_with_one_send_after_its_rest() -> None:
    chain = Chain(OURS)
    await chain.ask()
    chain.clock.at += REST - 1
    await chain.ask()
    assert chain.first.asked == [1]
    chain.clock.at += 1
    await chain.ask()
    await chain.ask()
    assert chain.first.asked == [1, 3]
    chain.clock.at += REST
    chain.first.failure = None
    await chain.ask()
    await chain.ask()
    assert chain.first.asked == [1, 3, 5, 6]


async def test_when_all_rest_it_is_told_for_how_long_but_a_warning_tries_them_all() -> None:
    chain = Chain(OURS, OURS)
    await chain.ask()
    chain.clock.at += 10
    answer = await chain.ask()
    assert isinstance(answer, TemporaryFailure)
    assert answer.retry_after == REST - 10
    assert not answer.in_doubt
    await chain.ask(Lane.WARNING)
    assert (chain.first.asked, chain.second.asked) == ([1, 3], [1, 3])


async def test_a_warning_asks_those_that_rest_last() -> None:
    chain = Chain(OURS)
    await chain.ask()
    assert isinstance(await chain.ask(Lane.WARNING), Receipt)
    assert (chain.first.asked, chain.second.asked) == ([1], [1, 2])


async def test_the_operator_hears_once_that_a_gateway_rests() -> None:
    chain = Chain(OURS)
    with capture_logs() as logs:
        await chain.ask()
        await chain.ask(Lane.WARNING)
    assert logs == [
        {
            "event": "gateway rests",
            "log_level": "warning",
            "gateway": "first",
            "seconds": REST,
            "code": "isv.AMOUNT_NOT_ENOUGH",
            "reason": "no balance",
        }
    ]


async def test_of_many_at_once_only_the_failed_go_to_the_next_one() -> None:
    first, second = BulkGateway(a1=OURS, a2=DEAD, a3=LATER), BulkGateway()
    chain = Failover({"first": first, "second": second})
    assert isinstance(chain, Bulk)
    to = [Address(number, f"a{number}") for number in range(5)]
    message = Message("m", Lane.ROUTINE, "default", {"text": "通知"})
    answers = await chain.send_many(message, to, keys=[f"d{address.id}" for address in to])
    assert [type(answer) for answer in answers] == [Receipt, Receipt, PermanentFailure, TemporaryFailure, Receipt]
    assert second.asked == [1]


async def test_one_good_answer_of_many_keeps_a_gateway_at_work() -> None:
    first, second = BulkGateway(OURS, a0=DEAD), BulkGateway()
    chain = Failover({"first": first, "second": second})
    to = [Address(number, f"a{number}") for number in range(3)]
    message = Message("m", Lane.ROUTINE, "default", {"text": "通知"})
    for _ in range(2):
        await chain.send_many(message, to, keys=["d0", "d1", "d2"])
    assert first.asked == [0, 1, 2] * 2
    assert second.asked == [1, 2] * 2


def test_it_takes_many_at_once_only_where_all_do() -> None:
    mixed = Failover({"first": BulkGateway(), "second": Gateway()})
    assert not isinstance(mixed, Bulk)
    assert not isinstance(Failover({"only": BulkGateway()}), Reporting)


async def test_closing_closes_them_all() -> None:
    chain = Chain()
    await chain.close()
    assert (chain.first.closed, chain.second.closed) == (1, 1)
