"""What the file of a list holds before its meaning is known: rows of cells. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


class GroupFileError(ValueError):
    """The file as a whole cannot be taken; one sentence, in Chinese, for the department that keeps the list."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell whose content was lost or cannot be known."""

    #: What may be shown of it, masked.
    shown: str
    #: What is wrong and what to do, in Chinese.
    reason: str


#: What a spreadsheet would run as a formula; a telephone number in "+86 138…" is none.
LIKE_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d\s()-]*\Z)")
#: What stands before text that must not be run, as spreadsheets themselves mark it.
AS_TEXT = "'"

#: Text without white space around it, or why there is none.
Cell = str | Fault
#: Number of the row in the file, from 1, and its cells.
Row = tuple[int, Sequence[Cell]]
