"""Access tokens as the platform gives them out: plain ones, each of which ends the one before, and stable ones."""

import secrets
import time
from dataclasses import dataclass, field

#: Seconds that a replaced stable token goes on working.
_OVERLAP = 300.0

#: Least seconds between two forced renewals, and how many a day may have.
_FORCE_PAUSE = 30.0
_FORCED_A_DAY = 20


@dataclass(slots=True)
class Tokens:
    """The tokens of one account."""

    #: Seconds that a token lives.
    life: float = 7200.0
    _plain: str = ""
    _stable: str = ""
    #: End of life of all tokens that were ever valid, in seconds since 1970.
    _ends: dict[str, float] = field(default_factory=dict)
    _forced: list[float] = field(default_factory=list)

    def plain(self) -> tuple[str, int]:
        """A new plain token and its life; the one before is over at once."""
        self._ends.pop(self._plain, None)
        self._plain = self._new()
        return self._plain, int(self.life)

    def stable(self, *, force: bool) -> tuple[str, int] | None:
        """The stable token and the rest of its life: the same again until its last minutes; None = forced too often."""
        now = time.time()
        if force:
            if len(self._forced) >= _FORCED_A_DAY or (self._forced and now - self._forced[-1] < _FORCE_PAUSE):
                return None
            self._forced.append(now)
            self._ends.pop(self._stable, None)
        left = self._ends.get(self._stable, 0.0) - now
        if left <= min(_OVERLAP, self.life / 2):
            self._stable, left = self._new(), self.life
        return self._stable, int(left)

    def rotate(self) -> None:
        """End the stable token at once, as a change of the secret or another's forced renewal does."""
        self._ends.pop(self._stable, None)

    def expire(self) -> None:
        """Let all tokens grow old."""
        self._ends = dict.fromkeys(self._ends, 0.0)

    def error(self, token: str | None) -> int:
        """0 for a good token, else the platform's code."""
        if not token:
            return 41001
        end = self._ends.get(token)
        if end is None:
            return 40001
        return 0 if time.time() < end else 42001

    def _new(self) -> str:
        token = f"97_{secrets.token_urlsafe(96)}"
        self._ends[token] = time.time() + self.life
        return token
