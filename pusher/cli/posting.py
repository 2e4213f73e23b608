"""Stores an item that was written on the command line."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import File
from pusher.app import Store
from pusher.deliver import files
from pusher.item import ONLY_TO, Item
from pusher.review.files import FileError
from pusher.service import reviewer
from pusher.watch import store as items
from pusher.watch.inbox import read_inbox

#: In whose name the command line posts: its keys are its own.
_POSTER = "command line"


async def post(store: Store, body: bytes, actor: str, attached: Sequence[File] = ()) -> dict[str, Any]:
    """Review and store the item in `body` (the inbox's plain fields as JSON); what became of it.

    `attached` goes out with its mails. Raises InboxError, and FileError where the item is known with other files.
    """
    item, keys = read_inbox(body, "application/json", at=store.now(), poster=_POSTER)
    async with store.database.write() as connection:
        accepted = await items.accept(
            connection, [(item, keys)], at=store.now(), baseline=False, review=reviewer(store.plan)
        )
        stored = await items.by_key(connection, item.key)
        assert stored is not None, "it was accepted in this transaction"
        await _keep(connection, stored.id, attached, is_new=bool(accepted.new))
        await store.audit(
            connection, actor=actor, action="send", target=f"item {stored.id}", detail=_detail(item, attached)
        )
    return {
        "item": stored.id,
        "new": bool(accepted.new),
        "state": stored.state.value,
        "domains": sorted(stored.topic.domains),
        "areas": sorted(stored.topic.areas),
        "severity": stored.topic.severity.name.lower(),
        "why": list(stored.why),
        "files": [file.name for file in attached],
    }


async def _keep(connection: AsyncConnection, item_id: int, attached: Sequence[File], *, is_new: bool) -> None:
    """Keep the files with a new item. One that is known may have gone out with others already."""
    if is_new:
        await files.add(connection, item_id, attached)
        return
    known = await files.of_item(connection, item_id)
    if sorted(known.values()) != sorted((file.name, file.digest) for file in attached):
        raise FileError(f"this is known already as item {item_id}, with other files or none: change its title or text")


def _detail(item: Item, attached: Sequence[File]) -> str:
    to = item.facts.get(ONLY_TO, "")
    names = ", ".join(file.name for file in attached)
    return "; ".join(filter(None, (f"only to {to}" if to else "", f"with {names}" if names else "")))
