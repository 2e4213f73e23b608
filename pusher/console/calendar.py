"""Dates of notices as iCalendar (RFC 5545), for the reader's own calendar."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vText
from lxml import html

from pusher.console.board_store import Posted
from pusher.console.occasions import Occasion, occasions
from pusher.console.site import Site
from subscribers.topic import Severity


def calendar(site: Site, notices: Sequence[Posted], address: str, heading: str) -> bytes:
    """The occasions of all `notices` that tell any; `address` is the calendar's own, `heading` its name."""
    made = Calendar()
    made.add("prodid", "-//gov-pusher//board//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    # Not one of the names that the library escapes by itself.
    made.add("x-wr-calname", vText(_line(heading)))
    made.add("source", address, parameters={"value": "uri"})
    for posted in notices:
        for number, occasion in enumerate(dates_of(posted), start=1):
            made.add_component(_event(site, posted, occasion, number))
    return bytes(made.to_ical())


def dates_of(posted: Posted) -> list[Occasion]:
    """What a notice tells of dates; a warning's hours, and what is said in a test, are no entry of a calendar."""
    if posted.post.topic.severity > Severity.NOTICE or posted.post.drill:
        return []
    text = f"{posted.post.title}。{posted.post.summary}\n{_text(posted.post.html)}"
    return occasions(text, posted.post.published or posted.posted)


def _text(fragment: str) -> str:
    if not fragment.strip():
        return ""
    return re.sub(r"[ \t]+", " ", "\n".join(html.fragment_fromstring(fragment, create_parent="div").itertext()))


def _event(site: Site, posted: Posted, occasion: Occasion, number: int) -> Event:
    address = site.address(posted)
    event = Event()
    event.add("uid", f"{posted.id}-{number}@{site.public_url.partition('://')[2]}")
    event.add("dtstamp", posted.changed)
    event.add("summary", _line(f"{occasion.word}：{posted.post.title}"))
    if isinstance(occasion.start, datetime) and isinstance(occasion.end, datetime):
        event.add("dtstart", occasion.start.astimezone(UTC))
        event.add("dtend", max(occasion.end, occasion.start + timedelta(minutes=1)).astimezone(UTC))
    else:
        event.add("dtstart", occasion.start)
        # The end of whole days is the day behind them (RFC 5545 section 3.6.1).
        event.add("dtend", occasion.end + timedelta(days=1))
    event.add("description", f"{_line(posted.post.summary)}\n{address}".strip())
    event.add("url", address)
    if posted.post.issuer:
        event.add("organizer", "invalid:nomail", parameters={"cn": _line(posted.post.issuer)})
    return event


def _line(text: str) -> str:
    """Words as one line, without what a calendar cannot hold (RFC 5545 section 3.1: no control characters)."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable() or char == "\u3000")
