"""From words to what a submit_sm carries and back: the alphabet, and the parts of a long message. Pure."""

from typing import Literal

from channels import sms_text
from channels.carrier.parts import Part, cut, joined, seen
from channels.smpp import gsm7

Encoding = Literal["ucs2", "gsm7"]

#: data_coding (SMPP 3.4 section 5.2.19); 15 is no code of the specification, but centres in China mean GBK by it.
DEFAULT, ASCII, LATIN_1, CYRILLIC, HEBREW, UCS2, GBK = 0, 1, 3, 6, 7, 8, 15

_CODECS = {
    ASCII: "ascii",
    LATIN_1: "latin-1",
    CYRILLIC: "iso8859-5",
    HEBREW: "iso8859-8",
    UCS2: "utf-16-be",
    GBK: "gb18030",
}

#: Codes that centres pass on as the phone wrote them (3GPP TS 23.038 section 4): two bits say in which alphabet.
_PHONES_CODES = range(0x10, 0x40)


def parts(text: str, encoding: Encoding, reference: int) -> list[Part]:
    """`text` (with its signature) as the parts it goes out in; `reference` (0–255) is what the phone joins them by.

    There may be more of them than can be counted: that is for the caller to refuse.
    """
    shown = seen(text)
    septets = gsm7.encode(shown) if encoding == "gsm7" else None
    if septets is not None:
        return joined(DEFAULT, cut(septets, gsm7.SINGLE, gsm7.PART), reference)
    return joined(UCS2, [part.encode("utf-16-be") for part in sms_text.split(shown)], reference)


def readable(content: bytes, data_coding: int) -> tuple[bytes, str]:
    """`content` and the codec that Python reads it with."""
    codec = _CODECS.get(data_coding)
    if codec is None and data_coding in _PHONES_CODES:
        codec = {0x04: "latin-1", 0x08: "utf-16-be"}.get(data_coding & 0x0C)
    if codec is not None:
        return content, codec
    # 0, and whatever centres make up, is the phones' own alphabet.
    return gsm7.decode(content).encode("utf-16-be"), "utf-16-be"
