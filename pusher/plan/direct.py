"""Broadcasts whose recipients are known beforehand: nobody is looked for, and nobody has to approve."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane, Message
from pusher.clock import to_instant
from pusher.deliver import message_store
from pusher.deliver.batch import pack
from pusher.deliver.enqueue import enqueue
from pusher.deliver.tables import message
from pusher.plan import broadcast as broadcasts
from pusher.plan.tables import broadcast
from subscribers.audience import Audience


async def propose(
    connection: AsyncConnection, *, route: str, title: str, lane: Lane, by: str, at: datetime, expires: datetime
) -> int:
    """Store a broadcast that is due at `at` and needs no fan-out; its number. The caller adds messages and batches."""
    number = await broadcasts.propose(
        connection,
        item_id=None,
        revision=0,
        route=route,
        title=title,
        lane=lane,
        audience=Audience(),
        due=at,
        expires=expires,
        by=by,
        at=at,
        approval=False,
    )
    # Only what comes of an item can be there already.
    assert number is not None
    await connection.execute(sa.update(broadcast).where(broadcast.c.id == number).values(fanned_out=1))
    return number


async def send_to_one(
    connection: AsyncConnection,
    words: Message,
    recipient: int,
    *,
    route: str,
    title: str,
    by: str,
    channel: str,
    address_kind: str,
    at: datetime,
    expires: datetime,
    at_once: bool = False,
) -> None:
    """Queue `words` for one recipient, in the personal lane; the caller rings the bell after the commit.

    `at_once`: see `message_store.add`.
    """
    lane = Lane.PERSONAL
    number = await propose(connection, route=route, title=title, lane=lane, by=by, at=at, expires=expires)
    stored = await message_store.add(
        connection,
        words,
        broadcast_id=number,
        channel=channel,
        address_kind=address_kind,
        expires=expires,
        groups=(),
        at_once=at_once,
    )
    await connection.execute(sa.update(message).where(message.c.id == stored).values(planned=1))
    await enqueue(connection, stored, channel=channel, lane=lane, due=to_instant(at), packed=pack([recipient]))
