"""Dates of which a notice says what happens on them: deadlines, hours of opening, gatherings. Pure.

Only what stands close behind a word that says so is taken: a wrong date in somebody's calendar is worse than none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pusher.clock import CHINA

#: Occasions of one notice at most.
_MOST = 10
#: Days from publication within which a date without a year is taken for the next one of its kind.
_AHEAD = timedelta(days=300)

_DAY = r"(?:(?P<{0}y>20\d\d)年)?(?P<{0}m>1[0-2]|0?[1-9])月(?P<{0}d>3[01]|[12]\d|0?[1-9])日"
_CLOCK = (
    r"(?:\s*(?P<{0}half>上午|下午|晚上|中午|凌晨)?\s*(?P<{0}h>[01]?\d|2[0-4])"
    r"(?:[:：](?P<{0}min>[0-5]\d)|[时点](?:(?P<{0}min2>[0-5]?\d)分)?))?"
)
_LAST_DAY = r"(?:(?:(?P<by>20\d\d)年)?(?P<bm>1[0-2]|0?[1-9])月)?(?P<bd>3[01]|[12]\d|0?[1-9])日"
_WHEN = (
    f"{_DAY.format('a')}{_CLOCK.format('a')}"
    rf"(?:\s*(?:至|到|—+|－|-|~|～)\s*(?:{_LAST_DAY})?{_CLOCK.format('b')})?(?P<until>前|止|之前|以前)?"
)
#: What happens, by the word that stands before the date.
_SAID = {
    "截止": "截止",
    "截至": "截止",
    "报名": "报名",
    "登记": "登记",
    "申请": "申请",
    "申报": "申报",
    "办理": "办理",
    "受理": "受理",
    "缴费": "缴费",
    "领取": "领取",
    "考试": "考试",
    "体检": "体检",
    "义诊": "义诊",
    "接种": "接种",
    "停水": "停水",
    "停电": "停电",
    "公示": "公示",
    "举办": "举办",
    "举行": "举行",
    "召开": "召开",
    "开放": "开放",
    "演出": "演出",
    "比赛": "比赛",
    "活动": "活动",
}
_FOUND = re.compile(rf"(?P<word>{'|'.join(_SAID)})(?P<between>[^。；！？\n]{{0,16}}?){_WHEN}")
_TRAILING = re.compile(rf"{_WHEN}[^。；！？\n，,]{{0,6}}?(?P<word>{'|'.join(_SAID)})")


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something with a date."""

    #: "报名", "截止" …
    word: str
    #: Days without hours, or aware times.
    start: date | datetime
    #: The last day, or the aware time of its end; equal to `start` where only one is told.
    end: date | datetime


def occasions(text: str, published: datetime) -> list[Occasion]:
    """The occasions that `text` tells, in its order; `published` says which year is meant."""
    found: dict[tuple[date, date], Occasion] = {}
    for match in _matches(text):
        occasion = _occasion(match, published.astimezone(CHINA))
        if occasion is not None:
            found.setdefault((occasion.start, occasion.end), occasion)
    return list(found.values())[:_MOST]


def _matches(text: str) -> Iterator[re.Match[str]]:
    taken: list[tuple[int, int]] = []
    for pattern in (_FOUND, _TRAILING):
        for match in pattern.finditer(text):
            place = match.start("am"), match.end("ad")
            if all(place[1] <= start or end <= place[0] for start, end in taken):
                taken.append(place)
                yield match


def _occasion(match: re.Match[str], published: datetime) -> Occasion | None:
    try:
        first = _day(match["ay"], match["am"], match["ad"], published.date())
        last = first
        if match["bd"]:
            last = date(int(match["by"] or first.year), int(match["bm"] or first.month), int(match["bd"]))
            last = last if last >= first else last.replace(year=last.year + 1)
        begins, ends = _clock(match, "a"), _clock(match, "b")
    except ValueError:
        return None
    is_end = match["until"] or "截" in match[0]
    word = "截止" if is_end else _SAID[match["word"]]
    if begins is None and ends is None:
        return Occasion(word, first, last)
    start = datetime.combine(first, begins or time(), CHINA)
    if ends is None:
        return Occasion(word, start, start if last == first else datetime.combine(last, time(23, 59), CHINA))
    end = datetime.combine(last, ends, CHINA)
    return Occasion(word, start, end) if end >= start else None


def _day(year: str | None, month: str, day: str, published: date) -> date:
    if year:
        return date(int(year), int(month), int(day))
    near = date(published.year, int(month), int(day))
    if near < published - (timedelta(days=365) - _AHEAD):
        return near.replace(year=near.year + 1)
    return near


def _clock(match: re.Match[str], which: str) -> time | None:
    if match[f"{which}h"] is None:
        return None
    hour, minute = int(match[f"{which}h"]), int(match[f"{which}min"] or match[f"{which}min2"] or 0)
    if match[f"{which}half"] in ("下午", "晚上") and hour < 12:
        hour += 12
    return time(23, 59) if hour == 24 else time(hour, minute)
