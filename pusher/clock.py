"""Time: the only place that reads the clock, and the one zone that governments publish in."""

from datetime import UTC, datetime, time, timedelta, timezone

from subscribers.instant import from_instant, to_instant

#: China has one zone and no summer time.
CHINA = timezone(timedelta(hours=8), "+08:00")


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def minute_of(at: datetime) -> int:
    """Minutes since local midnight."""
    local = at.astimezone(CHINA)
    return local.hour * 60 + local.minute


def next_at(at: datetime, minute: int) -> datetime:
    """The first moment after `at` that is this local minute of a day."""
    local = at.astimezone(CHINA)
    same_day = datetime.combine(local.date(), time(minute // 60, minute % 60), CHINA)
    return same_day if same_day > at else same_day + timedelta(days=1)


def within_hours(hours: str, at: datetime) -> datetime:
    """The first moment from `at` on that lies within `hours` ("08:00-20:00", +08:00)."""
    begin, end = _ends(hours)
    local = at.astimezone(CHINA)
    if local.time() < begin:
        return datetime.combine(local.date(), begin, CHINA)
    if local.time() < end:
        return at
    return datetime.combine(local.date() + timedelta(days=1), begin, CHINA)


def after_quiet(at: datetime, until: int, *, expires: datetime, hours: str | None) -> datetime:
    """When somebody gets it whose quiet hours end at the local minute `until`, within the `hours` of its channel.

    What is over by then is due when it is over: it is recorded as too late, and sent to nobody.
    """
    due = next_at(at, until)
    return min(due if hours is None else within_hours(hours, due), expires)


def common_hours(one: str | None, other: str | None) -> str | None:
    """The hours that lie in both spans; the later-named span where they have none in common; None = any hour."""
    if one is None or other is None:
        return one or other
    begin, end = (pick(pair) for pick, pair in zip((max, min), zip(_ends(one), _ends(other), strict=True), strict=True))
    return f"{begin:%H:%M}-{end:%H:%M}" if begin < end else other


def _ends(hours: str) -> tuple[time, time]:
    begin, _, end = hours.partition("-")
    return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())


__all__ = [
    "CHINA",
    "after_quiet",
    "common_hours",
    "from_instant",
    "minute_of",
    "next_at",
    "now",
    "to_instant",
    "within_hours",
]
