"""Addresses that keep failing for the time being: after so many days with a failure they are taken for dead.

A day counts once, however many mails came back on it: a mailbox that is full over a weekend of warnings is not dead.
"""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.receipt import Patience
from pusher.clock import CHINA
from pusher.deliver.tables import soft_bounce
from subscribers.bulk import insert_or

_EPOCH = date(1970, 1, 1).toordinal()


async def count(
    connection: AsyncConnection, addresses: Iterable[int], patience: Patience, at: datetime
) -> dict[int, str]:
    """Note a failure of today for each of `addresses`; those for which patience has ended, with the reason.

    Their days are forgotten, so that an address that an operator opens again begins anew.
    """
    today = at.astimezone(CHINA).date().toordinal() - _EPOCH
    ended: dict[int, str] = {}
    for address_id in sorted(set(addresses) - {0}):
        mine = soft_bounce.c.address_id == address_id
        await connection.execute(sa.delete(soft_bounce).where(mine, soft_bounce.c.day <= today - patience.within))
        note = insert_or(connection, soft_bounce).values(address_id=address_id, day=today)
        await connection.execute(note.on_conflict_do_nothing())
        days = await connection.scalar(sa.select(sa.func.count()).select_from(soft_bounce).where(mine)) or 0
        if days >= patience.days:
            await connection.execute(sa.delete(soft_bounce).where(mine))
            ended[address_id] = f"came back on {days} days of {patience.within}"
    return ended
