"""How the stand-in of a carrier's gateway reads CMPP: by offsets of its own, and strictly. Pure.

It shares no line with `channels.cmpp`, so that a mistake there is not made here as well.
"""

import struct
from dataclasses import dataclass
from hashlib import md5
from typing import Final

#: Everything of SUBMIT before Dest_terminal_Id, its number field, and what follows the content, in octets.
_HEADS: Final = {
    2: (struct.Struct(">8sBBBB10sB21sBBB6s2s6s17s17s21sB"), 21, 8),
    3: (struct.Struct(">8sBBBB10sB32sBBBB6s2s6s17s17s21sB"), 32, 20),
}

#: The code page of each Msg_Fmt that people can read.
_PAGES: Final = {0: "ascii", 8: "utf-16-be", 15: "gb18030"}


@dataclass(frozen=True, slots=True)
class Submitted:
    """A SUBMIT that was understood, or the Result that it is refused with."""

    result: int = 0
    to: str = ""
    text: str = ""
    #: What joins the parts, how many they are, and which one this is.
    reference: int = 0
    total: int = 1
    number: int = 1
    wants_report: bool = False
    #: What does not depend on the words.
    shape: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in, and as what."""

    sp_id: str = "901234"
    secret: str = "stand-in-secret"  # noqa: S105 - of a stand-in
    service_id: str = "GOVTZ"
    #: Every Src_Id begins with it; "" = any, or none.
    number: str = "106900001"
    #: SUBMITs without an answer on one connection.
    window: int = 16


def login(body: bytes, account: Account) -> tuple[int, int, bytes]:
    """Status, layout (2 or 3) and AuthenticatorISMG for a CONNECT."""
    if len(body) != 27:
        return 1, 2, bytes(16)
    source, proof, version = body[:6].rstrip(b"\0"), body[6:22], body[22]
    layout = version >> 4
    if source != account.sp_id.encode():
        return 2, layout, bytes(16)
    digits = b"%010d" % int.from_bytes(body[23:27], "big")
    if proof != _md5(source + bytes(9) + account.secret.encode() + digits):
        return 3, layout, bytes(16)
    if version not in (0x20, 0x21, 0x30):
        return 4, 3, bytes(16)
    status = bytes(1) if layout == 2 else bytes(4)
    return 0, layout, _md5(status + proof + account.secret.encode())


def submitted(body: bytes, layout: int, account: Account) -> Submitted:
    """What a SUBMIT says, checked field by field."""
    head, size, tail = _HEADS[layout]
    if len(body) < head.size:
        return Submitted(1)
    fields = head.unpack_from(body)
    # From here on the two layouts differ by Fee_terminal_type alone.
    fields = fields if layout == 2 else fields[:8] + fields[9:]
    count, at = fields[-1], head.size
    numbers = [body[at + size * each : at + size * (each + 1)] for each in range(count)]
    at += size * count + (layout == 3)
    length = body[at] if at < len(body) else 0
    content = body[at + 1 : at + 1 + length]
    if len(body) != at + 1 + length + tail:
        return Submitted(4)
    refused = _envelope(fields, account) or _numbers(numbers) or _size(fields[10], length)
    return Submitted(refused) if refused else _words(fields, _text(numbers[0]), content)


def _envelope(fields: tuple[bytes | int, ...], account: Account) -> int:
    msg_id, total, number, report, service, source = (fields[each] for each in (0, 1, 2, 3, 5, 11))
    sender = _text(fields[16])
    assert isinstance(total, int)
    assert isinstance(number, int)
    checks = (
        (1, msg_id == bytes(8) and 1 <= number <= total and report in (0, 1)),
        (5, fields[12] in (b"01", b"02", b"03") and fields[6] in (0, 1, 2, 3)),
        (7, _text(service) == account.service_id),
        (11, _text(source) == account.sp_id),
        (10, sender.startswith(account.number) and (sender.isdigit() or not account.number)),
    )
    return next((code for code, is_good in checks if not is_good), 0)


def _numbers(numbers: list[bytes]) -> int:
    if not 1 <= len(numbers) < 100:
        return 1
    return 0 if all(_text(each).isdigit() for each in numbers) else 13


def _size(msg_fmt: bytes | int, length: int) -> int:
    return 6 if length > (159 if msg_fmt == 0 else 140) else 0


def _words(fields: tuple[bytes | int, ...], to: str, content: bytes) -> Submitted:
    total, number, report, udhi, msg_fmt = (int(fields[each]) for each in (1, 2, 3, 9, 10))
    reference = 0
    if udhi or total > 1:
        if content[:3] != b"\x05\x00\x03" or content[4:6] != bytes((total, number)):
            return Submitted(1)
        reference, content = content[3], content[6:]
    if msg_fmt not in _PAGES:
        return Submitted(1)
    try:
        # A character that was cut in two does not decode.
        text = content.decode(_PAGES[msg_fmt])
    except UnicodeDecodeError:
        return Submitted(1)
    shape = (_text(fields[5]), _text(fields[11]), _text(fields[16]), report)
    return Submitted(0, to, text, reference, total, number, report == 1, shape)


def _text(octets: bytes | int) -> str:
    assert isinstance(octets, bytes)
    return octets.rstrip(b"\0").decode("ascii", "replace")


def _md5(octets: bytes) -> bytes:
    return md5(octets, usedforsecurity=False).digest()
