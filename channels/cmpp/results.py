"""What the gateway's codes mean for a send. Pure.

Source: CMPP V3.0.0, Result of SUBMIT_RESP (0–13; 100–199 are the vendors' own) and Status of CONNECT_RESP. An unknown
result of a message is temporary: vendors put limits and single numbers there, so neither may the whole channel be
parked for one nor an address be closed. An unknown status of the login is temporary as well.
"""

from collections.abc import Mapping

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure

#: The result by which the gateway asks for fewer messages.
FLOW_CONTROL = 8

#: Seconds for which it is given peace.
PEACE = 1.0

_Fate = type[TemporaryFailure] | type[PermanentFailure] | type[TechnicalFailure]

_RESULTS: Mapping[int, tuple[_Fate, str]] = {
    1: (TechnicalFailure, "the gateway cannot read our SUBMIT: check version"),
    2: (TechnicalFailure, "the gateway does not take this command: check version"),
    3: (TemporaryFailure, "the gateway has seen this sequence number before"),
    4: (TechnicalFailure, "the gateway finds the message's length wrong: check version"),
    5: (TechnicalFailure, "the gateway finds the fee wrong: check fee_type and fee_code"),
    6: (TechnicalFailure, "the gateway finds the message too long"),
    7: (TechnicalFailure, "the gateway does not know the service: check service_id"),
    FLOW_CONTROL: (TemporaryFailure, "the gateway asks to slow down"),
    9: (TemporaryFailure, "the gateway does not serve this number"),
    10: (TechnicalFailure, "the gateway refuses the sender's number: check src_id"),
    11: (TechnicalFailure, "the gateway refuses the source: check sp_id"),
    12: (TechnicalFailure, "the gateway refuses who is to pay: check fee_user_type"),
    13: (PermanentFailure, "the gateway finds the number wrong"),
}

_STATUSES: Mapping[int, str] = {
    1: "the gateway cannot read our CONNECT: check version",
    2: "the gateway does not know us: check sp_id and the address that we call from",
    3: "the gateway does not accept the secret",
    4: "the gateway does not speak this version: check version",
}


def refusal(result: int) -> SendError:
    """The failure that a SUBMIT_RESP with another `result` than 0 stands for."""
    code = str(result)
    fate, words = _RESULTS.get(result, (TemporaryFailure, "the gateway refuses with a code of its own"))
    if fate is TemporaryFailure:
        return TemporaryFailure(words, code=code, retry_after=PEACE if result == FLOW_CONTROL else None)
    return fate(words, code=code)


def login_refusal(status: int) -> SendError:
    """The failure that a CONNECT_RESP with another `status` than 0 stands for."""
    code = f"connect-{status}"
    if status in _STATUSES:
        return TechnicalFailure(_STATUSES[status], code=code)
    return TemporaryFailure("the gateway does not let us in now", code=code)
