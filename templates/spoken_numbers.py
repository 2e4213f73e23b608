"""Digits in Chinese words: as numbers, one by one, and as they are dialled. Pure."""

import re
from collections.abc import Callable

#: What is found, and what is said in its place.
Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_DIGITS = "零一二三四五六七八九"
#: Years are written with this zero (GB/T 15835-2011, 4.2).
_YEAR_DIGITS = "〇一二三四五六七八九"
#: On the telephone and on the air 1 is said yāo, so that nobody hears 7.
_DIALLED = "零幺二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_MYRIADS = ("", "万", "亿", "万亿", "亿亿")
#: Longest number that is said as a number; longer ones are said digit by digit.
_LONGEST = 16

#: A number as it is written: with thousands between commas, with decimals.
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!,?\d)|\d+(?:\.\d+)?)"


def number(digits: str) -> str:
    """A whole number or decimal ("1250", "3.05") as it is said."""
    whole, _, part = digits.replace(",", "").partition(".")
    said = dialled(whole) if len(whole) > _LONGEST else _whole(whole)
    return f"{said}点{each(part)}" if part else said


def counted(digits: str) -> str:
    """A number before what it counts: 2 is said 两."""
    said = number(digits)
    return "两" if said == "二" else said


def each(digits: str) -> str:
    """Digits one by one."""
    return "".join(_DIGITS[int(digit)] for digit in digits)


def year(digits: str) -> str:
    """The digits of a year."""
    return "".join(_YEAR_DIGITS[int(digit)] for digit in digits)


def dialled(digits: str) -> str:
    """Digits one by one as they are dialled; what is no digit is left out."""
    return "".join(_DIALLED[int(digit)] for digit in digits if digit.isdecimal())


def literally(code: str) -> str:
    """Digits and the signs between them as they stand there: never wrong, whatever was meant."""
    signs = {"-": "杠", "－": "杠", "/": "斜杠", ".": "点", "+": "加"}
    return "".join(signs.get(char, char) if not char.isdecimal() else dialled(char) for char in code)


def _whole(digits: str) -> str:
    digits = digits.lstrip("0")
    if not digits:
        return "零"
    parts: list[str] = []
    groups = [digits[max(0, end - 4) : end] for end in range(len(digits), 0, -4)]
    is_gap = False
    for place in range(len(groups) - 1, -1, -1):
        said = _group(groups[place])
        is_gap = is_gap or groups[place].startswith("0")
        if said:
            parts.append(("零" if parts and is_gap else "") + said + _MYRIADS[place])
            is_gap = False
    joined = re.sub("^二(?=[千万亿])", "两", "".join(parts))
    return joined.removeprefix("一") if joined.startswith("一十") else joined


def _group(digits: str) -> str:
    said, is_gap = "", False
    for place, digit in enumerate(digits):
        if digit == "0":
            is_gap = bool(said)
            continue
        said += ("零" if is_gap else "") + _DIGITS[int(digit)] + _PLACES[len(digits) - 1 - place]
        is_gap = False
    return said
