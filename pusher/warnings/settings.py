"""Settings of warnings: who may issue what, who may do which act, over what they go out, who must answer."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainValidator, field_validator, model_validator

from pusher.warnings.certificate import Certificate, load
from pusher.warnings.roll_call.ladder import RollCallSettings
from subscribers.topic import Severity, area_code

Role = Literal["draft", "check", "approve"]
#: What the names of drafters and approvers begin with that are no persons.
AUTOMATIC = "automatic "
LEVELS = {level.name.lower(): level for level in Severity if level > Severity.NOTICE}


class _Table(BaseModel):
    """A table of the file: an unknown key is an error that names itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(_Table):
    """Who issues warnings, and of what."""

    #: As people know it ("浔阳区气象台"): stands in every warning.
    name: Annotated[str, Field(min_length=1, max_length=60)]
    #: Its code in the national system: 14 digits (6 division, 3 sector, 3 unit, 2 extension).
    code: Annotated[str, Field(pattern=r"^\d{14}$")]
    #: Families of hazards that it may issue ("11B" = all of weather, "11B03" = rainstorm alone).
    hazards: Annotated[tuple[str, ...], Field(min_length=1)]
    #: Division codes that it may warn; areas outside of these are refused.
    areas: Annotated[tuple[str, ...], Field(min_length=1)]
    #: 咨询电话 that stands in its warnings.
    contact: Annotated[str, Field(min_length=3, max_length=40)]

    def may_issue(self, hazard: str) -> bool:
        """Whether it may issue warnings of this hazard's code."""
        return any(hazard.startswith(family.rstrip("0") or family) for family in self.hazards)

    def may_warn(self, area: str) -> bool:
        """Whether `area` lies within its own."""
        own = [area_code(code) for code in self.areas]
        return any(area.startswith(code) for code in own) if area else False


class Officer(_Table):
    """A person who acts. The name of the table is the actor's name (`--as`, PUSHER_ACTOR)."""

    #: Names of organisations that this person acts for.
    organisations: Annotated[tuple[str, ...], Field(min_length=1)]
    #: 制作 = draft, 审核 = check, 签发 = approve.
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    #: SHA-256 (hex) of this person's key, as `pusher key new NAME` prints it; with it every act needs the key.
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Automatic(_Table):
    """One sender whose warnings of some hazards are drafted by themselves and count as approved once.

    The other approval, and 复核 where the level needs it, are always a person's.
    """

    #: Name of a source of kind "cap".
    source: Annotated[str, Field(min_length=1)]
    #: CAP's sender, exactly as its alerts write it.
    sender: Annotated[str, Field(min_length=1, max_length=200)]
    #: Name of the organisation whose warnings these are.
    organisation: Annotated[str, Field(min_length=1)]
    #: Families of hazards ("11B03", "11B").
    hazards: Annotated[tuple[str, ...], Field(min_length=1)]
    levels: tuple[Literal["blue", "yellow", "orange", "red"], ...] = ("blue", "yellow", "orange", "red")
    #: Files (PEM) of the certificates one of which must have signed an alert of his for it to count; several while one
    #: takes the place of another. Empty = the way on which his alerts come is proof enough.
    certificates: tuple[Annotated[Certificate, PlainValidator(load)], ...] = ()

    def proves(self, signed_by: str) -> bool:
        """Whether an alert that the certificate of this fingerprint ("" = none) has signed is his."""
        return not self.certificates or signed_by in {each.fingerprint for each in self.certificates}

    def covers(self, hazard: str, level: Severity) -> bool:
        """Whether this is one of the hazards and levels that are meant."""
        meant = any(hazard.startswith(family.rstrip("0") or family) for family in self.hazards)
        return meant and level.name.lower() in self.levels


class Approvers(_Table):
    """How many people must approve, by level."""

    blue: Annotated[int, Field(ge=1, le=5)] = 1
    yellow: Annotated[int, Field(ge=1, le=5)] = 1
    orange: Annotated[int, Field(ge=1, le=5)] = 2
    red: Annotated[int, Field(ge=1, le=5)] = 2

    def of(self, level: Severity) -> int:
        """How many for this level."""
        number: int = getattr(self, level.name.lower())
        return number


class PlannedTest(_Table):
    """A test that the public is told of beforehand: sirens, a message to all telephones of a region."""

    #: As people will hear of it ("5·12 警报试鸣").
    name: Annotated[str, Field(min_length=1, max_length=60)]
    #: When it begins, with its zone (2027-05-12T10:00:00+08:00).
    at: AwareDatetime
    #: When it is over; None = an hour after it began.
    until: AwareDatetime | None = None
    #: Where, in words ("浔阳区全区").
    area: Annotated[str, Field(min_length=1, max_length=200)]
    #: Who holds it; "" = this service.
    issuer: Annotated[str, Field(max_length=60)] = ""
    #: What people will notice and need not do; "" = the usual sentence.
    words: Annotated[str, Field(max_length=500)] = ""

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.until or self.at + timedelta(hours=1)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "PlannedTest":
        if self.end <= self.at:
            raise ValueError("until must be later than at")
        return self


class WarningSettings(_Table):
    """The table [warnings]."""

    organisations: dict[str, Organisation] = {}
    officers: dict[str, Officer] = {}
    #: Senders that are one approver of the two, by a name of your choice.
    automatic: dict[str, Automatic] = {}
    approvers: Approvers = Approvers()
    #: Domain whose subscribers hear of warnings.
    domain: str = "disaster"
    #: Names of channels, all of which a warning goes over.
    channels: tuple[str, ...] = ()
    #: Names of groups that hear of every warning (值守, 责任人, 学校, 医院, 企业), whatever they subscribe to.
    groups: tuple[str, ...] = ()
    #: Names of groups whose members hear of a warning if the point that the list gives (经度, 纬度) lies in its
    #: polygons and circles.
    groups_within: tuple[str, ...] = ()
    #: Names of groups that drills go to; never subscribers, never a public place.
    drill_groups: tuple[str, ...] = ()
    #: Levels that need 复核 before approval.
    checked: tuple[Literal["blue", "yellow", "orange", "red"], ...] = ("orange", "red")
    #: Hours that a warning holds where it does not say.
    hours: Annotated[float, Field(gt=0, le=240)] = 24.0
    #: Minutes before a warning expires without its end at which its issuer is alarmed.
    remind_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    #: Minutes after drafting within which an emergency override holds.
    override_minutes: Annotated[int, Field(ge=1, le=240)] = 30
    #: Who must answer, and what happens while they do not (叫应).
    roll_call: RollCallSettings = RollCallSettings()
    #: Groups of officers who are told at once of an override, and of a warning that is about to expire without its end.
    duty_groups: tuple[str, ...] = ()

    #: Tests of which `/warnings` tells beforehand, beside those that are drafted here.
    planned_tests: tuple[PlannedTest, ...] = ()

    @property
    def override(self) -> timedelta:
        """How long after drafting one person may let a warning go alone."""
        return timedelta(minutes=self.override_minutes)

    @field_validator("channels")
    @classmethod
    def _no_channel_twice(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(channels)) < len(channels):
            raise ValueError("a channel stands in it twice")
        return channels

    @model_validator(mode="after")
    def _known_organisations(self) -> "WarningSettings":
        for name, officer in self.officers.items():
            for organisation in officer.organisations:
                if organisation not in self.organisations:
                    raise ValueError(f"officers.{name}: there is no organisation {organisation!r}")
            if name.startswith(AUTOMATIC):
                raise ValueError(f"officers.{name}: names that begin with {AUTOMATIC!r} are those of programs")
        for name, sender in self.automatic.items():
            if sender.organisation not in self.organisations:
                raise ValueError(f"automatic.{name}: there is no organisation {sender.organisation!r}")
        return self
