"""How many messages of a channel one number has had lately, where the settings set a limit.

Only channels with such a limit write their sends down here. A routine message over the limit waits; warnings go out and
count. Several processes may each let one more through at the same moment: providers have limits of their own behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import number_use

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: States of a delivery that its provider took.
_TAKEN = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.IN_DOUBT})


@dataclass(frozen=True, slots=True)
class Caps:
    """Most messages to one number; None = no limit."""

    per_hour: int | None = None
    per_day: int | None = None


async def over(
    connection: AsyncConnection, channel: str, addresses: Sequence[int], caps: Caps, at: datetime
) -> Mapping[int, float]:
    """Those of `addresses` that have had enough, with the seconds until they may get more."""
    used = number_use.c
    hour = to_instant(at - _HOUR)
    found = await connection.execute(
        sa.select(
            used.address_id,
            sa.func.count().label("day"),
            sa.func.count().filter(used.at > hour).label("hour"),
        )
        .where(used.channel == channel, used.address_id.in_(addresses), used.at > to_instant(at - _DAY))
        .group_by(used.address_id)
    )
    waits: dict[int, float] = {}
    for row in found:
        if caps.per_day is not None and row.day >= caps.per_day:
            waits[row.address_id] = _DAY.total_seconds() / 4
        elif caps.per_hour is not None and row.hour >= caps.per_hour:
            waits[row.address_id] = _HOUR.total_seconds() / 4
    return waits


async def note(connection: AsyncConnection, channel: str, attempts: Sequence[Attempt], at: int) -> None:
    """Write down which of these the provider took at `at` (an instant)."""
    taken = [{"channel": channel, "address_id": each.address_id, "at": at} for each in attempts if each.state in _TAKEN]
    if taken:
        await connection.execute(sa.insert(number_use), taken)
