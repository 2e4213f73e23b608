"""What the codes of 移动云MAS (`rspcod`) mean for us. Pure.

Source: the platform's HTTP interface manual as many users quote it; the last two are not in it, but have been seen.
"""

from channels.code_table import CodeTable

CODES = CodeTable(
    later={},
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
    },
    unknown="a code that this channel does not know: ask the account's manager at China Mobile",
)
