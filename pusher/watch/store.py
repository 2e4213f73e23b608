"""Items: what is known, what waits to be planned, what the newest are. Functions over a connection of the caller."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.watch.accept import Accepted, accept, withdraw
from pusher.watch.item_columns import ItemState, StoredItem, stored, stored_key
from pusher.watch.tables import item, item_key

__all__ = [
    "Accepted",
    "ItemState",
    "Recent",
    "StoredItem",
    "accept",
    "by_key",
    "get",
    "known_keys",
    "latest",
    "next_to_plan",
    "planned",
    "recent",
    "set_state",
    "withdraw",
]

#: Names that are looked for in one query: databases limit its parameters.
_NAMES = 1000


@dataclass(frozen=True, slots=True)
class Recent:
    """An item that may still be edited."""

    id: int
    url: str
    title: str
    #: In the order of the alphabet.
    keys: tuple[str, ...]


async def known_keys(connection: AsyncConnection, keys: Iterable[str]) -> set[str]:
    """Those of `keys` that name an item."""
    names = {stored_key(key): key for key in keys}
    wanted = list(names)
    known: set[str] = set()
    for start in range(0, len(wanted), _NAMES):
        part = wanted[start : start + _NAMES]
        found = await connection.scalars(sa.select(item_key.c.key).where(item_key.c.key.in_(part)))
        known.update(names[key] for key in found)
    return known


async def next_to_plan(connection: AsyncConnection, *, limit: int) -> Sequence[StoredItem]:
    """Ready items whose present revision was not planned yet, oldest first."""
    return await _items(
        connection,
        sa.select(item)
        .where(item.c.to_plan == 1, item.c.state == ItemState.READY.value)
        .order_by(item.c.id)
        .limit(limit),
    )


async def planned(connection: AsyncConnection, item_id: int, revision: int) -> None:
    """The planner has seen this revision."""
    await connection.execute(sa.update(item).where(item.c.id == item_id, item.c.revision == revision).values(to_plan=0))


async def get(connection: AsyncConnection, item_id: int) -> StoredItem | None:
    """One item; None if there is none of this number."""
    found = await _items(connection, sa.select(item).where(item.c.id == item_id))
    return found[0] if found else None


async def by_key(connection: AsyncConnection, key: str) -> StoredItem | None:
    """The item that has this name; None if it is not known."""
    wanted = sa.select(item).join(item_key, item_key.c.item_id == item.c.id).where(item_key.c.key == stored_key(key))
    found = await _items(connection, wanted)
    return found[0] if found else None


async def latest(connection: AsyncConnection, *, limit: int, state: ItemState | None = None) -> Sequence[StoredItem]:
    """The newest items, newest first."""
    wanted = sa.select(item).order_by(item.c.id.desc()).limit(limit)
    return await _items(connection, wanted if state is None else wanted.where(item.c.state == state.value))


async def recent(connection: AsyncConnection, source: str, *, since: datetime, limit: int) -> Sequence[Recent]:
    """Items that `source` found since then, newest first, with their names."""
    rows = (
        await connection.execute(
            sa.select(item.c.id, item.c.url, item.c.title)
            .where(item.c.source == source, item.c.seen_at >= to_instant(since))
            .order_by(item.c.seen_at.desc(), item.c.id.desc())
            .limit(limit)
        )
    ).all()
    names: dict[int, list[str]] = {}
    keys = await connection.execute(
        sa.select(item_key.c.item_id, item_key.c.key)
        .where(item_key.c.item_id.in_([row.id for row in rows]))
        .order_by(item_key.c.key)
    )
    for item_id, key in keys:
        names.setdefault(item_id, []).append(key)
    return [Recent(row.id, row.url, row.title, tuple(names.get(row.id, ()))) for row in rows]


async def set_state(connection: AsyncConnection, item_id: int, before: Iterable[ItemState], after: ItemState) -> bool:
    """Move an item from one of the states `before` to `after`; False if it is in none of them."""
    changed = await connection.execute(
        sa.update(item)
        .where(item.c.id == item_id, item.c.state.in_([state.value for state in before]))
        .values(state=after.value)
    )
    return changed.rowcount == 1


async def hold(connection: AsyncConnection, item_id: int, before: ItemState, why: str) -> bool:
    """Hold an item that is still in the state `before`, with one more sentence on why; False if it is not."""
    known: list[str] | None = await connection.scalar(sa.select(item.c.why).where(item.c.id == item_id))
    changed = await connection.execute(
        sa.update(item)
        .where(item.c.id == item_id, item.c.state == before.value)
        .values(state=ItemState.HELD.value, why=[*(each for each in known or () if each != why), why])
    )
    return changed.rowcount == 1


async def _items(connection: AsyncConnection, wanted: sa.Select[Any]) -> Sequence[StoredItem]:
    return [stored(row) for row in (await connection.execute(wanted)).mappings()]
