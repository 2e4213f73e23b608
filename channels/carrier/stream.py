"""Frames over one connection: cut out of what arrives, gathered for what leaves, and each answer to its asker."""

import asyncio
from abc import abstractmethod
from typing import ClassVar, cast

import structlog
from typing_extensions import override

from channels.carrier.frames import RESPONSE, Frame, Framing, Pdu
from channels.carrier.layout import WireError
from channels.failure import TemporaryFailure

_log = structlog.get_logger()


class Stream(asyncio.Protocol):
    """What every connection needs, whatever is said on it."""

    #: How the protocol frames.
    framing: ClassVar[Framing]

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        #: When something was heard last, on the loop's clock.
        self.heard_at = self.loop.time()
        #: Set when the connection is gone.
        self.lost = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._to_write: list[bytes] = []
        self._sequence = 0
        #: Who waits for the answer to a request, by its sequence number.
        self._asked: dict[int, asyncio.Future[Frame]] = {}
        self._is_leaving = False

    @abstractmethod
    def encode(self, pdu: Pdu, sequence: int) -> bytes:
        """The whole frame. Raises WireError where a value does not fit."""

    @abstractmethod
    def read_request(self, frame: Frame) -> None:
        """The other side wants something; WireError hangs up."""

    def read_answer(self, frame: Frame) -> None:
        """The other side answers; WireError hangs up."""
        answer = self._asked.get(frame.sequence)
        if answer is not None and not answer.done():
            answer.set_result(frame)

    @property
    def is_open(self) -> bool:
        """Whether it may be used."""
        return not (self.lost.is_set() or self._is_leaving)

    async def ask(self, pdu: Pdu) -> Frame:
        """The answer to a request. Raises TemporaryFailure if the connection is lost before."""
        answer: asyncio.Future[Frame] = self.loop.create_future()
        sequence = self.write(pdu)
        self._asked[sequence] = answer
        try:
            return await answer
        finally:
            self._asked.pop(sequence, None)

    def write(self, pdu: Pdu, sequence: int | None = None) -> int:
        """Send a request under the next sequence number, or the answer to the request `sequence`; that number."""
        if sequence is None:
            self._sequence = sequence = self._sequence % 0x7FFFFFFF + 1
        octets = self.encode(pdu, sequence)
        if not self._to_write:
            # Together with whatever else this turn of the loop sends: one system call instead of many.
            self.loop.call_soon(self._flush)
        self._to_write.append(octets)
        return sequence

    def hang_up(self) -> None:
        """Let go once everything is written."""
        self._is_leaving = True
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Let go at once."""
        if self._transport is not None:
            self._transport.abort()
        self.end()

    def end(self) -> None:
        """The connection is gone: whoever waits hears of it. Called more than once."""
        self.lost.set()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(no_answer())

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        self.heard_at = self.loop.time()
        self._buffer += data
        try:
            for frame in self.framing.split(self._buffer):
                if frame.command & RESPONSE:
                    self.read_answer(frame)
                else:
                    self.read_request(frame)
        except WireError as error:
            _log.warning("gateway sent what is no frame", reason=str(error))
            self.drop()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.end()

    def _flush(self) -> None:
        octets, self._to_write = b"".join(self._to_write), []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)


def no_answer() -> TemporaryFailure:
    """What whoever waits for an answer hears when there is none to come."""
    # A failure of its own for each: a raised exception must not be shared between tasks.
    return TemporaryFailure("the gateway took the message and gave no answer", code="no-answer", in_doubt=True)
