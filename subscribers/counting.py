"""How many are meant, while somebody still composes: an estimate at once, and the exact number as soon as it is known.

The recipient query itself is asked, range by range of subscribers in random order. Small audiences are counted whole
before anybody notices; of large ones the first answer is what the ranges so far say of all, with the margin that their
differences allow. Nothing is kept, so that nothing can be out of date.
"""

import math
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.audience import Audience, last_subscriber, range_counter

#: Seconds after which the first answer is given.
BUDGET = 0.08
#: Ranges that all subscribers are divided into, and the fewest subscribers of one.
_RANGES = 512
_LEAST = 2_000
#: Ranges from which on something can be said of all.
_FEWEST = 5
#: Two-sided 95 % of Student's t by degrees of freedom, from `_FEWEST` - 1 on; later ones are hardly smaller.
_STUDENT = (2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14)

#: Opens a consistent view (`pusher.database.Database.read`).
Reading = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many addresses would be written to."""

    #: By kind of address.
    counts: Mapping[str, int]
    #: By kind of address: 95 times of 100 the true number differs by no more; 0 where it is exact.
    margins: Mapping[str, int]
    is_exact: bool


async def counting(
    read: Reading,
    audience: Audience,
    kinds: Sequence[str],
    *,
    at: datetime,
    budget: float = BUDGET,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Counted]:
    """What is known after `budget` seconds, and the exact numbers at the end: one answer if they are known by then."""
    begin, is_told = clock(), False
    seen: list[list[int]] = []
    async with read() as connection:
        last = await last_subscriber(connection)
        width = max(_LEAST, math.ceil(last / _RANGES))
        ranges = [(after, after + width) for after in range(0, last, width)]
        # In any order, because what was imported together lies together.
        random.shuffle(ranges)
        count = range_counter(connection, audience, kinds, at=at)
        for after, upto in ranges:
            seen.append(await count(after, upto))
            if not is_told and _FEWEST <= len(seen) < len(ranges) and clock() - begin >= budget:
                is_told = True
                yield _estimate(kinds, seen, len(ranges))
    exact = [sum(column) for column in zip(*seen, strict=True)] or [0] * len(kinds)
    yield Counted(dict(zip(kinds, exact, strict=True)), dict.fromkeys(kinds, 0), is_exact=True)


def _estimate(kinds: Sequence[str], seen: Sequence[Sequence[int]], ranges: int) -> Counted:
    estimates = [estimate(column, ranges) for column in zip(*seen, strict=True)]
    return Counted(
        {kind: number for kind, (number, _) in zip(kinds, estimates, strict=True)},
        {kind: margin for kind, (_, margin) in zip(kinds, estimates, strict=True)},
        is_exact=False,
    )


def estimate(seen: Sequence[int], ranges: int) -> tuple[int, int]:
    """What the counts of some of `ranges` equal ranges, drawn at random, say of their sum: (number, margin)."""
    number = len(seen)
    mean = sum(seen) / number
    variance = sum((each - mean) ** 2 for each in seen) / (number - 1)
    error = ranges * math.sqrt(variance / number * (1 - number / ranges))
    student = _STUDENT[min(max(number - _FEWEST, 0), len(_STUDENT) - 1)]
    return round(mean * ranges), math.ceil(student * error)
