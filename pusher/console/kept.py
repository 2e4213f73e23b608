"""What was read from the database lately: read again only when something has changed, or after some seconds."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds for which something is kept at most, should a change have left no mark.
_SECONDS = 10.0
#: Things that are kept; what was asked for least lately goes first.
_MOST = 64


class Kept(Generic[T]):
    """Answers by question. Whoever shows what ends by time must look at the time himself."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: Question → the mark of the database at that time, when that was, the answer.
        self._known: OrderedDict[Hashable, tuple[Hashable, float, T]] = OrderedDict()

    async def of(self, question: Hashable, mark: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, or gave when the database had the same mark."""
        known = self._known.pop(question, None)
        if known is None or known[0] != mark or self._clock() - known[1] >= _SECONDS:
            known = mark, self._clock(), await read()
        self._known[question] = known
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known[2]
