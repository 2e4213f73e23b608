"""Words of the rule files, and the plain form of a text in which they are looked for."""

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

#: In a phrase: up to twelve characters, whatever they are.
GAP = "…"
#: Stands where something was taken out of a text; no phrase contains it.
BLANK = "〓"
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x1f\x7f-\x9f]+")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")


def plain(text: str) -> str:
    """`text` with full-width forms folded, entities resolved, and without blanks, invisible characters and mark-up."""
    return _INVISIBLE.sub("", spaced(text))


def spaced(text: str) -> str:
    """As `plain`, but with every run of blanks kept as one blank: names of several departments stay apart."""
    folded = unicodedata.normalize("NFKC", _TAG.sub("", html.unescape(text)))
    return _INVISIBLE.sub(" ", folded).strip()


@dataclass(frozen=True, slots=True)
class Phrases:
    """A list of phrases, ready to be looked for in a plain text."""

    #: None where the list is empty.
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, phrases: Iterable[str]) -> "Phrases":
        """Compile them once; of two that start at the same place the longer one is found."""
        longest_first = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
        return cls(re.compile("|".join(map(_expression, longest_first))) if longest_first else None)

    def first(self, text: str) -> str:
        """The first words of `text` that are one of the phrases; "" if none is there."""
        found = self.pattern.search(text) if self.pattern else None
        return found.group() if found else ""

    def without(self, text: str) -> str:
        """`text` with every phrase blanked out, so that no word is found across the gap."""
        return self.pattern.sub(BLANK, text) if self.pattern else text


def _expression(phrase: str) -> str:
    return ".{0,12}?".join(re.escape(plain(part)) for part in phrase.split(GAP))
