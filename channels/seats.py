"""So many at once: places that are taken and left, some of them kept for warnings."""

import asyncio
from collections import deque

from channels.message import Lane


class Seats:
    """Places in front of a narrow resource. Whoever must wait is seated by lane, warnings first, then in order."""

    def __init__(self, seats: int, *, kept_for_warnings: int = 0) -> None:
        """`seats` are for everybody; `kept_for_warnings` are further ones that only warnings take."""
        self._limits = dict.fromkeys(Lane, seats) | {Lane.WARNING: seats + kept_for_warnings}
        self._taken = 0
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}

    async def take(self, lane: Lane) -> None:
        """Wait for a seat; whoever has one must `leave`."""
        if self._taken < self._limits[lane]:
            self._taken += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # Who was seated in the same moment gives the seat on; who still waited is passed over by `leave`.
            if not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the seat back, or straight to whoever is next."""
        self._taken -= 1
        for lane, waiting in self._waiting.items():
            while waiting and self._taken < self._limits[lane]:
                turn = waiting.popleft()
                if not turn.done():
                    self._taken += 1
                    turn.set_result(None)
                    return
