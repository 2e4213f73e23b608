"""Forgets a person: what is stored of him at once, his deliveries as soon as their broadcasts are over."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.custody.tables import erased_address
from pusher.deliver.tables import delivery, message
from pusher.plan.broadcast import BroadcastState
from pusher.plan.tables import broadcast
from subscribers import people
from subscribers.bulk import insert_or
from subscribers.tables import address, former_address

#: States of a broadcast whose deliveries change no more.
OVER = (BroadcastState.DONE.value, BroadcastState.CANCELLED.value)

#: Addresses that are looked for at once.
_AT_ONCE = 500


async def erase(connection: AsyncConnection, person: int, *, source: str, at: datetime) -> bool:
    """Erase one subscriber; of his deliveries only the counts of their messages stay. False if there is no such one."""
    numbers = await numbers_of(connection, person)
    if not await people.erase(connection, person, source=source, at=at):
        return False
    for number in numbers:
        noted = insert_or(connection, erased_address).values(address_id=number, at=to_instant(at))
        await connection.execute(noted.on_conflict_do_nothing())
    await forget_deliveries(connection)
    return True


async def numbers_of(connection: AsyncConnection, person: int) -> Sequence[int]:
    """The numbers that his deliveries go by: of his addresses, and of those that he gave up."""
    his = (sa.select(each.c.id).where(each.c.subscriber_id == person) for each in (address, former_address))
    return (await connection.scalars(sa.union_all(*his))).all()


async def forget_deliveries(connection: AsyncConnection) -> int:
    """Delete the deliveries of erased people in broadcasts that are over; how many.

    An address stays noted while a broadcast from before its erasure goes on, which may still record a delivery to it.
    """
    oldest = sa.select(erased_address.c.address_id).order_by(erased_address.c.at).limit(_AT_ONCE)
    numbers = (await connection.scalars(oldest)).all()
    if not numbers:
        return 0
    his = delivery.c.address_id.in_(numbers)
    over = sa.select(message.c.id).join(broadcast).where(broadcast.c.state.in_(OVER))
    gone = await connection.execute(sa.delete(delivery).where(delivery.c.message_id.in_(over), his))
    goes_on = broadcast.c.state.not_in(OVER) & (broadcast.c.created_at <= erased_address.c.at)
    done = erased_address.c.address_id.in_(numbers) & ~sa.exists().where(goes_on)
    await connection.execute(sa.delete(erased_address).where(done))
    return gone.rowcount
