"""From what a channel answered to what the ledger records. Pure."""

from dataclasses import dataclass, replace

from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.deliver.retry import next_try
from pusher.deliver.said import fit
from pusher.deliver.state import DeliveryState

#: Characters of a provider's code, words and number that the ledger keeps.
CODE, DETAIL, PROVIDER_ID = 64, 200, 80


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one delivery, as the ledger records it."""

    address_id: int
    state: DeliveryState
    code: str = ""
    #: The provider's words, or why it was not handed over; free of addresses.
    detail: str = ""
    provider_id: str | None = None
    #: Whether it may have gone out although no answer came.
    doubted: bool = False
    #: Seconds until the next try; None unless the state is RETRYING.
    retry_in: float | None = None
    #: Whether the address will never work and is to be closed.
    gone: bool = False


def settle(address_id: int, answer: Receipt | SendError, lane: Lane, attempt: int) -> Attempt:
    """What try number `attempt` (from 1) came to; whatever the provider said is made fit for the ledger.

    Raises ValueError for what says nothing of the delivery: a technical failure, or a receipt that tells of a failure.
    """
    match answer:
        case Receipt(outcome=Outcome.SENT | Outcome.DELIVERED):
            return _taken(address_id, answer)
        case TemporaryFailure():
            return _again_or_not(address_id, answer, lane, attempt)
        case PermanentFailure():
            return _ended(address_id, DeliveryState.FAILED, answer, gone=True)
        case _:
            raise ValueError("neither a technical failure nor a receipt of one says anything of the delivery")


def _taken(address_id: int, receipt: Receipt) -> Attempt:
    return Attempt(
        address_id,
        DeliveryState.DELIVERED if receipt.outcome is Outcome.DELIVERED else DeliveryState.SENT,
        fit(receipt.code, CODE),
        fit(receipt.detail, DETAIL),
        fit(receipt.provider_id or "", PROVIDER_ID) or None,
    )


def _again_or_not(address_id: int, failure: TemporaryFailure, lane: Lane, attempt: int) -> Attempt:
    if failure.in_doubt and lane is not Lane.WARNING:
        # Twice is worse than not at all here: only a warning is sent again when it may have gone out.
        return _ended(address_id, DeliveryState.IN_DOUBT, failure, doubted=True)
    wait = next_try(lane, attempt, failure.retry_after)
    if wait is None:
        return _ended(address_id, DeliveryState.FAILED, failure, doubted=failure.in_doubt)
    again = _ended(address_id, DeliveryState.RETRYING, failure, doubted=failure.in_doubt)
    return replace(again, retry_in=wait)


def _ended(
    address_id: int, state: DeliveryState, failure: SendError, *, doubted: bool = False, gone: bool = False
) -> Attempt:
    code, detail = fit(failure.code, CODE), fit(failure.detail, DETAIL)
    return Attempt(address_id, state, code, detail, doubted=doubted, gone=gone)
