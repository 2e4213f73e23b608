"""What a finding of personal data is, and the plain form of a text that keeps every position. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was found."""

    ID = "id"
    MOBILE = "mobile"
    BANK = "bank"
    NAME = "name"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data in a text. It holds the masked value only, so that it may be logged and shown."""

    kind: Kind
    #: As it goes out: "138****8000", "330602********1234", "张*".
    masked: str
    #: Where it stands, counted in characters of the text as it was found.
    start: int
    end: int
    #: The key word that told it, or the head of its column; "" for numbers that tell themselves and for a name that
    #: stands again without one.
    key: str = ""
    #: "title", "summary", "body", or "attachment" where the text is an item's.
    part: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text that must be masked, with how."""

    kind: Kind
    start: int
    end: int
    #: How many letters or digits stay readable at the beginning and at the end.
    head: int
    tail: int
    key: str = ""


#: What people put between the digits of a number, in narrow form.
SEPARATORS = " -\t"
_BLANKS = "\u00a0\u2002\u2003\u2009\u200b\u3000"
_DASHES = "‐‑‒–—―－·"  # the look-alikes are what is looked for


#: Nobody sees them, and between the digits of a number they would hide it from us alone. Joiners are left where they
#: shape letters or emoji.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
    "|(?<=[0-9\uff10-\uff19\u4e00-\u9fff])[\u200c\u200d]+|[\u200c\u200d]+(?=[0-9\uff10-\uff19\u4e00-\u9fff])"
)


def visible(text: str) -> str:
    """`text` without the characters that nobody sees."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


class _Narrow(dict[int, str]):
    """Characters to their narrow forms, each worked out once."""

    def __missing__(self, code: int) -> str:
        self[code] = _narrow(chr(code))
        return self[code]


_FORMS = _Narrow()


def narrowed(text: str) -> str:
    """`text` with digits, letters, blanks and dashes of all widths as ASCII ones, every character in its place."""
    return text.translate(_FORMS)


def digits_of(flat: str) -> str:
    """A number without what stands between its digits."""
    return "".join(letter for letter in flat if letter not in SEPARATORS)


def covered(text: str, span: Span) -> str:
    """The masked form of a span, of the same length: "张*", "138 **** 8000"."""
    raw = text[span.start : span.end]
    counted = [place for place, letter in enumerate(narrowed(raw)) if letter not in SEPARATORS]
    hidden = set(counted[span.head : len(counted) - span.tail])
    return "".join("*" if place in hidden else letter for place, letter in enumerate(raw))


def told(text: str, span: Span) -> Finding:
    """The finding of a span, its value in narrow form and without separators."""
    return Finding(span.kind, digits_of(narrowed(covered(text, span))), span.start, span.end, span.key)


def _narrow(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter in _BLANKS:
        return " "
    if letter in _DASHES:
        return "-"
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    folded = unicodedata.normalize("NFKC", letter)
    return folded if len(folded) == 1 else letter
