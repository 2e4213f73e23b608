"""Puts the notices of broadcasts up on the public board: between the board channel and the board's store."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.failure import TechnicalFailure
from channels.message import Message
from pusher.console.board_store import MISTAKE, Post, put_post
from pusher.database import Database
from pusher.deliver.batch import read_delivery_key
from pusher.deliver.tables import message as messages
from pusher.plan.tables import broadcast
from pusher.warnings.tables import warning
from pusher.watch import store
from pusher.watch.store import StoredItem
from subscribers.topic import Severity
from templates.drill import drill_in
from templates.notice import Notice

#: "撤销暴雨黄色预警", and nothing new in its place.
_REVOKES = re.compile("撤销(?!.*(?:发布|升级|降级|变更|改为|调整))")


def poster(database: Database, now: Callable[[], datetime]) -> Callable[[Message, str], Awaitable[None]]:
    """The `post_notice` of the channels: the words come with the message, the rest from its item.

    It raises TechnicalFailure for a drill that is no named public test: whatever let it come here must be looked at.
    """

    async def post_notice(message: Message, key: str) -> None:
        ours = read_delivery_key(key)
        async with database.write(urgent=True) as connection:
            item = None if ours is None else await _item_of(connection, ours[0])
            if item is not None and _drill(message, item) and not await _is_public_test(connection, item.id):
                raise TechnicalFailure("a drill that is no named public test does not stand on a public board")
            await put_post(connection, await _post(connection, message, key, item), at=now())

    return post_notice


def board_key(item_id: int) -> str:
    """The name of an item's post for ever: an edit takes the place of what stood there."""
    return f"item-{item_id}"


def change_of(notice: Notice) -> str:
    """How it follows an earlier one: of corrections, which may say something new, those apart that leave nothing."""
    if notice.follows == "更正" and "误发" in notice.title:
        return MISTAKE
    if notice.follows == "更正" and _REVOKES.search(notice.title):
        return "撤回"
    return notice.follows


async def _item_of(connection: AsyncConnection, message_id: int) -> StoredItem | None:
    item_id = await connection.scalar(
        sa.select(broadcast.c.item_id)
        .join(messages, messages.c.broadcast_id == broadcast.c.id)
        .where(messages.c.id == message_id)
    )
    return None if item_id is None else await store.get(connection, item_id)


def _drill(message: Message, item: StoredItem) -> str:
    """What the item says of itself, and what its words say first."""
    return item.notice.drill or drill_in(message.parts.get("title", ""))


async def _is_public_test(connection: AsyncConnection, item_id: int) -> bool:
    named = sa.select(warning.c.id).where(warning.c.item_id == item_id, warning.c.public_test != "")
    return (await connection.execute(named)).first() is not None


async def _post(connection: AsyncConnection, message: Message, key: str, item: StoredItem | None) -> Post:
    title, summary, html = (message.parts.get(name, "") for name in ("title", "summary", "html"))
    if item is None:
        drill = drill_in(title)
        return Post(key=key, title=title, summary=summary, html=html, expires=message.expires, drill=drill)
    return Post(
        key=board_key(item.id),
        title=title,
        summary=summary,
        html=html,
        topic=item.topic,
        issuer=item.notice.issuer,
        published=item.notice.published,
        # Only a warning is over by itself; a notice stands until it is taken down.
        expires=message.expires if item.topic.severity > Severity.NOTICE else None,
        item_id=item.id,
        follows=await _followed(connection, item),
        change=change_of(item.notice),
        drill=_drill(message, item),
    )


async def _followed(connection: AsyncConnection, item: StoredItem) -> str:
    """Key of the post of the newest earlier item that this one updates or ends; "" if none is known."""
    for key in reversed(item.follows):
        earlier = await store.by_key(connection, key)
        if earlier is not None and earlier.id != item.id:
            return board_key(earlier.id)
    return ""
