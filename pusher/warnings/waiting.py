"""Who of a message still waits, and who of them only for the end of his own quiet hours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant
from pusher.deliver.batch import BatchState, unpack
from pusher.deliver.tables import batch, message
from subscribers.timing import STEP

#: Microseconds of the minutes to which the ends of quiet hours are rounded.
_STEP = STEP * 60 * 1_000_000
#: When a batch becomes due whose people have quiet hours; NULL for one that nobody's own times hold. Later tries, and
#: what a channel puts off, come at odd moments.
_UNTIL = sa.case(
    (
        sa.and_(
            message.c.held > 0,
            batch.c.state == BatchState.WAITING.value,
            batch.c.attempt == 1,
            sa.or_(batch.c.due % _STEP == 0, batch.c.due == message.c.expires),
        ),
        batch.c.due,
    )
)


async def count(connection: AsyncConnection, message_id: int) -> Mapping[datetime | None, int]:
    """How many wait, by the end of their quiet hours; None = for the channel alone."""
    number = sa.func.sum(batch.c.size - batch.c.recorded)
    rows = await connection.execute(_of(message_id, _UNTIL.label("until"), number).group_by(sa.literal_column("until")))
    return {_time(until): int(waiting) for until, waiting in rows if waiting}


async def addresses(connection: AsyncConnection, message_id: int) -> Mapping[datetime | None, Sequence[int]]:
    """Numbers of the addresses that wait, like `count`."""
    found: defaultdict[datetime | None, list[int]] = defaultdict(list)
    for until, recipients, recorded in await connection.execute(
        _of(message_id, _UNTIL, batch.c.recipients, batch.c.recorded)
    ):
        found[_time(until)] += unpack(recipients)[recorded:]
    return found


def _of(message_id: int, *columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(batch)
        .join(message, message.c.id == batch.c.message_id)
        .where(batch.c.message_id == message_id, batch.c.state != BatchState.DONE.value)
    )


def _time(instant: int | None) -> datetime | None:
    return None if instant is None else from_instant(instant)
