"""The rows of a file that were refused, as a file for the department: the same columns, and why."""

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from subscribers.group_cells import AS_TEXT, LIKE_FORMULA, Cell, Fault
from subscribers.group_list import GroupList
from subscribers.headings import REASON, ROW


def write_refused(listed: GroupList, path: Path) -> int:
    """Write the refused rows to a new file at `path` that only its owner may read; how many. Raises OSError.

    CSV in UTF-8 with a mark, as spreadsheets expect it. The two further columns are passed over when the mended file is
    imported. A cell whose content was lost holds what may be shown of it.
    """
    reasons = _reasons(listed)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*map(_harmless, listed.headings), ROW, REASON])
        for line, cells in listed.refused_rows.items():
            padded = [*map(_harmless, map(_text, cells)), *[""] * (len(listed.headings) - len(cells))]
            rows.writerow([*padded[: len(listed.headings)], line, _harmless(reasons[line])])
    return len(listed.refused_rows)


def _reasons(listed: GroupList) -> Mapping[int, str]:
    reasons: dict[int, list[str]] = {}
    for each in listed.refused:
        reasons.setdefault(each.line, []).append(f"{each.column}：{each.reason}" if each.column else each.reason)
    return {line: "；".join(several) for line, several in reasons.items()}


def _text(cell: Cell) -> str:
    return cell.shown if isinstance(cell, Fault) else cell


def _harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula; `group_file` reads it as what it was."""
    return f"{AS_TEXT}{text}" if LIKE_FORMULA.match(text) else text
