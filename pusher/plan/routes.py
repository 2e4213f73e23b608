"""Which broadcasts an item becomes: routes match labels of the item, never its text. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from channels.message import Lane
from pusher.clock import within_hours
from subscribers.expression import parse
from subscribers.topic import Severity, Topic, area_code, areas_meet

#: How long a message is worth delivering when nothing says so, by lane.
USEFUL = {Lane.WARNING: timedelta(hours=24), Lane.PERSONAL: timedelta(days=7), Lane.ROUTINE: timedelta(days=3)}

_SELECT = "select"

_LEVELS = {level.name.lower(): level for level in Severity}


def _hours(text: str) -> str:
    """Check "HH:MM-HH:MM"."""
    begin, separator, end = text.partition("-")
    try:
        times = time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError:
        times = None
    if not separator or times is None or times[0] >= times[1]:
        raise ValueError(f'"{text}" is not a span of hours such as "08:00-20:00"')
    return text


class Route(BaseModel):
    """One row of the routing table: which items it takes, to whom, over what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Domain codes it takes; empty = every item, those without a domain too.
    domains: tuple[str, ...] = ()
    #: Areas it takes: items of an area that meets one of these; empty = all.
    areas: tuple[str, ...] = ()
    #: Names of sources it takes; empty = all.
    sources: tuple[str, ...] = ()
    #: Kinds of item it takes ("notice", "warning" …); empty = all.
    kinds: tuple[str, ...] = ()
    #: Least severity it takes: notice, blue, yellow, orange, red.
    least: Literal["notice", "blue", "yellow", "orange", "red"] = "notice"
    #: To whom: "subscribers" (of the item's domains and areas), "group:NAME", and "select:EXPRESSION" (of lists and
    #: attributes, see `subscribers.expression`).
    to: tuple[str, ...] = ("subscribers",)
    #: Names of channels; which of them reaches a person is that person's own choice.
    channels: Annotated[tuple[str, ...], Field(min_length=1)]
    lane: Lane = Lane.ROUTINE
    #: Folder of templates for its words ("press"); "" = that of the item's domain.
    words: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_-]{0,39})?$")] = ""
    #: Whether a person must approve each broadcast before anything goes out.
    approval: bool = False
    #: Hours of the day (+08:00) in which it sends, "08:00-20:00"; None = at any hour.
    hours: Annotated[str, AfterValidator(_hours)] | None = None
    #: Which edits of an item are pushed again: none, major (title, number, withdrawal) or all.
    edits: Literal["none", "major", "all"] = "none"
    #: Hours after which it is not worth delivering; None = the lane's own (24 h, 7 days, 3 days).
    useful_hours: Annotated[float, Field(gt=0)] | None = None

    @field_validator("to")
    @classmethod
    def _known_audiences(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        for name in to:
            kind, colon, rest = name.partition(":")
            if kind == _SELECT and colon:
                parse(rest)
            elif name != "subscribers" and not (kind == "group" and rest):
                raise ValueError(f'"{name}" is neither "subscribers" nor "group:NAME" nor "select:EXPRESSION"')
        return to

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups it writes to."""
        return tuple(name.removeprefix("group:") for name in self.to if name.startswith("group:"))

    @property
    def selections(self) -> tuple[str, ...]:
        """The expressions of whom it writes to besides."""
        return tuple(name.removeprefix(f"{_SELECT}:") for name in self.to if name.startswith(f"{_SELECT}:"))

    @property
    def wants_subscribers(self) -> bool:
        """Whether it writes to subscribers of the item's topic."""
        return "subscribers" in self.to

    def expiry(self, at: datetime) -> datetime:
        """When a message planned at `at` stops being worth delivering."""
        useful = USEFUL[self.lane] if self.useful_hours is None else timedelta(hours=self.useful_hours)
        return at + useful

    def due(self, at: datetime) -> datetime:
        """The first moment from `at` on that lies within the route's hours."""
        return at if self.hours is None else within_hours(self.hours, at)


@dataclass(frozen=True, slots=True)
class Labels:
    """What routes look at."""

    source: str
    kind: str
    topic: Topic
    #: 0 = first publication; else the number of the edit.
    revision: int = 0
    #: Whether the edit changed title, document number or withdrew the item.
    major: bool = False


def matching(routes: Mapping[str, Route], labels: Labels) -> Sequence[str]:
    """Names of the routes that an item takes, in the order of the settings."""
    return [name for name, route in routes.items() if takes(route, labels)]


def takes(route: Route, labels: Labels) -> bool:
    """Whether `route` takes an item with these labels."""
    topic = labels.topic
    return (
        _names(route.sources, labels.source)
        and _names(route.kinds, labels.kind)
        and (not route.domains or not topic.domains.isdisjoint(route.domains))
        and (not route.areas or _meets(route.areas, topic.areas))
        and topic.severity >= _LEVELS[route.least]
        and _wants_revision(route, labels)
    )


def _names(allowed: Sequence[str], name: str) -> bool:
    return not allowed or name in allowed


def _meets(route_areas: Iterable[str], areas: Iterable[str]) -> bool:
    own = [area_code(code) for code in route_areas]
    return any(areas_meet(one, other) for one in own for other in areas)


def _wants_revision(route: Route, labels: Labels) -> bool:
    if labels.revision == 0:
        return True
    return route.edits == "all" or (route.edits == "major" and labels.major)
