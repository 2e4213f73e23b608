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
    61450: "the platform has a fault of its own",
    -1000: "the platform has a fault of its own",
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
    46004: "there is no such follower",
}

#: This way does not reach this follower; another may, and so may the next message.
NOT_THIS_WAY: Mapping[int, str] = {
    # Refused, or a one-time consent is used up.
    43101: "this person has not agreed to notices of this template, or not any more",
    43005: "this follower must be a friend for that",
    45015: "this follower has not written within 48 hours",
    45047: "this follower must write before more may be sent",
    # He may take them again, and nothing would tell us that he does.
    48002: "this follower takes no messages of the account (接收消息 is off)",
}

#: Codes about what none of our calls asks for: media, OAuth, articles, customer service accounts, shops, beacons.
_NOT_OF_OURS = """
    40004 40005 40006 40007 40009 40010 40011 40012 40029 40030 40060 40102 40118 40121 40132 40137 40155 40163 41003
    41005 41006 41008 42002 42003 42007 43100 44001 44003 45001 45003 45004 45006 45007 45008 45027 46001 48005 53500
    53501 53502 53600 61003 61007 61023 61451 61452 61453 61454 61455 61456 61457 61500 63001 63002 87009 9001001
    9001002 9001003 9001004 9001005 9001006 9001007 9001008 9001009 9001010 9001020 9001021 9001022 9001023 9001024
    9001025 9001026 9001027 9001028 9001029 9001030 9001031 9001032 9001033 9001034 9001035 9001036
"""

#: Codes about a menu that `pusher wechat menu upload` brought, and about tags.
_MENU = """
    40015 40016 40017 40018 40019 40020 40021 40022 40023 40024 40025 40026 40027 40028 40054 40055 40119 40120 41007
    45010 45064 46002 46003 65301 65303 65304 65305 65306 65307 65308 65309 65310 65311 65312 65313 65314 65316 65317
"""
_TAGS = "40050 40051 40117 45016 45017 45018 45056 45057 45058 45059 45157 45158 45159"

#: The operator must act.
OURS: Mapping[int, str] = {
    **{int(code): "this code is not about our calls: check base_url" for code in _NOT_OF_OURS.split()},
    **{int(code): "the platform does not take the menu (the message says what of it)" for code in _MENU.split()},
    **{int(code): "the platform does not take the tag (the message says why)" for code in _TAGS.split()},
    **BAD_TOKEN,
    20002: "the platform does not take a parameter",
    40002: "the platform does not take this kind of token: check base_url",
    40008: "the platform does not know this type of message",
    40031: "the list of openids holds one that is none",
    40032: "the list of openids is too long or too short",
    40033: "the platform finds forbidden characters in the request",
    40035: "the platform does not take a parameter",
    40036: "the template id is wrong",
    40038: "the platform cannot read the request",
    40039: "the link is too long",
    40048: "the link's domain is not one that the account may open",
    40053: "the platform does not take what a QR code was asked for",
    40066: "the platform does not take the link",
    40243: "the app secret is frozen: unfreeze it in the console",
    41002: "the appid is missing",
    41004: "the app secret is missing",
    41009: "the openid is missing",
    43001: "the platform wants GET here: check base_url",
    43002: "the platform wants POST here: check base_url",
    43003: "the platform wants https: check base_url",
    44002: "the request is empty",
    44004: "the message has no words",
    45002: "the message is too long",
    45005: "the link is too long",
    45012: "the template's values are too long together",
    45026: "the account has as many templates as it may",
    45028: "the mass messages of this day or month are used up",
    45029: "the account has as many QR codes as it may",
    45035: "this server's address is not in the account's IP whitelist",
    45166: "the platform does not take these words",
    48003: "the account has not agreed to the terms of mass messages: open 群发 in the console once",
    48008: "the account may not send this type of message",
    50001: "the account has not granted this call",
    50004: "the account may not get a token here",
    50007: "the account is frozen",
    61004: "this server's address is not in the account's IP whitelist",
    87014: "the platform does not take these words",
    89501: "this server's address waits for the administrator's consent",
    89506: "the administrator refused this server's address twice: try again tomorrow",
    89507: "the administrator refused this server's address: try again in an hour",
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
