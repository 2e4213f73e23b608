"""What becomes of a delivery, whatever providers say and in whatever order."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from channels.receipt import Outcome
from pusher.deliver.state import COUNTERS, SETTLED, DeliveryState, after_receipt, counted, overrules

_states = st.sampled_from(DeliveryState)
_outcomes = st.sampled_from(Outcome)


@given(_states, st.lists(_outcomes))
def test_once_delivered_it_stays_delivered(state: DeliveryState, outcomes: list[Outcome]) -> None:
    state = after_receipt(state, Outcome.DELIVERED)
    for outcome in outcomes:
        state = after_receipt(state, outcome)
    assert state is DeliveryState.DELIVERED


@given(_states, _outcomes)
def test_a_repeated_receipt_changes_nothing(state: DeliveryState, outcome: Outcome) -> None:
    once = after_receipt(state, outcome)
    assert after_receipt(once, outcome) is once


def test_sent_is_not_delivered() -> None:
    assert after_receipt(DeliveryState.IN_DOUBT, Outcome.SENT) is DeliveryState.SENT


def test_a_late_failure_bounces_what_was_sent() -> None:
    assert after_receipt(DeliveryState.SENT, Outcome.PERMANENT) is DeliveryState.BOUNCED
    assert after_receipt(DeliveryState.RETRYING, Outcome.PERMANENT) is DeliveryState.RETRYING


@given(_states, _states)
def test_what_somebody_has_is_not_taken_back_by_a_later_try(known: DeliveryState, answered: DeliveryState) -> None:
    has_it = (DeliveryState.SENT, DeliveryState.DELIVERED)
    if known in has_it and overrules(answered, known):
        assert answered in (*has_it, DeliveryState.BOUNCED)
    if known is DeliveryState.DELIVERED:
        assert not overrules(answered, known)
    assert overrules(answered, DeliveryState.RETRYING)
    assert overrules(answered, None)


@given(st.lists(st.lists(_states, min_size=1, max_size=6), max_size=8))
def test_counters_follow_every_history_of_deliveries(histories: list[list[DeliveryState]]) -> None:
    total: Counter[str] = Counter()
    for history in histories:
        before: DeliveryState | None = None
        for state in history:
            total.update(counted([(before, state)]))
            before = state
    waiting = sum(history[-1] is DeliveryState.RETRYING for history in histories)
    assert all(total[name] >= 0 for name in COUNTERS)
    assert sum(total[name] for name in SETTLED) == len(histories) - waiting
    assert total["retrying"] == waiting
