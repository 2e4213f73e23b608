"""How a source stands after a look. Pure: the chance that spreads the looks is given."""

from dataclasses import replace
from datetime import datetime, timedelta

from pusher.clock import CHINA
from pusher.watch import schedule
from pusher.watch.fetch_error import FetchError
from pusher.watch.looked import Looked, RowsGone
from pusher.watch.source import SourceSettings
from pusher.watch.standing import Standing, Validators, Verdict


def after_success(
    known: Standing, looked: Looked, settings: SourceSettings, *, at: datetime, chance: float
) -> Standing:
    """The standing after a look that could be read; `chance` (0 to 1) spreads the next looks."""
    usual, last_new = _rhythm(known, looked, at=at)
    wait = schedule.interval(usual, urgent=settings.is_urgent, at=at)
    fresh_for = looked.fresh_for
    if settings.interval is not None:
        # Who sets the interval has agreed on it with the site.
        wait, fresh_for = timedelta(seconds=settings.interval), timedelta(0)
    after = replace(
        known,
        validators=looked.validators,
        next_look=at + schedule.after_success(wait, fresh_for=fresh_for, urgent=settings.is_urgent, chance=chance),
        last_look=at,
        last_success=at,
        last_new=last_new,
        usual_gap=usual,
        failures=0,
        is_learnt=True,
        row_count=looked.row_count or known.row_count,
        problem=looked.doubt,
        marks=looked.marks,
        tries=looked.tries,
    )
    return _judged(known, after, schedule.verdict(after, factor=settings.alarm_factor, at=at), at=at)


def after_failure(
    known: Standing, error: FetchError, settings: SourceSettings, *, at: datetime, chance: float
) -> Standing:
    """The standing after a look that failed; what was learnt before is kept."""
    failures = known.failures + 1
    wait = schedule.after_failure(
        failures,
        first=None if settings.interval is None else timedelta(seconds=settings.interval),
        retry_after=error.retry_after,
        refused=error.refused,
        urgent=settings.is_urgent,
        chance=chance,
    )
    after = replace(
        known,
        # Without validators the next answer is a whole page again.
        validators=Validators(),
        failures=failures,
        last_look=at,
        next_look=at + wait,
        problem=str(error),
    )
    # A refusal and vanished rows do not pass by themselves: a person must know at the first one.
    is_lasting = error.refused or isinstance(error, RowsGone)
    found = Verdict.BROKEN if is_lasting else schedule.verdict(after, factor=settings.alarm_factor, at=at)
    return _judged(known, after, found, at=at)


def _rhythm(known: Standing, looked: Looked, *, at: datetime) -> tuple[timedelta | None, datetime | None]:
    """The usual gap and when something new came last, after this look."""
    if not known.is_learnt:
        return schedule.usual_gap(looked.dates), max(looked.dates, default=at)
    if not looked.fresh:
        return known.usual_gap, known.last_new
    since = at - known.last_new if known.last_new else timedelta(0)
    return schedule.updated_gap(known.usual_gap, since / looked.fresh), at


def _judged(before: Standing, after: Standing, found: Verdict, *, at: datetime) -> Standing:
    problem = after.problem
    if found is Verdict.SILENT and after.last_new and not after.failures:
        problem = f"nothing new since {after.last_new.astimezone(CHINA):%Y-%m-%d}: look whether it has moved"
    since = None if found is Verdict.OK else before.alarm_since or at
    return replace(after, verdict=found, alarm_since=since, problem=problem)
