"""Workbooks made to hurt are refused before any reader opens them."""

import io
import struct
import zipfile

import pytest
from openpyxl import Workbook

from subscribers import workbook_guard
from subscribers.workbook_guard import WorkbookError, cells_without_value

SHEET = "xl/worksheets/sheet1.xml"


def _xlsx(**cells: str) -> bytes:
    book = Workbook()
    assert book.active is not None
    for place, value in cells.items():
        book.active[place] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _with(member: str, content: bytes, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A good workbook with one member added or replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_xlsx(A1="手机"))) as good, zipfile.ZipFile(file, "w", compression) as made:
        for name in good.namelist():
            if name != member:
                made.writestr(name, good.read(name))
        made.writestr(member, content)
    return file.getvalue()


def test_an_ordinary_workbook_passes() -> None:
    assert cells_without_value(_xlsx(A1="手机", B7="x")) == frozenset()


def test_formulas_without_result_and_errors_are_found() -> None:
    assert cells_without_value(_xlsx(A1="手机", C2="=1+1", AB7="#N/A")) == {(2, 3), (7, 28)}


def test_a_formula_with_a_stored_result_is_a_value() -> None:
    cells = b'<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f t="shared" si="0"/><v>x</v></c>'
    empty = b'<c r="C1"><f t="shared" si="0"/></c><c r="D1"><f>1</f><v></v></c>'
    assert cells_without_value(_with(SHEET, b"<sheetData>" + cells + empty + b"</sheetData>")) == {(1, 3), (1, 4)}


def test_a_cell_cut_by_the_end_of_a_piece_is_still_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_guard, "_PIECE", 37)
    assert cells_without_value(_xlsx(A1="手机", C2="=1+1", AB7="#N/A")) == {(2, 3), (7, 28)}


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "BM1", "BL200000"])
def test_a_cell_far_away_is_refused(place: str) -> None:
    with pytest.raises(WorkbookError, match="最远的内容"):
        cells_without_value(_xlsx(A1="手机", **{place: "x"}))


@pytest.mark.parametrize(
    "row",
    [
        b"<row r='1048576'><c><v>1</v></c></row>",
        b'<row r = "1048576"/>',
        b'<c s="1"r="XFD1"><v>1</v></c>',
        b'<c\n r="xfd1"><v>1</v></c>',
    ],
)
def test_a_far_place_is_seen_however_it_is_written(row: bytes) -> None:
    with pytest.raises(WorkbookError, match="最远的内容"):
        cells_without_value(_with(SHEET, b"<sheetData>" + row + b"</sheetData>"))


def test_a_member_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(WorkbookError, match="解开后过大"):
        cells_without_value(_with("xl/sharedStrings.xml", b" " * (32 << 20)))


def test_many_members_that_unpack_to_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_guard, "MOST_UNPACKED", 20_000)
    with pytest.raises(WorkbookError, match="解开后过大"):
        cells_without_value(_with("xl/media/one.bin", bytes(15_000), compression=zipfile.ZIP_STORED))


def test_a_size_stated_too_small_is_not_believed() -> None:
    data = bytearray(_with("xl/zz.xml", b" " * (32 << 20)))
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 10)
    with pytest.raises(WorkbookError, match="解开后过大"):
        cells_without_value(bytes(data))


@pytest.mark.parametrize("member", ["content.xml", "mimetype", "xl/workbook.bin"])
def test_other_kinds_of_workbook_are_refused(member: str) -> None:
    with pytest.raises(WorkbookError, match="不是 XLSX"):
        cells_without_value(_with(member, b"x"))


def test_too_many_members_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(600):
            made.writestr(f"xl/{number}.xml", b"")
    with pytest.raises(WorkbookError, match="部件太多"):
        cells_without_value(file.getvalue())


def test_an_unusual_compression_is_refused() -> None:
    with pytest.raises(WorkbookError, match="压缩方式"):
        cells_without_value(_with("xl/zz.xml", b"x", compression=zipfile.ZIP_LZMA))


@pytest.mark.parametrize("data", [b"", b"PK", _xlsx(A1="x")[:-30], b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(WorkbookError):
        cells_without_value(data)
