"""What becomes of a delivery: its states, what a receipt does to them, and what each counts as. Pure."""

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum

from channels.receipt import Outcome


class DeliveryState(IntEnum):
    """Where one delivery stands. Stored as its number: never renumber."""

    #: The provider took it.
    SENT = 1
    #: The provider says that the person has it.
    DELIVERED = 2
    #: The provider took it and said later that it did not arrive.
    BOUNCED = 3
    #: No provider took it, and it will not be tried again.
    FAILED = 4
    #: It will be tried again.
    RETRYING = 5
    #: It may have gone out; its lane does not send twice.
    IN_DOUBT = 6
    #: Too late to be of use; not handed over.
    EXPIRED = 7
    #: Its address was closed between planning and sending; not handed over.
    SUPPRESSED = 8
    #: Its broadcast was cancelled; not handed over.
    CANCELLED = 9


_COUNTS: dict[DeliveryState, tuple[str, ...]] = {
    DeliveryState.SENT: ("sent",),
    DeliveryState.DELIVERED: ("sent", "delivered"),
    DeliveryState.BOUNCED: ("sent", "bounced"),
    DeliveryState.FAILED: ("failed",),
    DeliveryState.RETRYING: ("retrying",),
    DeliveryState.IN_DOUBT: ("in_doubt",),
    DeliveryState.EXPIRED: ("expired",),
    DeliveryState.SUPPRESSED: ("suppressed",),
    DeliveryState.CANCELLED: ("cancelled",),
}

#: The counters that add up to `planned` once nothing waits any more.
SETTLED = ("sent", "failed", "in_doubt", "expired", "suppressed", "cancelled")

#: All counters of a message.
COUNTERS = ("planned", *SETTLED, "delivered", "bounced", "retrying")


def counted(changes: Iterable[tuple[DeliveryState | None, DeliveryState]]) -> Counter[str]:
    """By how much each counter changes when deliveries go from one state (None = not yet known) to another."""
    difference: Counter[str] = Counter()
    for (before, after), times in Counter(changes).items():
        for name in _COUNTS[after]:
            difference[name] += times
        for name in _COUNTS[before] if before is not None else ():
            difference[name] -= times
    return Counter({name: change for name, change in difference.items() if change})


def after_receipt(state: DeliveryState, outcome: Outcome) -> DeliveryState:
    """The state of a delivery once a later receipt is known. Receipts may repeat and come in any order."""
    match outcome:
        case Outcome.DELIVERED:
            return DeliveryState.DELIVERED
        case Outcome.SENT:
            return DeliveryState.SENT if state in _UNSURE else state
        case Outcome.TEMPORARY | Outcome.PERMANENT | Outcome.TECHNICAL:
            return DeliveryState.BOUNCED if state in (DeliveryState.SENT, DeliveryState.IN_DOUBT) else state


def overrules(answered: DeliveryState, known: DeliveryState | None) -> bool:
    """Whether what a try came to takes the place of what is known of the delivery (None = nothing yet).

    A receipt may settle an earlier try while the next one is under way: that the person has it is not taken back.
    """
    if known in _TAKEN:
        return known is not DeliveryState.DELIVERED and answered in _TAKEN
    return True


#: States that a provider's "I took it" settles.
_UNSURE = (DeliveryState.IN_DOUBT, DeliveryState.RETRYING, DeliveryState.FAILED)

#: States of what a provider has taken.
_TAKEN = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.BOUNCED)
