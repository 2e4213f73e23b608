"""The words by which people subscribe, leave and ask, over SMS and WeChat: whatever width, case and blanks. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pusher.review.taxonomy import Place, Taxonomy
from subscribers.choices import Frequency

#: Longer texts are letters to somebody, not commands; and so are commands with more than this that is not understood.
_LONGEST = 60
_LEFT_OVER = 8


class Act(StrEnum):
    """What somebody wants."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    MINE = "mine"
    HELP = "help"
    AREA = "area"
    FREQUENCY = "frequency"


@dataclass(frozen=True, slots=True)
class Command:
    """A text, understood."""

    act: Act
    #: Codes of the domains that it names, in its order; "全部" = all.
    domains: tuple[str, ...] = ()
    #: Codes of the areas that it names.
    areas: tuple[str, ...] = ()
    #: Whether it also says something that is not understood.
    is_partly_unknown: bool = False
    frequency: Frequency | None = None


#: Chinese words may stand right before what they are about, Latin ones only before a blank, a digit or Chinese.
_VERBS: Mapping[str, Act] = {
    "取消订阅": Act.UNSUBSCRIBE,
    "全部退订": Act.UNSUBSCRIBE,
    "全部取消": Act.UNSUBSCRIBE,
    "退订": Act.UNSUBSCRIBE,
    "拒收": Act.UNSUBSCRIBE,
    "我的订阅": Act.MINE,
    "我的": Act.MINE,
    "订阅": Act.SUBSCRIBE,
    "查询": Act.MINE,
    "帮助": Act.HELP,
    "地区": Act.AREA,
    "位置": Act.AREA,
    "DY": Act.SUBSCRIBE,
    "TD": Act.UNSUBSCRIBE,
    "CX": Act.MINE,
    "DQ": Act.AREA,
    "BZ": Act.HELP,
    "HELP": Act.HELP,
    "T": Act.UNSUBSCRIBE,
    "R": Act.UNSUBSCRIBE,
    "?": Act.HELP,
}
_FREQUENCIES: Mapping[str, Frequency] = {
    "立即": Frequency.AT_ONCE,
    "即时": Frequency.AT_ONCE,
    "每天": Frequency.DAILY,
    "每日": Frequency.DAILY,
    "每周": Frequency.WEEKLY,
    "只收预警": Frequency.URGENT,
}
_ALL = ("全部", "所有")

#: What people call the domains besides their names, by code; a taxonomy that lacks a code lacks its words.
_ALSO: Mapping[str, Sequence[str]] = {
    "rural": ("扶贫", "脱贫", "乡村振兴", "三农"),
    "aid": ("救助", "社会救助", "低保", "福利", "民政"),
    "education": ("教育", "招生", "上学"),
    "health": ("医疗", "卫生", "健康", "医保"),
    "environment": ("环保", "环境", "生态"),
    "disaster": ("灾害", "应急", "救援", "预警", "气象"),
    "culture": ("文化", "体育", "文体"),
}
#: Endings that people leave off the names of areas.
_ENDINGS = re.compile(r"(?:街道|社区|[省市县区镇乡])(?:办事处)?$")
_AROUND = " \t\r\n.,;:!。、，；：！~'\"“”‘’「」《》()[]【】<>"
_BETWEEN = re.compile(r"[\s.,;:!。、，；：！~'\"“”‘’「」《》()\[\]【】<>+/|_&-]+")
#: Words that say nothing here.
_FILLERS = re.compile(r"(?:的|和|及|与|类|领域|方面|短信|信息|通知|消息|地区|谢谢|一下|吧|了)+")
_POLITE = re.compile(r"^(?:我要|我想|请)+")


def parse(text: str, taxonomy: Taxonomy) -> Command | None:
    """What a text, a menu's key or a scene asks for; None if it is no command.

    Domains are named by name, usual word, code or their number in the list that `help` shows.
    """
    if len(text) > 4 * _LONGEST:
        return None
    flat = unicodedata.normalize("NFKC", text).upper().strip(_AROUND)
    flat = _POLITE.sub("", flat)
    if not flat or len(flat) > _LONGEST:
        return None
    if flat in _FREQUENCIES:
        return Command(Act.FREQUENCY, frequency=_FREQUENCIES[flat])
    verb = next(filter(None, (_begins(flat, word) for word in _VERBS)), None)
    if verb is None:
        return None
    act, about = _VERBS[verb], flat[len(verb) :]
    if act in (Act.MINE, Act.HELP):
        return Command(act) if not _BETWEEN.sub("", about) else None
    return _about(act, about, taxonomy)


def _begins(flat: str, word: str) -> str | None:
    after = flat[len(word) : len(word) + 1]
    runs_on = word.isascii() and word.isalpha() and after.isascii() and after.isalpha()
    return word if flat.startswith(word) and not runs_on else None


def _about(act: Act, about: str, taxonomy: Taxonomy) -> Command | None:
    pattern, meaning = _words(tuple((one.code, one.name) for one in taxonomy.domains), taxonomy.places)
    domains: dict[str, None] = {}
    areas: dict[str, None] = {}
    left: list[str] = []
    for word in filter(None, _BETWEEN.split(about)):
        kind, code = _number(word, taxonomy) if word.isdecimal() else ("", "")
        found = [(kind, code)] if kind else [meaning[match.group()] for match in pattern.finditer(word)]
        for one, named in found:
            if one == "all":
                domains |= dict.fromkeys(domain.code for domain in taxonomy.domains)
            else:
                (domains if one == "domain" else areas)[named] = None
        left.append("" if kind else _FILLERS.sub("", pattern.sub("", word)))
    rest = "".join(left)
    if len(rest) > _LEFT_OVER:
        return None
    return Command(act, tuple(domains), tuple(areas), is_partly_unknown=bool(rest))


def _number(word: str, taxonomy: Taxonomy) -> tuple[str, str]:
    """A number is a place in the list of domains, or the code of a known area."""
    if len(word) <= 2:
        place = int(word) - 1
        return ("domain", taxonomy.domains[place].code) if 0 <= place < len(taxonomy.domains) else ("", "")
    return ("area", word) if word in {place.code for place in taxonomy.places} else ("", "")


@lru_cache(maxsize=4)
def _words(
    domains: tuple[tuple[str, str], ...], places: tuple[Place, ...]
) -> tuple[re.Pattern[str], Mapping[str, tuple[str, str]]]:
    """An expression for everything that can be named, the longest first, and what each means."""
    meaning: dict[str, tuple[str, str]] = dict.fromkeys(_ALL, ("all", ""))
    # What comes later goes first: a place's own name before one that lost its ending.
    for name, what in (*_short_places(places), *_names(domains, places)):
        meaning[unicodedata.normalize("NFKC", name).upper()] = what
    longest_first = sorted(meaning, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first))), meaning


def _names(domains: Sequence[tuple[str, str]], places: Sequence[Place]) -> Iterator[tuple[str, tuple[str, str]]]:
    for code, official in domains:
        for name in (*_ALSO.get(code, ()), code, official):
            yield name, ("domain", code)
    for place in places:
        for name in (*place.also, place.name):
            yield name, ("area", place.code)


def _short_places(places: Sequence[Place]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Names without their ending, where only one place is called so."""
    by_short: dict[str, set[str]] = {}
    for place in places:
        short = _ENDINGS.sub("", place.name)
        if len(short) >= 2:
            by_short.setdefault(short, set()).add(place.code)
    for short, codes in by_short.items():
        if len(codes) == 1:
            yield short, ("area", next(iter(codes)))
