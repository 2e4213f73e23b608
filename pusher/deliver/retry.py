"""When a temporary failure is tried again. Pure."""

import math

from channels.message import Lane

#: Seconds to wait before the second, third … try, by lane. A warning is useless when late and harmful when early for
#: nobody, so it is tried soon and often; bulk gives a busy relay time.
_WAITS: dict[Lane, tuple[float, ...]] = {
    Lane.WARNING: (2, 5, 10, 20, 30, 60, 60, 120, 120, 300, 300, 600),
    Lane.PERSONAL: (30, 120, 600, 1800, 3600, 7200, 14400),
    Lane.ROUTINE: (60, 300, 900, 3600, 7200, 14400, 28800),
}

#: Seconds that a message waits after the channel failed for a reason of our own, by how often in a row.
_PARKING: dict[Lane, tuple[float, ...]] = {
    Lane.WARNING: (5, 5, 10, 10, 30),
    Lane.PERSONAL: (30, 60, 300),
    Lane.ROUTINE: (60, 300, 600),
}

#: Most seconds that a provider may ask us to wait: nothing is worth delivering for longer.
_LONGEST = 7 * 86_400.0


def next_try(lane: Lane, attempt: int, retry_after: float | None) -> float | None:
    """Whole seconds until the next try after try number `attempt` (from 1) failed; None = give up.

    A provider's own `retry_after` is never undercut, not even by a warning: asking sooner would be refused as well.
    It is rounded up, so that those who shall wait about as long wait in one batch.
    """
    waits = _WAITS[lane]
    if attempt > len(waits):
        return None
    return math.ceil(min(max(waits[attempt - 1], retry_after or 0.0), _LONGEST))


def parking(lane: Lane, times: int) -> float:
    """Seconds that a message is parked after its `times`-th technical failure in a row (from 1)."""
    waits = _PARKING[lane]
    return waits[min(times, len(waits)) - 1]
