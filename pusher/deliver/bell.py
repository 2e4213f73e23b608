"""Wakes those who wait for batches of one channel and lane; nothing is lost between a look and the wait after it."""

import asyncio
from collections import defaultdict

from channels.message import Lane
from pusher.deliver.way import RightOfWay


class Bell:
    """One for a process. Ringing costs nothing where nobody waits."""

    def __init__(self) -> None:
        #: What is rung for in the warning lane goes before everything else in this process.
        self.way = RightOfWay()
        self._rings: defaultdict[tuple[str, Lane], int] = defaultdict(int)
        self._waiting: defaultdict[tuple[str, Lane], set[asyncio.Future[None]]] = defaultdict(set)

    def rings(self, channel: str, lane: Lane) -> int:
        """How often it has rung so far: take this before looking for work, and hand it to `wait`."""
        return self._rings[channel, lane]

    def ring(self, channel: str, lane: Lane) -> None:
        """Wake all who wait for `channel` and `lane`."""
        self._rings[channel, lane] += 1
        for waiter in self._waiting.pop((channel, lane), ()):
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, channel: str, lane: Lane, *, since: int) -> None:
        """Return once it has rung after `since`."""
        if self._rings[channel, lane] != since:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[channel, lane].add(waiter)
        try:
            await waiter
        finally:
            self._waiting[channel, lane].discard(waiter)
