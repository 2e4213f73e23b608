"""What one look at a source brought. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pusher.watch.fetch_error import FetchError
from pusher.watch.items import Named
from pusher.watch.standing import Validators


@dataclass(frozen=True, slots=True)
class Looked:
    """A look that could be read."""

    #: New and changed things, and known ones that were read again: the store tells them apart.
    items: tuple[Named, ...] = ()
    #: Addresses of known articles that were taken down.
    gone: tuple[str, ...] = ()
    #: How many rows were not known.
    fresh: int = 0
    #: Dates of the rows, aware, none of the future.
    dates: tuple[datetime, ...] = ()
    #: See `Standing.marks` and `Standing.tries`.
    marks: Mapping[str, str] = field(default_factory=dict)
    tries: Mapping[str, int] = field(default_factory=dict)
    row_count: int = 0
    #: To ask with at the next look; empty while something of this page is still to be read.
    validators: Validators = field(default_factory=Validators)
    fresh_for: timedelta = timedelta(0)
    #: What was odd, in one sentence; "" if nothing was.
    doubt: str = ""


class RowsGone(FetchError):
    """A page that can be fetched but shows no rows: it was rebuilt, and nobody notices unless this is said at once."""
