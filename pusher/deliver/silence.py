"""Telephone numbers that were not reached for so long that they may have been given to somebody else.

A number that was given up lies idle for some 90 days before the carriers give it out again (冻结期). So one that failed
over and over for that long and then takes a message is likely to have a new owner: it is closed, with the reason.
Failures within a few weeks, of a telephone that is off or abroad, mean nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.deliver.tables import silent_number
from subscribers.bulk import insert_or
from subscribers.consent import PERHAPS_STRANGER
from subscribers.tables import address

#: How long failures must have gone on, from the first to the last of them.
FROZEN = timedelta(days=90)
_REASON = "失联 {days} 天后又能接通，" + PERHAPS_STRANGER
_DAY = 86_400_000_000


async def note(connection: AsyncConnection, addresses: Iterable[int], at: datetime) -> None:
    """A message to each of these has come back for the time being; only telephone numbers are noted."""
    numbers = sorted(set(addresses))
    found = sa.select(address.c.id).where(address.c.id.in_(numbers), address.c.kind == "phone").order_by(address.c.id)
    for number in await connection.scalars(found) if numbers else ():
        noted = insert_or(connection, silent_number).values(
            address_id=number, first=to_instant(at), last=to_instant(at)
        )
        await connection.execute(
            noted.on_conflict_do_update(index_elements=["address_id"], set_={"last": noted.excluded.last})
        )


async def broken(connection: AsyncConnection, addresses: Iterable[int]) -> list[tuple[int, str]]:
    """A message has reached each of these: those that may have a new owner, with the reason. The silence is over."""
    numbers = sorted(set(addresses))
    if not numbers:
        return []
    mine = silent_number.c.address_id.in_(numbers)
    over = await connection.execute(
        sa.delete(silent_number)
        .where(mine)
        .returning(silent_number.c.address_id, silent_number.c.first, silent_number.c.last)
    )
    days = {row.address_id: (row.last - row.first) // _DAY for row in over}
    return [(number, _REASON.format(days=several)) for number, several in days.items() if several >= FROZEN.days]
