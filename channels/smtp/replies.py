"""What a relay's answers mean: RFC 5321 reply codes, sharpened by the enhanced codes of RFC 3463. Pure.

4xx is temporary wherever it is said. 5xx speaks of the address only where the address was the question (RCPT), or
where an enhanced code says so; anywhere else, and for every matter of policy, it is our side that is refused: a wrong
password or a blocked relay must not end ten thousand good addresses.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome
from channels.redaction import redact


class Step(IntEnum):
    """How far a dialogue has come: the command that the relay is to answer."""

    CONNECT = 0
    RESET = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    #: The whole mail was handed over: no answer now leaves open whether it was taken.
    CONTENT = 5


@dataclass(slots=True)
class Reply:
    """What the relay answered, and to what. Not frozen, which would double the time to make one."""

    step: Step
    code: int
    text: str

    @property
    def accepts(self) -> bool:
        """Whether it lets the dialogue go on (DATA) or has done what it was asked (everything else)."""
        return self.code == 354 if self.step is Step.DATA else 250 <= self.code <= 259

    @property
    def refuses(self) -> bool:
        """Whether it says no; a reply that neither accepts nor refuses is out of step, and its line of no more use."""
        return 400 <= self.code <= 599


#: "5.1.1 …": class, subject and detail of RFC 3463.
_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})(?=\s|$)")

#: How relays name the message they took: Postfix, Exim, and providers after them.
_QUEUED = re.compile(r"(?:queued as|id[=:]?) ?([A-Za-z0-9][A-Za-z0-9._-]{3,63})")

#: The fate of a 5xx by the subject of its enhanced code (RFC 3463 section 3).
_BY_SUBJECT = {
    "1": Outcome.PERMANENT,  # address
    "2": Outcome.PERMANENT,  # mailbox
    "3": Outcome.TECHNICAL,  # mail system
    "4": Outcome.PERMANENT,  # no route to the address's domain
    "5": Outcome.TECHNICAL,  # protocol
    "6": Outcome.TECHNICAL,  # content
    "7": Outcome.TECHNICAL,  # policy: relaying denied, login wanted, sender blocked
}

#: Where the detail says otherwise than the subject.
_BY_DETAIL = {
    ("1", "7"): Outcome.TECHNICAL,  # the sender's address is malformed
    ("1", "8"): Outcome.TECHNICAL,  # the sender's domain is unknown
    ("2", "2"): Outcome.TEMPORARY,  # mailbox full: it may be emptied
    ("2", "3"): Outcome.TECHNICAL,  # longer than the mailbox takes: our message
    ("4", "5"): Outcome.TEMPORARY,  # congestion
    ("4", "7"): Outcome.TEMPORARY,  # delivery time expired
    ("6", "7"): Outcome.PERMANENT,  # address in other letters than ASCII (RFC 6531)
}

#: The fate of a 5xx at RCPT without enhanced code (RFC 5321 section 4.2.3; 556: RFC 7504).
_AT_RCPT = {
    550: Outcome.PERMANENT,
    551: Outcome.PERMANENT,
    552: Outcome.TEMPORARY,  # to be treated as 452, section 4.5.3.1.10
    553: Outcome.PERMANENT,
    556: Outcome.PERMANENT,
}


def refusal(reply: Reply, *private: str) -> SendError:
    """The failure that a reply which does not accept means; `private` are the values that its text may echo."""
    code, words = _told(reply)
    detail = f"at {reply.step.name}: {redact(words, *private)}"
    match fate(reply):
        case Outcome.PERMANENT:
            return PermanentFailure(detail, code=code)
        case Outcome.TECHNICAL:
            return TechnicalFailure(detail, code=code)
        case _:
            return TemporaryFailure(detail, code=code, in_doubt=reply.step is Step.CONTENT and not reply.refuses)


def fate(reply: Reply) -> Outcome:
    """Temporary, permanent or technical. An answer that fits no question is temporary: the line is broken."""
    if not 500 <= reply.code <= 599:
        return Outcome.TEMPORARY
    enhanced = _ENHANCED.match(reply.text)
    if reply.step is Step.RCPT:
        return _of_subject(enhanced.groups()) if enhanced else _AT_RCPT.get(reply.code, Outcome.TECHNICAL)
    # Some relays look at the address only when they have the whole mail, and then say so by its subject.
    if reply.step is Step.CONTENT and enhanced and enhanced[1] in {"1", "2"}:
        return _of_subject(enhanced.groups())
    return Outcome.TECHNICAL


def provider_id(reply: Reply) -> str | None:
    """The relay's own number of the mail that it took; None if it does not say."""
    queued = _QUEUED.search(reply.text)
    return queued[1] if queued else None


def _of_subject(enhanced: tuple[str, ...]) -> Outcome:
    subject, detail = enhanced
    return _BY_DETAIL.get((subject, detail)) or _BY_SUBJECT.get(subject, Outcome.TECHNICAL)


def _told(reply: Reply) -> tuple[str, str]:
    """The code as operators know it ("550 5.1.1"), and the words behind it."""
    enhanced = _ENHANCED.match(reply.text)
    if enhanced is None:
        return str(reply.code), reply.text
    return f"{reply.code} {enhanced[0]}", reply.text[enhanced.end() :]
