"""Items for people and programs, and the broadcasts that they have become."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.plan.broadcast import BroadcastState
from pusher.plan.tables import broadcast
from pusher.watch.notice_json import notice_to_json
from pusher.watch.store import ItemState, StoredItem
from pusher.watch.tables import item

#: States of a broadcast that can still reach somebody.
_OPEN = (BroadcastState.PROPOSED, BroadcastState.OPEN, BroadcastState.HALTED)


async def broadcasts_of(connection: AsyncConnection, item_id: int, *, only_open: bool = False) -> Sequence[int]:
    """Numbers of the broadcasts that an item has become, oldest first; `only_open` = those that can still go out."""
    wanted = sa.select(broadcast.c.id).where(broadcast.c.item_id == item_id).order_by(broadcast.c.id)
    if only_open:
        wanted = wanted.where(broadcast.c.state.in_([state.value for state in _OPEN]))
    return list(await connection.scalars(wanted))


async def count(connection: AsyncConnection, state: ItemState) -> int:
    """How many items are in `state`."""
    counted = sa.select(sa.func.count()).select_from(item).where(item.c.state == state.value)
    return await connection.scalar(counted) or 0


def to_json(stored: StoredItem) -> dict[str, Any]:
    """One item for programs: severity by name, times in ISO 8601."""
    return {
        "number": stored.id,
        "source": stored.source,
        "title": stored.title,
        "url": stored.url,
        "kind": stored.kind,
        "state": stored.state.value,
        "revision": stored.revision,
        "domains": sorted(stored.topic.domains),
        "areas": sorted(stored.topic.areas),
        "severity": stored.topic.severity.name.lower(),
        "why": list(stored.why),
        "seen_at": stored.seen_at.isoformat(),
    }


def with_words(stored: StoredItem, broadcasts: Sequence[int]) -> dict[str, Any]:
    """The same with all that is told of it, and its broadcasts."""
    return {**to_json(stored), "notice": notice_to_json(stored.notice), "broadcasts": list(broadcasts)}
