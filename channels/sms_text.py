"""How many short messages a text becomes: UCS-2 counting, and cutting into parts. Pure.

Lengths are UTF-16 units, as the network counts them: a Chinese character is one, an emoji two.
"""

#: Units of a message that stands alone (3GPP TS 23.040: 140 octets of UCS-2).
SINGLE = 70
#: Units of each part of a long message: the six octets of the concatenation header cost three.
PART = 67


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def signed(text: str, sign: str) -> str:
    """`text` as the phone shows it; `sign` is the registered signature without its brackets, "" = none."""
    return f"【{sign}】{text}" if sign else text


def segments(text: str, sign: str = "") -> int:
    """How many messages are paid for; `sign` as in `signed`."""
    return len(split(signed(text, sign)))


def split(text: str) -> list[str]:
    """The parts in order, never empty, none ending in half a surrogate pair; `text` already carries its signature."""
    if units(text) <= SINGLE:
        return [text]
    parts, start, used = [], 0, 0
    for index, char in enumerate(text):
        size = units(char)
        if used + size > PART:
            parts.append(text[start:index])
            start, used = index, 0
        used += size
    return [*parts, text[start:]]
