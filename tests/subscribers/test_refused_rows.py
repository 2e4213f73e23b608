"""The file of refused rows does no harm to whoever opens it, and loses nothing on its way back."""

import csv
from pathlib import Path

from subscribers.group_cells import Fault
from subscribers.group_file import read_rows
from subscribers.group_list import check
from subscribers.refused_rows import write_refused

_EVIL = ("@SUM(1+1)*cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "+86 138 0013", "-", "-12")


def test_no_cell_of_a_refused_row_is_run_by_a_spreadsheet_and_all_are_read_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    rows = [(number, ["1380013", text]) for number, text in enumerate(_EVIL, start=2)]
    listed = check([(1, ["手机", "@备注"]), *rows, (99, [Fault("=c***", "公式"), "x"])])
    assert write_refused(listed, path) == len(_EVIL) + 1
    written = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert [row[1] for row in written] == [
        "'@备注", *(f"'{text}" for text in _EVIL[:3]), *_EVIL[3:], "x",
    ]  # fmt: skip
    assert written[-1][0] == "'=c***"
    again = [cells for _, cells in read_rows(path.read_bytes())]
    assert [cells[1] for cells in again] == ["@备注", *_EVIL, "x"]
