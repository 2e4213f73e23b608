"""What the settings say of one source."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from channels.gate import Private
from pusher.watch.found import Kind
from pusher.watch.selectors import Selectors
from subscribers.datum import Datum
from subscribers.topic import Severity, Topic, area_code


def checked_url(url: str) -> str:
    """`url` if it can be watched; raises ValueError with one sentence if not."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError('the address must begin with "http://" or "https://" and name a host')
    if parts.username or parts.password:
        raise ValueError("the address must not hold a user name or password")
    if not url.isprintable() or " " in url:
        raise ValueError("the address must not hold blanks; copy it from the browser")
    return url


def _checked_area(area: str) -> str:
    if not area.isascii() or not area.isdigit() or not 2 <= len(area) <= 12:
        raise ValueError(f'"{area}" is not a division code such as "360403"')
    return area_code(area)


class SourceSettings(BaseModel):
    """One place that is watched, under its name in the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: What stands there: a list page, one page, RSS or Atom, a JSON list, CAP alerts; "inbox" = programs post it.
    kind: Literal["listing", "article", "feed", "json", "cap", "inbox"] = "listing"
    #: Address of the list (http or https); none for an inbox.
    url: Annotated[str, AfterValidator(lambda url: checked_url(url) if url else url)] = ""
    #: Domain codes of everything published there; empty = worked out for each item.
    domains: tuple[str, ...] = ()
    #: Division codes of everything published there; empty = the taxonomy's area.
    areas: tuple[Annotated[str, AfterValidator(_checked_area)], ...] = ()
    #: Least severity of everything published there; an item's own may be higher.
    severity: Literal["notice", "blue", "yellow", "orange", "red"] = "notice"
    #: Seconds between two looks; None = by what it usually publishes (5–15 min for warnings, 30–60 min for notices).
    interval: Annotated[float, Field(ge=0.1, le=604_800)] | None = None
    #: Publisher of everything there, in place of what the pages say; "" = what they say.
    issuer: str = ""
    #: Name of the column, in place of what the pages say ("通知公告"); "" = what they say.
    column: str = ""
    #: Where to look in its pages, for those in which the rows are not found by themselves.
    selectors: Selectors = Selectors()
    #: Private and loopback addresses, and unusual ports there: false = refused, true = allowed, or a list of networks.
    allow_private: Private = False
    #: What becomes of all that stands there at the first look: "baseline" = known, never pushed; "push" = new.
    first_poll: Literal["baseline", "push"] = "baseline"
    #: Whether each new row's own page is read; false = the rows say everything.
    follow_articles: bool = True
    #: Kind of its items as routes name it; "" = "warning" for CAP, else "notice".
    item_kind: Annotated[str, Field(max_length=32)] = ""
    #: Without anything new for so many times its usual gap (and three days) it is reported as silent; 0 = never.
    alarm_factor: Annotated[float, Field(ge=0, le=1000)] = 6
    #: Days for which known articles are read again now and then to see edits; 0 = never.
    recheck_days: Annotated[float, Field(ge=0, le=60)] = 3
    #: In which coordinates a CAP source draws polygons and circles; CAP asks for WGS 84, Chinese maps are GCJ-02.
    datum: Datum = "wgs-84"
    #: Whether its robots.txt is obeyed; false only for sites whose owner has asked for it to be watched.
    robots: bool = True

    @model_validator(mode="after")
    def _has_an_address(self) -> "SourceSettings":
        if self.kind == "inbox" and self.url:
            raise ValueError("an inbox has no url: programs post to /api/items")
        if self.kind != "inbox" and not self.url:
            raise ValueError("url is missing: the address of the list to watch")
        return self

    @property
    def page_kind(self) -> Kind | None:
        """What its page is read as; None for an inbox."""
        return None if self.kind == "inbox" else Kind(self.kind)

    @property
    def topic(self) -> Topic:
        """What it says of all its items (`source_topic` of the review)."""
        return Topic(frozenset(self.domains), frozenset(self.areas), Severity[self.severity.upper()])

    @property
    def kind_of_items(self) -> str:
        """Kind of its items as routes name it."""
        return self.item_kind or ("warning" if self.kind == "cap" else "notice")

    @property
    def is_urgent(self) -> bool:
        """Whether what stands there cannot wait for half an hour."""
        return self.kind == "cap" or self.kind_of_items == "warning" or self.severity != "notice"
