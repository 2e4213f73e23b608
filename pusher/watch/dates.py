"""Chinese dates in every form that government pages use. Pure; no general date parser reads them right.

A time without zone is Chinese time. A date without year is the latest one that is not after `at`. Nothing here raises.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_tz

from pusher.clock import CHINA

#: A later date than this is a slip of the keyboard, or not the date of a publication.
_AHEAD = timedelta(days=732)
_EARLIEST = 1949
#: Longer texts are not searched to their end: a date stands in a line of its own.
_LONGEST = 2000

_TIME = (
    r"(?P<noon>上午|下午)?\s*(?P<hour>\d{1,2})\s*[:时]\s*(?P<minute>\d{1,2})(?!\d)\s*分?"
    r"(?:\s*:?\s*(?P<second>\d{1,2})(?!\d)(?:[.,]\d+)?\s*秒?)?(?:\s*(?P<half>[AP]M)\b)?"
    r"(?:\s*(?P<zone>Z|UTC|GMT|CST|\+\d\d:?\d\d|-0[1-9]:?00)(?![\w:]))?"
)
_LATER = rf"(?:(?:[\sT,-]|星期[一二三四五六日天]|周[一二三四五六日])*{_TIME})?"
_FULL = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)\s*(?:年|[-/.])\s*(?P<month>\d{1,2})\s*(?:月|[-/.])\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"
    + _LATER
)
_MONTH_AND_DAY = re.compile(r"(?<![\d年-])(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]" + _LATER)
_SHORT = re.compile(r"(?<![\d.])(?P<month>\d{1,2})(?:[-/]|(?<=\d\d)\.(?=\d\d))(?P<day>\d{1,2})(?![\d.])" + _LATER)
_COMPACT = re.compile(r"((?:19|20)\d\d)([01]\d)([0-3]\d)(?:([0-2]\d)([0-5]\d)([0-5]\d)?)?")
_ENGLISH_ZONE = re.compile(r"[+-]\d{4}\b|\b(?:GMT|UTC|UT|Z|[ECMP][SD]T)\b")
_ENGLISH = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b", re.IGNORECASE)

_NUMERALS = "〇零○一二三四五六七八九"
_IN_WORDS = re.compile(
    rf"([{_NUMERALS}OＯ]{{4}})\s*年\s*([{_NUMERALS}十]{{1,3}})\s*月\s*([{_NUMERALS}十]{{1,3}})\s*日",
)
_DIGITS = str.maketrans("〇零○OＯ一二三四五六七八九", "00000123456789")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９：－／．　\u00a0", "0123456789:-/.  ")

#: What may stand beside a date in a piece of text that is nothing but a date.
_LABEL = re.compile(
    r"(?:发布|公布|公开|更新|发表|发文|成文|生成|印发|刊发|上传|录入|创建|信息|文章|时间|日期|于|日|期|"
    r"星期[一二三四五六日天]|周[一二三四五六日]|date|time)+",
    re.IGNORECASE,
)
_NOT_WORDS = re.compile(r"[\W_]+")


def read_date(text: str, *, at: datetime) -> datetime | None:
    """The first whole date in `text`, aware; a month and day need their 月 and 日 to be seen. None if there is none."""
    plain = _plain(text)
    for pattern in (_FULL, _MONTH_AND_DAY):
        for match in pattern.finditer(plain):
            found = _of_match(match, at=at)
            if found is not None:
                return found
    return _english(plain, at=at)


def bare_date(text: str, *, at: datetime) -> datetime | None:
    """The date that `text` is, brackets and labels aside ("[09-03]", "发布日期：…"); None if it says more."""
    if len(text) > 60 or not any(character.isdigit() or character in _NUMERALS for character in text):
        return None
    plain = _plain(text)
    for pattern in (_FULL, _MONTH_AND_DAY, _SHORT):
        match = pattern.search(plain)
        if match and _is_label(plain[: match.start()] + " " + plain[match.end() :]):
            return _of_match(match, at=at)
    if _ENGLISH.search(plain):
        return _english(plain, at=at)
    return _compact(plain.strip(" []()"), at=at)


def date_of_number(number: float, *, at: datetime) -> datetime | None:
    """The time that a Unix number means, in seconds or milliseconds; None where it is neither."""
    for scale in (1, 1000):
        try:
            found = datetime.fromtimestamp(number / scale, UTC).astimezone(CHINA)
        except (ValueError, OverflowError, OSError):
            continue
        if found.year >= 1990 and found <= at + _AHEAD:
            return found
    return None


def date_of_pieces(pieces: Sequence[str], *, at: datetime) -> datetime | None:
    """The date that is set in pieces: day above month ("03", "2026-09"), or month and day beside the year."""
    words = [word for word in (_plain(piece).strip(" []()/-.") for piece in pieces) if word]
    if not 2 <= len(words) <= 3 or not all(_PIECE.fullmatch(word) for word in words):
        return None
    joined = "-".join(words).replace("月-", "月")
    for order in _ORDERS:
        match = order.fullmatch(joined)
        if match:
            year, month, day = match.groupdict().get("year"), int(match["month"]), int(match["day"])
            return _whole(int(year), month, day, at=at) if year else _latest(month, day, at=at, clock=timedelta())
    return None


_PIECE = re.compile(r"\d{1,4}(?:[./年-]\d{1,2})?[年月日]?")
_ORDERS = tuple(
    re.compile(order.replace("Y", r"(?P<year>\d{4})").replace("M", r"(?P<month>\d\d?)").replace("D", r"(?P<day>\d\d?)"))
    for order in (
        r"Y[年./-]+M[月./-]+D日?",
        r"D日?-Y[年./-]+M月?",
        r"M[月./-]+D日?-Y年?",
        r"D日?-M月",
        r"M月D日?",
    )
)


def date_of_address(url: str, *, at: datetime) -> datetime | None:
    """The day that an address names (t20260903_1.html, /2026/9/3/art_…, /2026-09/03/…); None if it names none."""
    for pattern in _IN_ADDRESS:
        match = pattern.search(url)
        if match:
            found = _whole(int(match[1]), int(match[2]), int(match[3]), at=at)
            if found is not None:
                return found
    return None


_IN_ADDRESS = (
    re.compile(r"/t((?:19|20)\d\d)([01]\d)([0-3]\d)_"),
    re.compile(r"/((?:19|20)\d\d)/(\d\d?)/(\d\d?)/"),
    re.compile(r"/((?:19|20)\d\d)-?([01]\d)[-/]([0-3]\d)/"),
    re.compile(r"/((?:19|20)\d\d)/([01]\d)([0-3]\d)/"),
    re.compile(r"/((?:19|20)\d\d)([01]\d)([0-3]\d)(?:/|\d{0,9}[./])"),
)


def _plain(text: str) -> str:
    """`text` with Western digits, and dates in words written in digits."""
    return _IN_WORDS.sub(_in_digits, text[:_LONGEST].translate(_FULL_WIDTH))


def _in_digits(match: re.Match[str]) -> str:
    return f"{match[1].translate(_DIGITS)}年{_small_number(match[2])}月{_small_number(match[3])}日"


def _small_number(words: str) -> int:
    """A number below 100 in words: 三, 十二, 二十, 二十一, and also 二一."""
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return int(words.translate(_DIGITS))
    return (int(tens.translate(_DIGITS).replace("十", "0") or 1)) * 10 + int(ones.translate(_DIGITS) or 0)


def _is_label(rest: str) -> bool:
    return not _NOT_WORDS.sub("", _LABEL.sub("", rest))


def _of_match(match: re.Match[str], *, at: datetime) -> datetime | None:
    parts = match.groupdict()
    month, day = int(parts["month"]), int(parts["day"])
    if parts.get("year"):
        return _whole(int(parts["year"]), month, day, at=at, clock=_clock(parts), zone=_zone(parts["zone"]))
    return _latest(month, day, at=at, clock=_clock(parts))


def _clock(parts: dict[str, str | None]) -> timedelta:
    """The time of day that was matched, as what to add to midnight."""
    hour = int(parts["hour"] or 0)
    afternoon = parts["noon"] == "下午" or (parts["half"] or "").upper() == "PM"
    if afternoon and hour < 12:
        hour += 12
    return timedelta(hours=hour, minutes=int(parts["minute"] or 0), seconds=int(parts["second"] or 0))


def _zone(name: str | None) -> tzinfo:
    """CST is China Standard Time here; no name is Chinese time, too."""
    if not name or name == "CST":
        return CHINA
    if name in {"Z", "UTC", "GMT"}:
        return UTC
    hours, minutes = int(name[1:3]), int(name[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if name[0] == "-" else offset) if offset < timedelta(hours=15) and minutes < 60 else CHINA


def _whole(
    year: int, month: int, day: int, *, at: datetime, clock: timedelta = timedelta(), zone: tzinfo = CHINA
) -> datetime | None:
    """The aware time, or None where the calendar or the clock has no such one."""
    if clock > timedelta(days=1) or year < _EARLIEST:
        return None
    try:
        found = (datetime.combine(date(year, month, day), time(), zone) + clock).astimezone(CHINA)
    except (ValueError, OverflowError):
        return None
    return found if found <= at + _AHEAD else None


def _latest(month: int, day: int, *, at: datetime, clock: timedelta) -> datetime | None:
    """The latest such day that is not after `at`; eight years hold a 29 February for certain."""
    today = at.astimezone(CHINA).date()
    for year in range(today.year, today.year - 9, -1):
        found = _whole(year, month, day, at=at, clock=clock)
        if found is not None and found.date() <= today:
            return found
    return None


def _compact(text: str, *, at: datetime) -> datetime | None:
    """20260903, with 1530 or 153000 behind it."""
    match = _COMPACT.fullmatch(text)
    if not match:
        return None
    hour, minute, second = (int(match[group] or 0) for group in (4, 5, 6))
    clock = timedelta(hours=hour, minutes=minute, seconds=second)
    return _whole(int(match[1]), int(match[2]), int(match[3]), at=at, clock=clock)


def _english(text: str, *, at: datetime) -> datetime | None:
    """RFC 822 as feeds have it, what Java prints ("Fri Nov 12 00:00:00 CST 2021"), English pages ("Nov 12, 2021")."""
    if not _ENGLISH.search(text):
        return None
    whole = text if ":" in text else f"{text} 00:00:00"
    try:
        parts = parsedate_tz(whole.replace("CST", "+0800"))
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if parts is None or not 0 <= parts[3] < 24:
        return None
    hour = parts[3] % 12 + 12 * text.rstrip().endswith("PM") if text.rstrip().endswith(("AM", "PM")) else parts[3]
    clock = timedelta(hours=hour, minutes=parts[4], seconds=parts[5])
    offset = timedelta(seconds=parts[9] or 0)
    named = _ENGLISH_ZONE.search(text.replace("CST", "+0800")) and abs(offset) < timedelta(hours=15)
    return _whole(parts[0], parts[1], parts[2], at=at, clock=clock, zone=timezone(offset) if named else CHINA)
