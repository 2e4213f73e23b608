"""How fast one address is written to: at most so many messages in a second and in a minute. Pure.

A provider's limit of one bot is that bot's own: what is too much for it waits, and holds up no other.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from channels.message import Lane

#: Addresses that are remembered before those that are quiet are forgotten.
_MANY = 1000


@dataclass(slots=True)
class _Address:
    #: When the last messages went, oldest first.
    went: deque[float] = field(default_factory=deque)
    #: Until when it is left alone.
    rests_until: float = 0.0


class Turns:
    """The pace of each address, told what time it is (`at`: seconds on any steady clock)."""

    def __init__(self, rates: Sequence[tuple[int, float]]) -> None:
        """`rates`: (most messages, within so many seconds) to one address; empty = as many as wanted."""
        self._rates = rates
        self._share = 1.0
        self._longest = max((seconds for _, seconds in rates), default=0.0)
        self._known: dict[int, _Address] = {}

    def set_share(self, share: float) -> None:
        """From now on this is `share` (0 < share ≤ 1) of the whole rates, but never less than one message."""
        self._share = share

    def wait(self, address_id: int, lane: Lane, at: float) -> float:
        """Seconds to put a message off; 0 = it may go, and counts. A warning always may."""
        if not self._rates or not address_id:
            return 0.0
        known = self._of(address_id, at)
        while known.went and at - known.went[0] >= self._longest:
            known.went.popleft()
        wait = 0.0 if lane is Lane.WARNING else max(known.rests_until - at, self._missing(known, at))
        if wait <= 0.0:
            known.went.append(at)
        return max(wait, 0.0)

    def rest(self, address_id: int, seconds: float, at: float) -> None:
        """The provider asks to leave this address alone for so long."""
        if self._rates and address_id:
            known = self._of(address_id, at)
            known.rests_until = max(known.rests_until, at + seconds)

    def _missing(self, known: _Address, at: float) -> float:
        """Seconds until all rates let another message pass."""
        waits = [0.0]
        for whole, seconds in self._rates:
            most = max(1, int(whole * self._share))
            if len(known.went) >= most:
                waits.append(known.went[-most] + seconds - at)
        return max(waits)

    def _of(self, address_id: int, at: float) -> _Address:
        if len(self._known) >= _MANY and address_id not in self._known:
            self._known = {number: each for number, each in self._known.items() if self._is_busy(each, at)}
        return self._known.setdefault(address_id, _Address())

    def _is_busy(self, known: _Address, at: float) -> bool:
        return known.rests_until > at or bool(known.went and at - known.went[-1] < self._longest)
