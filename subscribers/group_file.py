"""Reading the file of a list, CSV or XLSX, into rows of text: the traps of spreadsheets are found here.

The sentences are for the department that keeps the list, so they are Chinese.
"""

import asyncio
import codecs
import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from subscribers.address_form import mask
from subscribers.group_cells import AS_TEXT, LIKE_FORMULA, Cell, Fault, GroupFileError, Row
from subscribers.group_list import GroupList, check
from subscribers.workbook_guard import MOST_CELLS, WorkbookError, cells_without_value

#: Most bytes of a file: half a million rows of a CSV.
LARGEST = 64 << 20

#: Rows between two tellings of how far it is.
_TOLD_EVERY = 5_000

#: Whole numbers from here on have lost digits: a spreadsheet keeps 15 of them.
_INEXACT = 10**15
_AS_TEXT = "长数字的末几位已经丢失：请把该列设为文本，重新填写后再导入"
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+\d{1,3}")
#: ="13800138000" is how people keep a spreadsheet from eating digits.
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')
_FORMULA = "这一格是公式：请复制后“粘贴为数值”再导入"
_NO_VALUE = "这一格的公式没有结果或显示错误：请改成数值或文本"
_MERGED = "这一格和别的格合并了，看不出是谁的：请取消合并，每一行都填写"

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
#: Bytes that are decoded at once, and characters of the first lines.
_PIECE = 1 << 20
_HEAD = 4096
_DELIMITERS = ",;\t"

_Value = int | float | str | bool | time | date | datetime | timedelta
#: The first and the last cell of some that are merged: row and column, from 0.
_Range = tuple[tuple[int, int], tuple[int, int]]


async def read_group_file(
    path: Path, mapping: Mapping[str, str] | None = None, progress: Callable[[int], None] = lambda _: None
) -> GroupList:
    """Read and check a file in a thread, because half a million rows take seconds. Raises GroupFileError.

    `mapping`: see `headings.read_headings`. `progress` is told the row that was reached, some thousands apart.
    """
    return await asyncio.to_thread(_read, path, mapping, progress)


def read_rows(data: bytes) -> Iterator[Row]:
    """The rows that are not empty, each with its number in the file, counted from 1. Raises GroupFileError."""
    if data.startswith(_ZIP):
        return _xlsx_rows(data)
    if data.startswith(_OLD_EXCEL):
        raise GroupFileError("这是旧的 XLS 文件或加了密码的文件：请另存为不加密码的 XLSX")
    return _csv_rows(data)


def _read(path: Path, mapping: Mapping[str, str] | None, progress: Callable[[int], None]) -> GroupList:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise GroupFileError(f"打不开文件 {path}：{error.strerror}") from None
    if len(data) > LARGEST:
        raise GroupFileError(f"文件超过 {LARGEST >> 20} MB，请分成几份名单")
    digest = hashlib.sha256(data).digest()
    rows = read_rows(data)
    del data
    return check(_counted(rows, progress), digest=digest, mapping=mapping)


def _counted(rows: Iterator[Row], progress: Callable[[int], None]) -> Iterator[Row]:
    for line, cells in rows:
        if line % _TOLD_EVERY == 0:
            progress(line)
        yield line, cells


def _encoding(data: bytes) -> str:
    """The encoding in which the whole file can be read, found out piece by piece."""
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for at in range(0, len(data), _PIECE):
                decoder.decode(data[at : at + _PIECE], final=at + _PIECE >= len(data))
        except UnicodeDecodeError:
            continue
        return encoding
    raise GroupFileError("看不出文件的编码：请另存为“CSV UTF-8”或 XLSX")


def _csv_rows(data: bytes) -> Iterator[Row]:
    """The rows as they are read: the text of a file takes several times its bytes, so it is never there as a whole."""
    encoding = _encoding(data)
    file = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    delimiter = _delimiter(file.read(_HEAD))
    file.seek(0)
    if _characters(data, delimiter, encoding) > MOST_CELLS:
        raise GroupFileError("文件里的格子太多，请删去用不到的列，或分成几份名单")
    if _characters(data, "\0", encoding):
        raise GroupFileError("这不是文本文件：请另存为“CSV UTF-8”或 XLSX")
    # Strict: a quote that is never closed would make one cell of everybody below it.
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield line, [_text_cell(cell) for cell in cells]
    except csv.Error:
        raise GroupFileError(f"第 {end + 1} 行读不懂：请检查引号是否成对") from None


def _characters(data: bytes, character: str, encoding: str) -> int:
    """How often an ASCII character stands in a file; in UTF-16 its two bytes could be halves of two others."""
    if encoding != "utf-16":
        return data.count(character.encode())
    decoder = codecs.getincrementaldecoder(encoding)()
    pieces = (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
    return sum(decoder.decode(piece).count(character) for piece in pieces)


def _delimiter(text: str) -> str:
    """The one that the first lines use most, outside quotes."""
    head = re.sub(r'"[^"]*"', "", text)
    return max(_DELIMITERS, key=head.count)


def _text_cell(text: str) -> Cell:
    stripped = text.strip()
    if stripped.startswith(AS_TEXT) and LIKE_FORMULA.match(stripped[1:]):
        # Marked as text by us, or by somebody who knows spreadsheets.
        return stripped[1:].strip()
    if "+" in stripped and _SCIENTIFIC.fullmatch(stripped):
        return Fault(mask(stripped), _AS_TEXT)
    if not stripped.startswith("="):
        return stripped
    quoted = _QUOTED_FORMULA.fullmatch(stripped)
    return quoted[1].strip() if quoted else Fault(mask(stripped), _FORMULA)


def _xlsx_rows(data: bytes) -> Iterator[Row]:
    try:
        faults = cells_without_value(data)
        sheet = _first_sheet(CalamineWorkbook.from_filelike(io.BytesIO(data)))
    except WorkbookError as error:
        raise GroupFileError(str(error)) from None
    except (CalamineError, OSError, ValueError):
        raise GroupFileError("XLSX 文件读不懂：请用 Excel 或 WPS 重新另存") from None
    with_fault = {row for row, _ in faults}
    # Rows are read from the first column that is used.
    left = sheet.start[1] if sheet.start else 0
    merges = _Merges(sheet.merged_cell_ranges or [], left)
    for line, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_xlsx_cell(value) for value in values]
        if line in with_fault:
            places = enumerate(cells, start=left + 1)
            cells = [Fault("", _NO_VALUE) if (line, at) in faults else cell for at, cell in places]
        covered = merges.covered(line, cells)
        if any(cells):
            yield line, [Fault("", _MERGED) if at in covered else cell for at, cell in enumerate(cells)]


class _Merges:
    """Cells that are merged with others: a file holds the value of all in the first, and nothing in the others."""

    def __init__(self, ranges: Sequence[_Range], left: int) -> None:
        #: First row (from 1) → last row, first column (from 0, of those read) and the one behind the last.
        self._begin: dict[int, list[tuple[int, int, int]]] = {}
        for (top, first), (bottom, last) in ranges:
            self._begin.setdefault(top + 1, []).append((bottom + 1, first - left, last - left + 1))
        #: Those that go on, and whether their first cell says anything.
        self._open: list[tuple[int, int, int, bool]] = []

    def covered(self, line: int, cells: Sequence[Cell]) -> set[int]:
        """Places of this row whose value stands in another cell; the rows are asked for one after the other."""
        begun = [(*each, bool(cells[each[1]])) for each in self._begin.get(line, ()) if 0 <= each[1] < len(cells)]
        covered = {at for _, first, end, says in begun if says for at in range(first + 1, min(end, len(cells)))}
        self._open = [each for each in self._open if each[0] >= line]
        covered |= {at for _, first, end, says in self._open if says for at in range(first, min(end, len(cells)))}
        self._open += begun
        return covered


def _first_sheet(workbook: CalamineWorkbook) -> CalamineSheet:
    for place, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return workbook.get_sheet_by_index(place)
    raise GroupFileError("文件里没有可见的工作表")


def _xlsx_cell(value: _Value) -> Cell:
    match value:
        case str():
            return _text_cell(value)
        case bool():
            return "是" if value else "否"
        case int() | float():
            return _number_cell(value)
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
        case _:
            return str(value)


def _number_cell(value: float) -> Cell:
    if not -_INEXACT < value < _INEXACT:
        return Fault(mask(f"{value:.0f}"), _AS_TEXT)
    return str(int(value)) if value == int(value) else f"{value:.15g}"
