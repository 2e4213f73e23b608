"""The list of an HTML page: which of its groups of rows is the column's own. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pusher.watch.pages.group import Group
from pusher.watch.pages.groups import groups
from pusher.watch.pages.row import Region, RowFacts, read_row
from pusher.watch.pages.site import has_breadcrumb
from pusher.watch.pages.titles import is_generic
from pusher.watch.plain_text import Element, fold, line_of
from pusher.watch.selectors import Selectors
from pusher.watch.tree import Document, classes, text_of

#: Where lists stand that are not the column's own.
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:side|sidebar|aside|nav|navi?bar|menu|foot|footer|hot|rank|ranking|recommend|related|relevant|"
    r"friend\w*|links?|yqlj|xgxx|xgwz|swiper|slide\w*|banner|carousel|focus|tjyd|rdph)(?:[\s_-]|\d|$)"
)
_MORE = re.compile(r"[\[【(（\s]*(?:查看)?(?:更多|more)[\s>》»+›.…\])）】]*", re.IGNORECASE)
#: So far up from a list its own heading with "更多" stands.
_BLOCK = 3
#: A list with less than this share of all that is listed on the page is one of many.
_SHARE = 0.6
_LEAST_UNDATED = 3
_LONG_TITLE = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows that were chosen."""

    rows: Sequence[RowFacts]
    #: Weight of the rows (see `Group.score`): 1 for each dated row with a long title.
    score: float
    #: Whether the page shows several lists and none is its own: a home page.
    is_one_of_many: bool = False
    #: What the rows stand in; empty where selectors chose them.
    parents: Sequence[Element] = ()

    @property
    def dated(self) -> int:
        """How many rows show their date."""
        return sum(facts.is_dated for facts in self.rows)


def find_list(page: Document, *, at: datetime) -> Listing | None:
    """The list that the page shows; None if it shows none."""
    is_column = bool(page.meta("columnname")) or has_breadcrumb(page)
    ranked = sorted(
        ((group, group.score * _place(group)) for group in groups(page, at=at) if _is_list(group, is_column=is_column)),
        key=lambda pair: -pair[1],
    )
    lists = list(_apart(ranked))
    if not lists:
        return None
    best, score = lists[0]
    crowded = len(lists) >= 3 and score < _SHARE * sum(weight for _, weight in lists)
    many = crowded and (not is_column or _has_more(best))
    return Listing([facts for _, facts in best.rows], score, is_one_of_many=many, parents=best.parents)


def select_list(page: Document, selectors: Selectors, *, at: datetime) -> Listing:
    """The rows that the settings name."""
    rows = [facts for row in page.root.cssselect(selectors.rows) if (facts := _selected(row, page, selectors, at=at))]
    return Listing(rows, score=len(rows))


def _selected(row: Element, page: Document, selectors: Selectors, *, at: datetime) -> RowFacts | None:
    link = next(iter(row.cssselect(selectors.link)), None) if selectors.link else None
    facts = read_row(Region((row,)), page, at=at, link=link)
    return facts and facts.with_texts(
        title=_text(row, selectors.title), date=_text(row, selectors.date), issuer=_text(row, selectors.issuer), at=at
    )


def _text(row: Element, selector: str) -> str:
    found = next(iter(row.cssselect(selector)), None) if selector else None
    return line_of(found) if found is not None else ""


def _is_list(group: Group, *, is_column: bool) -> bool:
    """Whether a group can be a list at all: dated rows, or else long titles or pictures that lead somewhere."""
    rows = [facts for _, facts in group.rows]
    if group.dated * 2 >= len(rows):
        return len(rows) > 1 or (is_column and group.rows[0][0].tag in {"li", "tr", "dl", "dd"})
    if len(rows) < max(_LEAST_UNDATED, group.refused) or sum(_is_home(facts.url) for facts in rows) * 2 > len(rows):
        return False
    if sum(facts.published is not None for facts in rows) * 2 >= len(rows) or group.mean_title >= _LONG_TITLE:
        return True
    return is_column and all(facts.has_picture for facts in rows)


def _is_home(url: str) -> bool:
    return bool(url) and urlsplit(url).path in {"", "/"}


def _place(group: Group) -> float:
    """How likely lists at this place of the page are the column's own."""
    parent = group.parents[0]
    aside = any(_ASIDE.search(classes(outer)) or outer.tag in {"nav", "footer", "aside"} for outer in _outer(parent, 6))
    return (0.4 if aside else 1) * (0.6 if _has_more(group) else 1)


def _outer(element: Element, levels: int) -> Iterator[Element]:
    yield element
    for level, outer in enumerate(element.iterancestors()):
        if level >= levels or outer.tag in {"body", "html"}:
            return
        yield outer


def _has_more(group: Group) -> bool:
    """Whether "更多" stands in the group's own block: it shows the top of a list that stands elsewhere."""
    rows = {row for row, _ in group.rows}
    for outer in _outer(group.parents[0], _BLOCK):
        links = [link for link in outer.iter("a") if rows.isdisjoint([link, *link.iterancestors()])]
        if len(links) > 2 * len(rows) + 6:
            return False
        if any(_MORE.fullmatch(text_of(link) or fold(link.get("title") or "")) for link in links):
            return True
    return False


def _apart(ranked: Sequence[tuple[Group, float]]) -> Iterator[tuple[Group, float]]:
    """Those that share no row with a better one, and do not repeat one (the same list once more for telephones)."""
    taken: set[Element] = set()
    seen: list[set[str]] = []
    for group, score in ranked:
        links = {facts.link for _, facts in group.rows}
        names = {facts.url or facts.title for _, facts in group.rows if not is_generic(facts.title)}
        if taken.isdisjoint(links) and not any(names <= other for other in seen if _leads(group)):
            taken |= links
            seen.append(names)
            yield group, score


def _leads(group: Group) -> bool:
    """Whether the rows lead somewhere: without addresses, equal titles prove no repetition."""
    return any(facts.url for _, facts in group.rows)
