"""What Alibaba Cloud's SMS codes mean for us: those that refuse a message, and those that report its end. Pure.

Sources: help.aliyun.com 101346 (codes of the API), 101347 (codes of the receipts). Two rules for codes that stand in no
table: an unknown refusal is technical (most are about the account, the sign or the template, and the operator reads the
code); an unknown end of a message is temporary (it speaks of one number only, and carriers invent codes).
"""

from collections.abc import Mapping

from channels import carrier_ends
from channels.code_table import CodeTable
from channels.receipt import Outcome

#: The same may work later.
LATER: Mapping[str, str] = {
    "isv.BUSINESS_LIMIT_CONTROL": "this number has had its share of messages for the time being",
    "isp.SYSTEM_ERROR": "the gateway has a fault of its own",
    "isp.GATEWAY_ERROR": "the gateway could not reach its sending part",
    "Throttling": "too many requests a second",
    "Throttling.User": "too many requests a second for this account",
    "Throttling.Api": "too many requests a second for this action",
    "ServiceUnavailable": "the gateway is out of service for the moment",
    "InternalError": "the gateway has a fault of its own",
    "SignatureNonceUsed": "the gateway has seen this request before",
}

#: This number will not get our messages.
DEAD: Mapping[str, str] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "this is not a mobile number",
    "isv.CUSTOMER_REFUSED": "this person has refused messages of this sign",
}

#: This message does not reach this number; the number stays good.
REFUSED: Mapping[str, str] = {
    # The platform's pages have said both of this code. Closing numbers for a word would silence everybody.
    "isv.BLACK_KEY_CONTROL_LIMIT": "the number is on the platform's black list, or a value holds a word that is",
}

#: Refusals that speak of one number of the request, and say nothing of the others in it.
OF_ONE_NUMBER = frozenset({"isv.BUSINESS_LIMIT_CONTROL", *DEAD, *REFUSED})

#: Codes about filing signs and templates: no send should ever get one.
_NOT_OF_SENDING = """
    isv.ERROR_SIGN_NOT_DELETE isv.ERROR_SIGN_NOT_MODIFY isv.SIGN_COUNT_OVER_LIMIT isv.SIGN_FILE_LIMIT
    isv.SIGN_NAME_ILLEGAL isv.SIGN_OVER_LIMIT isv.SIGN_SOURCE_ILLEGAL isv.SMS_SIGN_EMOJI_ILLEGAL
    isv.ERROR_TEMPLATE_NOT_DELETE isv.ERROR_TEMPLATE_NOT_MODIFY isv.SMS_OVER_LIMIT isv.TEMPLATE_COUNT_OVER_LIMIT
    isv.TEMPLATE_OVER_LIMIT template_parameter_count_illegal
"""

#: The operator must act.
OURS: Mapping[str, str] = {
    "isv.AMOUNT_NOT_ENOUGH": "the balance is used up",
    "isv.OUT_OF_SERVICE": "the account is suspended, usually for its balance",
    "isv.PRODUCT_UN_SUBSCRIPT": "the account has not opened the SMS service",
    "isv.PRODUCT_UNSUBSCRIBE": "the account has not opened the SMS service",
    "isv.ACCOUNT_NOT_EXISTS": "the account does not exist",
    "isv.ACCOUNT_ABNORMAL": "the account is in an abnormal state",
    "isv.SECURITY_FROZEN_ACCOUNT": "the account is frozen after long disuse",
    "isp.RAM_PERMISSION_DENY": "the access key may not send SMS (RAM permission)",
    "isv.DENY_IP_RANGE": "requests from the region of this server are refused",
    "isv.DAY_LIMIT_CONTROL": "the day's limit set in the platform's console is reached",
    "isv.MONTH_LIMIT_CONTROL": "the month's limit set in the platform's console is reached",
    "isv.SMS_SIGNATURE_ILLEGAL": "the sign name is not one of this account",
    "isv.SMS_SIGN_ILLEGAL": "the sign name is forbidden",
    "isv.SIGN_STATE_ILLEGAL": "the sign name is not usable at present",
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": "the sign name does not fit this kind of template",
    "isv.SMS_TEMPLATE_ILLEGAL": "the template is not one of this account, or its variables are others",
    "isv.TEMPLATE_MISSING_PARAMETERS": "a variable of the template got no value",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "a value does not fit the kind of its variable",
    "isv.INVALID_PARAMETERS": "a parameter has the wrong form",
    "isv.INVALID_JSON_PARAM": "the template's values are no JSON of texts",
    "isv.PARAM_LENGTH_LIMIT": "a value is longer than the platform takes",
    "isv.PARAM_NOT_SUPPORT_URL": "a value holds a link, which only the template itself may",
    "isv.SMS_CONTENT_ILLEGAL": "the words are forbidden",
    "isv.UNSUPPORTED_CONTENT": "the words hold characters that the platform does not take",
    "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE": "the words do not fit the kind of the template",
    "isv.MOBILE_COUNT_OVER_LIMIT": "too many numbers in one request",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": "this template is for numbers abroad only",
    "isv.EXTEND_CODE_ERROR": "the extension code belongs to another sign",
    "isv.ONE_CODE_MULTIPLE_SIGN": "the extension code belongs to another sign",
    "isv.CODE_EXCEED_LIMIT": "there are no extension codes left",
    "isv.CODE_ERROR": "the extension code is not usable",
    "isv.SMS_TEST_NUMBER_LIMIT": "a test sign reaches only numbers bound to it",
    "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT": "a test sign needs a test template",
    "isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL": "a test template takes only 4 to 6 digits",
    "SignatureDoesNotMatch": "the access key's secret is wrong",
    "IncompleteSignature": "the request's signature is incomplete",
    "InvalidAccessKeyId.NotFound": "the access key does not exist",
    "InvalidAccessKeyId.Inactive": "the access key is switched off",
    "InvalidTimeStamp.Expired": "this server's clock is more than 15 minutes off",
    "InvalidVersion": "the endpoint does not know this version of the API",
    "InvalidAction.NotFound": "the endpoint does not know this action",
    "NoPermission": "the access key may not send SMS (RAM permission)",
    "isv.SIGNATURE_BLACKLIST": "the sign name holds forbidden words",
    **dict.fromkeys(_NOT_OF_SENDING.split(), "this code is not about sending: check the endpoint"),
}

#: All of them; the shortest of the limits on one number is that of a minute.
CODES = CodeTable(
    LATER,
    DEAD,
    OURS,
    unknown="a code that this channel does not know: look it up at help.aliyun.com",
    later_families={"Throttling": "too many requests a second"},
    refused=REFUSED,
    waits={"isv.BUSINESS_LIMIT_CONTROL": 60.0},
)

#: How a message that the gateway had accepted ended, by the receipt's `err_code`.
ENDS: Mapping[str, Outcome] = {
    **carrier_ends.ENDS,
    "DELIVERED": Outcome.DELIVERED,
    # The platform never heard from the carrier: it says no more than "accepted" did.
    "REQUEST_SUCCESS": Outcome.SENT,
    "MOBILE_NOT_ON_SERVICE": Outcome.TEMPORARY,
    "INVALID_NUMBER": Outcome.TEMPORARY,
    "MOBILE_SEND_LIMIT": Outcome.TEMPORARY,
    "MOBILE_ACCOUNT_ABNORMAL": Outcome.TEMPORARY,
    # Spelled so by the platform.
    "MOBLLE_TERMINAL_ERROR": Outcome.TEMPORARY,
    "SP_UNKNOWN_ERROR": Outcome.TEMPORARY,
    "IS_CLOSE": Outcome.TEMPORARY,
    "MOBILE_IN_BLACK": Outcome.PERMANENT,
    "USER_REJECT": Outcome.PERMANENT,
    "SP_NOT_BY_INTER_SMS": Outcome.PERMANENT,
    "CONTENT_KEYWORD": Outcome.TECHNICAL,
    "CONTENT_ERROR": Outcome.TECHNICAL,
    "NO_ROUTE": Outcome.TECHNICAL,
    "PARAMS_ILLEGAL": Outcome.TECHNICAL,
    "PORT_NOT_REGISTERED": Outcome.TECHNICAL,
    "SIGNATURE_BLACKLIST": Outcome.TECHNICAL,
}


def end(code: str, *, success: bool) -> Outcome:
    """How the message ended; see `carrier_ends.end`."""
    return carrier_ends.end(code, success=success, ends=ENDS)
