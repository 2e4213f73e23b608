"""What is wrong with an alert: which rule, which element, which line, in plain words. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapError:
    """One thing that is wrong."""

    #: Short name of the rule, for programs ("order", "references", "polygon" …).
    rule: str
    #: Path of the element without namespaces ("alert/info[2]/area[1]/polygon").
    element: str
    #: Line of the document, from 1; 0 = not known.
    line: int
    #: What is wrong and what it should be, in one sentence.
    text: str


class InvalidError(ValueError):
    """An alert that is to go out breaks a rule; `errors` says which."""

    def __init__(self, errors: Sequence[CapError]) -> None:
        super().__init__("; ".join(f"{error.element}: {error.text}" for error in errors))
        self.errors = tuple(errors)


def by_line(errors: Iterable[CapError]) -> tuple[CapError, ...]:
    """In the order of the document."""
    return tuple(sorted(errors, key=lambda error: error.line))
