"""Whatever a channel does, every recipient of a slice is accounted for."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from channels.channel import Channel
from channels.failure import PermanentFailure, SendError, TechnicalFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from pusher.deliver.hand_over import Slice, hand_over
from pusher.deliver.state import DeliveryState

SENT = Receipt(Outcome.SENT, code="250")
_PEOPLE = [Address(number, f"r{number}@example.com") for number in range(1, 31)]


@dataclass
class Many:
    """A gateway that takes many, and answers by a rule."""

    rule: Callable[[Sequence[Address]], Sequence[Receipt | SendError]]
    bulk_limit: int = 10
    concurrency: int = 4
    asked: list[int] = field(default_factory=list)

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        raise AssertionError("a gateway that takes many is asked for many")

    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        self.asked.extend(address.id for address in to)
        return self.rule(to)

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class One:
    """A channel that does what it is told for each address number."""

    act: Callable[[int], object]
    concurrency: int = 4
    asked: list[int] = field(default_factory=list)

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        self.asked.append(to.id)
        await asyncio.sleep(0)
        return cast(Receipt, self.act(to.id))

    async def close(self) -> None:
        """Nothing to let go of."""


async def _handed(channel: Channel) -> Slice:
    words = Message("m1", Lane.ROUTINE, "default", {"text": "通知"})
    return await hand_over(channel, words, _PEOPLE, message_id=1, attempt=1)


def _accounted(done: Slice) -> list[int]:
    return sorted([*(each.address_id for each in done.attempts), *done.unsent])


@pytest.mark.parametrize(
    "odd",
    [
        lambda _to: [SENT],
        lambda to: [SENT] * (len(to) + 1),
        lambda _to: None,
        lambda to: [None] * len(to),
        lambda to: [Receipt(Outcome.TECHNICAL)] * len(to),
    ],
    ids=["too few", "too many", "none", "empty", "a failure as a receipt"],
)
async def test_a_gateway_that_answers_nonsense_is_broken_and_what_it_was_given_is_in_doubt(
    odd: Callable[[Sequence[Address]], Sequence[Receipt | SendError]],
) -> None:
    gateway = Many(odd)
    done = await _handed(gateway)
    assert _accounted(done) == list(range(1, 31))
    assert [each.address_id for each in done.attempts] == gateway.asked
    assert {each.state for each in done.attempts} == {DeliveryState.IN_DOUBT}
    assert done.problem is not None
    assert "fault of the software" in done.problem


@pytest.mark.parametrize("nonsense", [None, "250 ok", Receipt(Outcome.TEMPORARY), SENT.outcome])
async def test_a_channel_that_answers_nonsense_is_broken_and_nobody_is_forgotten(nonsense: object) -> None:
    channel = One(lambda number: nonsense if number == 5 else SENT)
    done = await _handed(channel)
    assert _accounted(done) == list(range(1, 31))
    assert sorted(each.address_id for each in done.attempts) == sorted(channel.asked)
    assert [each.state for each in done.attempts if each.address_id == 5] == [DeliveryState.IN_DOUBT]
    assert done.problem is not None


async def test_a_channel_that_cancels_itself_does_not_end_its_worker() -> None:
    def cancelled(number: int) -> Receipt:
        if number == 5:
            raise asyncio.CancelledError
        return SENT

    done = await _handed(One(cancelled))
    assert _accounted(done) == list(range(1, 31))
    assert [each.state for each in done.attempts if each.address_id == 5] == [DeliveryState.IN_DOUBT]


@dataclass
class Slow:
    """A channel that never answers."""

    concurrency: int = 4
    busy: int = 0
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        self.busy += 1
        if self.busy == self.concurrency:
            self.full.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.busy -= 1
        return SENT

    async def close(self) -> None:
        """Nothing to let go of."""


async def test_who_cancels_a_slice_ends_all_its_sends() -> None:
    slow = Slow()
    working = asyncio.create_task(_handed(slow))
    await slow.full.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert slow.busy == 0


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_gateway_without_room_is_still_given_everybody(limit: int) -> None:
    done = await _handed(Many(lambda to: [SENT] * len(to), bulk_limit=limit))
    assert len(done.attempts) == 30
    assert not done.unsent


async def test_a_channel_without_room_is_still_given_everybody() -> None:
    done = await _handed(One(lambda _number: SENT, concurrency=0))
    assert len(done.attempts) == 30
    assert not done.unsent


async def test_a_refusal_of_ours_in_the_middle_of_many_leaves_only_those_unsent() -> None:
    refused = TechnicalFailure("no balance", code="x")

    def some(to: Sequence[Address]) -> Sequence[Receipt | SendError]:
        return [refused if address.id % 2 else SENT for address in to]

    done = await _handed(Many(some))
    assert done.problem == "x: no balance"
    assert sorted(each.address_id for each in done.attempts) == [2, 4, 6, 8, 10]
    assert _accounted(done) == list(range(1, 31))


async def test_an_answer_that_cannot_be_read_stops_the_slice_and_whoever_was_in_flight_is_in_doubt() -> None:
    def unread(number: int) -> Receipt:
        if number == 5:
            raise TechnicalFailure("no code", in_doubt=True)
        return SENT

    channel = One(unread)
    done = await _handed(channel)
    assert done.problem == "no code"
    assert [each.address_id for each in done.attempts if each.state is DeliveryState.IN_DOUBT] == [5]
    assert _accounted(done) == list(range(1, 31))
    assert sorted(each.address_id for each in done.attempts) == sorted(channel.asked)


async def test_a_request_of_many_whose_answer_cannot_be_read_leaves_all_of_it_in_doubt_and_no_other() -> None:
    gateway = Many(lambda to: [TechnicalFailure("no code", in_doubt=True)] * len(to), concurrency=1)
    done = await _handed(gateway)
    assert [each.state for each in done.attempts] == [DeliveryState.IN_DOUBT] * 10
    assert done.unsent == list(range(11, 31))


async def test_what_a_provider_says_is_made_fit_for_every_database() -> None:
    long = "\x00\ud800" + "x" * 500
    receipt = Receipt(Outcome.SENT, provider_id=long, code=long, detail=long)
    done = await _handed(One(lambda _number: receipt))
    for each in done.attempts:
        for text, longest in ((each.code, 64), (each.detail, 200), (each.provider_id or "", 80)):
            assert text.isprintable()
            assert len(text) == longest


async def test_a_refusal_is_made_fit_for_every_database() -> None:
    def refuse(number: int) -> Receipt:
        if number == 1:
            raise PermanentFailure("no\x00body", code="5\ud80050")
        raise TechnicalFailure("no\x00balance", code="\ud800")

    done = await _handed(One(refuse, concurrency=1))
    assert done.attempts[0].detail.isprintable()
    assert done.attempts[0].code.isprintable()
    assert done.problem is not None
    assert done.problem.isprintable()
