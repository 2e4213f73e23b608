"""What a command_status means for a send. Pure.

Source: SMPP 3.4, table 5-2 (all of it); 0x400–0x4FF are the vendors' own. A status that stands nowhere is temporary:
it speaks of one message, so neither may the whole channel be parked for it nor an address be closed. The operator may
say otherwise of single ones.
"""

from collections.abc import Mapping
from typing import Literal

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure

#: Seconds for which a centre that asks for fewer messages is given peace.
PEACE = 1.0

#: By these we send back what the centre brings: later, please; never (malformed); not a command of ours.
RX_T_APPN, RX_R_APPN, INVALID_COMMAND = 0x64, 0x66, 0x03

Fate = Literal["later", "slower", "dead", "ours"]

_STATUSES: Mapping[int, tuple[str, Fate, str]] = {
    0x01: ("ESME_RINVMSGLEN", "ours", "the centre finds the message's length wrong"),
    0x02: ("ESME_RINVCMDLEN", "ours", "the centre finds the command's length wrong"),
    0x03: ("ESME_RINVCMDID", "ours", "the centre does not take this command"),
    0x04: ("ESME_RINVBNDSTS", "ours", "the account may not send: check mode"),
    0x05: ("ESME_RALYBND", "later", "the centre finds us logged in already: check connections"),
    0x06: ("ESME_RINVPRTFLG", "ours", "the centre refuses the priority: check warning_priority"),
    0x07: ("ESME_RINVREGDLVFLG", "ours", "the centre gives no receipts to this account"),
    0x08: ("ESME_RSYSERR", "later", "the centre has trouble of its own"),
    0x0A: ("ESME_RINVSRCADR", "ours", "the centre refuses the sender's number: check source"),
    0x0B: ("ESME_RINVDSTADR", "dead", "the centre finds the number wrong"),
    0x0C: ("ESME_RINVMSGID", "ours", "the centre finds a message_id wrong"),
    0x0D: ("ESME_RBINDFAIL", "ours", "the centre does not let us in: check system_id, password and mode"),
    0x0E: ("ESME_RINVPASWD", "ours", "the centre does not accept the password"),
    0x0F: ("ESME_RINVSYSID", "ours", "the centre does not know us: check system_id"),
    0x11: ("ESME_RCANCELFAIL", "ours", "the centre could not cancel a message"),
    0x13: ("ESME_RREPLACEFAIL", "ours", "the centre could not replace a message"),
    0x14: ("ESME_RMSGQFUL", "slower", "the centre's queue is full"),
    0x15: ("ESME_RINVSERTYP", "ours", "the centre does not know the service: check service_type"),
    0x33: ("ESME_RINVNUMDESTS", "ours", "the centre finds the number of receivers wrong"),
    0x34: ("ESME_RINVDLNAME", "ours", "the centre does not know a list of receivers"),
    0x40: ("ESME_RINVDESTFLAG", "ours", "the centre finds the kind of receiver wrong"),
    0x42: ("ESME_RINVSUBREP", "ours", "the centre does not replace messages"),
    0x43: ("ESME_RINVESMCLASS", "ours", "the centre refuses the kind of message: perhaps it takes no long ones"),
    0x44: ("ESME_RCNTSUBDL", "ours", "the centre could not send to a list of receivers"),
    0x45: ("ESME_RSUBMITFAIL", "later", "the centre could not take the message"),
    0x48: ("ESME_RINVSRCTON", "ours", "the centre refuses the kind of the sender's number: check source_ton"),
    0x49: ("ESME_RINVSRCNPI", "ours", "the centre refuses the plan of the sender's number: check source_npi"),
    0x50: ("ESME_RINVDSTTON", "ours", "the centre refuses the kind of the receiver's number: check dest_ton"),
    0x51: ("ESME_RINVDSTNPI", "ours", "the centre refuses the plan of the receiver's number: check dest_npi"),
    0x53: ("ESME_RINVSYSTYP", "ours", "the centre does not know the kind of system: check system_type"),
    0x54: ("ESME_RINVREPFLAG", "ours", "the centre refuses the flag by which messages are replaced"),
    0x55: ("ESME_RINVNUMMSGS", "ours", "the centre finds the number of messages wrong"),
    0x58: ("ESME_RTHROTTLED", "slower", "the centre asks to slow down: check per_second"),
    0x61: ("ESME_RINVSCHED", "ours", "the centre refuses the time of delivery"),
    0x62: ("ESME_RINVEXPIRY", "ours", "the centre refuses how long the message is of use: check tell_expiry"),
    0x63: ("ESME_RINVDFTMSGID", "ours", "the centre does not have this ready-made message"),
    0x64: ("ESME_RX_T_APPN", "later", "the receiving application cannot take it now"),
    # "Permanent" and "reject" speak of this message; whether of its words or of its receiver they do not say.
    0x65: ("ESME_RX_P_APPN", "later", "the receiving application does not take the message"),
    0x66: ("ESME_RX_R_APPN", "later", "the receiving application rejects the message"),
    0x67: ("ESME_RQUERYFAIL", "ours", "the centre could not say what became of a message"),
    0xC0: ("ESME_RINVOPTPARSTREAM", "ours", "the centre cannot read the optional parameters"),
    0xC1: ("ESME_ROPTPARNOTALLWD", "ours", "the centre does not allow an optional parameter"),
    0xC2: ("ESME_RINVPARLEN", "ours", "the centre finds a parameter's length wrong"),
    0xC3: ("ESME_RMISSINGOPTPARAM", "ours", "the centre misses an optional parameter"),
    0xC4: ("ESME_RINVOPTPARAMVAL", "ours", "the centre finds an optional parameter wrong"),
    0xFE: ("ESME_RDELIVERYFAILURE", "later", "the centre could not deliver the message"),
    0xFF: ("ESME_RUNKNOWNERR", "later", "the centre does not say what is wrong"),
}


def refusal(status: int, own: Mapping[int, Fate]) -> SendError:
    """The failure that a `status` other than 0 stands for; `own` are those of which the operator has said it."""
    name, fate, words = _STATUSES.get(status, (f"{status:#06x}", "later", "the centre refuses with a code of its own"))
    match own.get(status, fate):
        case "dead":
            return PermanentFailure(words, code=name)
        case "ours":
            return TechnicalFailure(words, code=name)
        case "slower":
            return TemporaryFailure(words, code=name, retry_after=PEACE)
        case _:
            return TemporaryFailure(words, code=name)


def login_refusal(status: int, own: Mapping[int, Fate]) -> SendError:
    """The failure that a refused login stands for: nothing that is said there closes an address."""
    failure = refusal(status, own)
    return TechnicalFailure(failure.detail, code=failure.code) if isinstance(failure, PermanentFailure) else failure
