"""The hazards that warnings are about: the codes of the national system with their names and CAP's categories.

The codes are those of 国家应急平台体系信息资源分类与编码规范, as public lists print them. Other services number
hazards otherwise, so where a code and a name disagree the name is right. Data: `hazards.csv`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

#: What stands before the code of a hazard where subscriptions name it as a domain.
HAZARD = "hazard:"


@dataclass(frozen=True, slots=True)
class Hazard:
    """One kind of event."""

    #: Two digits, a letter, two digits: "11B03".
    code: str
    #: As warnings name it: "暴雨".
    name: str
    #: CAP's category ("Met", "Geo", "Fire" …).
    category: str


@cache
def hazards() -> Mapping[str, Hazard]:
    """All hazards by code."""
    text = (resources.files("pusher.warnings") / "hazards.csv").read_text(encoding="utf-8")
    return {row["code"]: Hazard(**row) for row in csv.DictReader(text.splitlines())}


def hazard(code: str) -> Hazard | None:
    """The hazard of a code; None if there is none."""
    return hazards().get(code.strip().upper())


def families(code: str) -> frozenset[str]:
    """The domains of a warning of this hazard: people choose it, or a family that it belongs to."""
    return frozenset(f"{HAZARD}{part}" for part in (code, code[:3], code[:2]))


@cache
def all_families() -> frozenset[str]:
    """Every such domain."""
    return frozenset().union(*map(families, hazards()))


def named(text: str) -> Hazard | None:
    """The hazard that `text` names ("暴雨", "大风蓝色预警"): of several the one with the longest name; None of none."""
    exact = next((each for each in hazards().values() if each.name == text.strip()), None)
    if exact is not None:
        return exact
    found = (each for each in hazards().values() if each.name in text)
    return max(found, key=lambda each: len(each.name), default=None)
