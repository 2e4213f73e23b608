"""An alert as CAP nests it: elements in order, each text with the line it stood in. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Union


@dataclass(frozen=True, slots=True)
class Text:
    """An element that holds text."""

    #: White space at both ends is gone.
    value: str
    #: Line of the document, from 1; 0 = it was not read from one.
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Block:
    """An element that holds elements: alert, info, resource, area, or a pair of valueName and value."""

    #: (name without namespace, element) in the order of the document.
    children: tuple[tuple[str, Union[Text, "Block"]], ...] = ()
    line: int = field(default=0, compare=False)

    def text(self, name: str) -> str:
        """The first text of this name; "" if there is none."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> Sequence[str]:
        """All texts of this name, empty ones too."""
        return [child.value for child in self.all(name) if isinstance(child, Text)]

    def blocks(self, name: str) -> Sequence["Block"]:
        """All blocks of this name."""
        return [child for child in self.all(name) if isinstance(child, Block)]

    def all(self, name: str) -> Iterator[Union[Text, "Block"]]:
        """Every element of this name."""
        return (child for own, child in self.children if own == name)

    def pairs(self, name: str) -> Sequence[tuple[str, str]]:
        """(valueName, value) of every pair of this name; a bare text "name=value" (CAP 1.0) is cut at its sign."""
        return [_pair(child) for child in self.all(name)]

    def line_of(self, name: str) -> int:
        """Where the first element of this name stands; where the block begins if there is none."""
        return next((child.line for child in self.all(name)), self.line)


def block(*children: tuple[str, str | Block | None]) -> Block:
    """A block of these children; None and "" are left out."""
    return Block(tuple((name, Text(child) if isinstance(child, str) else child) for name, child in children if child))


def _pair(child: Text | Block) -> tuple[str, str]:
    if isinstance(child, Block):
        return child.text("valueName"), child.text("value")
    name, sign, value = child.value.partition("=")
    return (name, value) if sign else ("", child.value)
