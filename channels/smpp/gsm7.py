"""The default alphabet of GSM phones. Pure. Source: 3GPP TS 23.038 section 6.2.1.

A character is one octet here (the centre packs them into 7 bits), or two: the escape and one of the extension table.
"""

from collections.abc import Mapping

#: Characters of a message that stands alone, and of each part of a long one.
SINGLE, PART = 160, 153

_ESCAPE = 0x1B

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

_EXTENSION: Mapping[int, str] = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

_OCTETS: Mapping[str, bytes] = {
    **{char: bytes((code,)) for code, char in enumerate(_BASIC) if code != _ESCAPE},
    **{char: bytes((_ESCAPE, code)) for code, char in _EXTENSION.items()},
}


def encode(text: str) -> list[bytes] | None:
    """The octets of each character; None where the alphabet lacks one."""
    octets = [_OCTETS.get(char, b"") for char in text]
    return octets if all(octets) else None


def decode(octets: bytes) -> str:
    """The text; what stands in no table shows as "�"."""
    chars, is_escaped = [], False
    for octet in octets:
        if octet == _ESCAPE and not is_escaped:
            is_escaped = True
            continue
        if is_escaped:
            chars.append(_EXTENSION.get(octet, "�"))
        else:
            chars.append(_BASIC[octet] if octet < len(_BASIC) else "�")
        is_escaped = False
    return "".join(chars)
