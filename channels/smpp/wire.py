"""Frames of SMPP 3.4, written and read by the specification's tables. Pure."""

from collections.abc import Iterator

from channels.carrier.frames import Frame, Framing, Pdu
from channels.carrier.layout import WireError, put, take_front
from channels.smpp.pdus import DeliverSm, Resp, SubmitSmResp
from channels.smpp.tables import BROUGHT, OURS, TAKEN

#: Octets of the header: length, command, status, sequence number.
HEADER = 16

#: Longest frame that is read: a message_payload may hold 64 KB.
LONGEST = 70_000

FRAMING = Framing(HEADER, LONGEST)


def encode(pdu: Pdu, sequence: int) -> bytes:
    """The whole frame. Raises WireError that names the field whose value does not fit."""
    command, layout = OURS[type(pdu)]
    body = put(pdu, layout)
    status = pdu.status if isinstance(pdu, Resp) else 0
    return (HEADER + len(body) << 96 | command << 64 | status << 32 | sequence).to_bytes(HEADER, "big") + body


def decode_taken(frame: Frame) -> SubmitSmResp:
    """The answer to a message that was taken. Raises WireError; an empty body is an answer without a number."""
    if not frame.body:
        return SubmitSmResp("")
    values, end = take_front(frame.body, TAKEN)
    if end > len(frame.body):
        raise WireError("submit_sm_resp: a message_id without an end")
    return SubmitSmResp(**values)


def decode_brought(frame: Frame) -> DeliverSm:
    """What the centre brings. Raises WireError where its body is too short; optional parameters are read leniently."""
    values, end = take_front(frame.body, BROUGHT[frame.command])
    if end > len(frame.body):
        raise WireError(f"a body of {len(frame.body)} octets")
    return DeliverSm(**values, options=dict(_options(frame.body, end)))


def _options(body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each optional parameter that is whole."""
    while at + 4 <= len(body):
        start = at + 4
        at = start + int.from_bytes(body[start - 2 : start], "big")
        if at <= len(body):
            yield int.from_bytes(body[start - 4 : start - 2], "big"), body[start:at]
