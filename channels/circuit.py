"""When to leave a failing gateway alone, told what time it is. Pure."""


class Circuit:
    """Closed while its gateway works; open for a while after failures in a row, or one that is our own side's."""

    def __init__(self, *, failures: int, rest: float) -> None:
        """Opens after so many `failures` in a row, for `rest` seconds."""
        self._limit = failures
        self._rest = rest
        self._failures = 0
        self._open_until: float | None = None

    def is_open(self, at: float) -> bool:
        """Whether the gateway is to be left alone at `at` (seconds on any steady clock)."""
        return self._open_until is not None and at < self._open_until

    def opens_again(self, at: float) -> float:
        """Seconds until it may be tried; 0 = now."""
        return max(0.0, (self._open_until or at) - at)

    def admit(self, at: float) -> bool:
        """Whether a send may go through: all while it is closed, one to try after each rest."""
        if self._open_until is None:
            return True
        if at < self._open_until:
            return False
        self._open_until = at + self._rest
        return True

    def worked(self) -> None:
        """The gateway has answered as it should."""
        self._failures = 0
        self._open_until = None

    def failed(self, at: float, *, ours: bool) -> None:
        """The gateway has failed; `ours` = it refuses our side, and so would refuse the next send as well."""
        self._failures += 1
        if ours or self._failures >= self._limit:
            self._open_until = at + self._rest
