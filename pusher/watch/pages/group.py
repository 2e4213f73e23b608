"""A group of rows that are brothers, and how much it is a list. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pusher.watch.pages.row import RowFacts
from pusher.watch.plain_text import Element

#: Longer titles weigh no more.
_LONG_TITLE = 16


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are brothers, or the rows of several blocks of one list."""

    #: What the rows stand in: one element a block.
    parents: Sequence[Element]
    #: In the page's order.
    rows: Sequence[tuple[Element, RowFacts]]
    #: How many brothers that hold links were refused: blocks of several things, menus, pagers.
    refused: int

    @property
    def score(self) -> float:
        """How much it is a list of published things: dates weigh most, then long titles."""
        purity = len(self.rows) / (len(self.rows) + self.refused)
        evenness = 0.5 + 0.5 * self.dated / len(self.rows) if self.dated else 1
        return purity * evenness * sum(_worth(facts) for _, facts in self.rows)

    @property
    def dated(self) -> int:
        """How many rows show their date."""
        return sum(facts.is_dated for _, facts in self.rows)

    @property
    def mean_title(self) -> float:
        """Mean length of the titles in characters."""
        return sum(len(facts.title) for _, facts in self.rows) / max(1, len(self.rows))


def _worth(facts: RowFacts) -> float:
    """The weight of one row."""
    length = min(len(facts.title), _LONG_TITLE) / _LONG_TITLE
    if facts.is_dated:
        return 0.5 + 0.5 * length
    if facts.published is not None:
        return 0.6 * length
    return (0.4 if facts.has_picture else 0.25) * length
