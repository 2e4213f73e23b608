"""Files of lists as people save them: encodings, separators, and what spreadsheets do to numbers."""

import io
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from subscribers import group_file
from subscribers.group_cells import Cell, Fault, GroupFileError
from subscribers.group_file import LARGEST, read_group_file, read_rows

AS_TEXT = "长数字的末几位已经丢失：请把该列设为文本，重新填写后再导入"


def _xlsx(*rows: list[object]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cells(data: bytes) -> list[Cell]:
    """The cells of the last row."""
    return list(list(read_rows(data))[-1][1])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_files_are_read_in_the_usual_encodings_and_separators(encoding: str, delimiter: str) -> None:
    text = f"姓名{delimiter}手机\r\n张三{delimiter}13800138000\r\n㐀{delimiter}1\r\n"
    assert list(read_rows(text.encode(encoding))) == [
        (1, ["姓名", "手机"]),
        (2, ["张三", "13800138000"]),
        (3, ["㐀", "1"]),
    ]


def test_a_separator_within_quotes_does_not_mislead() -> None:
    data = '"姓名,全,称,,,";手机\n"张,三";138\n'.encode()
    assert list(read_rows(data))[1] == (2, ["张,三", "138"])


def test_rows_keep_their_line_numbers_over_empty_and_broken_lines() -> None:
    data = '手机,备注\n\n138,"两\n行"\n , \n139,x\n'.encode()
    assert [(line, cells[0]) for line, cells in read_rows(data)] == [(1, "手机"), (3, "138"), (6, "139")]


def test_long_numbers_that_a_spreadsheet_spoilt_are_faults() -> None:
    assert _cells(b"a\n3.30602E+17\n") == [Fault("3.3****17", AS_TEXT)]


def test_text_kept_by_a_quoted_formula_is_text() -> None:
    assert _cells(b'a\n"=""13800138000"""\n') == ["13800138000"]


def test_formulas_in_csv_are_faults() -> None:
    [cell] = _cells(b'a\n"=HYPERLINK(""http://x"")"\n')
    assert isinstance(cell, Fault)
    assert "粘贴为数值" in cell.reason


def test_xlsx_numbers_dates_and_truths_become_text() -> None:
    moment = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001  spreadsheets know no zone
    row: list[object] = [13800138000, 12.5, True, date(2026, 1, 2), moment, time(3, 4), " x "]
    assert _cells(_xlsx(["a"], row)) == [
        "13800138000",
        "12.5",
        "是",
        "2026-01-02",
        "2026-01-02 03:04",
        "03:04:00",
        "x",
    ]


def test_an_18_digit_number_in_xlsx_has_lost_digits() -> None:
    cells = _cells(_xlsx(["a", "b"], [330602199001011234, "330602199001011234"]))
    assert cells == [Fault("330****28", AS_TEXT), "330602199001011234"]


def test_a_formula_without_result_and_an_error_are_faults() -> None:
    [number, error, good] = _cells(_xlsx(["a", "b", "c"], ["=1+1", "#N/A", "x"]))
    assert isinstance(number, Fault)
    assert isinstance(error, Fault)
    assert "公式没有结果" in number.reason
    assert good == "x"


def test_a_formula_without_result_is_found_wherever_the_list_begins() -> None:
    book = Workbook()
    assert book.active is not None
    for place, value in {"C3": "手机号", "D3": "学校", "C4": "13800138000", "D4": "=1/0"}.items():
        book.active[place] = value
    phone, school = _cells(_saved(book))
    assert phone == "13800138000"
    assert isinstance(school, Fault)


def test_what_a_merged_cell_says_is_not_lost_for_the_rows_below_it() -> None:
    book = Workbook()
    assert book.active is not None
    for row in (
        ["名单"],
        [],
        ["手机号", "姓名", "学校", "班级"],
        [1, "a", "一中", 1],
        [2, "b"],
        [3, "c"],
        [],
        [4, "d"],
    ):
        book.active.append([None, *row])
    for place in ("B1:E1", "D4:D7", "B8:C8", "E8:E9"):
        book.active.merge_cells(place)
    rows = dict(read_rows(_saved(book)))
    assert list(rows) == [1, 3, 4, 5, 6, 8], "a merged cell makes no row of an empty one"
    assert rows[4] == ["1", "a", "一中", "1"]
    for line in (5, 6):
        *_, school, class_name = rows[line]
        assert (isinstance(school, Fault), class_name) == (True, "")
    assert rows[8][0] == "4"
    assert isinstance(rows[8][1], Fault)
    assert rows[8][2:] == ["", ""]


def test_a_quote_that_is_never_closed_swallows_nobody() -> None:
    for text in ('手机,姓名\n1,a\n2,"b\n3,c\n4,d\n', '手机,姓名\n1,a\n2,"b"c\n3,d\n'):
        with pytest.raises(GroupFileError, match="第 3 行读不懂"):
            list(read_rows(text.encode()))


def test_xlsx_rows_keep_their_line_numbers() -> None:
    assert [line for line, _ in read_rows(_xlsx([None], ["a"], [None], ["b"]))] == [2, 4]


def test_the_first_visible_sheet_is_read() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet("名单").append(["shown"])
    assert list(read_rows(_saved(book))) == [(1, ["shown"])]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0 old", "旧的 XLS"),
        (b"PK\x03\x04 no archive", "不是完整的 XLSX"),
        (b"a\0b", "不是文本文件"),
        (b"\xff\xfe\x00", "编码"),
        (b"\x81\x20\xff\xff", "编码"),
        (b'a\n"' + b"x" * 200_000, "第 2 行读不懂"),
    ],
)
def test_what_is_no_list_is_refused_with_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(GroupFileError, match=sentence):
        list(read_rows(data))


def test_a_csv_with_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_file, "MOST_CELLS", 10)
    with pytest.raises(GroupFileError, match="格子太多"):
        list(read_rows(b"a" + b"," * 11))


@given(st.binary(max_size=200))
def test_any_bytes_are_either_rows_or_refused(data: bytes) -> None:
    try:
        rows = list(read_rows(data))
    except GroupFileError:
        rows = []
    assert all(line > 0 for line, _ in rows)


GOOD = _xlsx(["手机", "姓名"], ["13800138000", "张三"], ["=1", 5])


@given(st.data())
def test_a_damaged_workbook_is_either_rows_or_refused(data: st.DataObject) -> None:
    damaged = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        rows = list(read_rows(bytes(damaged)))
    except GroupFileError:
        rows = []
    assert len(rows) < 10


async def test_a_file_is_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("手机\n13800138000\n", "gb18030")
    found = await read_group_file(path)
    assert [person.addresses for person in found.people] == [(("phone", "+8613800138000"),)]
    assert len(found.digest) == 32


async def test_a_missing_or_enormous_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GroupFileError, match="打不开文件"):
        await read_group_file(tmp_path / "nowhere.csv")
    path = tmp_path / "enormous.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(GroupFileError, match="64 MB"):
        await read_group_file(path)
