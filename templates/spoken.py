"""Words as they are read aloud: numbers, dates, times, units and telephone numbers spelled as spoken. Pure.

For announcers, loudspeakers and speech programs (播音稿). What is Chinese already is left as it is. What may be meant
in two ways is said literally, digit by digit with its signs by name: a script with a false fact is a false warning.
"""

import re
from functools import lru_cache

from templates import spoken_amounts, spoken_codes, spoken_times
from templates.spoken_numbers import NUMBER, Rule, dialled, each, number, year

_FULL = str.maketrans("０１２３４５６７８９％．／＋", "0123456789%./+")
#: Levels as emergency plans write them: Ⅰ级响应, IV级.
_ROMAN = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "Ⅵ": 6, "Ⅶ": 7, "Ⅷ": 8, "Ⅸ": 9, "Ⅹ": 10}
_LETTERS = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
_CIRCLED = {chr(0x2460 + place): place + 1 for place in range(20)}

#: Signs that stood nowhere sensible.
_SIGNS = {"%": "百分比", "‰": "千分比", "℃": "摄氏度", "°": "度", "㎡": "平方米"}


@lru_cache(maxsize=128)
def spoken(text: str) -> str:
    """`text` as it is said: no Arabic digit, no sign of a unit or of a range is left. Spoken words stay as they are."""
    # Also so that no rule looks through thousands of blanks.
    narrow = re.sub(r"[^\S\n]+", " ", text.translate(_FULL))
    said = "\n".join(map(_finished, narrow.split("\n")))
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


def _finished(line: str) -> str:
    """Without what `cut` broke off ("…"; who trails off by himself writes "……"): half a number is another number."""
    whole = line.rstrip()
    if not whole.endswith("…") or whole.endswith("……"):
        return line
    whole = whole.removesuffix("…")
    place = max(whole.rfind(mark) for mark in "。！？；")
    if place < 0:
        place = whole.rfind("，")
    return whole[: place + 1].rstrip("，；") if place >= 0 else re.sub(r"[\d.,:：/~～—–-]+$", "", whole)


def _rest(found: re.Match[str]) -> str:
    """What is left of signs that stood nowhere sensible; digits of other scripts are said one by one."""
    char = found[0]
    return each(char) if char.isdecimal() else _SIGNS.get(char, "，")


_BEFORE: tuple[Rule, ...] = (
    (re.compile(f"[{''.join(_ROMAN)}]"), lambda found: number(str(_ROMAN[found[0]]))),
    (
        re.compile(r"(?<![A-Za-z])(III|II|IV|I|V)(?=\s*[级类型期])"),
        lambda found: number(str(_LETTERS[found[1]])),
    ),
    (re.compile(f"[{''.join(_CIRCLED)}]"), lambda found: f"{number(str(_CIRCLED[found[0]]))}，"),
    (re.compile(r"[〔［\[【（(]((?:19|20)\d\d)[〕］\]】）)]"), lambda found: f"{year(found[1])}，"),
)
_BRACKETS: tuple[Rule, ...] = (
    (re.compile(r"[【〔\[]([^】〕\]]{0,200})[】〕\]]"), lambda found: f"{found[1]}，"),
    (re.compile(r"[（(]([^（）()]{0,300})[）)]"), lambda found: f"，{found[1]}，"),
    # One without its other half.
    (re.compile(r"[【】〔〕\[\]（）()]"), lambda _: "，"),
)
_AFTER: tuple[Rule, ...] = (
    (re.compile(r"(?<![\d.,])0\d+(?![\d.])(?!\s*[年月日时分秒到至])"), lambda found: dialled(found[0])),
    (re.compile(NUMBER), lambda found: number(found[0])),
    (re.compile(r"(?<=[\w])\s*[~～]\s*(?=[\w])"), lambda _: "到"),
    (re.compile(r"[\d%‰℃°㎡³²~～′″]"), _rest),
    (re.compile(r"[#*_`|<>{}\\^=]"), lambda _: " "),
    (re.compile(r"&"), lambda _: "和"),
    (re.compile(r"[，,]\s*(?=[，,。；：！？、\n]|$)"), lambda _: ""),
    (re.compile(r"(^|[。；：！？、\n])\s*[，,]+", re.MULTILINE), lambda found: found[1]),
)

#: In this order: what is told apart by its surroundings comes before plain numbers.
_RULES: tuple[Rule, ...] = (
    *_BEFORE,
    *spoken_codes.WRITTEN,
    *spoken_times.WRITTEN,
    *_BRACKETS,
    *spoken_codes.RULES,
    *spoken_times.RULES,
    *spoken_amounts.RULES,
    *_AFTER,
)
