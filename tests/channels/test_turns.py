"""One address's pace: never more in any second or minute than its provider takes, and no address waits for another."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failure import TemporaryFailure
from channels.feishu_bot import FeishuBotSettings
from channels.message import Address, Lane, Message
from channels.paced import Paced
from channels.receipt import Outcome, Receipt
from channels.turns import Turns
from channels.wecom_bot import WecomBotSettings
from tests.channels.test_paced import Clock

WORDS = Message("b1", Lane.ROUTINE, "default", {"title": "停水通知"})


@given(st.lists(st.floats(0, 30), max_size=120), st.sampled_from([0.3, 1.0]))
def test_no_second_and_no_minute_has_more_than_the_rate(pauses: list[float], share: float) -> None:
    turns, at, went = Turns([(2, 1.0), (10, 60.0)]), 0.0, []
    turns.set_share(share)
    for pause in pauses:
        at += pause
        wait = turns.wait(1, Lane.ROUTINE, at)
        if wait:
            at += wait
            # Rounding may leave a moment more.
            while (more := turns.wait(1, Lane.ROUTINE, at)) > 0:
                assert more < 1e-6
                at += max(more, 1e-9)
        went.append(at)
    for most, seconds in ((2, 1.0), (10, 60.0)):
        allowed = max(1, int(most * share))
        for first, beyond in zip(went, went[allowed:], strict=False):
            assert beyond - first >= seconds - 1e-6


def test_an_address_waits_for_no_other_and_a_warning_for_nobody() -> None:
    turns = Turns([(1, 60.0)])
    assert [turns.wait(number, Lane.ROUTINE, 0.0) for number in (1, 1, 2)] == [0.0, 60.0, 0.0]
    assert turns.wait(1, Lane.WARNING, 30.0) == 0.0
    assert turns.wait(1, Lane.ROUTINE, 60.0) == 30.0
    turns.rest(2, 600.0, 60.0)
    assert turns.wait(2, Lane.ROUTINE, 61.0) == 599.0
    assert turns.wait(2, Lane.WARNING, 61.0) == 0.0


def test_who_was_quiet_is_forgotten_and_who_rests_is_not() -> None:
    turns = Turns([(1, 60.0)])
    turns.rest(5000, 1000.0, 0.0)
    for number in range(1, 3000):
        assert turns.wait(number, Lane.ROUTINE, number * 0.1) == 0.0
    assert len(turns._known) < 2000
    assert turns.wait(5000, Lane.ROUTINE, 300.0) == 700.0


class _Bots:
    """Bots that count, one of which asks for ten minutes."""

    concurrency = 4

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        self.asked.append(to.id)
        if to.id == 9:
            raise TemporaryFailure("shut out", retry_after=600.0, by_address=True)
        return Receipt(Outcome.SENT, key=key)

    async def close(self) -> None:
        """Nothing."""


async def test_a_bot_gets_no_more_than_its_platform_takes_and_the_rest_waits_without_counting_as_a_try() -> None:
    for settings, most in ((WecomBotSettings(), 20), (FeishuBotSettings(), 5)):
        bots, clock = _Bots(), Clock()
        paced = Paced(bots, settings, now=lambda: datetime.now(UTC), timer=clock)
        for _ in range(most):
            await paced.send(WORDS, Address(1, "one"), key="k")
        with pytest.raises(TemporaryFailure, match="turn") as raised:
            await paced.send(WORDS, Address(1, "one"), key="k")
        assert (raised.value.untried, raised.value.by_address) == (True, True)
        await paced.send(WORDS, Address(2, "two"), key="k")
        clock.move(raised.value.retry_after or 0.0)
        await paced.send(WORDS, Address(1, "one"), key="k")
        assert bots.asked == [1] * most + [2, 1]


async def test_a_bot_that_is_shut_out_is_not_asked_again_meanwhile_but_for_a_warning() -> None:
    bots = _Bots()
    paced = Paced(bots, WecomBotSettings(), now=lambda: datetime.now(UTC), timer=Clock())
    for lane in (Lane.ROUTINE, Lane.ROUTINE, Lane.WARNING):
        with pytest.raises(TemporaryFailure):
            await paced.send(Message("b1", lane, "default", {}), Address(9, "nine"), key="k")
    assert bots.asked == [9, 9]
