"""Time: the only place that reads the clock, and the one zone that governments publish in."""

from datetime import UTC, datetime, timedelta, timezone

#: China has one zone and no summer time.
CHINA = timezone(timedelta(hours=8), "+08:00")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def to_instant(at: datetime) -> int:
    """Microseconds since 1970 for storing; `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    return (at - _EPOCH) // _MICROSECOND


def from_instant(instant: int) -> datetime:
    """The aware UTC time of a stored instant."""
    return _EPOCH + timedelta(microseconds=instant)
