"""What the codes of 移动云MAS (`rspcod`) mean for us. Pure.

Source: the platform's HTTP interface manual as many users quote it, and the reasons in its own client library
(`Err`), which its pages do not explain.
"""

from channels.code_table import CodeTable

CODES = CodeTable(
    later={
        "SystemBusy": "the platform is busy",
        "InternalError": "the platform has a fault of its own",
        "QueueOverLimit": "the platform's queue is full",
        "FlowOverLimit": "too many requests a second",
        "RequestTooOften": "too many requests a second",
        "RequestTimeout": "the platform took too long",
        "TransportError": "the platform did not reach a part of its own",
    },
    dead={
        "InvalidMobile": "this is not a mobile number",
    },
    ours={
        "IllegalMac": "the checksum is wrong: check ec_name, ap_id, secret and sign",
        "IllegalSignId": "the sign's code (签名编码) is not valid",
        "NoSignId": "the account has no such sign (签名编码)",
        "InvalidMessage": "the gateway cannot read the request: check that url fits free text or a template",
        "InvalidUsrOrPwd": "ec_name, ap_id or secret is wrong",
        "TooManyMobiles": "too many numbers in one request: lower numbers_per_request",
        "NOT_WHITE_IP": "this server's IP address is not among those that the account allows",
        "IllegalIpAddress": "this server's IP address is not among those that the account allows",
        "IllegalMsgfmt": "the gateway cannot read the request",
        "IllegalProtocol": "the account is for another kind of access (HTTP, HTTPS): check url",
        "IllegalState": "the account is not in use at present",
        "IllegalUseTemplate": "the account is for templates, or not for them: check whether there is a template",
        "NotLoadedSign": "the platform does not have the account's sign (签名) ready yet",
        "OverDailyMax": "the day's limit of the account is reached",
        "FastChNotFound": "the platform has no way out for this account",
        "NotFindMimeData": "this answer is about MMS: check url",
        "InvalidMmsContent": "this answer is about MMS: check url",
    },
    # The platform does not say how far the request came.
    doubtful=frozenset({"RequestTimeout", "TransportError", "InternalError"}),
    unknown="a code that this channel does not know: ask the account's manager at China Mobile",
)
