"""Phone numbers between our addresses ("+8613800000000") and what gateways write. Pure.

Gateways take eleven digits that begin with 1 for a mobile number of the mainland, whatever was meant: a number of North
America ("+13605550123") written without its "+" would be somebody else's.
"""

import re

from channels.failure import PermanentFailure

#: A mobile number of the mainland, with its country code or without.
_MOBILE = re.compile(r"(?:\+?86)?(1[0-9]{10})")

_DIGITS = re.compile(r"\+?([0-9]+)")


def number_for(address: str) -> str | None:
    """A number as gateways want it: 11 digits for the mainland, else country code and number.

    None if it is none, or one that they would take for one of the mainland.
    """
    mobile = mainland_number(address)
    if mobile is not None:
        return mobile
    digits = _DIGITS.fullmatch(address)
    # Anything else after 86 must keep it: without, it would be somebody's number abroad.
    return digits[1] if digits is not None and not _MOBILE.fullmatch(digits[1]) else None


def international_number(address: str) -> str | None:
    """Country code and number, without the "+"; None if it is none. A bare mobile number is one of the mainland."""
    mobile = mainland_number(address)
    if mobile is not None:
        return f"86{mobile}"
    digits = _DIGITS.fullmatch(address)
    return digits[1] if digits is not None else None


def mainland_number(address: str) -> str | None:
    """The 11 digits of a mobile number of the mainland; None for every other address."""
    mobile = _MOBILE.fullmatch(address)
    return mobile[1] if mobile is not None else None


def address_of(number: str) -> str:
    """A number of a push as an address ("+8613800000000"), whatever its prefix."""
    digits = number.removeprefix("+").removeprefix("00")
    mobile = _MOBILE.fullmatch(digits)
    # With a prefix it is as it is dialled from anywhere, so that what follows is a country code.
    is_mainland = mobile is not None and (digits == number or mobile[1] != digits)
    return f"+86{mobile[1]}" if mobile is not None and is_mainland else f"+{digits}"


def unsendable(address: str) -> PermanentFailure:
    """Why a gateway is not told of an address for which `number_for` has no number."""
    if _DIGITS.fullmatch(address):
        return PermanentFailure("the gateway would take this number for one of the mainland", suppresses=False)
    return PermanentFailure("the address is not a phone number")
