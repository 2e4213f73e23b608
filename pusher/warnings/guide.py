"""Words prepared beforehand for every hazard and level, so that nobody has to find them at night. Data: `guide.toml`.

What people should do (防御指南), why a warning ends, and what a correction says: it is ready before anything is sent
(Hawaii 2018 took 38 minutes to find the words). Whoever drafts may write better ones.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from pusher.warnings.hazard import hazard
from subscribers.topic import Severity

LEVEL_NAMES: Mapping[Severity, str] = {
    Severity.BLUE: "蓝色",
    Severity.YELLOW: "黄色",
    Severity.ORANGE: "橙色",
    Severity.RED: "红色",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What may be said of one hazard at one level; Chinese, whole sentences."""

    #: 应当采取的措施.
    instruction: str
    #: Why it ends (解除).
    end: str
    #: What was wrong (误发).
    correct: str
    #: What to do once it has ended, and once it was corrected.
    after_end: str
    after_correct: str


def of(code: str, level: Severity) -> Prepared:
    """The words for a hazard's code at a level from blue on; empty for what has no level (14…, an unknown code)."""
    known = hazard(code)
    found = _set_of(code) if known else {}
    if known is None or not found or level not in LEVEL_NAMES:
        return Prepared("", "", "", "", "")
    names = {"hazard": known.name, "level": LEVEL_NAMES[level]}
    return Prepared(
        instruction=found[level.name.lower()] + found["always"],
        end=found.get("end", _data()["end"]).format_map(names),
        correct=_data()["correct"].format_map(names),
        after_end=_data()["after_end"],
        after_correct=_data()["after_correct"],
    )


def _set_of(code: str) -> Mapping[str, str]:
    """The set that names the code itself, else its family (three characters), else its kind (two)."""
    return next((_sets()[part] for part in (code, code[:3], code[:2]) if part in _sets()), {})


@cache
def _sets() -> Mapping[str, Mapping[str, str]]:
    return {code: each for each in _data()["set"] for code in each["hazards"]}


@cache
def _data() -> Mapping[str, Any]:
    text = (resources.files("pusher.warnings") / "guide.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
