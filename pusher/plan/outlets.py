"""The messages of a broadcast as ways out: which channel each goes over, and the addresses that it reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import common_hours, within_hours
from pusher.deliver.tables import message

#: What the names of the channels begin with that lead nowhere (`pusher.warnings.rehearsal`).
NOWHERE = "~"


@dataclass(frozen=True, slots=True)
class Outlet:
    """One message of a broadcast."""

    message_id: int
    #: Name of its channel in the settings.
    channel: str
    #: Kind of address that the channel reaches; "public" for a place.
    address_kind: str
    #: Hours in which what waited may begin ("08:00-20:00", +08:00); None = any.
    hours: str | None = None

    @property
    def stands_for(self) -> str:
        """The channel whose people it is for: of one that leads nowhere, the one that is rehearsed."""
        return self.channel.removeprefix(NOWHERE)


async def outlets_of(connection: AsyncConnection, broadcast_id: int) -> Sequence[Outlet]:
    """The messages of a broadcast, in the order of its channels."""
    found = await connection.execute(
        sa.select(message.c.id, message.c.channel, message.c.address_kind, message.c.hours)
        .where(message.c.broadcast_id == broadcast_id)
        .order_by(message.c.id)
    )
    return [Outlet(*row) for row in found]


def begins(outlets: Sequence[Outlet], at: datetime) -> datetime:
    """The first moment from `at` on that lies within the hours that all of them have in common."""
    hours = reduce(common_hours, (outlet.hours for outlet in outlets), None)
    return at if hours is None else within_hours(hours, at)


def personal(outlets: Sequence[Outlet]) -> Mapping[str, Outlet]:
    """The one message for each kind of address that people have."""
    return {outlet.address_kind: outlet for outlet in outlets if outlet.address_kind != "public"}
