"""What a gateway's own codes mean for us, as one table: later, dead, ours, and one stated fate for all others. Pure.

A code that stands in no table is technical: most codes are about the account, the sign or the template, and the
operator reads the code. Where every address is an account of its own (bots), it is that address's own instead.
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
    #: Whether each address is an account of its own (a bot): what passes by, and what stands nowhere here, is tried
    #: again for that address alone.
    each_its_own: bool = False
    #: Seconds to wait after a code where the gateway does not say.
    waits: Mapping[str, float] = field(default_factory=dict)

    def refusal(self, code: str, words: str, *, private: Sequence[str], retry_after: float | None = None) -> SendError:
        """The failure that `code` stands for; `words` are the gateway's own, free of `private` values afterwards."""
        said = f" ({redact(words, *private)})" if words else ""
        reason = self._reason_for_later(code)
        if reason is not None:
            wait, own = retry_after or self.waits.get(code), self.each_its_own or code in self.own
            in_doubt = code in self.doubtful
            return TemporaryFailure(reason + said, code=code, retry_after=wait, in_doubt=in_doubt, by_address=own)
        if code in self.dead:
            return PermanentFailure(self.dead[code] + said, code=code)
        if code in self.refused:
            return PermanentFailure(self.refused[code] + said, code=code, suppresses=False)
        if code not in self.ours and self.each_its_own:
            return TemporaryFailure(self.unknown + said, code=code, retry_after=retry_after, by_address=True)
        return TechnicalFailure(self.ours.get(code, self.unknown) + said, code=code)

    def _reason_for_later(self, code: str) -> str | None:
        families = (reason for start, reason in self.later_families.items() if code.startswith(start))
        return self.later.get(code) or next(families, None)
