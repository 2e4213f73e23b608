"""From words to what a SUBMIT carries: the encoding, and the parts of a long message. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from channels import sms_text

Encoding = Literal["ucs2", "gb18030"]

ASCII, BINARY, UCS2, GB = 0, 4, 8, 15

#: Octets of a message that stands alone, and of each part behind its header.
_SINGLE, _PART = 140, 134

#: Most characters of a message in ASCII (CMPP: fewer than 160 octets).
_ASCII_SINGLE = 159

#: Most parts: their number is one octet.
MOST_PARTS = 255

#: What no phone shows: control characters but the line feed, and halves of characters.
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Part:
    """What one SUBMIT carries."""

    msg_fmt: int
    #: 1 = `content` begins with the header that joins the parts.
    tp_udhi: int
    content: bytes


def parts(text: str, encoding: Encoding, reference: int) -> list[Part]:
    """`text` (with its signature) as the parts it goes out in; `reference` (0–255) is what the phone joins them by.

    Words that are ASCII alone and fit one message go as ASCII, which holds more. The parts may be more than
    `MOST_PARTS`: that is for the caller to refuse.
    """
    shown = _UNSEEN.sub("", text)
    if shown.isascii() and len(shown) <= _ASCII_SINGLE:
        return [Part(ASCII, 0, shown.encode("ascii"))]
    if encoding == "ucs2":
        return _joined(UCS2, [part.encode("utf-16-be") for part in sms_text.split(shown)], reference)
    return _joined(GB, _cut([char.encode("gb18030") for char in shown]), reference)


def read(content: bytes, msg_fmt: int, tp_udhi: int) -> str:
    """What somebody wrote; octets that are no text show as "�"."""
    words = content[1 + content[0] :] if tp_udhi and content else content
    encoding = {UCS2: "utf-16-be", GB: "gb18030"}.get(msg_fmt, "latin-1")
    return _UNSEEN.sub("", words.decode(encoding, "replace"))


def _joined(msg_fmt: int, contents: list[bytes], reference: int) -> list[Part]:
    """3GPP TS 23.040 section 9.2.3.24.1: length 5, element 0 of 3 octets: reference, total, number."""
    if len(contents) == 1:
        return [Part(msg_fmt, 0, contents[0])]
    total = min(len(contents), MOST_PARTS)
    return [
        Part(msg_fmt, 1, bytes((5, 0, 3, reference, total, min(number, total))) + content)
        for number, content in enumerate(contents, start=1)
    ]


def _cut(chars: list[bytes]) -> list[bytes]:
    """Characters of one to four octets in as few parts as hold them."""
    whole = b"".join(chars)
    return [whole] if len(whole) <= _SINGLE else list(_cut_long(chars))


def _cut_long(chars: list[bytes]) -> Iterator[bytes]:
    part = bytearray()
    for char in chars:
        if len(part) + len(char) > _PART:
            yield bytes(part)
            part.clear()
        part += char
    yield bytes(part)
