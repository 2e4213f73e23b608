"""What one answer of a channel means for one delivery."""

import pytest

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.deliver.retry import next_try, parking
from pusher.deliver.settle import settle
from pusher.deliver.state import DeliveryState


@pytest.mark.parametrize(
    ("answer", "lane", "state"),
    [
        (Receipt(Outcome.SENT), Lane.ROUTINE, DeliveryState.SENT),
        (Receipt(Outcome.DELIVERED), Lane.ROUTINE, DeliveryState.DELIVERED),
        (PermanentFailure("unknown mailbox"), Lane.WARNING, DeliveryState.FAILED),
        (TemporaryFailure("busy"), Lane.ROUTINE, DeliveryState.RETRYING),
        (TemporaryFailure("lost", in_doubt=True), Lane.ROUTINE, DeliveryState.IN_DOUBT),
        (TemporaryFailure("lost", in_doubt=True), Lane.PERSONAL, DeliveryState.IN_DOUBT),
        (TemporaryFailure("lost", in_doubt=True), Lane.WARNING, DeliveryState.RETRYING),
        (TechnicalFailure("unreadable", in_doubt=True), Lane.ROUTINE, DeliveryState.IN_DOUBT),
        (TechnicalFailure("unreadable", in_doubt=True), Lane.PERSONAL, DeliveryState.IN_DOUBT),
        (TechnicalFailure("unreadable", in_doubt=True), Lane.WARNING, DeliveryState.RETRYING),
    ],
)
def test_each_answer_has_one_meaning(answer: Receipt | SendError, lane: Lane, state: DeliveryState) -> None:
    assert settle(7, answer, lane, 1).state is state


def test_only_a_permanent_failure_closes_the_address() -> None:
    assert settle(7, PermanentFailure("unknown"), Lane.ROUTINE, 1).gone
    assert not settle(7, TemporaryFailure("busy"), Lane.ROUTINE, 1).gone


def test_what_was_ever_in_doubt_is_marked_so() -> None:
    assert settle(7, TemporaryFailure("lost", in_doubt=True), Lane.WARNING, 1).doubted
    assert settle(7, TechnicalFailure("unreadable", in_doubt=True), Lane.WARNING, 1).doubted


def test_a_warning_that_our_own_fault_leaves_in_doubt_is_never_given_up() -> None:
    tried = settle(7, TechnicalFailure("unreadable", in_doubt=True), Lane.WARNING, 99)
    assert (tried.state, tried.retry_in) == (DeliveryState.RETRYING, 30)


def test_a_technical_failure_is_never_a_deliverys() -> None:
    with pytest.raises(ValueError, match="technical"):
        settle(7, TechnicalFailure("wrong password"), Lane.ROUTINE, 1)


@pytest.mark.parametrize("lane", list(Lane))
def test_tries_come_to_an_end(lane: Lane) -> None:
    waits = [next_try(lane, attempt, None) for attempt in range(1, 40)]
    assert waits[0] is not None
    assert waits[-1] is None
    assert waits.index(None) == sum(wait is not None for wait in waits)


def test_a_provider_that_asks_for_more_time_gets_it() -> None:
    assert next_try(Lane.WARNING, 1, 90.0) == 90.0
    assert next_try(Lane.ROUTINE, 1, 0.5) == 60


def test_a_warning_is_parked_for_seconds_only() -> None:
    assert parking(Lane.WARNING, 1) == 5
    assert parking(Lane.WARNING, 99) == 30
    assert parking(Lane.ROUTINE, 99) == 600
