"""Phone numbers between our addresses ("+8613800000000") and what gateways write. Pure."""

#: Digits of a mobile number of the mainland.
_MAINLAND = 11


def number_for(address: str) -> str | None:
    """A number as gateways want it: 11 digits for the mainland, else country code and number; None if it is none."""
    number = address.removeprefix("+")
    if not (number.isascii() and number.isdigit()):
        return None
    # Anything else after 86 must keep it: without, it would be somebody's number abroad.
    bare = number.removeprefix("86")
    return bare if _is_bare_mobile(bare) else number


def international_number(address: str) -> str | None:
    """Country code and number, without the "+"; None if it is none. A bare mobile number is one of the mainland."""
    number = address.removeprefix("+")
    if not (number.isascii() and number.isdigit()):
        return None
    return f"86{number}" if number == address and _is_bare_mobile(number) else number


def mainland_number(address: str) -> str | None:
    """The 11 digits of a mobile number of the mainland; None for every other address."""
    number = number_for(address)
    return number if number is not None and _is_bare_mobile(number) else None


def address_of(number: str) -> str:
    """A number of a push as an address ("+8613800000000"), whatever its prefix."""
    digits = number.removeprefix("+").removeprefix("00")
    return f"+86{digits}" if _is_bare_mobile(digits) else f"+{digits}"


def _is_bare_mobile(digits: str) -> bool:
    return len(digits) == _MAINLAND and digits.startswith("1")
