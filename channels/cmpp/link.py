"""One connection to an ISMG: the login, and an answer to whatever is brought."""

from collections.abc import Callable
from datetime import datetime

import structlog
from typing_extensions import override

from channels.carrier.frames import Frame, Pdu
from channels.carrier.layout import WireError
from channels.carrier.link import Heard, Link
from channels.carrier.said import Answer
from channels.cmpp.login import connect, their_proof
from channels.cmpp.pdus import (
    ActiveTest,
    ActiveTestResp,
    ConnectResp,
    Deliver,
    DeliverResp,
    SubmitResp,
    Terminate,
    TerminateResp,
)
from channels.cmpp.reports import number_of
from channels.cmpp.results import FLOW_CONTROL, login_refusal, refusal
from channels.cmpp.settings import CmppSettings
from channels.cmpp.wire import FRAMING, Version, decode, encode
from channels.failure import TechnicalFailure, TemporaryFailure

_log = structlog.get_logger()

#: Octets of a CONNECT_RESP of 2.0; a gateway that refuses a version answers in its own.
_CONNECT_RESP_V2 = 18

#: DELIVER, and the result by which a malformed one is sent back.
_DELIVER, _MALFORMED = 0x05, 1


class CmppLink(Link):
    """A connection that speaks CMPP."""

    framing = FRAMING
    test = ActiveTest()
    farewell = Terminate()

    def __init__(
        self, settings: CmppSettings, secret: str, at: datetime, *, heard: Heard, freed: Callable[[], None]
    ) -> None:
        super().__init__(settings, freed=freed)
        self._settings = settings
        self._request = connect(settings.sp_id, secret, settings.wire, at)
        self._secret = secret
        self._heard = heard

    @override
    def encode(self, pdu: Pdu, sequence: int) -> bytes:
        return encode(pdu, self._settings.wire, sequence)

    @override
    async def log_in(self) -> None:
        request, secret = self._request, self._secret
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

    @override
    def read_submitted(self, frame: Frame) -> Answer:
        answer = decode(frame, self._settings.wire)
        if not isinstance(answer, SubmitResp):
            raise WireError("an answer to another request")
        return Answer(number_of(answer.msg_id), refusal(answer.result) if answer.result else None)

    @override
    def read_request(self, frame: Frame) -> None:
        if frame.command == _DELIVER:
            self._take(frame)
            return
        match decode(frame, self._settings.wire):
            case ActiveTest():
                self.write(ActiveTestResp(), frame.sequence)
            case Terminate():
                self.write(TerminateResp(), frame.sequence)
                self.let_go()
            case _:
                _log.warning("gateway asked for what only a gateway does", command=frame.command)

    def _take(self, frame: Frame) -> None:
        """Answer a DELIVER before anything is done with it."""
        try:
            deliver = decode(frame, self._settings.wire)
        except WireError:
            # Hanging up instead would bring the same one again and again.
            self.write(DeliverResp(int.from_bytes(frame.body[:8], "big"), _MALFORMED), frame.sequence)
            return
        assert isinstance(deliver, Deliver)
        result = 0 if self._heard(deliver) else FLOW_CONTROL
        self.write(DeliverResp(deliver.msg_id, result), frame.sequence)
