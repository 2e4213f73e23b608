"""How alerts hang together: the key of one, the keys of those that it updates or ends, whether it is the end. Pure."""

import hashlib
import re
from collections.abc import Iterator
from itertools import islice

from pusher.watch.cap_area import is_national
from pusher.watch.cap_record import Record
from pusher.watch.cap_words import Alert

LONGEST_KEY = 200
#: More references of one message are not followed; a chain over days has some dozens.
MOST_REFERENCES = 500
_CANCELLED = re.compile(r"cancel(?:l?ation|led)?$", re.IGNORECASE)


def key_of(sender: str, identifier: str) -> str:
    """The key of an alert: sender and identifier; `sent` is no part of it, for corrected copies change it."""
    key = f"cap:{sender},{identifier}"
    return key if len(key) <= LONGEST_KEY else f"{key[:160]}~{digest(key)}"


def digest(text: str) -> str:
    """Stands for a text that is too long for a key, or for the identifier that an alert does not have."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def follows(alert: Alert, key: str) -> tuple[str, ...]:
    """Keys of what is updated or ended: "sender,identifier,sent" between blanks, or bare identifiers (12379).

    Commas between the triplets occur, and senders that are not those of the message: both readings are kept. A message
    that names itself re-uses its identifier, which says something only where it updates or ends what had it before.
    """
    found: list[str] = []
    for sender, identifier in islice(_references(alert.record.text("references")), MOST_REFERENCES):
        found += [key_of(sender or alert.sender, identifier), key_of(alert.sender, identifier)]
    named = tuple(dict.fromkeys(found))
    return tuple(one for one in named if one != key) if alert.act in {"", "alert"} else named


def _references(text: str) -> Iterator[tuple[str, str]]:
    """Sender ("" if not named) and identifier of each reference."""
    for word in text.split():
        parts = [part for part in word.split(",") if part]
        if any(is_national(part) for part in parts) and len(parts) % 3:
            yield from (("", part) for part in parts if is_national(part))
        elif len(parts) >= 3:
            yield from ((parts[start], parts[start + 1]) for start in range(0, len(parts) - 2, 3))
        elif parts:
            yield ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def is_all_clear(alert: Alert) -> bool:
    """Whether an alert says that it is over, in any of the ways in which real feeds say it."""
    # "Cancle" is what one public client of the national system sends.
    return alert.act in {"cancel", "cancle"} or (bool(alert.infos) and all(map(_ends, alert.infos)))


def _ends(info: Record) -> bool:
    if "allclear" in (text.lower() for text in info.texts("responsetype")):
        return True
    if info.text("urgency").lower() == "past" and _CANCELLED.search(info.text("event")):
        return True
    # Environment Canada, which ends alerts area by area.
    return any(
        name.endswith("Alert_Location_Status") and value.lower() == "ended" for name, value in info.pairs("parameter")
    )
