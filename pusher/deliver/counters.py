"""The counters of a message: kept with it, so that progress costs one row and not a million."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.deliver.state import SETTLED
from pusher.deliver.tables import message

#: True for a message all of whose planned deliveries have come to something.
SETTLED_MESSAGE: sa.ColumnElement[bool] = message.c.planned == sum(
    (message.c[name] for name in SETTLED[1:]), start=message.c[SETTLED[0]]
)


async def count(
    connection: AsyncConnection, message_id: int, changes: Mapping[str, int], *, sent_at: int | None = None
) -> None:
    """Add `changes` to the counters of a message; `sent_at` (instant) marks the first and the last hand-over."""
    values: dict[str, object] = {name: message.c[name] + change for name, change in changes.items() if change}
    if sent_at is not None and changes.get("sent"):
        values["first_sent_at"] = sa.func.coalesce(message.c.first_sent_at, sent_at)
        values["last_sent_at"] = sent_at
        sent = message.c.sent + changes["sent"]
        for column, share in ((message.c.half_sent_at, 50), (message.c.most_sent_at, 95)):
            is_reached = sa.and_(column.is_(None), sent * 100 >= message.c.planned * share)
            values[column.name] = sa.case((is_reached, sent_at), else_=column)
        values["problem"] = None
        values["parkings"] = 0
    if values:
        await connection.execute(sa.update(message).where(message.c.id == message_id).values(values))
