"""How the stand-in of a carrier's gateway cuts frames out of octets and writes its own."""

import asyncio
from abc import abstractmethod
from typing import cast

from typing_extensions import override


class Frames(asyncio.Protocol):
    """A connection that frames arrive on."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.sequence = 0
        self._buffer = b""
        self._out: list[bytes] = []

    @abstractmethod
    def read(self, command: int, sequence: int, body: bytes) -> None:
        """A frame has arrived."""

    @abstractmethod
    def violated(self) -> None:
        """What arrived is no frame."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self.transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        buffer, at = self._buffer + data, 0
        while len(buffer) - at >= 12 and not self.transport.is_closing():
            length = int.from_bytes(buffer[at : at + 4], "big")
            if not 12 <= length <= 4096:
                return self.violated()
            if len(buffer) - at < length:
                break
            command, sequence = (int.from_bytes(buffer[at + each : at + each + 4], "big") for each in (4, 8))
            self.read(command, sequence, buffer[at + 12 : at + length])
            at += length
        self._buffer = buffer[at:]
        return None

    def ask(self, command: int, body: bytes = b"") -> None:
        """Send a request: ACTIVE_TEST (8), TERMINATE (2), or one that is wrong."""
        self.sequence += 1
        self.send(command, self.sequence, body)

    def send(self, command: int, sequence: int, body: bytes = b"") -> None:
        """Send a frame, together with the others of this turn of the loop."""
        if not self._out:
            asyncio.get_running_loop().call_soon(self.flush)
        self._out.append(b"".join(each.to_bytes(4, "big") for each in (12 + len(body), command, sequence)) + body)

    def flush(self) -> None:
        """Write at once what waits to be written."""
        octets, self._out = b"".join(self._out), []
        if not self.transport.is_closing():
            self.transport.write(octets)
