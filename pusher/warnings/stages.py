"""The stages of one channel of a warning, of all of it or in one area, and when they are an alarm. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: A channel that has handed nothing over for so long, with people waiting, has fallen behind.
PATIENCE = timedelta(seconds=30)
#: A share of failures from which a channel cannot be relied on.
_TOO_MANY = 0.1
#: What to do where a channel does not carry the warning (Maui 2023: sirens and voice are there when data is not).
_INSTEAD = "call by voice, use the loudspeakers, and send somebody from door to door"


@dataclass(frozen=True, slots=True)
class Stages:
    """When each stage was reached (None = not yet), and the counters."""

    channel: str
    is_public: bool
    planned: int
    sent: int
    delivered: int
    #: Failed, bounced, expired, in doubt or closed.
    not_reached: int
    #: Not sent because a later version took its place, or because somebody cancelled it.
    taken_back: int
    #: The first people of it stood in the queue.
    queued: datetime | None
    first_sent: datetime | None
    half_sent: datetime | None
    most_sent: datetime | None
    #: The newest hand-over.
    last: datetime | None
    #: The channel's own trouble; "" if there is none.
    problem: str
    waiting: int
    #: Division code of the area that this is about; None = all of them.
    area: str | None = None
    #: Of those who wait: when quiet hours end, and of how many people.
    resting: Sequence[tuple[datetime, int]] = ()

    @property
    def rate(self) -> float | None:
        """People a second between the first and the newest hand-over; None before there is anything to tell."""
        if self.first_sent is None or self.last is None or self.sent < 2:
            return None
        seconds = (self.last - self.first_sent).total_seconds()
        return self.sent / seconds if seconds > 0 else None

    @property
    def reaches_too_few(self) -> bool:
        """Whether so many were not reached that something else must be done for them."""
        return bool(self.planned) and self.not_reached > self.planned * _TOO_MANY

    def is_quiet(self, at: datetime) -> bool:
        """Whether people wait whom no quiet hours hold, and nothing has been handed over for a while."""
        ended = [until for until, _ in self.resting if until <= at]
        since = max((*ended, *filter(None, [self.last])), default=None)
        return self.due(at) > 0 and (since is None or at - since > PATIENCE)

    def due(self, at: datetime) -> int:
        """How many wait for the channel alone."""
        return self.waiting - sum(number for until, number in self.resting if until > at)

    def alarms(self, at: datetime, *, approved: datetime) -> Iterator[str]:
        """At most one sentence, with what to do."""
        name = f"{self.channel}{_within(self.area)}"
        if self.problem:
            yield f"{name} fails ({self.problem}) with {self.waiting} waiting: {_INSTEAD}"
        elif at - approved > PATIENCE and self.is_quiet(at):
            yield f"{name} has handed nothing over for {PATIENCE.seconds} s with {self.due(at)} waiting: {_INSTEAD}"
        elif self.reaches_too_few:
            yield f"{name} did not reach {self.not_reached} of {self.planned}: {_INSTEAD}"

    def to_json(self, approved: datetime) -> dict[str, object]:
        """For programs: seconds since approval; `last_s` once nobody waits any more."""
        moments = {
            "queued": self.queued,
            "first_sent": self.first_sent,
            "half_sent": self.half_sent,
            "most_sent": self.most_sent,
            "last": self.last if self.waiting == 0 else None,
        }
        seconds = {f"{name}_s": None if at is None else (at - approved).total_seconds() for name, at in moments.items()}
        return {
            "planned": self.planned,
            "sent": self.sent,
            "delivered": self.delivered,
            "not_reached": self.not_reached,
            "taken_back": self.taken_back,
            "waiting": self.waiting,
            "resting": sum(number for _, number in self.resting),
            "problem": self.problem,
            **seconds,
        }


def _within(area: str | None) -> str:
    match area:
        case None:
            return ""
        case "":
            return " on lists and by where they live"
        case _:
            return f" in {area}"
