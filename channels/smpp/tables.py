"""The tables of the specification: which fields a PDU has, in their order, and how they stand. Pure data.

Source: Short Message Peer to Peer Protocol Specification v3.4, sections 4.1–4.11 and 5.1. Where centres are known to
allow more than the specification does (passwords of more than 8 characters), so do we.
"""

from collections.abc import Mapping

from channels.carrier.frames import RESPONSE, Pdu
from channels.carrier.layout import Counted, Ended, Layout, Number
from channels.smpp import pdus

_ONE = Number(1)
_ADDRESS = Ended(21)
_TIME = Ended(17)
_MESSAGE_ID = Ended(65)

_BIND: Layout = (
    ("system_id", Ended(65)),
    ("password", Ended(65)),
    ("system_type", Ended(13)),
    ("interface_version", _ONE),
    ("addr_ton", _ONE),
    ("addr_npi", _ONE),
    ("address_range", Ended(41)),
)

_ENVELOPE: Layout = (
    ("service_type", Ended(6)),
    ("source_addr_ton", _ONE),
    ("source_addr_npi", _ONE),
    ("source_addr", _ADDRESS),
    ("dest_addr_ton", _ONE),
    ("dest_addr_npi", _ONE),
    ("destination_addr", _ADDRESS),
    ("esm_class", _ONE),
)

_MESSAGE: Layout = (
    *_ENVELOPE,
    ("protocol_id", _ONE),
    ("priority_flag", _ONE),
    ("schedule_delivery_time", _TIME),
    ("validity_period", _TIME),
    ("registered_delivery", _ONE),
    ("replace_if_present_flag", _ONE),
    ("data_coding", _ONE),
    ("sm_default_msg_id", _ONE),
    ("short_message", Counted()),
)

#: Command and fields of what we say.
OURS: Mapping[type[Pdu], tuple[int, Layout]] = {
    pdus.BindReceiver: (0x01, _BIND),
    pdus.BindTransmitter: (0x02, _BIND),
    pdus.BindTransceiver: (0x09, _BIND),
    pdus.SubmitSm: (0x04, _MESSAGE),
    pdus.DeliverSmResp: (0x05 | RESPONSE, (("message_id", _MESSAGE_ID),)),
    pdus.DataSmResp: (0x103 | RESPONSE, (("message_id", _MESSAGE_ID),)),
    pdus.EnquireLink: (0x15, ()),
    pdus.EnquireLinkResp: (0x15 | RESPONSE, ()),
    pdus.Unbind: (0x06, ()),
    pdus.UnbindResp: (0x06 | RESPONSE, ()),
    pdus.GenericNack: (RESPONSE, ()),
}

#: Commands of what the centre says.
GENERIC_NACK, SUBMIT_SM_RESP = RESPONSE, 0x04 | RESPONSE
DELIVER_SM, DATA_SM, ENQUIRE_LINK, UNBIND = 0x05, 0x103, 0x15, 0x06
OUTBIND, ALERT_NOTIFICATION = 0x0B, 0x102

TAKEN: Layout = (("message_id", _MESSAGE_ID),)

#: Fields of what it brings, by command; optional parameters follow.
BROUGHT: Mapping[int, Layout] = {
    DELIVER_SM: _MESSAGE,
    DATA_SM: (*_ENVELOPE, ("registered_delivery", _ONE), ("data_coding", _ONE)),
}
