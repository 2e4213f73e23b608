"""One connection to a message centre: the login, and an answer to whatever is brought."""

from collections.abc import Callable

import structlog
from typing_extensions import override

from channels.carrier.frames import RESPONSE, Frame, Pdu
from channels.carrier.layout import WireError
from channels.carrier.link import Heard, Link
from channels.carrier.said import Answer
from channels.failure import TemporaryFailure
from channels.smpp import tables
from channels.smpp.pdus import (
    Bind,
    DataSmResp,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Unbind,
    UnbindResp,
)
from channels.smpp.reports import number_of
from channels.smpp.settings import SmppSettings
from channels.smpp.statuses import INVALID_COMMAND, RX_R_APPN, RX_T_APPN, login_refusal, refusal
from channels.smpp.wire import FRAMING, decode_brought, decode_taken, encode

_log = structlog.get_logger()


class SmppLink(Link):
    """A connection that speaks SMPP."""

    framing = FRAMING
    test = EnquireLink()
    farewell = Unbind()

    def __init__(self, settings: SmppSettings, bind: Bind, *, heard: Heard, freed: Callable[[], None]) -> None:
        super().__init__(settings, freed=freed)
        self._bind = bind
        self._heard = heard
        self._writing = settings.number_in_answer
        self._own = settings.own_statuses

    @override
    def encode(self, pdu: Pdu, sequence: int) -> bytes:
        return encode(pdu, sequence)

    @override
    async def log_in(self) -> None:
        try:
            frame = await self.ask(self._bind)
        except TemporaryFailure:
            # Nothing is in doubt here: no message was sent.
            frame = None
        if frame is not None and frame.status:
            raise login_refusal(frame.status, self._own)
        if frame is None or frame.command != tables.OURS[type(self._bind)][0] | RESPONSE:
            raise TemporaryFailure("the centre did not answer the login as SMPP has it", code="connect")

    @override
    def read_submitted(self, frame: Frame) -> Answer:
        if frame.command not in (tables.SUBMIT_SM_RESP, tables.GENERIC_NACK):
            raise WireError("an answer to another request")
        if frame.status:
            return Answer("", refusal(frame.status, self._own))
        if frame.command == tables.GENERIC_NACK:
            raise WireError("a refusal without a reason")
        return Answer(number_of(decode_taken(frame).message_id, self._writing))

    @override
    def read_request(self, frame: Frame) -> None:
        match frame.command:
            case tables.DELIVER_SM | tables.DATA_SM:
                self._take(frame)
            case tables.ENQUIRE_LINK:
                self.write(EnquireLinkResp(), frame.sequence)
            case tables.UNBIND:
                self.write(UnbindResp(), frame.sequence)
                self.let_go()
            case tables.OUTBIND | tables.ALERT_NOTIFICATION:
                # They want no answer, and we nothing of them.
                pass
            case _:
                _log.warning("centre asked for what only a centre does", command=frame.command)
                self.write(GenericNack(INVALID_COMMAND), frame.sequence)

    def _take(self, frame: Frame) -> None:
        """Answer what is brought before anything is done with it."""
        answer = DeliverSmResp if frame.command == tables.DELIVER_SM else DataSmResp
        try:
            status = 0 if self._heard(decode_brought(frame)) else RX_T_APPN
        except WireError:
            # Hanging up instead would bring the same one again and again.
            status = RX_R_APPN
        self.write(answer(status), frame.sequence)
