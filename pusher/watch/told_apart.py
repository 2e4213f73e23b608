"""Different rows of one list that would have one key, told apart. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pusher.watch.found import Row


def told_apart(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The same rows, each with keys that no other thing of the list has.

    An index number that rows with several addresses and titles carry was typed wrong: it names none of them. Rows
    without address that look alike are counted, because nothing proves that they are one.
    """
    doubtful = _shared_numbers(rows)
    seen: Counter[str] = Counter()
    apart: list[Row] = []
    for row in rows:
        kept = tuple(key for key in row.keys if key not in doubtful) or row.keys
        seen[row.key] += 1
        if not row.url and seen[row.key] > 1:
            kept = (f"{row.key}~{seen[row.key]}",)
        apart.append(row if kept == row.keys else replace(row, keys=kept))
    return tuple(apart)


def _shared_numbers(rows: Sequence[Row]) -> set[str]:
    """The keys made of index numbers that belong to several things."""
    things: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        if row.index_number and len(row.keys) > 1:
            things.setdefault(row.keys[0], set()).add((row.keys[-1], row.title))
    return {
        key
        for key, known in things.items()
        if len({address for address, _ in known}) > 1 and len({title for _, title in known}) > 1
    }
