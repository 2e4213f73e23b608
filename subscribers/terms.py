"""What is written down with a list: whose it is, what for, why it may be used, and until when. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: Legal grounds on which a list may be written to (个人信息保护法 Art. 13); an "emergency" list gets warnings only.
BASES = ("consent", "statutory", "emergency")

#: Most characters of each.
LONGEST_NAME = 64
LONGEST_PURPOSE = 200
LONGEST_DUTY = 300


class GroupError(ValueError):
    """The list cannot be kept or used like this; one sentence."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the department states with a list."""

    #: What the list may be used for, as the people on it could be told.
    purpose: str
    #: One of `BASES`.
    basis: str
    #: The department that keeps it; "" = none is named.
    department: str = ""
    #: Aware; from then on nobody is written to because of it. None = no end.
    ends_at: datetime | None = None
    #: Why its warnings come even to whoever said 退订, and whom to ask; "" = a 退订 ends them as well.
    duty: str = ""
    #: Slot names of the columns by whose values people may be selected.
    selectable: tuple[str, ...] = ()
    #: Heading in its files → what the column means, where that was stated.
    mapping: Mapping[str, str] = field(default_factory=dict)

    def check(self, name: str, *, at: datetime) -> None:
        """Raises GroupError if the list `name` cannot be kept on these terms from `at` on."""
        if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
            raise GroupError(f"a group's name must have 1 to {LONGEST_NAME} printable characters")
        if self.basis not in BASES:
            raise GroupError(f"the legal basis of a group must be one of {', '.join(BASES)}")
        if not self.purpose.strip():
            raise GroupError(f"say what the list {name} is for, as its people could be told: --purpose")
        for what, text, longest in (("purpose", self.purpose, LONGEST_PURPOSE), ("duty", self.duty, LONGEST_DUTY)):
            if len(text) > longest or not text.isprintable():
                raise GroupError(f"the {what} of a group must have at most {longest} printable characters")
        if self.ends_at is not None and self.ends_at <= at:
            raise GroupError(f"the list {name} ended already: give it a later end with --until, or --until never")
        if self.duty and self.basis == "consent":
            raise GroupError("only a list that the law makes can outweigh a 退订: its basis is statutory or emergency")
