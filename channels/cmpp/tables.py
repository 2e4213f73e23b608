"""The tables of the standard: which fields a PDU has, in their order, and how they stand in 2.0 and in 3.0. Pure data.

Source: China Mobile QB-GF-028-2003 (CMPP V3.0.0), and its list of what had changed since 2.0.
"""

from collections.abc import Mapping, Sequence

from channels.carrier.frames import RESPONSE, Pdu
from channels.carrier.layout import Counted, Kind, Layout, Number, Raw, Text, Texts
from channels.cmpp import pdus

_ONE, _FOUR, _EIGHT = Number(1), Number(4), Number(8)

#: Name of each field in its order, and how it stands in 2.0 and in 3.0; None = it is not there.
Table = Sequence[tuple[str, Kind | None, Kind | None]]

_ANSWER: Table = (("msg_id", _EIGHT, _EIGHT), ("result", _ONE, _FOUR))

#: Command and fields of each PDU.
TABLES: Mapping[type[Pdu], tuple[int, Table]] = {
    pdus.Connect: (
        0x01,
        (
            ("source_addr", Text(6), Text(6)),
            ("authenticator", Raw(16), Raw(16)),
            ("version", _ONE, _ONE),
            ("timestamp", _FOUR, _FOUR),
        ),
    ),
    pdus.ConnectResp: (
        0x01 | RESPONSE,
        (("status", _ONE, _FOUR), ("authenticator", Raw(16), Raw(16)), ("version", _ONE, _ONE)),
    ),
    pdus.Terminate: (0x02, ()),
    pdus.TerminateResp: (0x02 | RESPONSE, ()),
    pdus.Submit: (
        0x04,
        (
            ("msg_id", _EIGHT, _EIGHT),
            ("pk_total", _ONE, _ONE),
            ("pk_number", _ONE, _ONE),
            ("registered_delivery", _ONE, _ONE),
            ("msg_level", _ONE, _ONE),
            ("service_id", Text(10), Text(10)),
            ("fee_user_type", _ONE, _ONE),
            ("fee_terminal_id", Text(21), Text(32)),
            ("fee_terminal_type", None, _ONE),
            ("tp_pid", _ONE, _ONE),
            ("tp_udhi", _ONE, _ONE),
            ("msg_fmt", _ONE, _ONE),
            ("msg_src", Text(6), Text(6)),
            ("fee_type", Text(2), Text(2)),
            ("fee_code", Text(6), Text(6)),
            ("valid_time", Text(17), Text(17)),
            ("at_time", Text(17), Text(17)),
            ("src_id", Text(21), Text(21)),
            ("destinations", Texts(Text(21)), Texts(Text(32))),
            ("destination_type", None, _ONE),
            ("content", Counted(), Counted()),
            ("link_id", Text(8), Text(20)),
        ),
    ),
    pdus.SubmitResp: (0x04 | RESPONSE, _ANSWER),
    pdus.Deliver: (
        0x05,
        (
            ("msg_id", _EIGHT, _EIGHT),
            ("dest_id", Text(21), Text(21)),
            ("service_id", Text(10), Text(10)),
            ("tp_pid", _ONE, _ONE),
            ("tp_udhi", _ONE, _ONE),
            ("msg_fmt", _ONE, _ONE),
            ("source", Text(21), Text(32)),
            ("source_type", None, _ONE),
            ("registered_delivery", _ONE, _ONE),
            ("content", Counted(), Counted()),
            ("link_id", Text(8), Text(20)),
        ),
    ),
    pdus.DeliverResp: (0x05 | RESPONSE, _ANSWER),
    pdus.Query: (
        0x06,
        (
            ("time", Text(8), Text(8)),
            ("query_type", _ONE, _ONE),
            ("query_code", Text(10), Text(10)),
            ("reserve", Text(8), Text(8)),
        ),
    ),
    pdus.QueryResp: (
        0x06 | RESPONSE,
        (
            ("time", Text(8), Text(8)),
            ("query_type", _ONE, _ONE),
            ("query_code", Text(10), Text(10)),
            *((name, _FOUR, _FOUR) for name in pdus.QUERY_COUNTS),
        ),
    ),
    pdus.Cancel: (0x07, (("msg_id", _EIGHT, _EIGHT),)),
    pdus.CancelResp: (0x07 | RESPONSE, (("success", _ONE, _FOUR),)),
    pdus.ActiveTest: (0x08, ()),
    pdus.ActiveTestResp: (0x08 | RESPONSE, (("reserved", _ONE, _ONE),)),
}

#: What stands in the content of a DELIVER that is a status report; the last size but one differs.
REPORTS: Mapping[int, Layout] = {
    size + 39: (
        ("msg_id", _EIGHT),
        ("stat", Text(7)),
        ("submit_time", Text(10)),
        ("done_time", Text(10)),
        ("destination", Text(size)),
        ("smsc_sequence", _FOUR),
    )
    for size in (21, 32)
}
