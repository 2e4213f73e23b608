"""Whether an XLSX file may be opened at all: looked through before any reader unpacks it. Pure.

A few kilobytes can unpack to gigabytes, and a single cell in the last corner makes a reader lay out billions of cells:
either would take the whole process down, past any exception.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence

from subscribers.group_list import MOST_COLUMNS, MOST_ROWS

#: Limits of one workbook. A list of 500,000 people with fifteen columns stays below all of them.
MOST_MEMBERS = 500
MOST_UNPACKED = 512 << 20
MOST_CELLS = 8_000_000
#: Above this factor between packed and unpacked it is no list; small members may be packed as they like.
MOST_RATIO = 200
_RATIO_MATTERS_ABOVE = 4 << 20

_PIECE = 1 << 20
_PACKED_PIECE = 1 << 16
#: Longest stretch that one cell with a formula may take (Excel's own limit is 8,192 characters).
_LONGEST_CELL = 1 << 16
#: End of a ZIP local header: lengths of the name and of the extra field (APPNOTE 4.3.7).
_LOCAL_HEADER = struct.Struct("<26xHH")

#: What makes it a workbook of this kind, and what would make a reader take it for another.
_WORKBOOK = "xl/workbook.xml"
_OTHER_KINDS = frozenset({"content.xml", "mimetype", "xl/workbook.bin"})

#: Where a cell or a row says that it stands. Readers are lenient about quotes and spaces, so this is.
_PLACE = re.compile(rb"""[\s"']r\s*=\s*["']([A-Za-z]{0,4})(\d{1,10})""")
#: A cell that shows an error (#N/A), or whose formula has no stored result.
_WITHOUT_VALUE = re.compile(
    rb"""<c\s+r="([A-Z]{1,3})(\d{1,7})"(?:[^>]*\st="e"[^>]*>"""
    rb"""|[^>]*>\s*<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>|</c>))"""
)


class WorkbookError(ValueError):
    """The file may not be opened; one sentence, in Chinese, for the department that keeps the list."""


def cells_without_value(data: bytes) -> frozenset[tuple[int, int]]:
    """Check the file, and find the cells (row, column, from 1) that show nothing usable. Raises WorkbookError.

    They are looked for in all sheets, because which one is the first only its reader knows.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
        _check_members(members)
        unpacked = 0
        empty: set[tuple[int, int]] = set()
        for member in members:
            unpacked += _look_through(data, member, MOST_UNPACKED - unpacked, empty)
    except WorkbookError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, OverflowError, NotImplementedError):
        raise WorkbookError("这不是完整的 XLSX 文件，请用 Excel 或 WPS 重新另存") from None
    return frozenset(empty)


def _check_members(members: Sequence[zipfile.ZipInfo]) -> None:
    names = {member.filename for member in members}
    if len(members) > MOST_MEMBERS:
        raise WorkbookError("文件里的部件太多，不像一份名单，请把名单另存为新的 XLSX 文件")
    if _WORKBOOK not in names or names & _OTHER_KINDS:
        raise WorkbookError("这不是 XLSX 文件，请用 Excel 或 WPS 另存为 XLSX 或 CSV")


def _look_through(data: bytes, member: zipfile.ZipInfo, left: int, empty: set[tuple[int, int]]) -> int:
    """Check one member, note its cells without value, and return its size."""
    size = rows = columns = 0
    rest = b""
    for piece in _unpacked(data, member):
        size += len(piece)
        if size > left or size > max(_RATIO_MATTERS_ABOVE, MOST_RATIO * member.compress_size):
            raise WorkbookError("文件解开后过大，请把名单另存为 CSV，或分成几份")
        text = rest + piece
        rows, columns = _extent(text, rows, columns)
        empty.update((int(row), _column(letters)) for letters, row in _WITHOUT_VALUE.findall(text))
        # What follows the last whole cell is looked at again with the next piece.
        rest = text[max(text.rfind(b"<c "), len(text) - _LONGEST_CELL, 0) :]
    return size


def _extent(text: bytes, rows: int, columns: int) -> tuple[int, int]:
    """How far down and right the cells reach, given how far those before did."""
    places = _PLACE.findall(text)
    rows = max(rows, *map(int, {row for _, row in places}), 0)
    columns = max(columns, *map(_column, {letters for letters, _ in places}), 0)
    if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise WorkbookError(
            f"表格里最远的内容在第 {rows} 行、第 {columns} 列：名单最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列，"
            "请删去名单以外的内容"
        )
    return rows, columns


def _unpacked(data: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member's content in pieces, as a reader would unpack it; sizes that the archive states are not believed."""
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or member.flag_bits & 1:
        raise WorkbookError("文件加了密码或用了不支持的压缩方式，请去掉密码后重新另存")
    name_bytes, extra_bytes = _LOCAL_HEADER.unpack_from(data, member.header_offset)
    start = member.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes
    packed = data[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield from (packed[at : at + _PIECE] for at in range(0, len(packed), _PIECE))
    else:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        for at in range(0, len(packed), _PACKED_PIECE):
            piece = inflate.decompress(packed[at : at + _PACKED_PIECE], _PIECE)
            while piece:
                yield piece
                piece = inflate.decompress(inflate.unconsumed_tail, _PIECE)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
