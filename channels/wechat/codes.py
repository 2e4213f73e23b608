"""What WeChat's error codes mean for us. Pure.

Source: developers.weixin.qq.com, "global return codes" and the pages of each call. An unknown code is technical: most
are about the account or the template, nobody is suppressed for it, and the operator reads it.
"""

from collections.abc import Mapping

from channels.access_token import BadToken
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome
from channels.redaction import redact

#: Accepted before under the same client message id: the answer carries the first one's number.
REPEATED = 45065

#: The access token is not valid (any more).
BAD_TOKEN: Mapping[int, str] = {
    40001: "the access token is not valid, or the app secret is wrong",
    40014: "the access token is malformed",
    42001: "the access token is out of date",
}

#: The same may work later.
LATER: Mapping[int, str] = {
    -1: "the platform is busy",
    45011: "too many calls in this minute",
    45066: "the same was sent a moment ago",
    43117: "this follower has had many messages lately",
}

#: Those of them that are this follower's own: the others need not wait.
_OWN = frozenset({43117})

#: Seconds to wait, where the platform's pages say so.
_WAITS = {45011: 60.0, 45066: 60.0}

#: This follower will not get our messages.
GONE: Mapping[int, str] = {
    43004: "this person does not follow the account",
    50005: "this person does not follow the account",
    40003: "there is no such follower",
    43019: "this follower is on the account's black list",
}

#: This way does not reach this follower; another may, and so may the next message.
NOT_THIS_WAY: Mapping[int, str] = {
    # Refused, or a one-time consent is used up.
    43101: "this person has not agreed to notices of this template, or not any more",
    45015: "this follower has not written within 48 hours",
    45047: "this follower must write before more may be sent",
}

#: The operator must act.
OURS: Mapping[int, str] = {
    **BAD_TOKEN,
    41001: "the access token is missing",
    40013: "the appid is wrong",
    40125: "the app secret is wrong",
    40164: "this server's address is not in the account's IP whitelist",
    89503: "this server's address waits for the administrator's consent",
    48001: "the account has no permission for this call",
    48004: "the account is banned from this call",
    50002: "the account is restricted",
    45009: "the day's quota of calls is used up",
    48006: "the quota of clearing quotas is used up",
    40037: "the template id is wrong",
    47003: "a field does not fit the template (the message names it)",
    41030: "the page to open is wrong",
    47001: "the request is no JSON",
    43116: "the template is limited for abuse",
    45067: "the client message id is too long",
    45103: "the template belongs to another kind of account",
    45109: "this way of sending has been withdrawn",
}

_UNKNOWN = "a code that this channel does not know: look it up at developers.weixin.qq.com"


def refusal(code: int, words: str, *, private: tuple[str, ...] = ()) -> SendError:
    """The failure that `code` stands for; `words` are the platform's own, free of `private` values afterwards."""
    said = f" ({redact(words, *private)})" if words else ""
    if code in LATER:
        return TemporaryFailure(
            LATER[code] + said, code=str(code), retry_after=_WAITS.get(code), by_address=code in _OWN
        )
    if code in NOT_THIS_WAY:
        return PermanentFailure(NOT_THIS_WAY[code] + said, code=str(code), suppresses=False)
    if code in GONE:
        return PermanentFailure(GONE[code] + said, code=str(code))
    fate = BadToken if code in BAD_TOKEN else TechnicalFailure
    return fate(OURS.get(code, _UNKNOWN) + said, code=str(code))


def outcome(code: int) -> Outcome:
    """What `code` means where it comes later, in a callback."""
    return refusal(code, "").outcome if code else Outcome.DELIVERED


#: The first words of a template message's later status, without spaces and capitals.
_STATUSES = {
    "success": Outcome.DELIVERED,
    "failed:userblock": Outcome.PERMANENT,
    "failed:systemfailed": Outcome.TEMPORARY,
    "failed:freqlimit": Outcome.TEMPORARY,
}


def job_outcome(status: str) -> Outcome:
    """What TEMPLATESENDJOBFINISH says; any other failure may pass by."""
    said = "".join(status.split()).lower()
    return next((outcome for words, outcome in _STATUSES.items() if said.startswith(words)), Outcome.TEMPORARY)
