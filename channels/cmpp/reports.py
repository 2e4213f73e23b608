"""What a DELIVER says: how a message ended, or what somebody wrote. Pure.

An unknown end is temporary: it speaks of one message only, and carriers invent codes.
"""

from collections.abc import Mapping

from channels.carrier.parts import cut_header
from channels.carrier.said import End, Written
from channels.carrier.times import minute
from channels.carrier_ends import ENDS
from channels.cmpp.pdus import Deliver
from channels.cmpp.wire import decode_report
from channels.cmpp.words import CODECS, GB
from channels.receipt import Outcome

#: It has been accepted, and that is no end.
_ON_ITS_WAY = "ACCEPTD"

#: By the first two letters of "MA:0001": who did not answer, or did not like it.
_ELSEWHERE: Mapping[str, Outcome] = {
    # The short message centre, the next gateway.
    **dict.fromkeys(("MA", "MB", "MC", "IA", "IB", "IC"), Outcome.TEMPORARY),
    # Charging, the service platform, the SP: they refuse us, not the receiver.
    **dict.fromkeys(("CA", "CB", "DA", "DB", "SA", "SB"), Outcome.TECHNICAL),
}


def end(deliver: Deliver) -> End | None:
    """What a status report says; None where it is not the end yet. Raises WireError where it is none."""
    report = decode_report(deliver.content)
    if report.stat == _ON_ITS_WAY:
        return None
    code = "".join(char for char in report.stat if char.isprintable())
    return End(number_of(report.msg_id), outcome_of(code), code, minute(report.done_time))


def outcome_of(stat: str) -> Outcome:
    """What a Stat means."""
    return ENDS.get(stat) or _ELSEWHERE.get(stat[:2], Outcome.TEMPORARY)


def written(deliver: Deliver) -> Written:
    """What somebody wrote; in any format but UCS2 it is read as GB, which holds ASCII: some gateways call GB ASCII."""
    content, place = cut_header(deliver.content) if deliver.tp_udhi else (deliver.content, (0, 1, 1))
    return Written(deliver.source, content, CODECS.get(deliver.msg_fmt, CODECS[GB]), number_of(deliver.msg_id), *place)


def number_of(msg_id: int) -> str:
    """A Msg_Id as text: 16 hexadecimal digits (from August on it is too large for a signed number).

    "" for 0, which some gateways give to everything: taken for a number, one report would end all messages, and of all
    who refuse only the first would be heard.
    """
    return f"{msg_id:016x}" if msg_id else ""
