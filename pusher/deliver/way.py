"""The right of way: while a warning is let go, matched and first handed over, this process does nothing less urgent."""

import asyncio
import time
from collections.abc import Callable

#: Seconds for which routine work rests after each sign of a warning on its way. Enough for some ten thousand messages
#: over a fast gateway; over a slow one the processor is idle anyway, and routine work goes on beside it.
REST = 1.5

_LOOK = 0.05


class RightOfWay:
    """One for a process. It costs one comparison where no warning is on its way."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: steady seconds."""
        self._clock = clock
        self._until = 0.0

    def claim(self, seconds: float = REST) -> None:
        """A warning is on its way."""
        self._until = max(self._until, self._clock() + seconds)

    @property
    def is_claimed(self) -> bool:
        """Whether routine work has to rest now."""
        return self._until > 0.0 and self._clock() < self._until

    async def give(self) -> None:
        """Rest until no warning is on its way any more."""
        while self.is_claimed:  # noqa: ASYNC110 - the end is put off with each sign; an event would need a timer
            await asyncio.sleep(_LOOK)
