"""The ladder of a roll-call: what is done how long after a warning went out, as long as nobody has answered. Pure.

Practice: 浙江 1833 (unread after 3 min → phone; the commander answers within 15 min), 长治 (awake within 5 min), 勉县
(three calls in 5 min, then the superior goes in person).
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from subscribers.topic import Severity

Level = Literal["blue", "yellow", "orange", "red"]


class CallState(StrEnum):
    """Where one call stands."""

    #: 待叫: nothing has gone out yet.
    WAITING = "waiting"
    #: It went out; no provider has said that it arrived.
    CALLED = "called"
    #: 已送达.
    DELIVERED = "delivered"
    #: 已读: the link was opened.
    READ = "read"
    #: 已应.
    ANSWERED = "answered"
    #: 超时升级: deputy or superior was called.
    ESCALATED = "escalated"
    #: 人工上门: somebody must go there.
    VISIT = "visit"
    #: The warning was ended, corrected or replaced before an answer came.
    CLOSED = "closed"


#: States in which an answer is still wanted; silence is never consent.
UNANSWERED = (
    CallState.WAITING,
    CallState.CALLED,
    CallState.DELIVERED,
    CallState.READ,
    CallState.ESCALATED,
    CallState.VISIT,
)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Table):
    """One rung."""

    #: Minutes after the warning went out.
    minutes: Annotated[float, Field(ge=0, le=1440)]
    #: Whom: the person, their deputy, their superior; "visit" = somebody goes there, no message is sent.
    who: Literal["person", "deputy", "superior", "visit"] = "person"
    #: Names of channels, all at once; a channel for voice calls is one like any other.
    channels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _with_channels(self) -> "Step":
        if (self.who == "visit") == bool(self.channels):
            raise ValueError('a step names channels, or who = "visit"')
        return self


class RollCallSettings(_Table):
    """The table [warnings.roll_call]."""

    #: Names of the lists of people who must answer; columns 角色、地区、灾种、副职、上级、值班.
    groups: tuple[str, ...] = ()
    #: What they are asked besides whether they have the warning.
    questions: Annotated[tuple[str, ...], Field(max_length=8)] = ("谁在指挥", "影响多少村", "是否转移")
    #: Steps in order, by level; a level without steps has no roll-call.
    ladders: dict[Level, tuple[Step, ...]] = {}

    def ladder(self, level: Severity) -> tuple[Step, ...]:
        """The steps of a level, earliest first."""
        steps: Mapping[str, tuple[Step, ...]] = {str(name): rungs for name, rungs in self.ladders.items()}
        return tuple(sorted(steps.get(level.name.lower(), ()), key=lambda step: step.minutes))

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of all channels that any step uses."""
        named = (name for steps in self.ladders.values() for step in steps for name in step.channels)
        return tuple(dict.fromkeys(named))


def next_at(ladder: tuple[Step, ...], *, done: int) -> timedelta | None:
    """When the next step is due after the warning went out; None if there is none."""
    return timedelta(minutes=ladder[done].minutes) if done < len(ladder) else None


def after_step(state: CallState, step: Step) -> CallState:
    """Where a call stands once a step was done; an answered one stays answered."""
    if state not in UNANSWERED:
        return state
    if step.who == "visit":
        return CallState.VISIT
    if step.who in ("deputy", "superior"):
        return CallState.ESCALATED if state is not CallState.VISIT else state
    return CallState.CALLED if state is CallState.WAITING else state
