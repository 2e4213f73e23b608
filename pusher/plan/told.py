"""What is known of the deliveries of broadcasts to some addresses: planned, on their way, or come to something."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.deliver.batch import BatchState, unpack
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import batch, delivery, message
from pusher.deliver.unreached import LOST, PATIENT_TRIES
from subscribers.bulk import listed

#: States in which a delivery has ended and nobody has got anything.
_NEVER = (*LOST, DeliveryState.EXPIRED, DeliveryState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the deliveries of one broadcast, by address number."""

    #: Addresses that are planned and have not come to anything yet.
    waiting: Set[int]
    #: Tries of those that have: state and number of the newest try, of whichever message.
    states: Mapping[int, Sequence[tuple[DeliveryState, int]]]

    def is_lost(self, address_id: int, lane: Lane) -> bool:
        """Whether nothing that was to go to this address has reached it, nor is likely to."""
        known = self.states.get(address_id)
        if known is None:
            return address_id not in self.waiting
        return all(
            state in _NEVER or (lane is Lane.WARNING and state is DeliveryState.RETRYING and attempt >= PATIENT_TRIES)
            for state, attempt in known
        )

    def is_new(self, address_id: int) -> bool:
        """Whether nothing was ever planned for this address."""
        return address_id not in self.waiting and address_id not in self.states


async def told(connection: AsyncConnection, broadcast_ids: Sequence[int], among: Set[int]) -> Mapping[int, Told]:
    """What is known of these addresses, for each of the broadcasts."""
    found = await connection.execute(
        sa.select(message.c.id, message.c.broadcast_id).where(
            message.c.broadcast_id.in_(listed(connection, broadcast_ids))
        )
    )
    broadcast_of = {row.id: row.broadcast_id for row in found}
    # In this order: what leaves a batch in between is then found among the deliveries.
    waiting = await _waiting(connection, broadcast_of, among)
    states = await _states(connection, broadcast_of, among)
    return {number: Told(waiting[number], states[number]) for number in broadcast_ids}


async def _waiting(
    connection: AsyncConnection, broadcast_of: Mapping[int, int], among: Set[int]
) -> Mapping[int, set[int]]:
    """Which addresses lie in batches and have not come to anything there, by broadcast."""
    found = await connection.execute(
        sa.select(batch.c.message_id, batch.c.recipients, batch.c.recorded).where(
            batch.c.message_id.in_(listed(connection, list(broadcast_of))), batch.c.state != BatchState.DONE.value
        )
    )
    waiting: defaultdict[int, set[int]] = defaultdict(set)
    for message_id, recipients, recorded in found:
        waiting[broadcast_of[message_id]].update(among & set(unpack(recipients)[recorded:]))
    return waiting


async def _states(
    connection: AsyncConnection, broadcast_of: Mapping[int, int], among: Set[int]
) -> Mapping[int, dict[int, list[tuple[DeliveryState, int]]]]:
    """Tries that have come to something: state and number of the newest, by broadcast and address."""
    found = await connection.execute(
        sa.select(delivery.c.message_id, delivery.c.address_id, delivery.c.state, delivery.c.attempt).where(
            delivery.c.message_id.in_(listed(connection, list(broadcast_of))),
            delivery.c.address_id.in_(listed(connection, sorted(among))),
        )
    )
    states: defaultdict[int, dict[int, list[tuple[DeliveryState, int]]]] = defaultdict(dict)
    for message_id, address_id, state, attempt in found:
        states[broadcast_of[message_id]].setdefault(address_id, []).append((DeliveryState(state), attempt))
    return states
