"""What the codes of 企业微信 mean for a bot in a group. Pure.

Source: developer.work.weixin.qq.com/document/path/90313 (全局错误码), as far as they can concern a bot.
"""

from channels.code_table import CodeTable

CODES = CodeTable(
    later={
        "-1": "the platform is busy",
        "6000": "another request came in between",
        "45009": "this bot has written 20 messages within a minute",
        "45033": "too many calls at a time",
        "45035": "another request came in between",
        "45036": "the platform is called too often",
        "81026": "the platform is being maintained",
    },
    dead={"93000": "there is no bot at this address"},
    refused={
        "40201": "the platform takes this for spam",
        "40204": "the platform takes this for spam",
        "49008": "the group was dissolved",
        "82004": "the platform does not take these words",
        "85002": "the platform does not take these words",
        "93001": "the group takes no messages of bots",
        "93004": "the bot was switched off",
        "93006": "the group is not valid",
        "93008": "the bot is not in its group",
        "301007": "the bot's organisation is closed",
    },
    ours={
        "40008": "the platform does not know this type of message",
        "40033": "the platform finds forbidden characters in the request",
        "40035": "a parameter is wrong",
        "40058": "a parameter is wrong or too long",
        "40063": "a parameter is empty",
        "40206": "the request is too long",
        "44004": "the message has no words",
        "45002": "the message is too long",
        "48002": "the bot may not call this interface",
        "48005": "the platform has withdrawn this interface",
        "48010": "the platform does not take this version of TLS",
        "93017": "the message has no words",
    },
    unknown="a code that this channel does not know: see developer.work.weixin.qq.com",
    each_its_own=True,
    waits={"45009": 60.0, "45033": 1.0},
)
