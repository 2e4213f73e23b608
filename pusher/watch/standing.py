"""What the watcher knows of one source between two looks. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """How a source stands, as operators see it."""

    OK = "ok"
    #: Its page can be read, but nothing new has come for far too long.
    SILENT = "silent"
    #: It cannot be read, or its rows are gone.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask with whether its page has changed; "" = it gave none."""

    #: As the ETag header has it, quotes and "W/" included.
    etag: str = ""
    #: As the Last-Modified header has it.
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """One source between two looks; that of a source never looked at has the defaults."""

    #: As in the settings.
    name: str
    #: Address that all this is known of.
    url: str
    validators: Validators = field(default_factory=Validators)
    #: Aware, as all times here; None = due at once.
    next_look: datetime | None = None
    #: None = never yet.
    last_look: datetime | None = None
    #: Last look that could be read; None = never yet.
    last_success: datetime | None = None
    #: When something new was found last; after the first look the newest date of its rows. None = not known.
    last_new: datetime | None = None
    #: Time between two new things, as observed; None = not known yet.
    usual_gap: timedelta | None = None
    #: Looks that failed since the last success.
    failures: int = 0
    #: Whether its first look has been stored (all later unknown rows are new).
    is_learnt: bool = False
    #: Rows of the last page that had any.
    row_count: int = 0
    #: What is wrong, in one sentence; "" if nothing is.
    problem: str = ""
    verdict: Verdict = Verdict.OK
    #: Since when it is silent or broken; None if it is not.
    alarm_since: datetime | None = None
    #: Digest of a row's key → digest of its title and date at the last look.
    marks: Mapping[str, str] = field(default_factory=dict)
    #: Key of a new or edited row → how often its article could not be read; address of a known article → how often it
    #: was missing.
    tries: Mapping[str, int] = field(default_factory=dict)
