"""Words as they are read aloud: numbers, dates, times, units and telephone numbers spelled as spoken. Pure.

For announcers, loudspeakers and speech programs (播音稿). What is Chinese already is left as it is.
"""

import re
from collections.abc import Callable, Mapping

_DIGITS = "零一二三四五六七八九"
#: On the telephone and on the air 1 is said yāo, so that nobody hears 7.
_DIALLED = "零幺二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_MYRIADS = ("", "万", "亿", "万亿", "亿亿")

#: Longest number that is said as a number; longer ones are said digit by digit.
_LONGEST = 16

#: Signs of units as they are said; the longer ones first.
_UNITS: Mapping[str, str] = {
    "mm/h": "毫米每小时",
    "m³/s": "立方米每秒",
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "μg/m³": "微克每立方米",
    "mg/m³": "毫克每立方米",
    "km²": "平方公里",
    "m²": "平方米",
    "㎡": "平方米",
    "m³": "立方米",
    "km": "公里",
    "mm": "毫米",
    "cm": "厘米",
    "m": "米",
    "kg": "公斤",
    "t": "吨",
    "kW": "千瓦",
    "kV": "千伏",
    "hPa": "百帕",
    "min": "分钟",
    "h": "小时",
    "s": "秒",
    "℃": "摄氏度",
    "°C": "摄氏度",
    "°": "度",
}
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))

#: Before these a two is said 两; before 级, 号, 月, 日 … it is not.
_COUNTED = (
    "个小时|小时|分钟|天|周|人|名|户|处|座|条|项|次|倍|艘|辆|台|所|村|镇|元"
    "|吨|公斤|米|公里|毫米|厘米|平方|立方|万|千|亿"
)

_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TO = r"\s*[-~～—–－]+\s*"
_FULL = str.maketrans("０１２３４５６７８９％．／", "0123456789%./")


def spoken(text: str) -> str:
    """`text` as it is said: no Arabic digit, no sign of a unit or of a range is left. Spoken words stay as they are."""
    said = text.translate(_FULL)
    for pattern, say in _RULES:
        said = pattern.sub(say, said)
    return re.sub(r"[ \t]+", " ", said).strip()


def sentences(text: str, longest: int = 36) -> str:
    """`text` in short sentences, one a line: a long one is ended at the last comma before `longest` characters."""
    lines = []
    for sentence in re.split(r"(?<=[。！？!?\n])", text):
        rest = " ".join(sentence.split())
        while len(rest) > longest:
            place = max(rest.rfind(mark, 8, longest) for mark in "，；：、,;")
            if place < 0:
                break
            lines.append(rest[:place] + "。")
            rest = rest[place + 1 :].strip()
        if rest:
            lines.append(rest)
    return "\n".join(lines)


def number(digits: str) -> str:
    """A whole number or decimal ("1250", "3.05") as it is said."""
    whole, _, part = digits.replace(",", "").partition(".")
    if len(whole) > _LONGEST:
        return dialled(whole)
    said = _whole(whole)
    return f"{said}点{''.join(_DIGITS[int(digit)] for digit in part)}" if part else said


def dialled(digits: str) -> str:
    """Digits one by one as they are dialled."""
    return "".join(_DIALLED[int(digit)] for digit in digits if digit.isdecimal())


def _whole(digits: str) -> str:
    digits = digits.lstrip("0")
    if not digits:
        return "零"
    parts: list[str] = []
    groups = [digits[max(0, end - 4) : end] for end in range(len(digits), 0, -4)]
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        said = _group(group)
        if not said:
            continue
        if parts and group.startswith("0"):
            said = "零" + said
        parts.append(said + _MYRIADS[place])
    joined = "".join(parts)
    joined = re.sub("^二(?=[千万亿])", "两", joined)
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


def _each(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)


def _date(found: re.Match[str]) -> str:
    year, month, day = found["y"], found["m"], found["d"]
    return f"{_each(year)}年{_whole(month)}月{_whole(day)}日"


def _clock(found: re.Match[str]) -> str:
    hour, minute = _whole(found["h"]), int(found["min"])
    if minute == 0:
        return f"{hour}点整"
    return f"{hour}点{'零' if minute < 10 else ''}{_whole(str(minute))}分"


def _temperature(found: re.Match[str]) -> str:
    return f"零下{number(found[1])}摄氏度"


def _counted(found: re.Match[str]) -> str:
    said = number(found[1])
    return ("两" if said == "二" else said) + found[2]


def _counted_unit(found: re.Match[str]) -> str:
    said = number(found[1])
    return ("两" if said == "二" else said) + _UNITS[found[2]]


def _dialled(found: re.Match[str]) -> str:
    return dialled(found[0])


def _behind_telephone(found: re.Match[str]) -> str:
    return ("，" if found[1] else "") + dialled(found[2])


def _rest(found: re.Match[str]) -> str:
    """What is left of signs that stood nowhere sensible; digits of other scripts are said one by one."""
    char = found[0]
    if char.isdecimal():
        return _DIGITS[int(char)]
    return {"%": "百分比", "‰": "千分比", "℃": "摄氏度", "°": "度", "㎡": "平方米"}.get(char, "，")


def _said(replacement: str) -> Callable[[re.Match[str]], str]:
    return lambda _found: replacement


_NOT_COUNTED = rf"(?!\s*(?:{_UNIT}|{_COUNTED}|个|级|%))"

#: In this order: what is told apart by its surroundings comes before plain numbers.
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"https?://[^\s，。；！？）]+"), _said("政府网站公告栏")),
    (re.compile(r"[〔［\[【（(]((?:19|20)\d\d)[〕］\]】）)]"), lambda found: f"{_each(found[1])}，"),
    (re.compile(r"[【〔\[]([^】〕\]]*)[】〕\]]"), lambda found: f"{found[1]}，"),
    (re.compile(r"[（(]([^（）()]*)[）)]"), lambda found: f"，{found[1]}，"),
    (re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"), _date),
    (re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日"), _date),
    (re.compile(r"(?<!\d)(\d{4})(?=\s*年)"), lambda found: _each(found[1])),
    (re.compile(r"(?<![\d:：])(?P<h>[01]?\d|2[0-4])[:：](?P<min>[0-5]\d)(?:[:：][0-5]\d)?(?![\d:：])"), _clock),
    # Telephones: whatever stands behind words that say so; area codes, mobiles, service numbers.
    (re.compile(r"(?<=电话|拨打|热线|致电|来电|请打)([：: ]?)(\d[\d\- ]*\d|\d)(?![\d.])"), _behind_telephone),
    (re.compile(r"(?<![\d.])0\d{2,3}[- ]?\d{7,8}(?!\d)"), _dialled),
    (re.compile(r"(?<![\d.])1[3-9]\d{9}(?!\d)"), _dialled),
    (re.compile(r"(?<![\d.])[48]00[- ]?\d{3}[- ]?\d{4}(?!\d)"), _dialled),
    (re.compile(rf"(?<![\d.])(?:11[09]|12[02]|12\d{{3}}|95\d{{3,4}})(?![\d.]){_NOT_COUNTED}"), _dialled),
    (re.compile(rf"(?<![\dA-Za-z.])[-−－]({_NUMBER})\s*(?:℃|°C|摄氏度|度)"), _temperature),
    (re.compile(rf"(?<=[\d%℃]){_TO}(?=\d)"), _said("到")),
    (re.compile(rf"({_NUMBER})\s*%"), lambda found: f"百分之{number(found[1])}"),
    (re.compile(rf"({_NUMBER})\s*‰"), lambda found: f"千分之{number(found[1])}"),
    (re.compile(rf"({_NUMBER})\s*({_UNIT})(?![A-Za-z])"), _counted_unit),
    (re.compile(rf"({_NUMBER})\s*({_COUNTED})"), _counted),
    (re.compile(r"(?<![\d.,])0\d+(?![\d.])(?!\s*[年月日时分])"), _dialled),
    (re.compile(r"(?<=[时点])0(?=\d\s*分)"), _said("零")),
    (re.compile(_NUMBER), lambda found: number(found[0])),
    (re.compile(r"[\d%‰℃°㎡³²~～]"), _rest),
    (re.compile(r"[#*_`|<>{}\\^=]"), _said(" ")),
    (re.compile(r"&"), _said("和")),
    (re.compile(r"≥"), _said("大于等于")),
    (re.compile(r"≤"), _said("小于等于")),
    (re.compile(r"[，,]\s*(?=[，,。；：！？、\n]|$)"), _said("")),
    (re.compile(r"(^|[。；：！？、\n])\s*[，,]+", re.MULTILINE), lambda found: found[1]),
)
