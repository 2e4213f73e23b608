"""One connection to a gateway: the login, the window, the tests of life, and leave-taking."""

import asyncio
import ssl
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from typing_extensions import override

from channels.carrier.frames import Frame, Pdu
from channels.carrier.layout import WireError
from channels.carrier.said import Answer
from channels.carrier.settings import LineSettings
from channels.carrier.stream import Stream, no_answer
from channels.failure import SendError, TechnicalFailure, TemporaryFailure

_log = structlog.get_logger()

#: Seconds that a farewell may take.
_FAREWELL = 2.0

#: Gives away what the gateway brings; False = nobody can take it now, and the gateway is to bring it again.
Heard = Callable[[Pdu], bool]

#: Is told of an answer that came after its sender had given up.
Late = Callable[[Answer], None]

L = TypeVar("L", bound="Link")


@dataclass(frozen=True, slots=True)
class _Waiting:
    answer: asyncio.Future[Frame]
    late: Late


class Link(Stream):
    """A connection. Whoever calls `submit` keeps to `room`; `freed` is called whenever there is more of it."""

    #: Asks for a sign of life, and takes leave.
    test: Pdu
    farewell: Pdu

    def __init__(self, settings: LineSettings, *, freed: Callable[[], None]) -> None:
        super().__init__()
        self._line = settings
        self._freed = freed
        #: Messages without an answer by their sequence number.
        self._window: dict[int, _Waiting] = {}
        self._testing: asyncio.Task[None] | None = None

    @abstractmethod
    async def log_in(self) -> None:
        """Say who we are. Raises TemporaryFailure, or TechnicalFailure where we are refused."""

    @abstractmethod
    def read_submitted(self, frame: Frame) -> Answer:
        """What an answer to a message says; WireError where it is none."""

    @property
    def room(self) -> int:
        """How many more messages its window takes."""
        return self._line.window - len(self._window)

    async def submit(self, pdu: Pdu, *, late: Late, deadline: float) -> Answer:
        """Send one message and wait for its answer, until `deadline` on the loop's clock.

        Raises TemporaryFailure, in doubt, if no answer comes: a gateway does not recognise a repetition. Raises
        TechnicalFailure if a value fits no frame. The place in the window is free again once the answer is there or
        the connection is gone.
        """
        waiting = _Waiting(self.loop.create_future(), late)
        self._window[self._begin(pdu)] = waiting
        try:
            async with asyncio.timeout_at(deadline):
                frame = await waiting.answer
            return self.read_submitted(frame)
        except TimeoutError:
            self._recycle()
        except WireError:
            self.drop()
        except asyncio.CancelledError:
            self._recycle()
            raise
        raise no_answer()

    async def close(self) -> None:
        """Take leave; never fails and never takes long."""
        if self.is_open:
            with suppress(TimeoutError, SendError):
                async with asyncio.timeout(_FAREWELL):
                    await self.ask(self.farewell)
        self.drop()

    def let_go(self) -> None:
        """The gateway takes leave: nothing more is sent, and what it owes us may still come for a moment."""
        self._is_leaving = True
        if self._window:
            self.loop.call_later(_FAREWELL, self.hang_up)
        else:
            self.hang_up()

    def start_testing(self) -> None:
        """From now on the connection is tested after each silence."""
        self._testing = self.loop.create_task(self._test())

    @override
    def end(self) -> None:
        super().end()
        if self._testing is not None:
            self._testing.cancel()
        window, self._window = self._window, {}
        for waiting in window.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(no_answer())
            self._freed()

    @override
    def read_answer(self, frame: Frame) -> None:
        waiting = self._window.pop(frame.sequence, None)
        if waiting is None:
            super().read_answer(frame)
            return
        self._freed()
        if waiting.answer.done():
            waiting.late(self.read_submitted(frame))
        else:
            waiting.answer.set_result(frame)
        if self._is_leaving and not self._window:
            self.hang_up()

    def _begin(self, pdu: Pdu) -> int:
        """Write a message; its sequence number."""
        try:
            if self.is_open:
                return self.write(pdu)
        except WireError as error:
            self._freed()
            raise TechnicalFailure(f"the settings do not fit the protocol: {error}") from None
        self._freed()
        raise TemporaryFailure("the connection was lost before anything was sent", code="connect")

    def _recycle(self) -> None:
        """Hang up where nothing in a full window is waited for any more: those answers will not come."""
        if self.room <= 0 and all(waiting.answer.done() for waiting in self._window.values()):
            self.drop()

    async def _test(self) -> None:
        """Ask for a sign of life after each silence; hang up where none comes."""
        idle, within = self._line.idle, self._line.answer_within
        while True:
            quiet = self.loop.time() - self.heard_at
            if quiet < idle:
                await asyncio.sleep(idle - quiet)
            elif not await self._lives(within):
                _log.warning("gateway gives no sign of life", host=self._line.host)
                self.drop()

    async def _lives(self, within: float) -> bool:
        for _ in range(self._line.tries):
            asked = self.loop.time()
            self.write(self.test)
            await asyncio.sleep(within)
            if self.heard_at >= asked:
                return True
        return False


async def opened(make: Callable[[], L], host: str, port: int, *, within: float, tls: ssl.SSLContext | None = None) -> L:
    """A connection that is logged in. Raises TemporaryFailure, or TechnicalFailure where we or they are refused."""
    failure: SendError
    try:
        async with asyncio.timeout(within):
            _, link = await asyncio.get_running_loop().create_connection(make, host, port, ssl=tls)
            try:
                await link.log_in()
            except BaseException:
                link.drop()
                raise
    except ssl.SSLCertVerificationError as error:
        failure = TechnicalFailure(f"the gateway's certificate is not trusted: {error.verify_message}", code="connect")
    except WireError as error:
        failure = TechnicalFailure(f"the settings do not fit the protocol: {error}", code="connect")
    except (OSError, TimeoutError) as error:
        failure = TemporaryFailure(f"the gateway cannot be reached ({type(error).__name__})", code="connect")
    else:
        link.start_testing()
        return link
    raise failure
