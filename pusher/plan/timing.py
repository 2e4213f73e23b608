"""Which people's own times hold for a broadcast, and the moments that come of them. Pure."""

from datetime import datetime, timedelta

from channels.message import Lane
from pusher.clock import minute_of, next_at
from pusher.plan.broadcast import Broadcast
from subscribers.choices import Frequency
from subscribers.timing import Manner
from subscribers.topic import Severity

#: What is useful for less than this does not wait for a digest: it would be over.
_LASTING = timedelta(days=1)
_MONDAY = 0
#: Days between two digests.
DAYS_BETWEEN = {Frequency.DAILY: 1, Frequency.WEEKLY: 7}


def manner(due: Broadcast, at: datetime) -> Manner | None:
    """What holds for a broadcast that is planned at `at`; None = nobody's own times: it goes to everybody now.

    That is so for warnings of the highest level or of none, for warnings to lists alone, and for whatever follows a
    warning: its end reaches exactly those whom it reached, as soon as it is known.
    """
    audience = due.audience
    if audience.earlier:
        return None
    level = audience.topic.severity if audience.topic is not None else Severity.NOTICE
    if _is_warning(due):
        return Manner(minute_of(at), level) if Severity.NOTICE < level < Severity.RED else None
    if due.lane is not Lane.ROUTINE:
        return Manner(minute_of(at))
    return Manner(minute_of(at), sparing=tuple(Frequency)[1:] if has_digests(due) else (Frequency.URGENT,))


def has_digests(due: Broadcast) -> bool:
    """Whether subscribers who chose digests get this broadcast in them."""
    is_ordinary = due.lane is Lane.ROUTINE and not _is_warning(due)
    return is_ordinary and due.audience.topic is not None and due.expires - due.due >= _LASTING


def _is_warning(due: Broadcast) -> bool:
    topic = due.audience.topic
    return due.lane is Lane.WARNING or due.audience.warning or (topic is not None and topic.severity > Severity.NOTICE)


def digest_due(at: datetime, frequency: Frequency, hour: int) -> datetime:
    """When the next digest after `at` comes; the weekly one on Mondays."""
    due = next_at(at, hour * 60)
    return due + timedelta(days=(_MONDAY - due.weekday()) % 7) if frequency is Frequency.WEEKLY else due
