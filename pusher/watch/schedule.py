"""When a source is looked at next, and how it stands. Pure.

    warnings   every 5 to 15 minutes, day and night
    notices    every 30 to 60 minutes in working hours
    the rest   every 6 to 24 hours: columns that publish once in days, and all but warnings at night and on weekends

Inside each band an eighth of the source's usual gap decides, so that most new things are found soon and a quiet column
is left alone. Up to a quarter is added by chance, so that many sources of one site are not asked at the same moment.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise

from pusher.clock import CHINA
from pusher.watch.standing import Standing, Verdict

_WARNINGS = (timedelta(minutes=5), timedelta(minutes=15))
_NOTICES = (timedelta(minutes=30), timedelta(minutes=60))
_QUIET = (timedelta(hours=6), timedelta(hours=24))
#: A column with a longer usual gap is quiet.
_QUIET_GAP = timedelta(days=3)
#: Looks between two new things.
_LOOKS = 8
#: Offices publish between these, Monday to Friday; a little after them the last notices of the day are still found.
_OPENS, _CLOSES = time(8), time(19)
#: Longest share of the interval that chance adds.
_JITTER = 0.25

#: First wait after a failure; it doubles up to the longest.
_FIRST_BACK_OFF = timedelta(minutes=5)
_LONGEST = timedelta(hours=24)
#: A source of warnings that comes back must not be found out about tomorrow.
_LONGEST_URGENT = timedelta(hours=1)
#: A server's own word on how long its page stays fresh is believed so long; many say a day for everything they have.
_LONGEST_FRESH = timedelta(hours=6)
_LONGEST_FRESH_URGENT = _WARNINGS[1]

#: Longer gaps say no more than this one.
_LONGEST_GAP = timedelta(days=60)
#: Weight of the newest gap in the usual one.
_NEW = 0.25
#: The usual gap is at most so many times the newest one: a column that wakes up is looked at more often at once.
_AWAKE = 4
#: No column is silent before a weekend and a day have passed.
_LEAST_SILENCE = timedelta(days=3)
#: So many failed looks in a row, and a source is broken; one may be the network's.
FAILURES = 3


def interval(usual_gap: timedelta | None, *, urgent: bool, at: datetime) -> timedelta:
    """Time from `at` to the next look, before chance; `usual_gap` None = not known yet."""
    if urgent:
        return _within(_WARNINGS, usual_gap)
    if usual_gap is not None and usual_gap > _QUIET_GAP:
        return _within(_QUIET, usual_gap)
    if is_working_time(at):
        return _within(_NOTICES, usual_gap)
    return min(_within(_QUIET, usual_gap), max(_opening(at) - at, _NOTICES[0]))


def _within(band: tuple[timedelta, timedelta], usual_gap: timedelta | None) -> timedelta:
    least, most = band
    return most if usual_gap is None else min(max(usual_gap / _LOOKS, least), most)


def is_working_time(at: datetime) -> bool:
    """Whether offices publish at `at`; public holidays are not known here and cost a few looks."""
    local = at.astimezone(CHINA)
    return local.weekday() < 5 and _OPENS <= local.time() < _CLOSES


def _opening(at: datetime) -> datetime:
    """When offices open next."""
    local = at.astimezone(CHINA)
    days = (local.date() + timedelta(days=ahead) for ahead in range(8))
    openings = (datetime.combine(day, _OPENS, CHINA) for day in days if day.weekday() < 5)
    return next(opening for opening in openings if opening > local)


def after_success(wait: timedelta, *, fresh_for: timedelta, urgent: bool, chance: float) -> timedelta:
    """Time to the next look: `wait`, not before the page's freshness has passed, and some more by `chance` (0 to 1)."""
    believed = min(fresh_for, _LONGEST_FRESH_URGENT if urgent else _LONGEST_FRESH)
    return max(wait, believed) * (1 + _JITTER * chance)


def after_failure(
    failures: int,
    *,
    first: timedelta | None,
    retry_after: timedelta | None,
    refused: bool,
    urgent: bool,
    chance: float,
) -> timedelta:
    """Time to the next look after the `failures`-th failed one in a row (1 or more); whoever refuses is left alone.

    `first` is the interval that the settings name, if any: a source that is looked at often is tried again sooner.
    """
    base = min(first or _FIRST_BACK_OFF, _FIRST_BACK_OFF)
    longest = _LONGEST_URGENT if urgent and not refused else _LONGEST
    wait = _LONGEST if refused else min(base * 2 ** min(failures - 1, 20), longest)
    asked = min(retry_after or timedelta(0), _LONGEST)
    return max(min(wait * (1 + _JITTER * chance), longest), asked)


def usual_gap(dates: Iterable[datetime]) -> timedelta | None:
    """The usual time between the things of one list, by their dates; None if fewer than three say."""
    newest: Sequence[datetime] = sorted(dates, reverse=True)
    if len(newest) < 3:
        return None
    # The middle gap alone would be nothing where several things are published at a time.
    gaps = sorted(later - earlier for later, earlier in pairwise(newest))
    trusted = gaps[: max(2, len(gaps) * 9 // 10)]
    mean = sum(trusted, timedelta(0)) / len(trusted)
    return min(max(mean, timedelta(minutes=1)), _LONGEST_GAP)


def updated_gap(usual: timedelta | None, since_last: timedelta) -> timedelta:
    """The usual gap after something new came `since_last` after the last new thing."""
    newest = max(since_last, timedelta(minutes=1))
    return min(newest if usual is None else usual * (1 - _NEW) + newest * _NEW, newest * _AWAKE, _LONGEST_GAP)


def verdict(known: Standing, *, factor: float, at: datetime) -> Verdict:
    """How a source stands; `factor` usual gaps without anything new (and three days) are silence, 0 = never."""
    if known.failures >= FAILURES:
        return Verdict.BROKEN
    if not factor or known.last_new is None or known.usual_gap is None:
        return Verdict.OK
    return Verdict.SILENT if at - known.last_new > max(known.usual_gap * factor, _LEAST_SILENCE) else Verdict.OK
