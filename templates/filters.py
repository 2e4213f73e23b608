"""The filters that templates may use. Pure."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from markupsafe import Markup, escape

from channels.slots import CLOSE, OPEN
from channels.sms_text import units
from templates.plain import fold
from templates.spoken import sentences, spoken

#: WeChat's limit of a value of type "thing" (subscribe notices; category templates are held to it as well).
THING = 20
#: A joined list longer than this is a mistake or an attack.
_LONGEST = 1_000_000

_CHINA = timezone(timedelta(hours=8))
_JOINER = "\u200d"
_DATES: Mapping[str, Callable[[datetime], str]] = {
    "day": lambda at: f"{at.year}年{at.month}月{at.day}日",
    "minute": lambda at: f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02}分",
    "clock": lambda at: f"{at.year}年{at.month}月{at.day}日 {at.hour:02}:{at.minute:02}",
}


def cut(text: str, length: int) -> str:
    """At most `length` UTF-16 units of `text`, ending in "…" where something is missing.

    What belongs together stays together: a letter and its accents, a joined emoji, a slot.
    """
    if length < 1:
        raise ValueError("cut needs a length of at least 1")
    if units(text) <= length:
        return text
    kept, used = [], 0
    for piece in _wholes(text):
        used += units(piece)
        if used > length - 1:
            break
        kept.append(piece)
    return "".join(kept).rstrip(" ，、；：,;:") + "…"


def _wholes(text: str) -> Iterator[str]:
    whole: list[str] = []
    for char in text:
        if whole and not _belongs(whole, char):
            yield "".join(whole)
            whole = []
        whole.append(char)
    yield "".join(whole)


def _belongs(whole: Sequence[str], char: str) -> bool:
    within_slot = whole[0] == OPEN and whole[-1] != CLOSE
    joined = _JOINER in (whole[-1], char)
    modifies = unicodedata.category(char).startswith("M") or "\U0001f3fb" <= char <= "\U0001f3ff"
    return within_slot or joined or modifies


def date(at: datetime | None, form: str = "day") -> str:
    """`at` in China's time: "day" 2026年11月22日, "minute" …9时05分, "clock" … 09:05; "" for None."""
    if form not in _DATES:
        raise ValueError(f"date knows the forms {', '.join(_DATES)}, not {form!r}")
    try:
        return _DATES[form](at.astimezone(_CHINA)) if at else ""
    except OverflowError:  # The first and the last day of all time, from a page that means neither.
        return ""


def thing(text: str) -> str:
    """`text` as a value of WeChat's type "thing": one line, at most 20 characters."""
    return cut(fold(text), THING)


def sms_len(text: str) -> int:
    """The length of `text` as SMS counts it; 70 fit into one message with its signature, 67 into each part."""
    return units(text)


def sentence(text: str) -> str:
    """`text` ending as a sentence does; "" stays ""."""
    bare = text.rstrip(" ，、；：,;:")
    return bare if not bare or bare[-1] in "。！？…!?." else f"{bare}。"


def join(values: Sequence[str], separator: str = "、") -> str:
    """The values in a row."""
    if sum(len(value) + len(separator) for value in values) > _LONGEST:
        raise ValueError("this list is too long to be printed")
    return separator.join(values)


def prose(text: str) -> Markup:
    """`text` as HTML: a `<p>` a paragraph, a `<br>` a line."""
    paragraphs = (escape(paragraph).replace("\n", Markup("<br>")) for paragraph in text.split("\n\n") if paragraph)
    return Markup("\n").join(Markup("<p>{}</p>").format(paragraph) for paragraph in paragraphs)


#: By the names that templates call them.
FILTERS: Mapping[str, Callable[..., Any]] = {
    "cut": cut,
    "date": date,
    "join": join,
    "prose": prose,
    "sentence": sentence,
    "sentences": sentences,
    "sms_len": sms_len,
    "spoken": spoken,
    "thing": thing,
}
