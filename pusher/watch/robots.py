"""What a site's robots.txt lets this watcher read (RFC 9309); Protego is known here alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from protego import Protego

#: The name by which a site's robots.txt may speak to this service.
AGENT = "gov-pusher"
#: A site's rules are believed so long.
KEPT = timedelta(hours=24)
#: Longest pause between two requests that a site may ask for, in seconds; more would mean not to be read at all.
_LONGEST_DELAY = 60.0
#: So much of the file is read (RFC 9309 §2.5).
_LONGEST_FILE = 512_000


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site; None = everything may be read."""

    rules: Any
    #: When they were read.
    read_at: datetime

    @classmethod
    def parse(cls, body: bytes, *, at: datetime) -> "Robots":
        """The rules that `body` holds; what is not understood forbids nothing."""
        return cls(Protego.parse(body[:_LONGEST_FILE].decode("utf-8-sig", "replace")), at)

    def allow(self, url: str) -> bool:
        """Whether `url` may be read."""
        return self.rules is None or bool(self.rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds that the site asks for between two requests; 0 if it does not."""
        asked = self.rules.crawl_delay(AGENT) if self.rules is not None else None
        return min(max(float(asked or 0), 0), _LONGEST_DELAY)

    def is_current(self, at: datetime) -> bool:
        """Whether they need not be read again yet."""
        return at - self.read_at < KEPT
