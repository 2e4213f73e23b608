"""What a server says of when to come again: Retry-After, Cache-Control, validators (RFC 9110, 9111). Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pusher.watch.standing import Validators

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NEVER_FRESH = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)
#: Longer validators are no validators; they would only fill the table.
_LONGEST = 500


def validators(headers: Mapping[str, str]) -> Validators:
    """What the answer gives to ask with next time."""
    return Validators(_short(headers.get("ETag", "")), _short(headers.get("Last-Modified", "")))


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST and value.isascii() and value.isprintable() else ""


def conditional(known: Validators) -> dict[str, str]:
    """Request headers that ask for the page only if it has changed."""
    named = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in named.items() if value}


def fresh_for(headers: Mapping[str, str], *, at: datetime) -> timedelta:
    """How long the answer stays fresh by the server's own word; zero if it does not say."""
    said = headers.get("Cache-Control", "")
    if _NEVER_FRESH.search(said):
        return timedelta(0)
    found = _MAX_AGE.search(said)
    if found:
        age = headers.get("Age", "")
        return max(timedelta(seconds=int(found[1]) - _number(age)), timedelta(0))
    expires = _date(headers.get("Expires", ""))
    return max(expires - (_date(headers.get("Date", "")) or at), timedelta(0)) if expires else timedelta(0)


def retry_after(headers: Mapping[str, str], *, at: datetime) -> timedelta | None:
    """How long the server asks to be left alone; None if it does not."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=_number(said))
    until = _date(said)
    return max(until - at, timedelta(0)) if until else None


def _number(digits: str) -> int:
    """Whole seconds, at most ten years; 0 for anything else."""
    return min(int(digits), 315_360_000) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
