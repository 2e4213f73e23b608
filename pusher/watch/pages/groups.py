"""Rows by their shape: brothers of one kind that each hold one link with a title, mostly with a date beside it. Pure.

No class name decides anything here: a list is what repeats.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pusher.watch.pages.blocks import Order, joined
from pusher.watch.pages.group import Group
from pusher.watch.pages.labels import Label, label_of
from pusher.watch.pages.row import Region, RowFacts, links, read_row
from pusher.watch.plain_text import Element
from pusher.watch.tree import Document, is_link, text_of

#: So far above a link its row may begin.
_CLIMB = 12
#: A page with more links than this is a site map; its first ones are looked at.
_MOST_LINKS = 4000
#: A brother with more links than this is a block of rows.
_LINKS_IN_ROW = 8
#: So many elements between two rows may belong to one of them.
_BETWEEN = 12
#: A row with more characters is a part of an article.
_LONGEST_ROW = 1500
#: Undated texts shorter than this are menus and categories.
_SHORTEST = 5


def groups(page: Document, *, at: datetime) -> list[Group]:
    """All groups of rows of a page, nested ones included, best first."""
    single = [
        group
        for (parent, tag), counted in _brothers(page.root).items()
        if (group := _group(parent, tag, counted, page, at=at)).rows
    ]
    whole = joined(single, Order(page.root))
    return sorted([group for group in whole if group.rows], key=lambda group: -group.score)


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
    for child, region, first in read:
        place = next((place for place, _ in usual.most_common() if first and place[1] == first.place[1]), None)
        facts = first
        if first and place and place != first.place and 2 * usual[place] > len(read):
            link = list(links(region))[place[0]]
            facts = read_row(region, page, at=at, named=_named(child, heads), link=link) or first
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
        elif isinstance(child.tag, str) and len(gaps[-1]) < _BETWEEN:
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
