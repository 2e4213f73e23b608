"""Which people's own times hold for a broadcast, and the moments that come of them. Pure."""

from datetime import datetime, timedelta

from channels.message import Lane
from pusher.clock import minute_of, next_at
from pusher.plan.broadcast import Broadcast
from subscribers.audience import Audience
from subscribers.choices import Frequency
from subscribers.timing import Manner
from subscribers.topic import Severity

#: What is useful for less than this does not wait for a digest: it would be over.
_LASTING = timedelta(days=1)
_MONDAY = 0
#: Who does not get by itself what comes in digests.
_BY_DIGEST = (Frequency.DAILY, Frequency.WEEKLY, Frequency.URGENT)
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
    if _is_warning(due.lane, audience):
        return Manner(minute_of(at), level) if Severity.NOTICE < level < Severity.RED else None
    return Manner(minute_of(at), sparing=_BY_DIGEST if has_digests(due) else sparing_of(due.lane, audience))


def has_digests(due: Broadcast) -> bool:
    """Whether subscribers who chose digests get this broadcast in them."""
    is_ordinary = bool(sparing_of(due.lane, due.audience))
    return is_ordinary and due.audience.topic is not None and due.expires - due.due >= _LASTING


def sparing_of(lane: Lane, audience: Audience) -> tuple[Frequency, ...]:
    """Subscribers with these frequencies get nothing of a broadcast, neither by itself nor in a digest."""
    return (Frequency.URGENT,) if lane is Lane.ROUTINE and not _is_warning(lane, audience) else ()


def _is_warning(lane: Lane, audience: Audience) -> bool:
    topic = audience.topic
    return lane is Lane.WARNING or audience.warning or (topic is not None and topic.severity > Severity.NOTICE)


def digest_due(at: datetime, frequency: Frequency, hour: int) -> datetime:
    """When the next digest after `at` comes; the weekly one on Mondays."""
    due = next_at(at, hour * 60)
    return due + timedelta(days=(_MONDAY - due.weekday()) % 7) if frequency is Frequency.WEEKLY else due
