"""An item as stored: its columns, and the record that is read back from them. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pusher.clock import from_instant, to_instant
from pusher.item import ONLY_TO, Item
from pusher.review.duplicates import plain_title
from pusher.review.personal import visible
from pusher.review.privacy import mask
from pusher.review.review import Reviewed
from pusher.watch.notice_json import notice_from_json, notice_to_json
from subscribers.topic import Severity, Topic
from templates.notice import Notice

#: Longest key that is stored as it is; a longer one is stored by its digest.
_LONGEST_KEY = 400
_LONGEST_URL = 2000
_LONGEST_TITLE = 500
_PLAIN_TITLE = 120
#: An office names whom to ask: that number is meant to be told. Outlines of areas are numbers, and name nobody.
_OFFICIAL = frozenset({"contact", ONLY_TO, "polygons", "circles"})


class ItemState(StrEnum):
    """Where an item stands."""

    #: May be routed.
    READY = "ready"
    #: Waits for a person: it may tell too much of people.
    HELD = "held"
    #: Was there when its source was first looked at: known, not told.
    BASELINE = "baseline"
    #: Taken back: never routed again.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as stored."""

    id: int
    source: str
    url: str
    title: str
    kind: str
    state: ItemState
    #: 0 at first publication; else the number of the edit.
    revision: int
    #: Whether that edit changed the title or the document number, or withdrew it.
    major: bool
    topic: Topic
    notice: Notice
    why: tuple[str, ...]
    facts: dict[str, str]
    #: Keys of the earlier things that this one updates or ends.
    follows: tuple[str, ...]
    seen_at: datetime


def stored(row: Mapping[str, Any]) -> StoredItem:
    """The record of a row of the table."""
    return StoredItem(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        title=row["title"],
        kind=row["kind"],
        state=ItemState(row["state"]),
        revision=row["revision"],
        major=bool(row["major"]),
        topic=Topic(frozenset(row["domains"]), frozenset(row["areas"]), Severity(row["severity"])),
        notice=notice_from_json(row["notice"]),
        why=tuple(row["why"]),
        facts=dict(row["facts"]),
        follows=tuple(row["follows"]),
        seen_at=from_instant(row["seen_at"]),
    )


def words(each: Item, reviewed: Reviewed) -> dict[str, Any]:
    """The columns that an edit changes. All texts are masked; the digests are of the texts as published."""
    major, minor = digests(each)
    return {
        "url": each.url[:_LONGEST_URL],
        "title": reviewed.notice.title[:_LONGEST_TITLE],
        "plain_title": plain(reviewed.notice.title),
        "published": None if each.published is None else to_instant(each.published),
        "kind": each.kind,
        "state": (ItemState.HELD if reviewed.held else ItemState.READY).value,
        "domains": sorted(reviewed.topic.domains),
        "areas": sorted(reviewed.topic.areas),
        "severity": int(reviewed.topic.severity),
        "notice": notice_to_json(reviewed.notice),
        "why": list(reviewed.why),
        "facts": {name: text if name in _OFFICIAL else mask(visible(text))[0] for name, text in each.facts.items()},
        "follows": list(each.follows),
        "major_digest": major,
        "minor_digest": minor,
    }


def plain(title: str) -> str:
    """Under what the same words are looked for."""
    return plain_title(title)[:_PLAIN_TITLE]


def digests(each: Item) -> tuple[bytes, bytes]:
    """What a major edit changes, and what a minor one does: title and number; the rest. Blanks do not count."""
    return _digest(each.title, each.document_number), _digest(each.body or each.summary)


def _digest(*texts: str) -> bytes:
    return hashlib.sha256("\0".join("".join(text.split()) for text in texts).encode("utf-8", "replace")).digest()


def stored_key(key: str) -> str:
    """A name of an item as it is stored."""
    return key if len(key) <= _LONGEST_KEY else "sha256:" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
