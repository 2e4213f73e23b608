"""Frames of CMPP 2.0 and 3.0, written and read by the standard's tables. Pure."""

from collections.abc import Mapping
from enum import IntEnum

from channels.carrier.frames import Frame, Framing, Pdu
from channels.carrier.layout import Layout, WireError, put, take
from channels.cmpp import pdus
from channels.cmpp.tables import REPORTS, TABLES, Table

#: Octets of the header: length of the whole frame, command, sequence number.
HEADER = 12

#: Longest frame that is read: a SUBMIT to 99 numbers takes some 3,500 octets.
LONGEST = 8192

FRAMING = Framing(HEADER, LONGEST)


class Version(IntEnum):
    """The protocol's versions, as CONNECT states them: major in the high half, minor in the low one."""

    V2 = 0x20
    V3 = 0x30


_COMMANDS: Mapping[type[Pdu], int] = {pdu: command for pdu, (command, _) in TABLES.items()}
_PDUS: Mapping[int, type[Pdu]] = {command: pdu for pdu, command in _COMMANDS.items()}


def _layout(table: Table, version: Version) -> Layout:
    kinds = ((name, second if version is Version.V2 else third) for name, second, third in table)
    return [(name, kind) for name, kind in kinds if kind is not None]


_LAYOUTS: Mapping[Version, Mapping[type[Pdu], Layout]] = {
    version: {pdu: _layout(table, version) for pdu, (_, table) in TABLES.items()} for version in Version
}


def encode(pdu: Pdu, version: Version, sequence: int) -> bytes:
    """The whole frame. Raises WireError that names the field whose value does not fit."""
    kind = type(pdu)
    body = put(pdu, _LAYOUTS[version][kind])
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
    return kind(**take(frame.body, _LAYOUTS[version][kind], kind.__name__))


def decode_report(content: bytes) -> pdus.Report:
    """A status report of 60 or 71 octets: gateways mix the two lengths, whatever their version. Raises WireError."""
    layout = REPORTS.get(len(content))
    if layout is None:
        raise WireError(f"a status report of {len(content)} octets")
    return pdus.Report(**take(content, layout, "Report"))


def encode_report(report: pdus.Report, size: int) -> bytes:
    """The content of a DELIVER, 60 or 71 octets long. Raises WireError as `encode` does."""
    return put(report, REPORTS[size])
