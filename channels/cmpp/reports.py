"""What a DELIVER says: how a message ended, or what somebody wrote. Pure.

An unknown end is temporary: it speaks of one message only, and carriers invent codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from channels.cmpp.login import CHINA
from channels.cmpp.pdus import Deliver
from channels.cmpp.wire import decode_report
from channels.cmpp.words import read
from channels.phone import address_of
from channels.receipt import Inbound, Outcome
from channels.stop_words import is_stop

#: It has been accepted, and that is no end.
_ON_ITS_WAY = "ACCEPTD"

_ENDS: Mapping[str, Outcome] = {
    "DELIVRD": Outcome.DELIVERED,
    "EXPIRED": Outcome.TEMPORARY,
    "DELETED": Outcome.TEMPORARY,
    "UNDELIV": Outcome.TEMPORARY,
    "REJECTD": Outcome.TEMPORARY,
    "UNKNOWN": Outcome.TEMPORARY,
}

#: By the first two letters of "MA:0001": who did not answer, or did not like it.
_ELSEWHERE: Mapping[str, Outcome] = {
    # The short message centre, the next gateway.
    **dict.fromkeys(("MA", "MB", "MC", "IA", "IB", "IC"), Outcome.TEMPORARY),
    # Charging, the service platform, the SP: they refuse us, not the receiver.
    **dict.fromkeys(("CA", "CB", "DA", "DB", "SA", "SB"), Outcome.TECHNICAL),
}


@dataclass(frozen=True, slots=True)
class End:
    """How one message, or one part of a long one, ended."""

    msg_id: int
    outcome: Outcome
    #: The report's Stat, printable.
    code: str
    at: datetime | None


def end(deliver: Deliver) -> End | None:
    """What a status report says; None where it is not the end yet. Raises WireError where it is none."""
    report = decode_report(deliver.content)
    if report.stat == _ON_ITS_WAY:
        return None
    code = "".join(char for char in report.stat if char.isprintable())
    return End(report.msg_id, outcome_of(code), code, _time(report.done_time))


def outcome_of(stat: str) -> Outcome:
    """What a Stat means."""
    return _ENDS.get(stat) or _ELSEWHERE.get(stat[:2], Outcome.TEMPORARY)


def inbound(deliver: Deliver) -> Inbound:
    """What somebody wrote."""
    words = read(deliver.content, deliver.msg_fmt, deliver.tp_udhi)
    return Inbound(
        "stop" if is_stop(words) else "text",
        address=address_of(deliver.source),
        text=words,
        event_id=number_of(deliver.msg_id),
    )


def number_of(msg_id: int) -> str:
    """A Msg_Id as text: 16 hexadecimal digits (from August on it is too large for a signed number)."""
    return f"{msg_id:016x}"


def _time(digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits, "%y%m%d%H%M").replace(tzinfo=CHINA)
    except ValueError:
        return None
