"""Slots: the places in rendered words that each recipient fills with his own value.

A slot is written as its name between two private-use characters, which no published text can contain (`strip_marks` is
applied to everything that comes from outside), so words are rendered once and filled a million times.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

OPEN = "\ue000"
CLOSE = "\ue001"

#: The slot that holds the key to its recipient's own page, within the address of a link; and one as long as they get.
KEY, LIKE_A_KEY = "own_key", "10000000.Zk3xW9_q-AbC"
_SLOT = re.compile(f"{OPEN}([a-z][a-z0-9_]*){CLOSE}")
_MARKS = str.maketrans("", "", OPEN + CLOSE)


def slot(name: str) -> str:
    """The mark that stands for the recipient's value of `name` (lower-case letters, digits, "_")."""
    return f"{OPEN}{name}{CLOSE}"


def strip_marks(text: str) -> str:
    """`text` without the two characters that mark slots: for everything that comes from outside."""
    # Nearly no text has any, and looking is quicker than translating.
    return text.translate(_MARKS) if OPEN in text or CLOSE in text else text


def as_is(value: str) -> str:
    """A slot value that needs no escaping in its place."""
    return value


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text cut at its slots once, so that filling it is one join."""

    #: Literal pieces; piece i stands before slot i, the last one after all slots.
    literals: tuple[str, ...]
    #: Slot names in order of appearance.
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """Cut `text` at its slots."""
        pieces = _SLOT.split(text)
        return cls(literals=tuple(pieces[::2]), names=tuple(pieces[1::2]))

    def fill(self, values: Mapping[str, str], escape: Callable[[str], str] = as_is) -> str:
        """The text for one recipient; a missing value is an empty one."""
        if not self.names:
            return self.literals[0]
        filled = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            filled.append(escape(strip_marks(values.get(name, ""))))
            filled.append(literal)
        return "".join(filled)
