"""What one request carries, and the header that joins the parts of a long message. Pure."""

import re
from dataclasses import dataclass

#: Octets of a message that stands alone, and of each part behind its header (3GPP TS 23.040).
SINGLE_OCTETS, PART_OCTETS = 140, 134

#: Most parts: their number is one octet.
MOST_PARTS = 255

#: What no phone shows: control characters but the line feed, and halves of characters.
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Part:
    """What one request carries."""

    #: How `content` is to be read: Msg_Fmt, data_coding.
    coding: int
    #: Whether `content` begins with the header that joins the parts.
    is_joined: bool
    content: bytes


def seen(text: str) -> str:
    """`text` without what no phone shows."""
    return _UNSEEN.sub("", text)


def cut(chars: list[bytes], single: int, part: int) -> list[bytes]:
    """Characters of any size in as few contents as hold them: one of `single` octets, or several of `part`."""
    whole = b"".join(chars)
    if len(whole) <= single:
        return [whole]
    contents = [bytearray()]
    for char in chars:
        if len(contents[-1]) + len(char) > part:
            contents.append(bytearray())
        contents[-1] += char
    return [bytes(content) for content in contents]


def joined(coding: int, contents: list[bytes], reference: int) -> list[Part]:
    """The parts, each behind the header that joins them where there are several.

    3GPP TS 23.040 section 9.2.3.24.1: length 5, element 0 of 3 octets: reference (0–255), total, number. There may be
    more than `MOST_PARTS`: that is for the caller to refuse.
    """
    if len(contents) == 1:
        return [Part(coding, is_joined=False, content=contents[0])]
    total = min(len(contents), MOST_PARTS)
    return [
        Part(coding, is_joined=True, content=bytes((5, 0, 3, reference, total, min(number, total))) + content)
        for number, content in enumerate(contents, start=1)
    ]


def cut_header(content: bytes) -> tuple[bytes, tuple[int, int, int]]:
    """The words behind the header that `content` begins with, and reference, total and number; (0, 1, 1) = whole.

    Elements 0 and 8 (a reference of two octets) join; others are passed over, and so is a header that is none.
    """
    end = 1 + content[0] if content else 0
    at, place = 1, (0, 1, 1)
    while at + 2 <= min(end, len(content)):
        element, size = content[at], content[at + 1]
        value = content[at + 2 : at + 2 + size]
        if (element, len(value)) in ((0, 3), (8, 4)) and 1 <= value[-1] <= value[-2]:
            place = (int.from_bytes(value[:-2], "big"), value[-2], value[-1])
        at += 2 + size
    return content[end:], place
