"""Who is meant by an expression whose names were looked up: what a broadcast keeps and the query evaluates. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from subscribers.expression import All, Either, Not, SelectionError, Tree

#: (list's number, fingerprint of a value): see `subscribers.attributes`.
Print = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a list."""

    group: int


@dataclass(frozen=True, slots=True)
class Says:
    """Members of whom their list says one of these values."""

    prints: tuple[Print, ...]


@dataclass(frozen=True, slots=True)
class LivesIn:
    """Those who subscribed to something within an area, and members of whom their list says that they live there."""

    area: str
    prints: tuple[Print, ...]


@dataclass(frozen=True, slots=True)
class Wants:
    """Those who subscribed to a domain."""

    domain: str


Known = Members | Says | LivesIn | Wants
Selection = Tree[Known]


def is_of_lists(tree: Selection) -> bool:
    """Whether it means nobody but members of lists."""
    match tree:
        case All(several):
            return any(map(is_of_lists, several))
        case Either(several):
            return all(map(is_of_lists, several))
        case Members() | Says():
            return True
        case _:
            return False


def either(several: Sequence[Selection]) -> Selection | None:
    """Whoever is meant by one of these; None if there are none."""
    if len(several) > 1:
        joined: Selection = Either(tuple(several))
        return joined
    return several[0] if several else None


def groups_meant(tree: Selection, *, positive: bool = True) -> Iterator[int]:
    """The lists whose members it may mean, in order: not those that only keep people out."""
    match tree:
        case Not(of):
            yield from groups_meant(of, positive=not positive)
        case All(several) if positive:
            # What is said of people only narrows down what stands beside it; if that is no list, it brings them.
            beside = [number for each in several if not _is_said(each) for number in groups_meant(each)]
            yield from beside or [number for each in several for number in groups_meant(each)]
        case All(several) | Either(several):
            for each in several:
                yield from groups_meant(each, positive=positive)
        case leaf:
            yield from _named_by(leaf) if positive else ()


def _named_by(leaf: Known) -> Iterator[int]:
    match leaf:
        case Members(number):
            yield number
        case Says(prints):
            yield from (number for number, _ in prints)
        case _:
            return


def _is_said(tree: Selection) -> bool:
    """Whether it asks nothing but what lists say of people."""
    match tree:
        case Not(of):
            return _is_said(of)
        case All(several) | Either(several):
            return all(map(_is_said, several))
        case leaf:
            return isinstance(leaf, Says)


def to_json(tree: Selection) -> list[Any]:
    """What JSON can hold; fingerprints as hex."""
    match tree:
        case Not(of):
            return ["not", to_json(of)]
        case All(several):
            return ["all", *map(to_json, several)]
        case Either(several):
            return ["either", *map(to_json, several)]
        case leaf:
            return _leaf_to_json(leaf)


def _leaf_to_json(leaf: Known) -> list[Any]:
    match leaf:
        case Members(number):
            return ["members", number]
        case Says(prints):
            return ["says", _hex(prints)]
        case LivesIn(area, prints):
            return ["lives in", area, _hex(prints)]
        case Wants(domain):
            return ["wants", domain]


def from_json(stored: object) -> Selection:
    """The tree again. Raises SelectionError where it is damaged."""
    match stored:
        case ["not", of]:
            return Not(from_json(of))
        case ["all", *several] if several:
            return All(tuple(map(from_json, several)))
        case ["either", *several] if several:
            return Either(tuple(map(from_json, several)))
        case _:
            return _leaf_from_json(stored)


def _leaf_from_json(stored: object) -> Known:
    match stored:
        case ["members", int(number)]:
            return Members(number)
        case ["says", list(prints)]:
            return Says(_prints(prints))
        case ["lives in", str(area), list(prints)]:
            return LivesIn(area, _prints(prints))
        case ["wants", str(domain)]:
            return Wants(domain)
        case _:
            raise SelectionError("a stored selection is damaged")


def _hex(prints: tuple[Print, ...]) -> list[list[object]]:
    return [[number, value.hex()] for number, value in prints]


def _prints(stored: list[Any]) -> tuple[Print, ...]:
    try:
        return tuple((int(number), bytes.fromhex(value)) for number, value in stored)
    except (TypeError, ValueError):
        raise SelectionError("a stored selection is damaged") from None
