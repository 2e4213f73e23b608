"""Amounts as they are said: units, ranges, temperatures below zero, shares, fractions, money, comparisons. Pure."""

import re
from collections.abc import Mapping

from templates.spoken_numbers import NUMBER, Rule, counted, literally, number
from templates.spoken_times import TO

#: Signs of units as they are said.
_UNITS: Mapping[str, str] = {
    "mm/h": "毫米每小时",
    "m³/s": "立方米每秒",
    "m3/s": "立方米每秒",
    "m³/h": "立方米每小时",
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "μg/m³": "微克每立方米",
    "μg/m3": "微克每立方米",
    "ug/m3": "微克每立方米",
    "µg/m³": "微克每立方米",
    "mg/m³": "毫克每立方米",
    "mg/m3": "毫克每立方米",
    "mg/L": "毫克每升",
    "μg/L": "微克每升",
    "km²": "平方公里",
    "km2": "平方公里",
    "hm²": "公顷",
    "m²": "平方米",
    "m2": "平方米",
    "㎡": "平方米",
    "m³": "立方米",
    "m3": "立方米",
    "km": "公里",
    "mm": "毫米",
    "cm": "厘米",
    "m": "米",
    "kg": "公斤",
    "mg": "毫克",
    "mL": "毫升",
    "ml": "毫升",
    "L": "升",
    "g": "克",
    "t": "吨",
    "kW": "千瓦",
    "MW": "兆瓦",
    "kWh": "千瓦时",
    "kV": "千伏",
    "V": "伏",
    "kPa": "千帕",
    "MPa": "兆帕",
    "hPa": "百帕",
    "dB": "分贝",
    "min": "分钟",
    "h": "小时",
    "s": "秒",
    "℃": "摄氏度",
    "°C": "摄氏度",
    "°": "度",
    "′": "分",
    "″": "秒",
}
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_DEGREES = r"(?:℃|°C|摄氏度)"

#: Before these a two is said 两; before 级, 号, 月, 日, 度 … it is not.
_COUNTED = (
    "个|小时|分钟|天|周(?!年)|人|名|位|户|处|座|条|项|次|倍|成|艘|辆|台|所|家|支|批|组|件|张|村|镇|元|年(?!级|代)"
    "|吨|公斤|千克|斤|亩|米|公里|千米|毫米|厘米|平方|立方|万|千|亿"
)
#: What may stand before 每 (米/秒, 元/人), and behind it.
_MEASURED = "毫米|厘米|米|千克|公斤|克|微克|毫克|升|毫升|吨|元|次|度|人|户|只|个|千瓦|公里|千米|立方|平方"
_PER = (
    "秒|分钟?|小时|时|日|天|周|月|季度?|年|人|户|亩|吨|公斤|千克|平方|立方|升|次|名|生|株|头|只|辆|台|个|件|处|公里|米"
)
#: Behind these a dash between two numbers belongs to one name: 3-201室, 5-2栋.
_NAMED = "室|房|班|路|线|幢|栋|楼|单元|门|号楼|号院|号线|号地块|号机"
_COMPARED: Mapping[str, str] = {
    "≥": "大于等于",
    "≤": "小于等于",
    ">": "大于",
    "＞": "大于",
    "<": "小于",
    "＜": "小于",
    "±": "正负",
    "≈": "约等于",
    "×": "乘",
    "=": "等于",
}
_MINUS = "[-−－]"
_BETWEEN = r"\s*(?:[~～至到–－-]|—{1,2})\s*"


def _degrees(minus: str | None, digits: str) -> str:
    return ("零下" if minus else "") + f"{number(digits)}摄氏度"


def _cold(found: re.Match[str]) -> str:
    """Both ends with their sign: who hears 零下五到三 takes both for below zero."""
    high = _degrees(found["minus"], found["high"])
    above = "" if found["minus"] or float(found["high"].replace(",", "")) == 0 else "零上"
    return f"{_degrees('-', found['low'])}到{above}{high}"


def _share(found: re.Match[str]) -> str:
    said = "百分之百" if found["n"] == "100" else f"百分之{number(found['n'])}"
    return ("负" if found["minus"] else "") + said


def _hyphen(found: re.Match[str]) -> str:
    """A dash between two numbers: a range if it rises and something is counted; else what stands there."""
    first, last = found["a"], found["b"]
    rises = float(first.replace(",", "")) < float(last.replace(",", ""))
    # Hours and months go round: 22-6时 is through the night.
    goes_round = found["then"] is not None and found["then"] in ("时", "点", "月")
    if goes_round or (rises and found["then"] is not None):
        return f"{first}到{last}"
    return literally(found[0])


def _fraction(found: re.Match[str]) -> str:
    part, whole = found["a"], found["b"]
    if 0 < int(part) < int(whole) <= 10:
        return f"{number(whole)}分之{number(part)}"
    return literally(found[0])


def _in_units(found: re.Match[str]) -> str:
    said = number(found[1]) if _UNITS[found[2]] in ("摄氏度", "度", "分", "秒") else counted(found[1])
    return said + _UNITS[found[2]]


RULES: tuple[Rule, ...] = (
    (re.compile(rf"(?:{'|'.join(map(re.escape, _COMPARED))})(?=\s*[-−]?\d)"), lambda found: _COMPARED[found[0]]),
    (re.compile(r"[¥￥]\s*(" + NUMBER + r")\s*(万|亿)?元?"), lambda found: f"{found[1]}{found[2] or ''}元"),
    (
        re.compile(rf"(?<=\d)(\s*[万亿]?(?:{_MEASURED})(?:米|次)?)((?:\s*[/·]\s*(?:{_PER}))+)"),
        lambda found: found[1] + re.sub(r"\s*[/·]\s*", "每", found[2]),
    ),
    # Below zero.
    (
        re.compile(
            rf"(?<![\d.A-Za-z℃]){_MINUS}(?P<low>{NUMBER})\s*{_DEGREES}?{_BETWEEN}(?P<minus>{_MINUS})?(?P<high>{NUMBER})\s*{_DEGREES}"
        ),
        _cold,
    ),
    (
        re.compile(rf"(?<=\d)(?P<unit>\s*{_DEGREES}?){_BETWEEN}{_MINUS}(?P<low>{NUMBER})\s*{_DEGREES}"),
        lambda found: f"℃到零下{number(found['low'])}摄氏度",
    ),
    (re.compile(rf"(?<![\d.A-Za-z℃]){_MINUS}({NUMBER})\s*(?:{_DEGREES}|度)"), lambda found: _degrees("-", found[1])),
    (re.compile(rf"(?<=[下库场]){_MINUS}(?=\d\s*[层楼])"), lambda _: "负"),
    (
        re.compile(rf"(?:(?<=水位)|(?<=潮位)|(?<=高程)|(?<=海拔)|(?<=[为约：:，,（(])){_MINUS}(?={NUMBER}\s*(?:米|m))"),
        lambda _: "负",
    ),
    # From … to, with the same unit on both sides: 9级—10级, 50mm-80mm, 1号楼-3号楼.
    (
        re.compile(rf"(?<=\d)(\s*(?:[\u4e00-\u9fff]{{1,3}}|[A-Za-zμ/²³°℃%‰]{{1,5}})){TO}(?=\d[\d.,]*\1)"),
        lambda found: f"{found[1]}到",
    ),
    (
        re.compile(rf"(?<![\d.,])(?P<a>{NUMBER}){_BETWEEN}(?P<b>{NUMBER})\s*%"),
        lambda found: f"百分之{number(found['a'])}到百分之{number(found['b'])}",
    ),
    (
        re.compile(rf"(?<![\d.,])(?P<a>{NUMBER}){_BETWEEN}(?P<b>{NUMBER})\s*‰"),
        lambda found: f"千分之{number(found['a'])}到千分之{number(found['b'])}",
    ),
    (re.compile(r"(?<=\d)\s*(?:[~～]|[—–]{1,2})\s*(?=\d)"), lambda _: "到"),
    (
        re.compile(
            rf"(?<![\d.])(?P<a>{NUMBER})\s*[-－]\s*(?P<b>{NUMBER})"
            rf"(?:(?=\s*(?P<then>(?:{_UNIT})(?![A-Za-z])|(?!{_NAMED})[\u4e00-\u9fff])))?(?![\d.]?\d)"
        ),
        _hyphen,
    ),
    (re.compile(rf"(?P<minus>(?<![\dA-Za-z]){_MINUS})?(?P<n>{NUMBER})\s*%"), _share),
    (re.compile(rf"({NUMBER})\s*‰"), lambda found: f"千分之{number(found[1])}"),
    (
        re.compile(r"(?<![\d./第])(?P<a>\d{1,4})/(?P<b>\d{1,4})(?![\d./]|\s*[日号路页期层楼栋室月周届班年时点])"),
        _fraction,
    ),
    (re.compile(r"(?<![\d.])\d+(?:/\d+)+(?![\d.])"), lambda found: literally(found[0])),
    # Two of something, also as the first of a range.
    (re.compile(rf"(?<![\d.,第])2(?=[到至]{NUMBER}\s*(?:{_COUNTED}))"), lambda _: "两"),
    (re.compile(rf"(?<![\d.,])({NUMBER})\s*({_UNIT})(?![A-Za-z])"), _in_units),
    (re.compile(rf"(?<![\d.,第])({NUMBER})(?=\s*(?:{_COUNTED}))"), lambda found: counted(found[1])),
)
