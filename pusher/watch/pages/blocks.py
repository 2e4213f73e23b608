"""Blocks of one list (five rows, a rule, five rows) put together. Pure.

Blocks belong together when they have one shape, stand near each other, and nothing readable stands between them but
dates: a heading between them makes them lists of different columns.
"""

import re
from collections.abc import Sequence

from pusher.watch.pages.group import Group
from pusher.watch.plain_text import Element, fold, is_unseen

#: So far above the rows two blocks of one list meet.
_NEAR = 3
#: Between two blocks of one list there may stand dates: those of the rows, or the year of the block.
_PERIOD = re.compile(r"[\d〇零一二三四五六七八九十年月日\s:：/.\-—_|\[\]()（）]*")


class Order:
    """The elements of a page in document order."""

    def __init__(self, root: Element) -> None:
        self._elements = list(root.iter("*"))
        self._places = {element: place for place, element in enumerate(self._elements)}

    def place(self, element: Element) -> int:
        """How many elements begin before this one."""
        return self._places[element]

    def between(self, last: Element, first: Element) -> Sequence[Element]:
        """The elements that begin after `last` has ended and before `first` begins."""
        end = self._places[last] + sum(1 for _ in last.iter("*"))
        return self._elements[end : self._places[first]]


def joined(single: Sequence[Group], order: Order) -> list[Group]:
    """Blocks of one list put together; the blocks themselves are left out then."""
    by_path: dict[str, list[Group]] = {}
    for group in sorted(single, key=lambda group: order.place(group.rows[0][0])):
        by_path.setdefault(_path(group), []).append(group)
    whole: list[Group] = []
    for alike in by_path.values():
        runs = [[alike[0]]]
        for group in alike[1:]:
            if _continues(runs[-1][-1], group, order):
                runs[-1].append(group)
            else:
                runs.append([group])
        whole.extend(_as_one(run) for run in runs)
    return whole


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


def _continues(before: Group, after: Group, order: Order) -> bool:
    """Whether two blocks are near each other with nothing readable between them."""
    one, other = before.parents[-1], after.parents[0]
    outer = [one, *one.iterancestors()][: _NEAR + 1]
    if not any(near in outer for near in [other, *other.iterancestors()][: _NEAR + 1]):
        return False
    return not any(_reads(element) for element in order.between(before.rows[-1][0], after.rows[0][0]))


def _reads(element: Element) -> bool:
    text = fold(element.text or "")
    return bool(text) and not _PERIOD.fullmatch(text) and not is_unseen(element)
