"""Who is the same person: the addresses that somebody gives, against those that are known. Pure.

Whoever shares an address with a known person is that person. Two cautions keep strangers apart: a mailbox may be shared
by a family or a class, so it does not make one person of two telephone numbers; and two known people become one only if
nothing but the given addresses belongs to the second.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

#: Kinds that one person has for himself; the others may be shared.
PERSONAL = frozenset({"phone", "openid"})

#: An address: its kind, and whatever is equal for equal addresses (text or fingerprint).
K = TypeVar("K", str, bytes)


@dataclass(frozen=True, slots=True)
class Match:
    """What is to be done with somebody's addresses."""

    #: The known person who he is; None = somebody new.
    person: int | None
    #: Further known people behind his addresses, who stay apart.
    others: tuple[int, ...] = ()
    #: Known people who are nobody else than `person`: to be merged into him.
    merged: tuple[int, ...] = ()


def match(
    given: Sequence[tuple[str, K]],
    owners: Mapping[tuple[str, K], int],
    addresses_of: Mapping[int, set[tuple[str, K]]],
) -> Match:
    """Who `given` is: addresses of his that nobody has are added to him, those of others stay with them.

    `owners`: known address → person; `addresses_of`: all the addresses of those people.
    """
    personal = _owners(given, owners, personal=True)
    shared = [owner for owner in _owners(given, owners, personal=False) if owner not in personal]
    if not personal and (not shared or _names_another_phone(given, addresses_of[shared[0]])):
        return Match(None)
    first, *further = personal + shared
    merged = tuple(owner for owner in further if addresses_of[owner] <= set(given))
    return Match(first, tuple(owner for owner in personal[1:] if owner not in merged), merged)


def share_a_person(one: Set[tuple[str, K]], other: Set[tuple[str, K]]) -> bool:
    """Whether two entries that have an address in common are one person by the rule of the shared mailbox."""
    if any(kind in PERSONAL for kind, _ in one & other):
        return True
    return not (_has_phone(one) and _has_phone(other))


def _owners(given: Sequence[tuple[str, K]], owners: Mapping[tuple[str, K], int], *, personal: bool) -> list[int]:
    found = (owners.get(key) for key in given if (key[0] in PERSONAL) is personal)
    return list(dict.fromkeys(owner for owner in found if owner is not None))


def _names_another_phone(given: Sequence[tuple[str, K]], known: Set[tuple[str, K]]) -> bool:
    return _has_phone(set(given)) and _has_phone(known)


def _has_phone(keys: Set[tuple[str, K]]) -> bool:
    return any(kind == "phone" for kind, _ in keys)
