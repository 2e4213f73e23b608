"""From words to what a SUBMIT carries: the encoding, and the parts of a long message. Pure."""

from collections.abc import Mapping
from typing import Literal

from channels import sms_text
from channels.carrier.parts import PART_OCTETS, SINGLE_OCTETS, Part, cut, joined, seen

Encoding = Literal["ucs2", "gb18030"]

ASCII, UCS2, GB = 0, 8, 15

#: Codec by Msg_Fmt, as Python names it.
CODECS: Mapping[int, str] = {UCS2: "utf-16-be", GB: "gb18030"}

#: Most characters of a message in ASCII (CMPP: fewer than 160 octets).
_ASCII_SINGLE = 159


def parts(text: str, encoding: Encoding, reference: int) -> list[Part]:
    """`text` (with its signature) as the parts it goes out in; `reference` (0–255) is what the phone joins them by.

    Words that are ASCII alone and fit one message go as ASCII, which holds more. There may be more of
    them than can be counted: that is for the caller to refuse.
    """
    shown = seen(text)
    if shown.isascii() and len(shown) <= _ASCII_SINGLE:
        return [Part(ASCII, is_joined=False, content=shown.encode("ascii"))]
    if encoding == "ucs2":
        return joined(UCS2, [part.encode("utf-16-be") for part in sms_text.split(shown)], reference)
    return joined(GB, cut([char.encode("gb18030") for char in shown], SINGLE_OCTETS, PART_OCTETS), reference)
