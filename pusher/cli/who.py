"""Whom an operator means: a subscriber's number, or one of his addresses as typed."""

from typing import Any

from pusher.cli.session import fail

#: Whole numbers up to this many digits are subscribers' numbers; longer ones are telephone numbers.
_LONGEST_NUMBER = 9


#: Where the bots of duty groups live.
_BOTS = {
    "qyapi.weixin.qq.com": "wecom_bot",
    "oapi.dingtalk.com": "dingtalk_bot",
    "open.feishu.cn": "feishu_bot",
}


async def number_of(connection: Any, ring: Any, who: str) -> int:
    """The subscriber's number; ends the command if the address is nobody's."""
    from subscribers.people import find_by_address

    if who.isascii() and who.isdecimal() and len(who) <= _LONGEST_NUMBER:
        return int(who)
    kind, text = guessed(who)
    found = await find_by_address(connection, ring, kind, text)
    if found is None:
        fail("nobody has this address: check it, or write its kind before it (openid:…)")
    return int(found)


def guessed(who: str) -> tuple[str, str]:
    """Kind and text of an address as an operator types it."""
    from subscribers.address_form import KINDS

    kind, colon, text = who.partition(":")
    if colon and kind in KINDS:
        return kind, text
    if "@" in who:
        return "email", who
    if who.startswith(("http://", "https://")):
        return _BOTS.get(who.split("/")[2], "url"), who
    return ("openid" if any(character.isalpha() for character in who) else "phone"), who
