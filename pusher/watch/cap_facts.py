"""The facts of an alert under CAP's own names, and what is doubtful in it. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from pusher.item import Item
from pusher.watch.cap_chain import is_all_clear
from pusher.watch.cap_time import read_time
from pusher.watch.cap_words import Alert

LONGEST_FACT = 4_000
#: Longer outlines are left out as a whole: half a polygon would be another one.
LONGEST_OUTLINE = 200_000
#: A code of the national system.
_NATIONAL_EVENT = re.compile(r"1[1-4][A-Z]\d\d")
#: Name in `Item.facts` and the names that files use, of the alert and of its chosen info block.
_OF_ALERT = {
    "status": ("status",),
    "msgType": ("msgtype",),
    "scope": ("scope",),
    "references": ("references",),
    "note": ("note",),
    "incidents": ("incidents",),
    "senderCode": ("sendercode",),
}
_OF_INFO = {
    "event": ("event", "signaltype"),
    "eventType": ("eventtype",),
    "urgency": ("urgency",),
    "severity": ("severity", "signallevel"),
    "certainty": ("certainty",),
    "language": ("language",),
    "contact": ("contact",),
    "web": ("web",),
}
_TIMES = {"effective": ("effective",), "onset": ("onset",), "expires": ("expires", "relievetime")}
_EXPECTED: Mapping[str, str] = {
    "identifier": "it has no identifier; it is known by its words instead",
    "sent": "the time of sending is missing or cannot be read",
}


def facts_of(alert: Alert, envelope_status: str, *, at: datetime) -> dict[str, str]:
    """What the alert states, by CAP's names; times in ISO 8601 with their zone; what it does not state is left out.

    `polygons` and `circles` have one a line, as CAP writes them. `languages` has one word for each info block ("-" =
    not named), `allClear` is "yes" where it says that it is over.
    """
    facts = {fact: alert.record.text(*names) for fact, names in _OF_ALERT.items()}
    facts |= {fact: alert.info.text(*names) for fact, names in _OF_INFO.items()}
    facts |= {fact: _iso(read_time(alert.info.text(*names), at=at)) for fact, names in _TIMES.items()}
    if envelope_status and facts["status"].lower() in {"", "actual"}:
        facts["status"] = envelope_status
    facts |= {
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": _iso(alert.sent),
        "senderName": "" if alert.is_national else alert.info.text("sendername"),
        "instruction": alert.info.paragraphs("instruction"),
        "languages": " ".join(info.text("language") or "-" for info in alert.record.records("info")),
        "areaDesc": "、".join(dict.fromkeys(_area_names(alert))),
        "allClear": "yes" if is_all_clear(alert) else "",
    }
    facts["eventType"] = facts["eventType"] or next(_event_codes(alert), "")
    outlines = {"polygons": "\n".join(_shapes(alert, "polygon")), "circles": "\n".join(_circles(alert))}
    return {
        **{name: text[:LONGEST_FACT] for name, text in facts.items() if text},
        **{name: text for name, text in outlines.items() if 0 < len(text) <= LONGEST_OUTLINE},
    }


def _event_codes(alert: Alert) -> Iterator[str]:
    """The codes of the national system, in alerts that are no messages of it."""
    return (value for _, value in alert.info.pairs("eventcode") if _NATIONAL_EVENT.fullmatch(value))


def _shapes(alert: Alert, name: str) -> Iterator[str]:
    """Polygons or circles of all areas, each once, as written."""
    found = (text for info in alert.infos for area in info.records("area") for text in area.texts(name))
    yield from dict.fromkeys(found)


def _circles(alert: Alert) -> Iterator[str]:
    """Circles with their radius in kilometres; the national system writes metres."""
    for text in _shapes(alert, "circle"):
        centre, _, radius = text.rpartition(" ")
        try:
            yield f"{centre} {float(radius) / 1000:g}" if alert.is_national else text
        except ValueError:
            continue


def _iso(time: datetime | None) -> str:
    return time.isoformat() if time else ""


def _area_names(alert: Alert) -> Iterator[str]:
    for info in alert.infos:
        for area in info.records("area"):
            yield from (name.strip() for name in area.text("areadesc").split(",") if name.strip())


def doubts(alert: Alert, item: Item, *, at: datetime) -> Iterator[str]:
    """One sentence for each thing that is missing, contradictory or unreadable in the alert that became `item`."""
    name = f"alert {alert.identifier[:80] or item.title[:40]}"
    for fact, what in _EXPECTED.items():
        if fact not in item.facts:
            yield f"{name}: {what}"
    # The lists in JSON have no status: whatever stands in them is in force.
    if "status" not in item.facts and alert.record.records("info"):
        yield f"{name}: it does not say whether it is real or an exercise (no status)"
    if not alert.infos:
        yield f"{name}: it has no info block, so it says nothing but what it refers to"
    if alert.act in {"cancel", "update"} and not item.follows:
        yield f"{name}: it updates or ends something, but does not say what (no references)"
    yield from (f"{name}: {what}" for what in _doubtful_times(alert, item.facts, at=at))


def _doubtful_times(alert: Alert, facts: Mapping[str, str], *, at: datetime) -> Iterator[str]:
    for fact, names in _TIMES.items():
        if alert.info.text(*names) and read_time(alert.info.text(*names), at=at) is None:
            yield f"{fact} cannot be read as a time"
    begins = facts.get("onset") or facts.get("effective")
    if begins and "expires" in facts and datetime.fromisoformat(facts["expires"]) < datetime.fromisoformat(begins):
        yield "it expires before it begins"
