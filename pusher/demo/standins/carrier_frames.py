"""How the stand-ins of carriers' gateways cut frames out of octets and write their own."""

import asyncio
from abc import abstractmethod
from typing import ClassVar, cast

from typing_extensions import override


class Frames(asyncio.Protocol):
    """A connection that frames arrive on."""

    transport: asyncio.Transport
    #: Octets of the header: length, command, perhaps a status, sequence number.
    header: ClassVar[int]
    #: Octets of the longest frame.
    longest: ClassVar[int] = 4096

    def __init__(self) -> None:
        self.sequence = 0
        self._buffer = b""
        self._out: list[bytes] = []

    @abstractmethod
    def read(self, command: int, sequence: int, body: bytes, status: int) -> None:
        """A frame has arrived; `status` is 0 where the protocol has none."""

    @abstractmethod
    def violated(self) -> None:
        """What arrived is no frame."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self.transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        buffer, at, header = self._buffer + data, 0, self.header
        while len(buffer) - at >= header and not self.transport.is_closing():
            length = int.from_bytes(buffer[at : at + 4], "big")
            if not header <= length <= self.longest:
                return self.violated()
            if len(buffer) - at < length:
                break
            words = [int.from_bytes(buffer[at + each : at + each + 4], "big") for each in range(4, header, 4)]
            self.read(words[0], words[-1], buffer[at + header : at + length], words[1] if len(words) > 2 else 0)
            at += length
        self._buffer = buffer[at:]
        return None

    def ask(self, command: int, body: bytes = b"") -> None:
        """Send a request, perhaps one that is wrong."""
        self.sequence += 1
        self.send(command, self.sequence, body)

    def send(self, command: int, sequence: int, body: bytes = b"", status: int = 0) -> None:
        """Send a frame, together with the others of this turn of the loop."""
        if not self._out:
            asyncio.get_running_loop().call_soon(self.flush)
        words = (command, sequence) if self.header == 12 else (command, status, sequence)
        self._out.append(b"".join(each.to_bytes(4, "big") for each in (self.header + len(body), *words)) + body)

    def flush(self) -> None:
        """Write at once what waits to be written."""
        octets, self._out = b"".join(self._out), []
        if not self.transport.is_closing():
            self.transport.write(octets)
