"""Whole frames, cut out of what arrives. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from channels.carrier.layout import WireError

#: The bit that makes a command an answer, in CMPP and in SMPP.
RESPONSE = 0x80000000


@dataclass(frozen=True, slots=True)
class Pdu:
    """Base of all that is said, once it is read."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame with its body still unread."""

    command: int
    sequence: int
    body: bytes
    #: SMPP's command_status; CMPP has none.
    status: int = 0


@dataclass(frozen=True, slots=True)
class Framing:
    """How a protocol frames: length of the whole, command, perhaps a status, sequence number; four octets each."""

    #: Octets of the header: 12, or 16 with a status.
    header: int
    #: Octets of the longest frame that is read.
    longest: int

    def split(self, buffer: bytearray) -> Iterator[Frame]:
        """The whole frames at the front of `buffer`, taken out of it; raises WireError where none can begin there."""
        start, header = 0, self.header
        try:
            while len(buffer) - start >= header:
                length = int.from_bytes(buffer[start : start + 4], "big")
                if not header <= length <= self.longest:
                    raise WireError(f"a frame of {length} octets")
                if len(buffer) - start < length:
                    return
                frame = bytes(buffer[start : start + length])
                start += length
                yield self._read(frame)
        finally:
            del buffer[:start]

    def _read(self, frame: bytes) -> Frame:
        header = self.header
        return Frame(
            int.from_bytes(frame[4:8], "big"),
            int.from_bytes(frame[header - 4 : header], "big"),
            frame[header:],
            int.from_bytes(frame[8 : header - 4], "big"),
        )
