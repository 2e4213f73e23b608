"""How severe an alert is: by its colour, and only where it has none by CAP's word. Pure.

Words of rank ("较重", "严重") differ from office to office, and CAP's severity is unreliable in some countries' feeds;
the colour never is (facts of the 12379 profile and of MeteoAlarm).
"""

import re

from pusher.watch.cap_record import Record
from subscribers.topic import Severity

_COLOURS = {
    "红": Severity.RED,
    "橙": Severity.ORANGE,
    "黄": Severity.YELLOW,
    "蓝": Severity.BLUE,
    "red": Severity.RED,
    "orange": Severity.ORANGE,
    "yellow": Severity.YELLOW,
    "blue": Severity.BLUE,
}
_WORDS = {
    "minor": Severity.BLUE,
    "moderate": Severity.YELLOW,
    "severe": Severity.ORANGE,
    "extreme": Severity.RED,
}
_IN_CHINESE = re.compile(r"([红橙黄蓝])色|([红橙黄蓝])(?=预警)")
#: A colour beside its noun; a "Red Flag Warning" is about fires, and whoever fears the Yellow River means water.
_IN_ENGLISH = re.compile(
    r"\b(red|orange|yellow|blue)\b(?! flag| river| tide| sea)(?=[^.;]{0,40}\b(?:warning|alert|signal|level)\b)",
    re.IGNORECASE,
)
_NAMED_COLOUR = re.compile(r"colou?r|level|颜色|等级|级别", re.IGNORECASE)
_A_COLOUR = re.compile(r"(?<![A-Za-z])(red|orange|yellow|blue)(?![A-Za-z])|([红橙黄蓝])", re.IGNORECASE)


def severity_of(info: Record) -> Severity:
    """The severity of one info block (or of a flat alert); NOTICE where it says nothing of it."""
    for text in (info.text("headline", "title", "head"), info.text("event")):
        if found := _in_text(text):
            return found
    named = [value for name, value in info.pairs("parameter") if _NAMED_COLOUR.search(name)]
    stated = [info.text("signallevel"), info.text("severity")]
    colours = [_COLOURS[_letters(match)] for value in (*named, *stated) if (match := _A_COLOUR.search(value))]
    return colours[0] if colours else _WORDS.get(info.text("severity").lower(), Severity.NOTICE)


def _in_text(text: str) -> Severity | None:
    """The last colour: "由黄色升级为橙色" is orange."""
    found = list(_IN_CHINESE.finditer(text)) or list(_IN_ENGLISH.finditer(text))
    return _COLOURS[_letters(found[-1])] if found else None


def _letters(match: re.Match[str]) -> str:
    return str(next(group for group in match.groups() if group)).lower()
