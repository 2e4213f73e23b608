"""When sources are looked at: by what they publish, politely, and never forgotten."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.watch import schedule
from pusher.watch.standing import Standing, Verdict

MONDAY = datetime(2026, 11, 23, 10, tzinfo=CHINA)
NIGHT = datetime(2026, 11, 23, 22, tzinfo=CHINA)
moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda later: MONDAY + later)
gaps = st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=400))
chances = st.floats(0, 1)


@given(gaps, moments)
def test_warnings_are_looked_for_every_5_to_15_minutes_day_and_night(gap: timedelta | None, at: datetime) -> None:
    wait = schedule.interval(gap, urgent=True, at=at)
    assert timedelta(minutes=5) <= wait <= timedelta(minutes=15)


@given(gaps, moments)
def test_nothing_else_is_looked_at_more_often_than_every_half_hour_or_less_than_daily(
    gap: timedelta | None, at: datetime
) -> None:
    assert timedelta(minutes=30) <= schedule.interval(gap, urgent=False, at=at) <= timedelta(hours=24)


def test_a_busy_column_is_looked_at_every_half_hour_to_hour_in_working_hours() -> None:
    assert schedule.interval(timedelta(hours=1), urgent=False, at=MONDAY) == timedelta(minutes=30)
    assert schedule.interval(timedelta(days=2), urgent=False, at=MONDAY) == timedelta(minutes=60)
    assert schedule.interval(None, urgent=False, at=MONDAY) == timedelta(minutes=60)


def test_a_quiet_column_is_left_alone_for_hours() -> None:
    assert schedule.interval(timedelta(days=4), urgent=False, at=MONDAY) == timedelta(hours=12)
    assert schedule.interval(timedelta(days=60), urgent=False, at=MONDAY) == timedelta(hours=24)


def test_a_busy_column_is_looked_at_when_the_offices_open_again() -> None:
    assert schedule.interval(timedelta(hours=1), urgent=False, at=NIGHT) == timedelta(hours=6)
    early = NIGHT + timedelta(hours=8)
    assert early + schedule.interval(timedelta(hours=1), urgent=False, at=early) == datetime(
        2026, 11, 24, 8, tzinfo=CHINA
    )


@given(
    st.timedeltas(timedelta(seconds=1), timedelta(days=1)), st.timedeltas(timedelta(0), timedelta(days=400)), chances
)
def test_chance_adds_at_most_a_quarter_and_freshness_at_most_six_hours(
    wait: timedelta, fresh: timedelta, chance: float
) -> None:
    found = schedule.after_success(wait, fresh_for=fresh, urgent=False, chance=chance)
    least = max(wait, min(fresh, timedelta(hours=6)))
    assert least <= found <= least * 1.25 + timedelta(microseconds=1)


@given(st.integers(1, 10_000), st.none() | st.timedeltas(timedelta(0), timedelta(days=4000)), chances, st.booleans())
def test_a_failing_source_is_asked_again_within_a_day_and_not_before_it_wants(
    failures: int, asked: timedelta | None, chance: float, refused: bool
) -> None:
    wait = schedule.after_failure(failures, first=None, retry_after=asked, refused=refused, urgent=False, chance=chance)
    assert timedelta(minutes=5) <= wait <= timedelta(hours=24)
    assert wait >= min(asked or timedelta(0), timedelta(hours=24))
    assert not refused or wait == timedelta(hours=24)


@given(st.integers(1, 10_000), st.timedeltas(timedelta(0), timedelta(days=400)), chances)
def test_a_source_of_warnings_is_asked_again_within_an_hour_and_its_server_is_believed_for_minutes(
    failures: int, fresh: timedelta, chance: float
) -> None:
    failed = schedule.after_failure(failures, first=None, retry_after=None, refused=False, urgent=True, chance=chance)
    assert failed <= timedelta(hours=1)
    found = schedule.after_success(timedelta(minutes=5), fresh_for=fresh, urgent=True, chance=chance)
    assert found <= timedelta(minutes=15) * 1.25


@given(chances)
def test_the_pause_doubles_from_failure_to_failure(chance: float) -> None:
    waits = [
        schedule.after_failure(count, first=None, retry_after=None, refused=False, urgent=False, chance=chance)
        for count in range(1, 12)
    ]
    rounding = timedelta(microseconds=2)
    assert all(abs(min(first * 2, timedelta(hours=24)) - second) <= rounding for first, second in pairwise(waits))
    assert waits[-1] == timedelta(hours=24)


@given(st.lists(moments, max_size=60))
def test_the_usual_gap_of_any_dates_is_unknown_or_sensible(dates: list[datetime]) -> None:
    gap = schedule.usual_gap(dates)
    assert gap is None or timedelta(minutes=1) <= gap <= timedelta(days=60)


def test_one_old_row_does_not_make_a_busy_column_quiet() -> None:
    dates = [MONDAY - timedelta(hours=6 * count) for count in range(15)]
    assert schedule.usual_gap([*dates, MONDAY - timedelta(days=900)]) == timedelta(hours=6)


def test_a_column_that_wakes_up_is_looked_at_more_often_at_once() -> None:
    assert schedule.updated_gap(timedelta(days=60), timedelta(hours=3)) == timedelta(hours=12)


def standing(**known: object) -> Standing:
    return Standing("tzgg", "http://x/", **known)  # type: ignore[arg-type]


def test_a_source_is_silent_after_several_usual_gaps_and_not_over_a_weekend() -> None:
    busy = standing(last_new=MONDAY - timedelta(days=2, hours=16), usual_gap=timedelta(hours=2))
    assert schedule.verdict(busy, factor=6, at=MONDAY) is Verdict.OK
    assert schedule.verdict(busy, factor=6, at=MONDAY + timedelta(days=1)) is Verdict.SILENT
    quiet = standing(last_new=MONDAY - timedelta(days=50), usual_gap=timedelta(days=9))
    assert schedule.verdict(quiet, factor=6, at=MONDAY) is Verdict.OK
    assert schedule.verdict(quiet, factor=5, at=MONDAY) is Verdict.SILENT
    assert schedule.verdict(quiet, factor=0, at=MONDAY) is Verdict.OK


def test_a_source_is_broken_after_three_failures() -> None:
    assert schedule.verdict(standing(failures=2), factor=6, at=MONDAY) is Verdict.OK
    assert schedule.verdict(standing(failures=3), factor=6, at=MONDAY) is Verdict.BROKEN
