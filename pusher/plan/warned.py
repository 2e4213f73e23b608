"""Whoever got earlier broadcasts: over the channel that reached them, or over all others where that one has failed.

The end of a warning goes to exactly these people, also to those who have refused meanwhile (J-Alert 2023: the end that
came over one of two channels only). Who got it on an address that he has given up since hears of the
end on all his others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.deliver.message_store import in_flight
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from subscribers.consent import WILLED, Standing
from subscribers.reachable import has_refused
from subscribers.tables import address, former_address

#: States of a delivery whose receiver may have read it.
GOT_IT = tuple(
    state.value
    for state in (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.IN_DOUBT, DeliveryState.BOUNCED)
)
#: And wherever any try was of unknown outcome, whatever came after it: taken back, too late, refused by its owner (who
#: may have done so because he got it), or failed.
MAY_HAVE_GOT_IT = sa.or_(delivery.c.state.in_(GOT_IT), delivery.c.doubted == 1)
#: The provider took it, and it came back.
_CAME_BACK = DeliveryState.BOUNCED.value

#: An address that what follows a warning may be sent to.
STILL_REACHABLE = sa.or_(address.c.standing == Standing.OPEN.value, has_refused(address, WILLED))


@dataclass(frozen=True, slots=True)
class Warned:
    """The receivers of `earlier` broadcasts among subscribers `after` < number <= `upto`."""

    earlier: Sequence[int]
    #: Channels that the new broadcast goes over.
    channels: Sequence[str]
    after: int
    upto: int

    async def over(self, connection: AsyncConnection, channel: str) -> Sequence[int]:
        """Addresses that got it over `channel`, or are getting it at this moment, and can still be written to."""
        # In this order: what is recorded in between is then found among the deliveries.
        flying = [number for name, number in await in_flight(connection, self.earlier) if name == channel]
        found = await connection.scalars(
            self._got(address.c.id)
            .where(message.c.channel == channel, STILL_REACHABLE)
            .distinct()
            .order_by(address.c.id)
        )
        now = await connection.scalars(
            sa.select(address.c.id)
            .where(address.c.id.in_(flying), STILL_REACHABLE, *self._range())
            .order_by(address.c.id)
        )
        return list(dict.fromkeys((*found, *now)))

    async def instead(self, connection: AsyncConnection, kind: str) -> Sequence[int]:
        """All addresses of `kind` of people whom one channel reached that does not reach them any more."""
        lost = self._got(address.c.subscriber_id).where(
            sa.or_(~STILL_REACHABLE, delivery.c.state == _CAME_BACK, message.c.channel.not_in(self.channels))
        )
        in_the_air = await in_flight(connection, self.earlier)
        elsewhere = [number for name, number in in_the_air if name not in self.channels]
        reaching = sa.select(address.c.subscriber_id).where(address.c.id.in_(elsewhere), *self._range())
        flying = [number for _, number in in_the_air]
        found = await connection.scalars(
            sa.select(address.c.id)
            .where(
                address.c.kind == kind,
                STILL_REACHABLE,
                sa.or_(
                    address.c.subscriber_id.in_(lost),
                    address.c.subscriber_id.in_(reaching),
                    address.c.subscriber_id.in_(self._on_former(flying)),
                ),
                *self._range(),
            )
            .order_by(address.c.id)
        )
        return list(found)

    def _got(self, column: sa.Column[int]) -> sa.Select[int]:
        return (
            sa.select(column)
            .select_from(delivery)
            .join(message, message.c.id == delivery.c.message_id)
            .join(address, address.c.id == delivery.c.address_id)
            .where(message.c.broadcast_id.in_(self.earlier), MAY_HAVE_GOT_IT, *self._range())
        )

    def _on_former(self, flying: Sequence[int]) -> sa.CompoundSelect[int]:
        """Whom it reached, or is reaching, on an address that is not his any more."""
        return sa.union(
            _warned(self.earlier, former_address),
            sa.select(former_address.c.subscriber_id).where(former_address.c.id.in_(flying)),
        )

    def _range(self) -> Sequence[sa.ColumnElement[bool]]:
        return address.c.subscriber_id > self.after, address.c.subscriber_id <= self.upto


async def not_told(connection: AsyncConnection, earlier: Sequence[int], ending: int) -> int:
    """How many people got one of the `earlier` broadcasts and did not get `ending`; 0 is the proof of an end.

    What came back told nobody, but whom the warning did not reach either.
    """
    came_back = delivery.c.state == _CAME_BACK
    may_know = sa.and_(~came_back, MAY_HAVE_GOT_IT, address.c.subscriber_id.not_in(_reached(ending, ~came_back)))
    is_lost = sa.and_(came_back, address.c.subscriber_id.not_in(_reached(ending)))
    left_out = (
        sa.select(address.c.subscriber_id)
        .select_from(delivery)
        .join(message, message.c.id == delivery.c.message_id)
        .join(address, address.c.id == delivery.c.address_id)
        .where(message.c.broadcast_id.in_(earlier), sa.or_(may_know, is_lost))
    )
    formerly = _warned(earlier, former_address).where(former_address.c.subscriber_id.not_in(_reached(ending)))
    counted = sa.union(left_out, formerly).subquery()
    return await connection.scalar(sa.select(sa.func.count()).select_from(counted)) or 0


async def count_warned(connection: AsyncConnection, earlier: Sequence[int]) -> int:
    """How many people may have got one of these broadcasts."""
    counted = sa.union(_warned(earlier, address), _warned(earlier, former_address)).subquery()
    return await connection.scalar(sa.select(sa.func.count()).select_from(counted)) or 0


def _warned(earlier: Sequence[int], owned: sa.Table) -> sa.Select[int]:
    """People who may have got one of the `earlier` broadcasts on an address of this table."""
    return (
        sa.select(owned.c.subscriber_id)
        .select_from(owned)
        .join(delivery, delivery.c.address_id == owned.c.id)
        .join(message, message.c.id == delivery.c.message_id)
        .where(message.c.broadcast_id.in_(earlier), MAY_HAVE_GOT_IT)
    )


def _reached(broadcast_id: int, *conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    return (
        sa.select(address.c.subscriber_id)
        .join(delivery, delivery.c.address_id == address.c.id)
        .join(message, message.c.id == delivery.c.message_id)
        .where(message.c.broadcast_id == broadcast_id, delivery.c.state.in_(GOT_IT), *conditions)
    )
