"""A warning: one version of what is said of a danger, and where it stands in its life. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from subscribers.topic import Severity


class Status(StrEnum):
    """Live or not; printed into every rendering by the system, never typed by a person."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"

    @property
    def drill(self) -> str:
        """What the renderer marks it with; "" for live."""
        return {Status.ACTUAL: "", Status.EXERCISE: "演练", Status.TEST: "测试"}[self]


class Act(StrEnum):
    """What a version does to the chain it belongs to."""

    #: The first word of it.
    ALERT = "alert"
    #: 更新 / 升级 / 降级: takes the place of what was said before.
    UPDATE = "update"
    #: 解除: the danger is over.
    END = "end"
    #: 误发: it was said wrongly.
    CORRECT = "correct"


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    #: 复核 done.
    CHECKED = "checked"
    #: Some have approved, more must.
    APPROVING = "approving"
    #: It goes out, or has gone out and holds.
    ISSUED = "issued"
    #: A later version took its place.
    SUPERSEDED = "superseded"
    #: 解除, or its time is over.
    ENDED = "ended"
    #: 误发.
    CORRECTED = "corrected"
    #: Given up before it went out.
    REJECTED = "rejected"
    ARCHIVED = "archived"


#: States in which a version may still be changed or let go.
OPEN = frozenset({State.DRAFT, State.CHECKED, State.APPROVING})


@dataclass(frozen=True, slots=True)
class Translation:
    """The words in one further language."""

    #: "en-US".
    language: str
    headline: str
    description: str
    instruction: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says: everything that is frozen when it is first published."""

    #: Name of the organisation in the settings.
    organisation: str
    #: Code of the hazard ("11B03"), see `pusher.warnings.hazard`.
    hazard: str
    level: Severity
    #: Division codes without trailing zeros.
    areas: tuple[str, ...]
    #: 可能影响的范围 in words.
    area_words: str
    #: 警示事项: what is coming, where, when, how strong.
    description: str
    #: 应当采取的措施.
    instruction: str
    #: 咨询电话.
    contact: str
    #: 起始时间, aware.
    onset: datetime
    #: Aware.
    expires: datetime
    #: Rings and circles as CAP writes them, beside or inside the areas.
    polygons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    #: Why it ends, or what was wrong.
    reason: str = ""
    translations: tuple[Translation, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One version as stored."""

    id: int
    #: Number of the first version of the chain; its own for the first.
    chain: int
    #: From 1.
    version: int
    act: Act
    state: State
    status: Status
    content: Content
    drafted_by: str
    drafted_at: datetime
    #: Given and frozen at first publication; "" before.
    identifier: str = ""
    sent: datetime | None = None
    item_id: int | None = None
    broadcast_id: int | None = None
    #: Whoever checked it; "" if nobody has.
    checked_by: str = ""
    #: Names of those who approved, in order.
    approved_by: tuple[str, ...] = ()
    #: Who let it go alone, and why; "" if nobody did.
    override_by: str = ""
    override_reason: str = ""
    #: Whether this is a named public test: the one drill that may reach the public.
    public_test: str = field(default="")
    #: The item of a source that it was drafted from; None = by a person.
    from_item: int | None = None
    #: SHA-256 (hex) of the certificate that has signed the alert that it was drafted from; "" = none that we know.
    signed_by: str = ""
    #: Why that alert is not proven to be its sender's, where the settings ask for it; "" = it is, or need not be.
    unproven: str = ""

    @property
    def is_public(self) -> bool:
        """Whether subscribers and public places may have it: live, or a named public test."""
        return self.status is Status.ACTUAL or bool(self.public_test)

    @property
    def turn(self) -> tuple[datetime, int]:
        """Sorts versions as they went out: their numbers are those of drafts, of which a later one may go first."""
        return self.sent or datetime.max.replace(tzinfo=UTC), self.broadcast_id or 0


def sent_before(version: Version, chain: Iterable[Version]) -> list[Version]:
    """The versions of its chain that went out before it (of a draft: all that did), in the order in which they did."""
    return sorted(
        (each for each in chain if each.sent is not None and each.turn < version.turn), key=lambda it: it.turn
    )
