"""A sum in place of pictures with letters: anybody can read it or have it read, a plain robot does not. Pure.

Its numbers follow from a signed token in the form, so nothing is stored until it is answered; each is good for once.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pusher.clock import from_instant, to_instant

#: How long a question may be answered: people fill the form slowly, or are called away.
GOOD_FOR = timedelta(hours=2)

_SECOND = 1_000_000
_SIGNATURE = 32
_NUMERALS = {numeral: number for number, numeral in enumerate("零一二三四五六七八九十")}


class Verdict(StrEnum):
    """What came of an answer."""

    RIGHT = "right"
    WRONG = "wrong"
    #: Not ours, or too old: another one has to be asked.
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Question:
    """`one` plus `other`, both from 1 to 9."""

    token: str
    one: int
    other: int


class Questions:
    """Makes and judges questions with a secret of 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def new(self, at: datetime) -> Question:
        """Another question."""
        body = f"{to_instant(at) // _SECOND}-{secrets.token_hex(8)}"
        return self._of(f"{body}.{self._sign('token', body)}")

    def again(self, token: str, at: datetime) -> Question | None:
        """The question of a token; None if it is not ours, or too old."""
        body, _, signature = token.rpartition(".")
        made, _, _ = body.partition("-")
        if not token.isascii() or not hmac.compare_digest(signature, self._sign("token", body)):
            return None
        age = at - from_instant(int(made) * _SECOND)
        return self._of(token) if age <= GOOD_FOR else None

    def judge(self, token: str, answer: str, at: datetime) -> Verdict:
        """Whether `answer`, as typed, is right."""
        question = self.again(token, at)
        if question is None:
            return Verdict.STALE
        return Verdict.RIGHT if number_in(answer) == question.one + question.other else Verdict.WRONG

    def _of(self, token: str) -> Question:
        digest = bytes.fromhex(self._sign("sum", token))
        return Question(token, digest[0] % 9 + 1, digest[1] % 9 + 1)

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.digest(self._secret, f"{purpose} {text}".encode(), "sha256").hex()[:_SIGNATURE]


def number_in(text: str) -> int | None:
    """The number that somebody typed ("12", "１２", "十二"); None if it is none."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if typed.isascii() and typed.isdigit() and len(typed) <= 3:
        return int(typed)
    tens, ten, ones = typed.partition("十")
    if ten and len(tens) <= 1 and len(ones) <= 1 and all(each in _NUMERALS for each in (*tens, *ones)):
        return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)
    return _NUMERALS.get(typed)
