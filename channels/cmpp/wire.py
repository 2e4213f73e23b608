"""Frames of CMPP 2.0 and 3.0: what stands in the bytes, as data. Pure.

Source: China Mobile QB-GF-028-2003 (CMPP V3.0.0); 2.0 differs in the sizes that the tables give in two columns. Numbers
are big-endian; texts have a fixed size and are filled up with zero bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from typing_extensions import override

from channels.cmpp import pdus
from channels.cmpp.pdus import Pdu

#: Octets of the header: length of the whole frame, command, sequence number.
HEADER = 12

#: Longest frame that is read: a SUBMIT to 99 numbers takes some 3,500 octets.
LONGEST = 8192

#: The bit that makes a command a response.
RESPONSE = 0x80000000


class WireError(ValueError):
    """Octets that are no frame, or values that fit none; the text names the field and shows no value."""


class Version(IntEnum):
    """The protocol's versions, as CONNECT states them: major in the high half, minor in the low one."""

    V2 = 0x20
    V3 = 0x30


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame with its body still unread."""

    command: int
    sequence: int
    body: bytes


class Kind(Protocol):
    """How a value stands in the octets."""

    def put(self, value: Any) -> bytes:
        """The octets of `value`; raises ValueError or OverflowError where it does not fit."""
        ...

    def take(self, body: bytes, start: int) -> tuple[Any, int]:
        """The value at `start` and where it ends, which may be past the end of a body that is too short."""
        ...


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """An unsigned number."""

    size: int

    @override
    def put(self, value: int) -> bytes:
        return value.to_bytes(self.size, "big")

    @override
    def take(self, body: bytes, start: int) -> tuple[int, int]:
        end = start + self.size
        return int.from_bytes(body[start:end], "big"), end


@dataclass(frozen=True, slots=True)
class Raw(Kind):
    """So many octets, no more and no less; none at all stands for zeros."""

    size: int

    @override
    def put(self, value: bytes) -> bytes:
        if value and len(value) != self.size:
            raise ValueError
        return value or bytes(self.size)

    @override
    def take(self, body: bytes, start: int) -> tuple[bytes, int]:
        end = start + self.size
        return body[start:end], end


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """ASCII of at most so many octets."""

    size: int

    @override
    def put(self, value: str) -> bytes:
        octets = value.encode("ascii")
        if len(octets) > self.size:
            raise ValueError
        return octets.ljust(self.size, b"\0")

    @override
    def take(self, body: bytes, start: int) -> tuple[str, int]:
        end = start + self.size
        # What stands behind the first zero is rubbish that some gateways leave there.
        return body[start:end].partition(b"\0")[0].decode("ascii", "replace").strip(), end


@dataclass(frozen=True, slots=True)
class Texts(Kind):
    """An octet that counts, and so many texts."""

    text: Text

    @override
    def put(self, value: Sequence[str]) -> bytes:
        return bytes([len(value)]) + b"".join(self.text.put(each) for each in value)

    @override
    def take(self, body: bytes, start: int) -> tuple[tuple[str, ...], int]:
        count = body[start] if start < len(body) else 0
        ends = range(start + 1, start + 1 + count * self.text.size, self.text.size)
        return tuple(self.text.take(body, each)[0] for each in ends), start + 1 + count * self.text.size


@dataclass(frozen=True, slots=True)
class Counted(Kind):
    """An octet that counts, and so many octets."""

    @override
    def put(self, value: bytes) -> bytes:
        return bytes([len(value)]) + value

    @override
    def take(self, body: bytes, start: int) -> tuple[bytes, int]:
        end = start + 1 + (body[start] if start < len(body) else 0)
        return body[start + 1 : end], end


_Layout = Sequence[tuple[str, Kind]]

_ONE, _FOUR, _EIGHT = Number(1), Number(4), Number(8)

#: Name of each field in its order, and how it stands in 2.0 and in 3.0; None = it is not there.
_Table = Sequence[tuple[str, Kind | None, Kind | None]]

_ANSWER: _Table = (("msg_id", _EIGHT, _EIGHT), ("result", _ONE, _FOUR))

_TABLES: Mapping[type[Pdu], tuple[int, _Table]] = {
    pdus.Connect: (
        0x01,
        (
            ("source_addr", Text(6), Text(6)),
            ("authenticator", Raw(16), Raw(16)),
            ("version", _ONE, _ONE),
            ("timestamp", _FOUR, _FOUR),
        ),
    ),
    pdus.ConnectResp: (
        0x01 | RESPONSE,
        (("status", _ONE, _FOUR), ("authenticator", Raw(16), Raw(16)), ("version", _ONE, _ONE)),
    ),
    pdus.Terminate: (0x02, ()),
    pdus.TerminateResp: (0x02 | RESPONSE, ()),
    pdus.Submit: (
        0x04,
        (
            ("msg_id", _EIGHT, _EIGHT),
            ("pk_total", _ONE, _ONE),
            ("pk_number", _ONE, _ONE),
            ("registered_delivery", _ONE, _ONE),
            ("msg_level", _ONE, _ONE),
            ("service_id", Text(10), Text(10)),
            ("fee_user_type", _ONE, _ONE),
            ("fee_terminal_id", Text(21), Text(32)),
            ("fee_terminal_type", None, _ONE),
            ("tp_pid", _ONE, _ONE),
            ("tp_udhi", _ONE, _ONE),
            ("msg_fmt", _ONE, _ONE),
            ("msg_src", Text(6), Text(6)),
            ("fee_type", Text(2), Text(2)),
            ("fee_code", Text(6), Text(6)),
            ("valid_time", Text(17), Text(17)),
            ("at_time", Text(17), Text(17)),
            ("src_id", Text(21), Text(21)),
            ("destinations", Texts(Text(21)), Texts(Text(32))),
            ("destination_type", None, _ONE),
            ("content", Counted(), Counted()),
            ("link_id", Text(8), Text(20)),
        ),
    ),
    pdus.SubmitResp: (0x04 | RESPONSE, _ANSWER),
    pdus.Deliver: (
        0x05,
        (
            ("msg_id", _EIGHT, _EIGHT),
            ("dest_id", Text(21), Text(21)),
            ("service_id", Text(10), Text(10)),
            ("tp_pid", _ONE, _ONE),
            ("tp_udhi", _ONE, _ONE),
            ("msg_fmt", _ONE, _ONE),
            ("source", Text(21), Text(32)),
            ("source_type", None, _ONE),
            ("registered_delivery", _ONE, _ONE),
            ("content", Counted(), Counted()),
            ("link_id", Text(8), Text(20)),
        ),
    ),
    pdus.DeliverResp: (0x05 | RESPONSE, _ANSWER),
    pdus.Query: (
        0x06,
        (
            ("time", Text(8), Text(8)),
            ("query_type", _ONE, _ONE),
            ("query_code", Text(10), Text(10)),
            ("reserve", Text(8), Text(8)),
        ),
    ),
    pdus.QueryResp: (
        0x06 | RESPONSE,
        (
            ("time", Text(8), Text(8)),
            ("query_type", _ONE, _ONE),
            ("query_code", Text(10), Text(10)),
            *((name, _FOUR, _FOUR) for name in pdus.QUERY_COUNTS),
        ),
    ),
    pdus.Cancel: (0x07, (("msg_id", _EIGHT, _EIGHT),)),
    pdus.CancelResp: (0x07 | RESPONSE, (("success", _ONE, _FOUR),)),
    pdus.ActiveTest: (0x08, ()),
    pdus.ActiveTestResp: (0x08 | RESPONSE, (("reserved", _ONE, _ONE),)),
}

_COMMANDS: Mapping[type[Pdu], int] = {pdu: command for pdu, (command, _) in _TABLES.items()}
_PDUS: Mapping[int, type[Pdu]] = {command: pdu for pdu, command in _COMMANDS.items()}


def _layout(table: _Table, version: Version) -> _Layout:
    kinds = ((name, second if version is Version.V2 else third) for name, second, third in table)
    return [(name, kind) for name, kind in kinds if kind is not None]


_LAYOUTS: Mapping[Version, Mapping[type[Pdu], _Layout]] = {
    version: {pdu: _layout(table, version) for pdu, (_, table) in _TABLES.items()} for version in Version
}

#: What stands in the content of a DELIVER that is a status report; the last size but one differs.
_REPORTS: Mapping[int, _Layout] = {
    size + 39: (
        ("msg_id", _EIGHT),
        ("stat", Text(7)),
        ("submit_time", Text(10)),
        ("done_time", Text(10)),
        ("destination", Text(size)),
        ("smsc_sequence", _FOUR),
    )
    for size in (21, 32)
}


def encode(pdu: Pdu, version: Version, sequence: int) -> bytes:
    """The whole frame. Raises WireError that names the field whose value does not fit."""
    kind = type(pdu)
    body = _put(pdu, _LAYOUTS[version][kind])
    return (
        (HEADER + len(body)).to_bytes(4, "big")
        + _COMMANDS[kind].to_bytes(4, "big")
        + sequence.to_bytes(4, "big")
        + body
    )


def decode(frame: Frame, version: Version) -> Pdu:
    """What stands in `frame`. Raises WireError if its command is unknown or its body has another size."""
    kind = _PDUS.get(frame.command)
    if kind is None:
        raise WireError(f"unknown command {frame.command:#010x}")
    return kind(**_take(frame.body, _LAYOUTS[version][kind], kind.__name__))


def decode_report(content: bytes) -> pdus.Report:
    """A status report of 60 or 71 octets: gateways mix the two lengths, whatever their version. Raises WireError."""
    layout = _REPORTS.get(len(content))
    if layout is None:
        raise WireError(f"a status report of {len(content)} octets")
    return pdus.Report(**_take(content, layout, "Report"))


def encode_report(report: pdus.Report, size: int) -> bytes:
    """The content of a DELIVER, 60 or 71 octets long. Raises WireError as `encode` does."""
    return _put(report, _REPORTS[size])


def split(buffer: bytearray) -> Iterator[Frame]:
    """The whole frames at the front of `buffer`, taken out of it; raises WireError where none can begin there."""
    start = 0
    try:
        while len(buffer) - start >= HEADER:
            length = int.from_bytes(buffer[start : start + 4], "big")
            if not HEADER <= length <= LONGEST:
                raise WireError(f"a frame of {length} octets")
            if len(buffer) - start < length:
                return
            frame = bytes(buffer[start : start + length])
            start += length
            yield Frame(int.from_bytes(frame[4:8], "big"), int.from_bytes(frame[8:12], "big"), frame[HEADER:])
    finally:
        del buffer[:start]


def _put(record: object, layout: _Layout) -> bytes:
    octets = []
    for name, kind in layout:
        try:
            octets.append(kind.put(getattr(record, name)))
        except (ValueError, OverflowError):
            # Without its cause, which would show the value.
            raise WireError(f"{type(record).__name__}: the value of {name} does not fit") from None
    return b"".join(octets)


def _take(body: bytes, layout: _Layout, what: str) -> dict[str, Any]:
    values, at = {}, 0
    for name, kind in layout:
        values[name], at = kind.take(body, at)
    if at != len(body):
        raise WireError(f"{what}: a body of {len(body)} octets")
    return values
