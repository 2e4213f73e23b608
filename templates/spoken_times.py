"""Years, dates and hours as they are said, and from when to when. Pure."""

import re

from templates.spoken_numbers import Rule, counted, number, year

#: From one to another: one sign of any of these. Two dashes in a row are a pause, unless digits stand on both sides.
TO = r"\s*(?:[~～]|[-—–－]{1,2})\s*"
_YEAR = r"(?:1[0-9]|20)\d\d"
#: Years are words by then.
_YEAR_SAID = "[〇一二三四五六七八九]"
_CLOCK = r"(?:[01]?\d|2[0-4])[:：][0-5]\d"
_PARTS = "上午|下午|夜间|夜里|白天|凌晨|清晨|早晨|早上|傍晚|晚上|中午|[上下前后]半夜|[上中下]旬|[年月][底初]"
_DAYS = "次日|翌日|当日|当天|今天|明天|后天|今日|明日|今晨|今夜|今晚|明晨|明晚"
_WEEKDAY = "(?:周|星期|礼拜)[一二三四五六日天末]"


def _date(found: re.Match[str]) -> str:
    month, day = int(found["m"]), int(found["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found[0]
    return f"{year(found['y'])}年{number(found['m'])}月{number(found['d'])}日"


def _clock(found: re.Match[str]) -> str:
    hour, minute, second = counted(found["h"]), int(found["min"]), int(found["s"] or 0)
    if minute == second == 0:
        return f"{hour}点整"
    return f"{hour}点{_sixtieth(minute)}分" + (f"{_sixtieth(second)}秒" if second else "")


def _sixtieth(part: int) -> str:
    return f"零{number(str(part))}" if 0 < part < 10 else number(str(part))


#: Before brackets are taken for pauses.
WRITTEN: tuple[Rule, ...] = (
    (re.compile(r"(?<=\d)T(?=\d\d:\d\d)"), lambda _: " "),
    (re.compile(r"(?<=:\d\d)\+08:?00(?!\d)"), lambda _: ""),
    # 今（27）日 is one word.
    (re.compile(r"(?<=[今明昨前后当])[（(]\s*(\d{1,2})\s*[）)](?=日)"), lambda found: found[1]),
    # 2.3人户 at the beginning of a line: nobody counts people by tenths, so it is the second of a list.
    (
        re.compile(r"(?m)^(\s*\d{1,2})[.．](?=\d{1,3}\s*(?:[月日号人户名位]|周?岁)|(?:19|20)\d\d年)"),
        lambda found: f"{found[1]}，",
    ),
    (
        re.compile(r"(?m)(^|[。；：:\s])(\s*\d{1,2})[.．](?=\s*[\u4e00-\u9fff“《])"),
        lambda found: f"{found[1]}{found[2]}，",
    ),
    (re.compile(rf"(?<!\d)(?P<y>{_YEAR})(?P<sign>[-/.])(?P<m>\d{{1,2}})(?P=sign)(?P<d>\d{{1,2}})(?![\d.]?\d)"), _date),
)
RULES: tuple[Rule, ...] = (
    (re.compile(rf"(?<!\d)({_YEAR})(?=(?:{TO}|/){_YEAR}\s*(?:学?年|学年度))"), lambda found: year(found[1])),
    (re.compile(rf"(?<=[〇一二三四五六七八九])(?:{TO}|/)(?={_YEAR}\s*(?:学?年|学年度))"), lambda _: "到"),
    (re.compile(rf"(?<!\d)({_YEAR})(?=\s*(?:年(?!一遇|历史)|学年|届))"), lambda found: year(found[1])),
    (
        re.compile(rf"({_CLOCK}){TO}(?=(?:{_DAYS}|{_PARTS}|\d{{1,2}}月|\d{{1,2}}日)*\s*{_CLOCK}(?!\d))"),
        lambda found: f"{found[1]}到",
    ),
    (
        re.compile(
            rf"(?:(?<=\d)|(?<={_YEAR_SAID})(?=\s*年))(\s*[年月日号时点分])(\s*(?:{_PARTS})?){TO}"
            rf"(?=(?:{_DAYS}|{_PARTS})*\s*(?:\d{{1,4}}\s*[年月日号时点分]|{_YEAR_SAID}{{4}}年|{_CLOCK}))"
        ),
        lambda found: f"{found[1]}{found[2]}到",
    ),
    (re.compile(rf"({_WEEKDAY}){TO}(?={_WEEKDAY})"), lambda found: f"{found[1]}到"),
    # 1:20 is a proportion where the words say so, else a time.
    (
        re.compile(r"(?P<words>比例(?:尺)?[为是]?|配比[为是]?)\s*(?P<a>\d+)[:：](?P<b>\d+)(?![\d:：])"),
        lambda found: f"{found['words']}{number(found['a'])}比{number(found['b'])}",
    ),
    (
        re.compile(r"(?<![\d:：])(?P<a>\d+)[:：](?P<b>\d+)(?=\s*(?:的|比例|配|稀释|兑|混))"),
        lambda found: f"{number(found['a'])}比{number(found['b'])}",
    ),
    (
        re.compile(r"(?<![\d:：.])(?P<h>[01]?\d|2[0-4])[:：](?P<min>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?(?![\d:：])"),
        _clock,
    ),
    (re.compile(r"(?<=[时点])0(?=\d\s*分)"), lambda _: "零"),
    (re.compile(r"(?<=分)0(?=\d\s*秒)"), lambda _: "零"),
    (re.compile(r"(?<![\d.第])0?2(?=\s*点(?!\d(?!\d?\s*分)))"), lambda _: "两"),
    # 5·12: a day that everybody knows by its digits.
    (
        re.compile(r"(?<!\d)(\d{1,2})[·•](\d{1,2})(?!\d)"),
        lambda found: "".join("零一二三四五六七八九"[int(d)] for d in found[1] + found[2]),
    ),
)
