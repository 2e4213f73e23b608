"""From what a channel answered to what the ledger records. Pure."""

from dataclasses import dataclass, replace

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome, Receipt
from pusher.deliver.retry import next_try, parking
from pusher.deliver.said import CODE, DETAIL, PROVIDER_ID, fit
from pusher.deliver.state import DeliveryState


@dataclass(slots=True)
class Attempt:
    """One try of one delivery, as the ledger records it. Not frozen, which would double the time to make one."""

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
    #: Nothing was tried: it comes again in `retry_in` seconds, and the ledger counts no try.
    untried: bool = False


_STATES = {Outcome.SENT: DeliveryState.SENT, Outcome.DELIVERED: DeliveryState.DELIVERED}
_NOTHING = "neither a technical failure nor a receipt of one says anything of a delivery"


def settle(address_id: int, answer: Receipt | SendError, lane: Lane, attempt: int) -> Attempt:
    """What try number `attempt` (from 1) came to; whatever the provider said is made fit for the ledger.

    Raises ValueError for what says nothing of the delivery: a technical failure that leaves no doubt, or a receipt that
    tells of a failure.
    """
    if isinstance(answer, Receipt):
        # Nearly all of them: looked at first, because it is done for every recipient.
        return _taken(address_id, answer)
    match answer:
        case TemporaryFailure(untried=True):
            return replace(
                _attempt(address_id, DeliveryState.RETRYING, answer, retry_in=answer.retry_after or 1.0), untried=True
            )
        case TemporaryFailure(in_doubt=True) | TechnicalFailure(in_doubt=True) if lane is not Lane.WARNING:
            # Twice is worse than not at all here: only a warning is sent again when it may have gone out.
            return _attempt(address_id, DeliveryState.IN_DOUBT, answer, doubted=True)
        case TemporaryFailure():
            wait = next_try(lane, attempt, answer.retry_after)
            state = DeliveryState.FAILED if wait is None else DeliveryState.RETRYING
            return _attempt(address_id, state, answer, doubted=answer.in_doubt, retry_in=wait)
        case TechnicalFailure(in_doubt=True):
            # Ours to mend, so it is never given up.
            return _attempt(address_id, DeliveryState.RETRYING, answer, doubted=True, retry_in=parking(lane, attempt))
        case PermanentFailure():
            return _attempt(address_id, DeliveryState.FAILED, answer, gone=answer.suppresses)
        case _:
            raise ValueError(_NOTHING)


def _taken(address_id: int, answer: Receipt) -> Attempt:
    state = _STATES.get(answer.outcome)
    if state is None:
        raise ValueError(_NOTHING)
    provider_id = answer.provider_id and fit(answer.provider_id, PROVIDER_ID)
    detail = answer.detail and fit(answer.detail, DETAIL)
    return Attempt(address_id, state, fit(answer.code, CODE), detail, provider_id or None)


def _attempt(
    address_id: int,
    state: DeliveryState,
    answer: SendError,
    *,
    doubted: bool = False,
    retry_in: float | None = None,
    gone: bool = False,
) -> Attempt:
    code, detail = fit(answer.code, CODE), fit(answer.detail, DETAIL)
    return Attempt(address_id, state, code, detail, None, doubted, retry_in, gone)
