"""Only files that people open without danger go out with a notice."""

import zipfile
from io import BytesIO

import pytest

from channels.message import File
from pusher.review.files import LARGEST, MOST, FileError, checked, together

PDF = b"%PDF-1.7\n..."


def _office(*names: str) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "type_"),
    [
        ("招生范围.pdf", PDF, "application/pdf"),
        ("MAP.PNG", b"\x89PNG\r\n\x1a\nx", "image/png"),
        ("会议.ics", "BEGIN:VCALENDAR\r\nSUMMARY:会".encode(), "text/calendar; charset=utf-8"),
        ("表.xlsx", _office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("说明.txt", "\ufeff停水".encode(), "text/plain; charset=utf-8"),
    ],
)
def test_a_file_of_a_known_kind_goes_out_under_its_name(name: str, content: bytes, type_: str) -> None:
    file = checked(name, content)
    assert (file.name, file.type, file.content) == (name, type_, content)
    assert type_.isascii()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.exe", b"MZ", "of this kind"),
        ("a.docm", _office("x"), "of this kind"),
        ("noending", b"x", "of this kind"),
        ("a.pdf", b"MZ", "not what its ending says"),
        ("a.txt", b"\xff\xfe", "not what its ending says"),
        ("a.csv", b"a\x00b", "not what its ending says"),
        ("a.ics", b"hello", "not what its ending says"),
        ("a.pdf", b"", "is empty"),
        ("a.docx", _office("word/vbaProject.bin"), "macros"),
        ("a.docx", b"PK\x03\x04broken", "macros or is damaged"),
        (".pdf", PDF, "does not begin with a dot"),
        ("../a.pdf", PDF, "no folders"),
        ("a\u202efdp.pdf", PDF, "printable"),
        ("a\r\nBcc: x.pdf", PDF, "printable"),
        ("x" * 80 + ".pdf", PDF, "at most 80"),
        ("", PDF, "a file is called"),
    ],
)
def test_any_other_is_refused_in_one_sentence(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence) as raised:
        checked(name, content)
    assert str(raised.value).isprintable()


def test_files_that_are_too_many_too_large_or_of_one_name_do_not_go_together() -> None:
    files = [File(f"{number}.pdf", "application/pdf", b"", PDF) for number in range(MOST + 1)]
    assert together(files[:MOST]) == files[:MOST]
    with pytest.raises(FileError, match="at most"):
        together(files)
    with pytest.raises(FileError, match="same name"):
        together([files[0], files[0]])
    with pytest.raises(FileError, match="5 MB"):
        together([File("a.pdf", "application/pdf", b"", b"x" * (LARGEST + 1))])
