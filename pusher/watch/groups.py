"""Rows by their shape: brothers of one kind that each hold one link with a title, mostly with a date beside it. Pure.

No class name decides anything here; a list is what repeats. Lists that are cut into blocks (five rows, a rule, five rows)
are put together unless something readable stands between the blocks.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pusher.watch.labels import Label, label_of
from pusher.watch.plain_text import Element, fold, is_unseen
from pusher.watch.row import Region, RowFacts, links, read_row
from pusher.watch.tree import Document, is_link, text_of

#: So far above a link its row may begin.
_CLIMB = 12
#: A page with more links than this is a site map; its first ones are looked at.
_MOST_LINKS = 4000
#: A brother with more links than this is a block of rows.
_LINKS_IN_ROW = 8
#: So far above the rows two blocks of one list meet.
_NEAR = 3
#: Between two blocks of one list there may stand dates: those of the rows, or the year of the block.
_PERIOD = re.compile(r"[\d〇零一二三四五六七八九十年月日\s:：/.\-—_|\[\]()（）]*")
#: A row with more characters is a part of an article.
_LONGEST_ROW = 1500
#: Undated texts shorter than this are menus and categories.
_SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are brothers, or the rows of several blocks of one list."""

    #: What the rows stand in: one element a block.
    parents: Sequence[Element]
    #: In the page's order.
    rows: Sequence[tuple[Element, RowFacts]]
    #: How many brothers that hold links were refused: blocks of several things, menus, pagers.
    refused: int

    @property
    def score(self) -> float:
        """How much it is a list of published things: dates weigh most, then long titles."""
        purity = len(self.rows) / (len(self.rows) + self.refused)
        evenness = 0.5 + 0.5 * self.dated / len(self.rows) if self.dated else 1
        return purity * evenness * sum(_worth(facts) for _, facts in self.rows)

    @property
    def dated(self) -> int:
        """How many rows show their date."""
        return sum(facts.is_dated for _, facts in self.rows)

    @property
    def mean_title(self) -> float:
        """Mean length of the titles in characters."""
        return sum(len(facts.title) for _, facts in self.rows) / max(1, len(self.rows))


def groups(page: Document, *, at: datetime) -> list[Group]:
    """All groups of rows of a page, nested ones included, best first."""
    order = _Order(page.root)
    single = [
        group
        for (parent, tag), counted in _brothers(page.root).items()
        if (group := _group(parent, tag, counted, page, at=at)).rows
    ]
    joined = _joined(single, order)
    return sorted([group for group in joined if group.rows], key=lambda group: -group.score)


def _worth(facts: RowFacts) -> float:
    """The weight of one row."""
    length = min(len(facts.title), 16) / 16
    if facts.is_dated:
        return 0.5 + 0.5 * length
    if facts.published is not None:
        return 0.6 * length
    return (0.4 if facts.has_picture else 0.25) * length


def _brothers(root: Element) -> Mapping[tuple[Element, str], Mapping[Element, int]]:
    """For each element and each kind of its children: those that hold links, and how many."""
    found: dict[tuple[Element, str], dict[Element, int]] = {}
    for link in _links(root):
        child, parent = link, link.getparent()
        for _ in range(_CLIMB):
            if parent is None:
                break
            counted = found.setdefault((parent, child.tag), {})
            counted[child] = counted.get(child, 0) + 1
            child, parent = parent, parent.getparent()
    return found


def _links(root: Element) -> Iterator[Element]:
    seen = 0
    for element in root.iter("*"):
        if is_link(element) and seen < _MOST_LINKS:
            seen += 1
            yield element


def _group(parent: Element, tag: str, counted: Mapping[Element, int], page: Document, *, at: datetime) -> Group:
    """The rows among one kind of brothers, each with as much of what stands between them as belongs to it."""
    small = [child for child, links in counted.items() if links <= _LINKS_IN_ROW]
    heads = _heads(parent, tag)
    best: list[tuple[Element, RowFacts]] = []
    for regions in _ways(parent, small):
        rows = _read(list(zip(small, regions, strict=True)), heads, page, at=at)
        if sum(facts.is_dated for _, facts in rows) > sum(facts.is_dated for _, facts in best) or not best:
            best = rows
        if best and all(facts.is_dated for _, facts in best):
            break
    return Group(parents=(parent,), rows=_alike(best), refused=len(counted) - len(best))


def _read(
    regions: Sequence[tuple[Element, Region]], heads: Sequence[Label | None], page: Document, *, at: datetime
) -> list[tuple[Element, RowFacts]]:
    """The rows in these regions; where the title could be several links, it is the one that it is in most rows."""
    read = [(child, region, read_row(region, page, at=at, named=_named(child, heads))) for child, region in regions]
    usual = Counter(facts.place for _, _, facts in read if facts and facts.place[1] > 1)
    rows: list[tuple[Element, RowFacts]] = []
    for child, region, facts in read:
        place = next((place for place, times in usual.most_common() if facts and place[1] == facts.place[1]), None)
        if facts and place and place != facts.place and 2 * usual[place] > len(read):
            link = list(links(region))[place[0]]
            facts = read_row(region, page, at=at, named=_named(child, heads), link=link) or facts
        if facts and _is_row(facts):
            rows.append((child, facts))
    return rows


def _is_row(facts: RowFacts) -> bool:
    if facts.rivals or facts.length > _LONGEST_ROW:
        return False
    return facts.published is not None or facts.has_picture or len(facts.title) >= _SHORTEST


def _ways(parent: Element, rows: Sequence[Element]) -> Iterator[Sequence[Region]]:
    """The brothers alone; each with what follows it up to the next; each with what goes before it."""
    yield [Region((row,)) for row in rows]
    if len(rows) > 1:
        between = _between(parent, set(rows))
        yield [Region((row, *between[place + 1]), tails=True) for place, row in enumerate(rows)]
        leads = [parent.text or "", *(row.tail or "" for row in rows)]
        yield [Region((*between[place], row), lead=leads[place]) for place, row in enumerate(rows)]


def _between(parent: Element, rows: set[Element]) -> Sequence[Sequence[Element]]:
    """The other children before the first row, between two rows, and after the last."""
    gaps: list[list[Element]] = [[]]
    for child in parent:
        if child in rows:
            gaps.append([])
        elif isinstance(child.tag, str):
            gaps[-1].append(child)
    return gaps


def _heads(parent: Element, tag: str) -> Sequence[Label | None]:
    """What the head of a table says of its columns, if the rows are those of a table."""
    if tag != "tr":
        return ()
    table = next((outer for outer in parent.iterancestors("table")), parent)
    for row in table.iter("tr"):
        labels = [label_of(text_of(cell)) for cell in row if cell.tag in {"td", "th"}]
        if sum(label is not None for label in labels) > 1:
            return labels
        if next(row.iter("a"), None) is not None:
            break
    return ()


def _named(row: Element, heads: Sequence[Label | None]) -> Mapping[Label, str]:
    """The values of a row's cells under the heads that say something."""
    cells = [text_of(cell) for cell in row if cell.tag in {"td", "th"}] if heads else []
    if len(cells) != len(heads):
        return {}
    return {head: cell for head, cell in zip(heads, cells, strict=True) if head and cell and cell != "-"}


def _alike(rows: list[tuple[Element, RowFacts]]) -> list[tuple[Element, RowFacts]]:
    """Where nearly all rows are dated, the rest must at least have their shape: it is a banner or a menu otherwise."""
    dated = [row for row in rows if row[1].is_dated]
    if len(dated) < 3 or len(dated) < 0.6 * len(rows):
        return rows
    shapes = {_shape(*row) for row in dated}
    return [row for row in rows if row[1].is_dated or _shape(*row) in shapes]


def _shape(row: Element, facts: RowFacts) -> str:
    """The way from a row to its link."""
    steps = [row.get("class", "")]
    current: Element | None = facts.link
    while current is not None and current is not row:
        steps.append(current.tag)
        current = current.getparent()
    return "/".join(steps)


class _Order:
    """The elements of a page in document order."""

    def __init__(self, root: Element) -> None:
        self._elements = list(root.iter("*"))
        self._places = {element: place for place, element in enumerate(self._elements)}

    def place(self, element: Element) -> int:
        return self._places[element]

    def between(self, last: Element, first: Element) -> Sequence[Element]:
        """The elements that begin after `last` has ended and before `first` begins."""
        end = self._places[last] + sum(1 for _ in last.iter("*"))
        return self._elements[end : self._places[first]]


def _joined(single: Sequence[Group], order: _Order) -> list[Group]:
    """Blocks of one list put together; the blocks themselves are left out then."""
    by_path: dict[str, list[Group]] = {}
    for group in sorted(single, key=lambda group: order.place(group.rows[0][0])):
        by_path.setdefault(_path(group), []).append(group)
    joined: list[Group] = []
    for alike in by_path.values():
        runs = [[alike[0]]]
        for group in alike[1:]:
            if _continues(runs[-1][-1], group, order):
                runs[-1].append(group)
            else:
                runs.append([group])
        joined.extend(_as_one(run) for run in runs)
    return joined


def _as_one(run: Sequence[Group]) -> Group:
    parents = [parent for group in run for parent in group.parents]
    rows = [row for group in run for row in group.rows]
    if len(run) > 1 and len(rows) < 2 * len(run) - 1:
        rows = []
    return Group(parents=parents, rows=rows, refused=sum(group.refused for group in run))


def _path(group: Group) -> str:
    parent = group.parents[0]
    tags = [parent.tag, *(outer.tag for outer in parent.iterancestors())]
    return "/".join([group.rows[0][0].tag, *tags])


def _continues(before: Group, after: Group, order: _Order) -> bool:
    """Whether two blocks are near each other with nothing readable between them."""
    one, other = before.parents[-1], after.parents[0]
    outer = [one, *one.iterancestors()][: _NEAR + 1]
    if not any(near in outer for near in [other, *other.iterancestors()][: _NEAR + 1]):
        return False
    return not any(_reads(element) for element in order.between(before.rows[-1][0], after.rows[0][0]))


def _reads(element: Element) -> bool:
    text = fold(element.text or "")
    return bool(text) and not _PERIOD.fullmatch(text) and not is_unseen(element)
