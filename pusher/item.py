"""One published thing: what every kind of source makes, and what review, routes and reports speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from subscribers.topic import Topic

#: The fact by which staff who send by hand say whom it is for alone: an expression, see `subscribers.expression`.
ONLY_TO = "pusher:audience"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing published at a source, as found there; nothing is decided about it yet."""

    #: Name of the source in the settings ("inbox" for what others post).
    source: str
    #: What makes it the same thing at the next look: "索引号", or site and path without scheme, or the feed's id.
    key: str
    #: Plain text, white space folded, no mark-up, never cut where the page tells the whole.
    title: str
    #: Absolute http(s) address; "" for things posted by hand.
    url: str = ""
    #: Aware (+08:00 where the page has no zone); None if the page does not say.
    published: datetime | None = None
    #: As the page states it (ContentSource, 发布机构); "" if it does not.
    issuer: str = ""
    #: Column it stands in ("通知公告"); "" if unknown.
    column: str = ""
    #: Plain text, paragraphs separated by one blank line; "" where only attachments were published.
    body: str = ""
    #: Summary that the publisher gave; "" if none.
    summary: str = ""
    #: Attachments as (name, absolute address).
    attachments: Sequence[tuple[str, str]] = ()
    #: 文号 ("区府办发〔2026〕3号"); "" if none.
    document_number: str = ""
    #: What the source itself says of domains, areas and severity (settings, CAP, inbox); review adds to it.
    topic: Topic = field(default_factory=Topic)
    #: 预警、处罚 … as routes name it: "notice" unless the source says otherwise ("warning" for CAP).
    kind: str = "notice"
    #: Keys of the earlier things that this one updates or ends, of the same source.
    follows: Sequence[str] = ()
    #: Further facts of the source, as it names them (CAP: identifier, msgType, status …).
    facts: Mapping[str, str] = field(default_factory=dict)
