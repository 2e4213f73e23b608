"""What a deliver_sm says: how a message ended, or what somebody wrote. Pure.

An unknown end is temporary: it speaks of one message only, and centres invent codes. Only esm_class or the parameter
receipted_message_id make a receipt: whoever writes us words that look like one has written us words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from channels.carrier.layout import WireError
from channels.carrier.parts import MOST_PARTS, cut_header
from channels.carrier.said import End, Written
from channels.carrier.times import minute
from channels.receipt import Outcome
from channels.smpp.pdus import (
    MESSAGE_STATE,
    NETWORK_ERROR_CODE,
    RECEIPTED_MESSAGE_ID,
    SAR_MSG_REF_NUM,
    SAR_SEGMENT_SEQNUM,
    SAR_TOTAL_SEGMENTS,
    DeliverSm,
)
from channels.smpp.words import readable

#: How a centre writes its number of a message.
Writing = Literal["as_is", "decimal", "hex"]

#: Bits of esm_class: kind of message, and that it begins with a user data header (SMPP 3.4 section 5.2.12).
_KIND, _RECEIPT, _ON_ITS_WAY, _HEADER = 0x3C, 0x04, 0x20, 0x40

#: message_state (section 5.2.28) in the words of a textual receipt (appendix B); 0 and 9 are of version 5.0.
_STATES: Mapping[int, str] = {
    0: "SCHEDLD",
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
    9: "SKIPPED",
}

_ENDS: Mapping[str, Outcome | None] = {
    "SCHEDLD": None,
    "ENROUTE": None,
    "ACCEPTD": None,
    "DELIVRD": Outcome.DELIVERED,
    "EXPIRED": Outcome.TEMPORARY,
    "DELETED": Outcome.TEMPORARY,
    "UNDELIV": Outcome.TEMPORARY,
    "UNKNOWN": Outcome.TEMPORARY,
    "REJECTD": Outcome.TEMPORARY,
    "SKIPPED": Outcome.TEMPORARY,
}

#: network_error_code (section 5.3.2.31): its network type for GSM, and the errors there (3GPP TS 29.002). The first
#: one says that nobody has the number; the others pass by, or may.
_GSM, _UNKNOWN_SUBSCRIBER = 3, 1
_GSM_ERRORS: Mapping[int, str] = {
    _UNKNOWN_SUBSCRIBER: "nobody has this number",
    5: "the subscriber is not identified",
    6: "the phone is not reached",
    9: "the subscriber may not be served",
    11: "the subscriber has no short messages",
    12: "the phone may not be served",
    13: "the subscriber is barred",
    21: "the network does not offer short messages",
    27: "the phone is switched off or out of reach",
    31: "the phone is busy",
    32: "the phone did not take the message",
    33: "too many messages wait for the phone",
    34: "the network failed",
    35: "the network missed data",
    36: "the network did not understand data",
}

_FIELDS = {
    name: re.compile(rf"\b{name}:\s*([^\s:]+)", re.IGNORECASE) for name in ("id", "stat", "err", "done date", "text")
}


@dataclass(frozen=True, slots=True)
class Habits:
    """How one centre writes."""

    in_answer: Writing = "as_is"
    in_receipt: Writing = "as_is"
    #: Values of err: by which it says that nobody has a number.
    dead_errors: frozenset[str] = frozenset()


def read(deliver: DeliverSm, habits: Habits) -> End | Written | None:
    """What is brought; None where it is not the end yet. Raises WireError where a receipt says too little."""
    kind = deliver.esm_class & _KIND
    if kind == _ON_ITS_WAY:
        return None
    if kind == _RECEIPT or RECEIPTED_MESSAGE_ID in deliver.options:
        return _end(deliver, habits)
    return _written(deliver)


def number_of(text: str, writing: Writing) -> str:
    """The centre's number of a message, so that those of answers and of receipts are alike."""
    try:
        return text if writing == "as_is" else str(int(text, 16 if writing == "hex" else 10))
    except ValueError:
        return text


def _end(deliver: DeliverSm, habits: Habits) -> End | None:
    content = cut_header(deliver.words)[0] if deliver.esm_class & _HEADER else deliver.words
    octets, codec = readable(content, deliver.data_coding)
    # What follows are the first words of our message, which may look like anything.
    said = re.split(r"\btext:", octets.decode(codec, "replace"), maxsplit=1, flags=re.IGNORECASE)[0]
    number = _number(deliver) or _field("id", said)
    stat = _state(deliver) or _field("stat", said).upper()
    if not (number and stat):
        raise WireError("a receipt without number or state")
    outcome = _ENDS.get(stat, Outcome.TEMPORARY)
    if outcome is None:
        return None
    outcome, code, detail = _why(deliver, outcome, stat, _field("err", said), habits)
    return End(number_of(number, habits.in_receipt), outcome, code, minute(_field("done date", said)), detail)


def _why(deliver: DeliverSm, outcome: Outcome, stat: str, err: str, habits: Habits) -> tuple[Outcome, str, str]:
    """Outcome, code and words, with what the network says of a failure."""
    if outcome is Outcome.DELIVERED:
        return outcome, stat, ""
    network = deliver.options.get(NETWORK_ERROR_CODE, b"")
    if len(network) == 3 and any(network[1:]):
        error = int.from_bytes(network[1:], "big")
        is_gsm = network[0] == _GSM
        is_dead = is_gsm and error == _UNKNOWN_SUBSCRIBER
        words = _GSM_ERRORS.get(error, "") if is_gsm else ""
        return (Outcome.PERMANENT if is_dead else outcome), f"{stat}:{network[0]}-{error}", words
    if err in habits.dead_errors:
        return Outcome.PERMANENT, f"{stat}:{err}", "the centre says that nobody has this number"
    return outcome, f"{stat}:{err}" if err.strip("0") else stat, ""


def _number(deliver: DeliverSm) -> str:
    return deliver.options.get(RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].decode("ascii", "replace").strip()


def _state(deliver: DeliverSm) -> str:
    state = deliver.options.get(MESSAGE_STATE, b"")
    return _STATES.get(state[0], f"STATE{state[0]}") if len(state) == 1 else ""


def _field(name: str, said: str) -> str:
    """A value of a textual receipt, printable and short; "" where it is not there."""
    found = _FIELDS[name].search(said)
    return "".join(char for char in found[1] if char.isprintable())[:64] if found else ""


def _written(deliver: DeliverSm) -> Written:
    content, place = deliver.words, (0, 1, 1)
    if deliver.esm_class & _HEADER:
        content, place = cut_header(content)
    elif SAR_MSG_REF_NUM in deliver.options:
        tags = (SAR_MSG_REF_NUM, SAR_TOTAL_SEGMENTS, SAR_SEGMENT_SEQNUM)
        reference, total, at = (int.from_bytes(deliver.options.get(tag, b""), "big") for tag in tags)
        place = (reference, total, at) if 1 <= at <= total <= MOST_PARTS else place
    return Written(deliver.source_addr, *readable(content, deliver.data_coding), "", *place)
