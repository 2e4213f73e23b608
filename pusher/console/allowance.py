"""How often somebody may ask for something, in this process: enough to make a flood useless, no matter for people."""

import time
from collections import OrderedDict
from collections.abc import Callable

#: Askers that are remembered; the longest silent ones are forgotten first.
_REMEMBERED = 10_000


class Allowance:
    """So many requests a minute for each asker, saved up while he is silent."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`per_minute`: also how many may come at once."""
        self._per_minute = per_minute
        self._clock = clock
        #: Asker → requests that he has left, and when that was so.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def takes(self, asker: str) -> bool:
        """Whether `asker` (an IP address) may ask once more; a yes counts."""
        now = self._clock()
        left, since = self._left.pop(asker, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - since) * self._per_minute / 60)
        allowed = left >= 1
        self._left[asker] = (left - 1 if allowed else left, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return allowed
