"""Stores an item that was written on the command line."""

from typing import Any

from pusher.app import Store
from pusher.service import reviewer
from pusher.watch import store as items
from pusher.watch.inbox import read_inbox

#: In whose name the command line posts: its keys are its own.
_POSTER = "command line"


async def post(store: Store, body: bytes, actor: str) -> dict[str, Any]:
    """Review and store the item in `body` (the inbox's plain fields as JSON); what became of it. Raises InboxError."""
    item, keys = read_inbox(body, "application/json", at=store.now(), poster=_POSTER)
    async with store.database.write() as connection:
        accepted = await items.accept(
            connection, [(item, keys)], at=store.now(), baseline=False, review=reviewer(store.plan)
        )
        stored = await items.by_key(connection, item.key)
        assert stored is not None, "it was accepted in this transaction"
        await store.audit(connection, actor=actor, action="send", target=f"item {stored.id}")
    return {
        "item": stored.id,
        "new": bool(accepted.new),
        "state": stored.state.value,
        "domains": sorted(stored.topic.domains),
        "areas": sorted(stored.topic.areas),
        "severity": stored.topic.severity.name.lower(),
        "why": list(stored.why),
    }
