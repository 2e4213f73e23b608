"""Times as the tables hold them: microseconds since 1970, see `subscribers.tables.Instant`. Pure."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_instant(at: datetime) -> int:
    """Microseconds since 1970 for storing; `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    return (at - _EPOCH) // _MICROSECOND


def from_instant(instant: int) -> datetime:
    """The aware UTC time of a stored instant."""
    return _EPOCH + timedelta(microseconds=instant)
