"""Which areas of the mainland an alert names by their division codes. Pure."""

import re
from collections.abc import Sequence

from pusher.watch.cap_record import Record
from subscribers.topic import area_code

#: GB/T 2260: the first two digits of a province on the mainland.
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]")
#: More codes in one value are not read; a province has some hundred counties.
_MOST_CODES = 3_000
_LENGTHS = frozenset({6, 9, 12})
#: What feeds of the mainland call these codes; other countries have codes of six and nine digits too.
_OURS = re.compile(r"CPEAS|行政|区划|统计|国标|division|administrative|adcode|GB(?:/T)? ?\d", re.IGNORECASE)
#: Sender's code and time in the national system: "41000041600000_20200205105119".
_NATIONAL = re.compile(r"(\d{6})\d{8}_\d{14}(?:_\d+)?")
#: The same as public lists abridge it: "620421-20260710023227-11B2002".
_ABRIDGED = re.compile(r"(\d{6})-\d{14}-\w+")
_OURS_ABROAD = "2.49.0.0.156."


def is_national(identifier: str) -> bool:
    """Whether an identifier was given by the national warning system."""
    return _NATIONAL.fullmatch(identifier) is not None


def areas_of(identifier: str, infos: Sequence[Record]) -> frozenset[str]:
    """The division codes, without trailing zeros, of all areas; else the area of the office that issued it.

    An alert of the national list names no area at all, and without one it would count as everybody's.
    """
    chinese = _is_chinese(identifier, infos)
    codes = {
        area_code(code)
        for info in infos
        for area in info.records("area")
        for name, value in area.pairs("geocode")
        if chinese or not name or _OURS.search(name)
        for code in re.split(r"[\s,;，；、]+", value, maxsplit=_MOST_CODES)
        if _is_division(code)
    }
    office = _NATIONAL.fullmatch(identifier) or _ABRIDGED.fullmatch(identifier)
    if not codes and office and _is_division(office[1]):
        return frozenset({area_code(office[1])})
    return frozenset(codes)


def _is_chinese(identifier: str, infos: Sequence[Record]) -> bool:
    spoken = (info.text("language").lower() for info in infos)
    return is_national(identifier) or _OURS_ABROAD in identifier or any(tag in {"zh", "zh-cn"} for tag in spoken)


def _is_division(code: str) -> bool:
    return len(code) in _LENGTHS and code.isascii() and code.isdigit() and _PROVINCE.match(code) is not None
