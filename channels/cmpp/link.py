"""One connection to the gateway: the login, the window, the tests of life, and an answer to whatever is brought."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from typing_extensions import override

from channels.cmpp.layout import WireError
from channels.cmpp.login import connect, their_proof
from channels.cmpp.pdus import (
    ActiveTest,
    ActiveTestResp,
    ConnectResp,
    Deliver,
    DeliverResp,
    Submit,
    SubmitResp,
    Terminate,
    TerminateResp,
)
from channels.cmpp.results import FLOW_CONTROL, login_refusal
from channels.cmpp.settings import CmppSettings
from channels.cmpp.stream import Stream, no_answer
from channels.cmpp.wire import Frame, Version, decode
from channels.failure import SendError, TechnicalFailure, TemporaryFailure

_log = structlog.get_logger()

#: Seconds that a farewell may take.
_FAREWELL = 2.0

#: Octets of a CONNECT_RESP of 2.0; a gateway that refuses a version answers in its own.
_CONNECT_RESP_V2 = 18

#: DELIVER, and the result by which a malformed one is sent back.
_DELIVER, _MALFORMED = 0x05, 1

#: Gives a DELIVER away; False = nobody can take it now, and the gateway is to bring it again.
Heard = Callable[[Deliver], bool]

#: Is told of an answer that came after its sender had given up.
Late = Callable[[SubmitResp], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    answer: asyncio.Future[Frame]
    late: Late


class Link(Stream):
    """An open connection. Whoever calls `submit` keeps to `room`; `freed` is called whenever there is more of it."""

    def __init__(self, settings: CmppSettings, *, heard: Heard, freed: Callable[[], None]) -> None:
        super().__init__(settings.wire)
        self._settings = settings
        self._heard = heard
        self._freed = freed
        #: SUBMITs without an answer by their sequence number.
        self._window: dict[int, _Waiting] = {}
        self._testing: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, settings: CmppSettings, secret: str, at: datetime, *, heard: Heard, freed: Callable[[], None]
    ) -> "Link":
        """A connection that is logged in. Raises TemporaryFailure, or TechnicalFailure where we are refused."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(settings.answer_within):
                _, link = await loop.create_connection(
                    lambda: cls(settings, heard=heard, freed=freed), settings.host, settings.port
                )
                try:
                    await link._log_in(secret, at)
                except BaseException:
                    link.drop()
                    raise
        except (OSError, TimeoutError) as error:
            failure = TemporaryFailure(f"the gateway cannot be reached ({type(error).__name__})", code="connect")
        else:
            return link
        raise failure

    @property
    def room(self) -> int:
        """How many more SUBMITs its window takes."""
        return self._settings.window - len(self._window)

    async def submit(self, pdu: Submit, *, late: Late, deadline: float) -> SubmitResp:
        """Send one message and wait for its answer, until `deadline` on the loop's clock.

        Raises TemporaryFailure, in doubt, if no answer comes: a gateway does not recognise a repetition. Raises
        TechnicalFailure if a value fits no frame. The place in the window is free again once the answer is there or
        the connection is gone.
        """
        waiting = _Waiting(self.loop.create_future(), late)
        try:
            self._window[self.write(pdu)] = waiting
        except WireError as error:
            self._freed()
            raise TechnicalFailure(f"the settings do not fit the protocol: {error}") from None
        try:
            async with asyncio.timeout_at(deadline):
                frame = await waiting.answer
            return _submit_resp(frame, self.version)
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
                    await self.ask(Terminate())
        self.drop()

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

    async def _log_in(self, secret: str, at: datetime) -> None:
        request = connect(self._settings.sp_id, secret, self.version, at)
        try:
            frame = await self.ask(request)
            version = Version.V2 if len(frame.body) == _CONNECT_RESP_V2 else Version.V3
            answer = decode(frame, version)
        except (TemporaryFailure, WireError):
            answer = None
        if not isinstance(answer, ConnectResp):
            raise TemporaryFailure("the gateway did not answer the login as CMPP has it", code="connect")
        if answer.status:
            raise login_refusal(answer.status)
        proof = their_proof(0, request.authenticator, secret, version)
        if self._settings.check_gateway and answer.authenticator != proof:
            raise TechnicalFailure("the gateway does not prove that it knows the secret", code="connect")
        self._testing = self.loop.create_task(self._test())

    @override
    def read_answer(self, frame: Frame) -> None:
        waiting = self._window.pop(frame.sequence, None)
        if waiting is None:
            super().read_answer(frame)
            return
        self._freed()
        if waiting.answer.done():
            waiting.late(_submit_resp(frame, self.version))
        else:
            waiting.answer.set_result(frame)

    @override
    def read_request(self, frame: Frame) -> None:
        if frame.command == _DELIVER:
            self._take(frame)
            return
        match decode(frame, self.version):
            case ActiveTest():
                self.write(ActiveTestResp(), frame.sequence)
            case Terminate():
                self.write(TerminateResp(), frame.sequence)
                self.hang_up()
            case _:
                _log.warning("gateway asked for what only a gateway does", command=frame.command)

    def _take(self, frame: Frame) -> None:
        """Answer a DELIVER before anything is done with it."""
        try:
            deliver = decode(frame, self.version)
        except WireError:
            # Hanging up instead would bring the same one again and again.
            self.write(DeliverResp(int.from_bytes(frame.body[:8], "big"), _MALFORMED), frame.sequence)
            return
        assert isinstance(deliver, Deliver)
        result = 0 if self._heard(deliver) else FLOW_CONTROL
        self.write(DeliverResp(deliver.msg_id, result), frame.sequence)

    def _recycle(self) -> None:
        """Hang up where nothing in a full window is waited for any more: those answers will not come."""
        if self.room <= 0 and all(waiting.answer.done() for waiting in self._window.values()):
            self.drop()

    async def _test(self) -> None:
        """Ask for a sign of life after each silence; hang up where none comes."""
        idle, within = self._settings.idle, self._settings.answer_within
        while True:
            quiet = self.loop.time() - self.heard_at
            if quiet < idle:
                await asyncio.sleep(idle - quiet)
            elif not await self._lives(within):
                _log.warning("gateway gives no sign of life", host=self._settings.host)
                self.drop()

    async def _lives(self, within: float) -> bool:
        for _ in range(self._settings.tries):
            asked = self.loop.time()
            self.write(ActiveTest())
            await asyncio.sleep(within)
            if self.heard_at >= asked:
                return True
        return False


def _submit_resp(frame: Frame, version: Version) -> SubmitResp:
    answer = decode(frame, version)
    if not isinstance(answer, SubmitResp):
        raise WireError("an answer to another request")
    return answer
