"""From an expression to a selection: names of lists and columns become numbers and fingerprints."""

from collections.abc import Iterable, Mapping, Sequence

from subscribers.attributes import AREA, print_of
from subscribers.expression import Listed, Said, SelectionError, Subscribing, Tree, Valued, Within, changed, leaves
from subscribers.groups import Group
from subscribers.headings import slot_of
from subscribers.keys import KeyRing
from subscribers.selection import Known, LivesIn, Members, Says, Selection, Wants


def names_in(tree: Tree[Said]) -> list[str]:
    """The names of the lists that an expression names, each once, in order."""
    named = (leaf.name if isinstance(leaf, Listed) else getattr(leaf, "list", "") for leaf in leaves(tree))
    return list(dict.fromkeys(filter(None, named)))


def select(tree: Tree[Said], groups: Iterable[Group], ring: KeyRing) -> Selection:
    """Look the names up among `groups`, the lists that whoever asks may see. Raises SelectionError."""
    known = {each.name: each for each in groups}
    named = names_in(tree)
    for name in named:
        if name not in known:
            raise SelectionError(f"there is no list {name!r} of yours; `pusher group list` names them")
    return changed(tree, _Names(known, [known[name] for name in named], ring).look_up)


def is_told_no_area(tree: Tree[Said], groups: Iterable[Group]) -> bool:
    """Whether an area is asked for that none of the lists named can tell: only who subscribed within it is meant."""
    named = set(names_in(tree))
    told = any(each.name in named and AREA in each.terms.selectable for each in groups)
    return bool(named) and not told and any(isinstance(leaf, Within) for leaf in leaves(tree))


class _Names:
    def __init__(self, known: Mapping[str, Group], named: Sequence[Group], ring: KeyRing) -> None:
        self._known = known
        self._named = named
        self._ring = ring

    def look_up(self, leaf: Said) -> Known:
        match leaf:
            case Listed(name):
                return Members(self._known[name].id)
            case Subscribing(domain):
                return Wants(domain)
            case Within(area):
                told = [each for each in self._named if AREA in each.terms.selectable]
                return LivesIn(area, tuple((each.id, print_of(self._ring, each.id, AREA, area)) for each in told))
            case Valued(column, value, of):
                return Says(self._says(column, value, [self._known[of]] if of else self._named))

    def _says(self, column: str, value: str, groups: Sequence[Group]) -> tuple[tuple[int, bytes], ...]:
        found = [(each, slot) for each in groups for slot in [_slot(each, column)] if slot]
        if not found:
            raise SelectionError(
                f"none of the lists named has a column {column!r} that people may be selected by: "
                "declare it with `pusher group import … --select`"
            )
        return tuple((each.id, print_of(self._ring, each.id, slot, value)) for each, slot in found)


def _slot(of: Group, column: str) -> str:
    """The selectable slot that a column's name means in a list; "" if there is none."""
    for slot in of.terms.selectable:
        heading = of.slots.get(slot, "")
        if column in (slot, heading, heading.partition("(")[0]) or slot_of(column) == slot:
            return slot
    return ""
