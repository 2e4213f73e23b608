"""Notes which deliveries ended without reaching their person, in the transaction that records it.

What becomes of them is decided by `pusher.plan.fall_back`.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.deliver.state import DeliveryState

#: States in which a delivery ends without its person having got anything, while others of the same broadcast still may.
#: Not what is too late or cancelled: it would be so on every other address.
LOST = frozenset({DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.SUPPRESSED})

#: The try of a warning (some 17 seconds after the first) after which it goes to the person's next address as well,
#: while this one is tried on: twice is better than late.
PATIENT_TRIES = 4

_INSERT = "INSERT INTO unreached (message_id, address_id) SELECT {shared} FROM {rows} WHERE true ON CONFLICT DO NOTHING"
_SQLITE = _INSERT.format(shared="?, value", rows="json_each(?)")
_POSTGRESQL = _INSERT.format(shared="%s::bigint, value", rows="unnest(%s::bigint[]) AS row (value)")


def leaving(lane: Lane, attempt: int) -> frozenset[DeliveryState]:
    """The states in which a delivery after try number `attempt` makes the next address worth trying."""
    is_late = lane is Lane.WARNING and attempt == PATIENT_TRIES
    return LOST | {DeliveryState.RETRYING} if is_late else LOST


async def note(connection: AsyncConnection, message_id: int, addresses: Sequence[int]) -> None:
    """Note deliveries of one message by their address numbers; a public place (0) has no next address."""
    listed = ",".join(str(each) for each in addresses if each)
    if not listed:
        return
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(_SQLITE, (message_id, f"[{listed}]"))
    else:
        await connection.exec_driver_sql(_POSTGRESQL, (message_id, f"{{{listed}}}"))
