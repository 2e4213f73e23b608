"""How fast mails go to each recipients' domain, so that one provider who asks us to slow down holds up no other. Pure.

Limits of qq.com, 163.com and their like are by domain. A mail over its domain's pace is not tried at all; a domain that
answers "too fast" is left alone for a while, longer each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from channels.message import Lane

#: The rule for domains without one of their own.
OTHERS = "*"

_MINUTE = 60.0
#: Seconds that a domain is left alone after it asked for it: the first time, and at most.
_FIRST_REST, _LONGEST_REST = 60.0, 3600.0
#: Beginnings of what providers say to those who are too fast: RFC 3463 X.7.x and X.3.2, and 421 as such.
_TOO_FAST = ("421", "450 4.7.", "451 4.7.", "452 4.7.", "454 4.7.", "450 4.3.2", "451 4.3.2")


class DomainRule(BaseModel):
    """What one domain takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Mails a minute of one process.
    per_minute: int = Field(ge=1, le=1_000_000)


@dataclass(slots=True)
class _Domain:
    #: Beginning of the present minute, mails that went in it, and mails that were put off in it.
    since: float = 0.0
    went: int = 0
    put_off: int = 0
    #: Until when it is left alone, and for how long it was the last time.
    rests_until: float = 0.0
    rest: float = 0.0


@dataclass(slots=True)
class Domains:
    """The pace of all domains, told what time it is (seconds on any steady clock)."""

    rules: Mapping[str, DomainRule]
    _known: dict[str, _Domain] = field(default_factory=dict)

    def wait(self, domain: str, lane: Lane, at: float) -> float:
        """Seconds to put a mail to `domain` off; 0 = it may go, and counts. A warning always may."""
        known = self._of(domain)
        if at - known.since >= _MINUTE:
            known.since, known.went, known.put_off = at, 0, 0
        if lane is Lane.WARNING:
            known.went += 1
            return 0.0
        if at < known.rests_until:
            return known.rests_until - at
        rule = self.rules.get(domain) or self.rules.get(OTHERS)
        if rule is not None and known.went >= rule.per_minute:
            # Those who come later are put off for longer, so that they do not all come back at once.
            minutes = 1 + known.put_off // rule.per_minute
            known.put_off += 1
            return known.since + minutes * _MINUTE - at
        known.went += 1
        return 0.0

    def answered(self, domain: str, code: str, at: float) -> None:
        """What a server of `domain` said of a mail ("250", "450 4.7.1"): it asks for a pause, or all is well."""
        known = self._of(domain)
        if code.startswith(_TOO_FAST):
            if at >= known.rests_until:
                known.rest = min(max(_FIRST_REST, 2 * known.rest), _LONGEST_REST)
                known.rests_until = at + known.rest
        elif code.startswith("2"):
            known.rest = 0.0

    def _of(self, domain: str) -> _Domain:
        known = self._known.get(domain)
        if known is None:
            known = self._known[domain] = _Domain()
        return known
