"""Time: the only place that reads the clock, and the one zone that governments publish in."""

from datetime import UTC, datetime, timedelta, timezone

from subscribers.instant import from_instant, to_instant

#: China has one zone and no summer time.
CHINA = timezone(timedelta(hours=8), "+08:00")


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


__all__ = ["CHINA", "from_instant", "now", "to_instant"]
