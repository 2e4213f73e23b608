"""What a gateway's own codes mean for us, as one table: later, dead, ours, and one stated fate for all others. Pure.

A code that stands in no table is technical: most codes are about the account, the sign or the template, and the
operator reads the code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.redaction import redact


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Each code with its explanation, by what the caller does."""

    #: The same may work later.
    later: Mapping[str, str]
    #: This number will not get our messages.
    dead: Mapping[str, str]
    #: The operator must act.
    ours: Mapping[str, str]
    #: What is said of a code that stands nowhere here: where to look it up.
    unknown: str
    #: Beginnings of codes that all mean "later", with their explanation.
    later_families: Mapping[str, str] = field(default_factory=dict)
    #: Codes of `later` that leave open whether the message went out.
    doubtful: frozenset[str] = frozenset()
    #: Codes that concern this message to this address and nothing else (the group's bot wants a keyword): it is given
    #: up, the address stays good.
    refused: Mapping[str, str] = field(default_factory=dict)
    #: Codes of `later` that are the address's own.
    own: frozenset[str] = frozenset()
    #: Seconds to wait after a code where the gateway does not say.
    waits: Mapping[str, float] = field(default_factory=dict)

    def refusal(self, code: str, words: str, *, private: Sequence[str], retry_after: float | None = None) -> SendError:
        """The failure that `code` stands for; `words` are the gateway's own, free of `private` values afterwards."""
        said = f" ({redact(words, *private)})" if words else ""
        reason = self._reason_for_later(code)
        if reason is not None:
            wait = retry_after or self.waits.get(code)
            return TemporaryFailure(
                reason + said, code=code, retry_after=wait, in_doubt=code in self.doubtful, by_address=code in self.own
            )
        if code in self.dead:
            return PermanentFailure(self.dead[code] + said, code=code)
        if code in self.refused:
            return PermanentFailure(self.refused[code] + said, code=code, suppresses=False)
        return TechnicalFailure(self.ours.get(code, self.unknown) + said, code=code)

    def _reason_for_later(self, code: str) -> str | None:
        families = (reason for start, reason in self.later_families.items() if code.startswith(start))
        return self.later.get(code) or next(families, None)
