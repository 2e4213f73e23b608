"""From what a channel answered to what the ledger records. Pure."""

from dataclasses import dataclass

from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.deliver.retry import next_try
from pusher.deliver.state import DeliveryState


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
    """What try number `attempt` (from 1) came to. A TechnicalFailure is not a delivery's and must not come here."""
    match answer:
        case Receipt():
            return _taken(address_id, answer)
        case TemporaryFailure():
            return _again_or_not(address_id, answer, lane, attempt)
        case PermanentFailure():
            return Attempt(address_id, DeliveryState.FAILED, answer.code, answer.detail, gone=True)
        case _:
            raise ValueError("a technical failure says nothing of the delivery")


def _taken(address_id: int, receipt: Receipt) -> Attempt:
    state = DeliveryState.DELIVERED if receipt.outcome is Outcome.DELIVERED else DeliveryState.SENT
    return Attempt(address_id, state, receipt.code, receipt.detail, receipt.provider_id)


def _again_or_not(address_id: int, failure: TemporaryFailure, lane: Lane, attempt: int) -> Attempt:
    if failure.in_doubt and lane is not Lane.WARNING:
        # Twice is worse than not at all here: only a warning is sent again when it may have gone out.
        return Attempt(address_id, DeliveryState.IN_DOUBT, failure.code, failure.detail, doubted=True)
    wait = next_try(lane, attempt, failure.retry_after)
    return Attempt(
        address_id,
        DeliveryState.FAILED if wait is None else DeliveryState.RETRYING,
        failure.code,
        failure.detail,
        doubted=failure.in_doubt,
        retry_in=wait,
    )
