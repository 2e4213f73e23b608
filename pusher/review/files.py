"""Which files may go out with a notice: kinds that people open without danger, few and small, with safe names. Pure.

Unlike texts they are not looked through for personal data: whoever attaches one answers for what stands in it.
"""

import unicodedata
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO

from channels.message import File

#: Files of one item, and their bytes altogether: a third more in a mail, and many mailboxes refuse mails beyond 10 MB.
MOST, LARGEST = 5, 5 * 2**20

#: Characters of a name.
_LONGEST_NAME = 80

#: What file systems and mail programs take for something else.
_NOT_IN_NAMES = frozenset('/\\:*?"<>|')

_ZIP = b"PK\x03\x04"

#: Media type by ending, and how such a file begins; b"" = it is text in UTF-8.
_KINDS = {
    "pdf": ("application/pdf", b"%PDF-"),
    "ofd": ("application/ofd", _ZIP),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _ZIP),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _ZIP),
    "odt": ("application/vnd.oasis.opendocument.text", _ZIP),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", _ZIP),
    "ics": ("text/calendar; charset=utf-8", b""),
    "txt": ("text/plain; charset=utf-8", b""),
    "csv": ("text/csv; charset=utf-8", b""),
}


class FileError(ValueError):
    """A file that may not go out; the sentence names it and says why."""


def checked(name: str, content: bytes) -> File:
    """`content` as a file that may go out under `name`. Raises FileError."""
    name = unicodedata.normalize("NFC", name)
    if not _is_safe(name):
        raise FileError(
            f"a file is called {name[:_LONGEST_NAME]!a}: give it a name of at most {_LONGEST_NAME} printable "
            "characters that does not begin with a dot and holds no folders"
        )
    ending = name.rpartition(".")[2].lower()
    if ending not in _KINDS:
        raise FileError(f"{name}: files of this kind are not sent; there are {', '.join(_KINDS)}")
    type_, begin = _KINDS[ending]
    if not content:
        raise FileError(f"{name} is empty")
    if not (content.startswith(begin) if begin else _is_text(content, ending)):
        raise FileError(f"{name} is not what its ending says: store it again as {ending}")
    if begin == _ZIP and not _is_quiet(content):
        raise FileError(f"{name} holds macros or is damaged: store it without macros, or as PDF")
    return File(name, type_, sha256(content).digest(), content)


def together(files: Sequence[File]) -> Sequence[File]:
    """`files` if they may go out together. Raises FileError."""
    if len(files) > MOST:
        raise FileError(f"at most {MOST} files go with a notice; publish the rest on a page")
    if sum(len(file.content) for file in files) > LARGEST:
        raise FileError(f"the files have more than {LARGEST // 2**20} MB together; publish them on a page")
    names = [file.name for file in files]
    if len(set(names)) < len(names):
        raise FileError("two files have the same name; rename one of them")
    return files


def _is_safe(name: str) -> bool:
    # Not printable are also the characters that turn the direction of writing, which hide what a file really is.
    return (
        0 < len(name) <= _LONGEST_NAME
        and name.isprintable()
        and name == name.strip()
        and not name.startswith(".")
        and not set(name) & _NOT_IN_NAMES
    )


def _is_text(content: bytes, ending: str) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return "\x00" not in text and (ending != "ics" or text.startswith("BEGIN:VCALENDAR"))


def _is_quiet(content: bytes) -> bool:
    """Whether an archive of an office program can be read and holds no macros."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return not any("vbaproject" in name.lower() for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
