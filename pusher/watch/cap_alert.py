"""One alert to an item. Pure; never raises.

Tolerant as a consumer has to be: whatever is missing or malformed becomes a sentence, not a refusal. Nothing is decided
here: an exercise, a test or a cancellation is an item like any other, and `facts` say what it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pusher.item import Item
from pusher.watch.cap_area import areas_of
from pusher.watch.cap_chain import digest, follows, key_of
from pusher.watch.cap_facts import doubts, facts_of
from pusher.watch.cap_level import severity_of
from pusher.watch.cap_record import Record
from pusher.watch.cap_words import DESCRIPTION, HEADLINE, Alert
from pusher.watch.tree import address
from subscribers.topic import Severity, Topic

#: Every warning belongs to 灾害事故救援.
DOMAINS = frozenset({"disaster"})
LONGEST_TITLE = 500
LONGEST_NAME = 200
LONGEST_ADDRESS = 2_000
#: What an alert without any words is called ("Cancel" needs none: it points to what it ends).
_WORDLESS = {"cancel": "预警解除", "update": "预警更新", "error": "预警更正"}
#: "靖远县气象台继续发布…", "郑州市气象台2021年07月19日21时59分发布…".
_ISSUER = re.compile(r"(\S{2,30}?(?:局|台|站|部|办|厅|委|中心|政府)).{0,30}?(?:发布|更新|升级|降级|变更|解除)")


@dataclass(frozen=True, slots=True)
class AlertRead:
    """An alert as an item, and what was doubtful in it."""

    item: Item
    #: One sentence each.
    problems: tuple[str, ...] = ()


def read_alert(record: Record, *, at: datetime, url: str = "", status: str = "") -> AlertRead:
    """The item of one alert. `url` is where it can be read, if it does not say so itself ("" = nowhere); `status` is
    that of the envelope around it: an alert in an exercise's envelope is an exercise.

    The item's `source` is "" (the caller knows it); its key is made of sender and identifier, without the time.
    """
    alert = Alert.of(record, at=at)
    title = _title(alert)
    key = key_of(alert.sender, alert.identifier or digest(f"{alert.sent} {title}"))
    item = Item(
        source="",
        key=key,
        title=title,
        url=next(filter(None, (_address(info.text("web")) for info in alert.chosen)), url),
        published=alert.sent,
        issuer=_issuer(alert)[:LONGEST_NAME],
        body=_body(alert),
        attachments=tuple(dict.fromkeys(_attachments(alert))),
        topic=Topic(DOMAINS, areas_of(alert.identifier, alert.infos), _severity(alert)),
        kind="warning",
        follows=follows(alert, key),
        facts=facts_of(alert, status, at=at),
    )
    return AlertRead(item, tuple(doubts(alert, item, at=at)))


def _title(alert: Alert) -> str:
    stated = alert.info.text(*HEADLINE, "event") or alert.record.text("note")
    return (stated or _WORDLESS.get(alert.act, "预警信息"))[:LONGEST_TITLE]


def _body(alert: Alert) -> str:
    """What is happening and what to do; further blocks of the same language may add to it."""
    names = (DESCRIPTION, ("instruction",))
    parts = (info.paragraphs(*of) for info in alert.chosen for of in names)
    return "\n\n".join(dict.fromkeys(part for part in parts if part))


def _severity(alert: Alert) -> Severity:
    return max(map(severity_of, alert.chosen), default=Severity.NOTICE)


def _issuer(alert: Alert) -> str:
    """Who warns: senderName is the organisation in CAP, but a person in alerts of the national system."""
    stated = "" if alert.is_national else alert.info.text("sendername") or alert.sender
    named = (_ISSUER.match(alert.info.text(*names)) for names in (HEADLINE, DESCRIPTION))
    return stated or next((match[1] for match in named if match), "") or alert.sender.replace("_", " ")


def _attachments(alert: Alert) -> Iterator[tuple[str, str]]:
    for info in alert.infos:
        for resource in info.records("resource"):
            if url := _address(resource.text("uri")):
                yield resource.text("resourcedesc")[:LONGEST_NAME] or url.rsplit("/", 1)[-1], url


def _address(text: str) -> str:
    return address(text, "") if len(text) <= LONGEST_ADDRESS else ""
