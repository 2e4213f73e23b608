"""Which field of a JSON row is what: by the names that Chinese APIs use, then by the values. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pusher.watch.dates import bare_date, date_of_number, read_date
from pusher.watch.keys import is_index_number
from pusher.watch.plain_text import plain
from pusher.watch.selectors import JsonNames
from pusher.watch.tree import address

Record = Mapping[str, Any]

#: Names in order of trust, lower case, without "_" and "-" (province searches, gkmlpt, JCMS, 12379, gov.cn, QWeather).
_TITLES = (
    "titlenotag doctitle articletitle infotitle newstitle title showtitle fulltitle bt xxbt biaoti wjbt headline "
    "subject xxmc wjmc filename docname name mc"
)
_ADDRESSES = (
    "url docpuburl puburl articleurl infourl linkurl link href detailurl posturl pcurl sourceurl visiturl htmlurl "
    "staticurl pageurl weburl jumpurl urls path shorturl"
)
_DATES = (
    "fbrq fbsj docreltime docpubtime pubdate pubtime publishdate publishtime publishedtime publishedat pubtimestr "
    "publishtimestr releasedate releasetime displaypublishtime displaydate issuedtime issuetime sendtime sendtimestr "
    "sent infodate showdate date time pdate publicdate publicationdate opendate datetime cwrq createdate createtime "
    "created createdat inputtime addtime crtime savetime updatetime updated"
)
_ISSUERS = (
    "publisher publishorg publishdept puborg puborgname fwjgname fwjg fbjg fbjgname fbdw contentsource docsource "
    "source sourcename orgname organization deptname department dept unitname sendername sender issuer xxly ly "
    "sitename sitedesc"
)
_INDEX_NUMBERS = "identifier idxid indexnumber indexno index syh idxno indexcode infoindex"
_DOCUMENT_NUMBERS = "documentnumber docno docnumber pcode fwzh wenhao wh filenum fileno fawenzihao"
_IDENTIFIERS = "id docid articleid infoid newsid contentid identifier documentid guid uuid metadataid"
_SUMMARIES = "summary abstract description memo intro digest docabstract zy content"
_BODIES = "bodyhtml originaltext content doccontent htmlcontent body text zw detail fulltext"
#: Fields whose addresses are those of pictures and files.
_NOT_A_PAGE = re.compile(r"ima?ge?|pic|cover|thumb|logo|icon|avatar|video|attach|file(?!name)|relation", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?:)?//\S+|\.{0,2}/\S*|[^\s<>]+\.(?:s?html?|jsp|aspx?|php)(?:[?#]\S*)?", re.IGNORECASE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CUT = re.compile(r"(?:\.{3,}|…+)\s*$")
#: A summary is short; what is longer is the text itself.
_SUMMARY = 500


@dataclass(frozen=True, slots=True)
class Fields:
    """The names (dotted paths) of a row's fields, in the order in which they are asked; empty where there is none."""

    titles: Sequence[str]
    addresses: Sequence[str]
    dates: Sequence[str]
    issuers: Sequence[str]
    index_numbers: Sequence[str]
    document_numbers: Sequence[str]
    identifiers: Sequence[str]
    summaries: Sequence[str]
    bodies: Sequence[str]


def fields_of(records: Sequence[Record], names: JsonNames, *, at: datetime) -> Fields:
    """The fields of rows of one shape; what the settings name comes first."""
    sample = records[:20]
    known = list(dict.fromkeys(name for record in sample for name in flat(record)))

    def is_date(value: Any) -> bool:
        return date_of(value, at=at) is not None

    def named(wanted: str, configured: str, fits: Callable[[Any], bool]) -> list[str]:
        chosen = _by_name(known, wanted.split())
        fitting = [name for name in chosen if _sometimes(fits, (dig(record, name) for record in sample))]
        return ([configured] if configured else []) + fitting

    return Fields(
        titles=named(_TITLES, names.title, is_title) or _by_value(known, sample),
        addresses=[name for name in named(_ADDRESSES, names.url, is_address) if not _NOT_A_PAGE.search(name)],
        dates=named(_DATES, names.date, is_date) or _written_dates(known, sample, is_date),
        issuers=named(_ISSUERS, names.issuer, is_name),
        index_numbers=_by_name(known, _INDEX_NUMBERS.split()),
        document_numbers=_by_name(known, _DOCUMENT_NUMBERS.split()),
        identifiers=named(_IDENTIFIERS, names.id, is_identifier),
        summaries=_by_name(known, _SUMMARIES.split()),
        bodies=_by_name(known, _BODIES.split()),
    )


def flat(record: Record) -> Iterable[str]:
    """The names of a row's fields, those of objects inside it as dotted paths."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)
        else:
            yield name


def dig(value: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does. A name that holds a dot itself is found, too."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for step in path.split("."):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def date_of(value: Any, *, at: datetime) -> datetime | None:
    """The time that a value of JSON means: a Unix number, also as a string, or any written date."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return date_of_number(value, at=at) or bare_date(str(value), at=at)
    if not isinstance(value, str):
        return None
    text = plain(value)
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text):
        return date_of_number(int(text), at=at)
    return bare_date(text, at=at) or (read_date(text, at=at) if len(text) <= 60 else None)


def is_title(value: Any) -> bool:
    """Whether a value can be a title."""
    return isinstance(value, str) and 2 <= len(plain(value[:2000])) <= 300 and not _ADDRESS.fullmatch(value.strip())


def is_address(value: Any) -> bool:
    """Whether a value leads to a page, be it JSON in a string with addresses by device."""
    return isinstance(value, str) and bool(_ADDRESS.fullmatch(value.strip()) or value.startswith("{"))


def is_name(value: Any) -> bool:
    """Whether a value can name an office."""
    return isinstance(value, str) and 2 <= len(value.strip()) <= 60 and not _ADDRESS.fullmatch(value.strip())


def is_identifier(value: Any) -> bool:
    """Whether a value can name a row."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and bool(value.strip()))


def is_summary(text: str) -> bool:
    """Whether a text is a summary, or the beginning of something longer."""
    return is_cut(text) or len(text) <= _SUMMARY


def is_cut(text: str) -> bool:
    """Whether a text ends in dots."""
    return bool(_CUT.search(text))


def index_number(value: Any) -> str:
    """`value` if it is a 索引号 (other things are called "identifier", too); "" if not."""
    text = value.strip() if isinstance(value, str) else ""
    return text if ("/" in text or "-" in text) and is_index_number(text) else ""


def page_address(value: Any, base: str) -> str:
    """The absolute address in a value; "" if there is none."""
    return address(value, base) if isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) else ""


def _by_name(known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Those of the known names that are wanted, in that order; a dotted path counts by its last step."""
    plain_names = {name: re.sub(r"[_-]", "", name.rsplit(".", 1)[-1]).lower() for name in known}
    found = [name for want in wanted for name in known if plain_names[name] == want]
    return sorted(found, key=lambda name: "." in name)


def _by_value(known: Sequence[str], sample: Sequence[Record]) -> list[str]:
    """The field with the longest Chinese texts that are no whole articles."""
    lengths = {name: _chinese_length([dig(record, name) for record in sample]) for name in known}
    best = max(lengths, key=lambda name: lengths[name], default="")
    return [best] if best and lengths[best] >= 8 else []


def _written_dates(known: Sequence[str], sample: Sequence[Record], is_date: Callable[[Any], bool]) -> list[str]:
    """The fields in which every row has a written date; numbers could be anything."""
    columns = {name: [dig(record, name) for record in sample] for name in known}
    return [
        name for name, values in columns.items() if all(isinstance(value, str) and is_date(value) for value in values)
    ]


def _chinese_length(values: Sequence[Any]) -> float:
    texts = [plain(value) for value in values if is_title(value)]
    if len(texts) * 2 < len(values) or len(set(texts)) * 2 < len(texts):
        return 0
    mean = sum(len(_CHINESE.findall(text)) for text in texts) / len(texts)
    return mean if mean <= 100 else 0


def _sometimes(fits: Callable[[Any], bool], values: Iterable[Any]) -> bool:
    """Whether a field is what its name says in some row at least; other rows may leave it empty."""
    return any(fits(value) for value in values)
