"""The face of an item that decides who wants it: domains, areas, severity. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """四级蓝 … 一级红; an ordinary notice is below all of them."""

    NOTICE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """Who could want it. Empty domains or areas match nobody by subscription."""

    #: Domain codes of the taxonomy ("education"), see `pusher domains`.
    domains: frozenset[str] = frozenset()
    #: Division codes without trailing zeros ("360403").
    areas: frozenset[str] = frozenset()
    severity: Severity = Severity.NOTICE


def area_code(code: str) -> str:
    """A division code without its trailing zeros ("360403000000" → "360403"), cut at whole levels (2, 4, 6, 9, 12)."""
    digits = code.strip()
    for length in (2, 4, 6, 9):
        if len(digits) > length and not digits[length:].strip("0"):
            return digits[:length]
    return digits


def areas_meet(one: str, other: str) -> bool:
    """Whether one area contains the other; codes as `area_code` gives them."""
    return one.startswith(other) or other.startswith(one)


def wider_areas(areas: Iterable[str]) -> frozenset[str]:
    """The codes that an area containing one of these may have, the areas themselves included: all their beginnings."""
    return frozenset(area[:length] for area in areas for length in range(1, len(area) + 1))
