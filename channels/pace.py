"""How fast and how much: a token bucket and a day's quota, told what time it is. Pure."""

from datetime import date, datetime, timedelta, timezone

#: Providers' days begin at midnight in China.
_CHINA = timezone(timedelta(hours=8))


class Bucket:
    """Tokens that come at a steady rate and pile up to a burst; one is taken for each request."""

    def __init__(self, rate: float | None, burst: float) -> None:
        """`rate`: tokens a second, None = as many as wanted. It begins full.

        `at` is seconds on any steady clock in all that follows.
        """
        self._rate = rate
        self._burst = burst
        self._share = 1.0
        self._tokens = self._most
        self._filled_at = 0.0
        self._shut_until = 0.0

    @property
    def _most(self) -> float:
        return max(1.0, self._burst * self._share)

    def wait(self, at: float) -> float:
        """Seconds until a token can be taken; 0 = now."""
        self._fill(at)
        missing = 0.0 if self._rate is None else max(0.0, 1.0 - self._tokens) / (self._rate * self._share)
        return max(missing, self.shut_for(at))

    def take(self, at: float) -> None:
        """Take a token; right only where `wait` has said 0."""
        self._fill(at)
        self._tokens -= 1.0

    def put_back(self) -> None:
        """Give back a token that was not used."""
        self._tokens = min(self._most, self._tokens + 1.0)

    def shut(self, seconds: float, *, at: float) -> None:
        """Let no token out for so long; a longer shutting that is under way stays."""
        self._shut_until = max(self._shut_until, at + seconds)

    def shut_for(self, at: float) -> float:
        """Seconds for which it is still shut; 0 = it is open."""
        return max(0.0, self._shut_until - at)

    def set_share(self, share: float, *, at: float) -> None:
        """From now on this is `share` (0 < share ≤ 1) of the whole rate and burst."""
        self._fill(at)
        self._share = share
        self._tokens = min(self._tokens, self._most)

    def _fill(self, at: float) -> None:
        # A clock that stands still or is asked out of order fills nothing.
        gone = max(0.0, at - self._filled_at)
        self._filled_at += gone
        if self._rate is not None:
            self._tokens = min(self._most, self._tokens + gone * self._rate * self._share)
        else:
            self._tokens = self._most


class Quota:
    """How much of a day's quota is left. It counts from when it was made: the provider's own count is the truth."""

    def __init__(self, limit: int | None) -> None:
        """`limit`: most a day, None = no quota."""
        self._limit = limit
        self._share = 1.0
        self._day = date.min
        self._spent = 0

    def left(self, wanted: int, *, at: datetime) -> int:
        """How many of `wanted` may be spent."""
        if self._limit is None:
            return wanted
        self._begin_day(at)
        return min(wanted, max(0, int(self._limit * self._share) - self._spent))

    def spend(self, count: int, *, at: datetime) -> None:
        """Spend so many, whether they are left or not."""
        self._begin_day(at)
        self._spent += count

    def put_back(self, count: int, *, at: datetime) -> None:
        """What was spent today and not used after all."""
        self._begin_day(at)
        self._spent = max(0, self._spent - count)

    def set_share(self, share: float) -> None:
        """From now on this is `share` (0 < share ≤ 1) of the whole quota."""
        self._share = share

    def _begin_day(self, at: datetime) -> None:
        day = at.astimezone(_CHINA).date()
        if day != self._day:
            self._day, self._spent = day, 0


def until_midnight(at: datetime) -> float:
    """Seconds from `at` to the next midnight in China."""
    here = at.astimezone(_CHINA)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - here).total_seconds()
