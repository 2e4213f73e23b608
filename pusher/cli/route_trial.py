"""What `pusher route try` does: an item takes its routes, and nobody is told."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pusher.app import Store
from pusher.cli.session import fail
from pusher.plan.planner import Planner
from pusher.report import items as item_report
from pusher.report.told import Told, told, with_costs
from pusher.service import renderer, reviewer
from pusher.settings.channels import short_messages
from pusher.watch import store as items
from pusher.watch.inbox import read_inbox
from pusher.watch.store import ItemState, StoredItem

#: Digits of an item's number; a longer word is a file's name.
_LONGEST_NUMBER = 18


async def tried(store: Store, named: str) -> tuple[StoredItem, Sequence[Told]]:
    """The item (number, JSON file or "-") and the broadcasts it would become. Raises InboxError."""
    plan = store.plan
    planner = Planner(store.database, plan.settings.routes, plan.channels, renderer(plan), store.now, ring=store.ring)
    address_kinds = {name: configured.address for name, configured in plan.channels.items()}
    async with store.database.read() as connection:
        if named.isdecimal() and len(named) <= _LONGEST_NUMBER:
            item = await items.get(connection, int(named))
        else:
            item = _reviewed(store, _posted(named))
        if item is None:
            fail(f"there is no item {named}; see `pusher item list`")
        rules = short_messages(plan.channels)
        found = [
            with_costs(
                await told(connection, drawn, address_kinds, at=store.now()),
                planner.words(item, drawn),
                rules,
            )
            for drawn in await planner.draw(connection, item)
        ]
    return item, found


def item_to_json(item: StoredItem) -> dict[str, Any]:
    """The item as it was judged; "number" is null for one that is not stored."""
    return {**item_report.to_json(item), "number": item.id or None}


def _posted(named: str) -> bytes:
    return sys.stdin.buffer.read() if named == "-" else Path(named).read_bytes()


def _reviewed(store: Store, body: bytes) -> StoredItem:
    """The posted item as it would be stored."""
    item, _ = read_inbox(body, "application/json", at=store.now())
    reviewed = reviewer(store.plan)(item)
    return StoredItem(
        id=0,
        source=item.source,
        url=item.url,
        title=reviewed.notice.title,
        kind=item.kind,
        state=ItemState.HELD if reviewed.held else ItemState.READY,
        revision=0,
        major=False,
        topic=reviewed.topic,
        notice=reviewed.notice,
        why=reviewed.why,
        facts=dict(item.facts),
        follows=tuple(item.follows),
        seen_at=store.now(),
    )
