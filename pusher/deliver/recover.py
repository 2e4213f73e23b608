"""What dead workers left behind: their batches go on, and the few recipients in doubt are decided by lane."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.deliver import ledger
from pusher.deliver.batch import Batch
from pusher.deliver.message_store import MessageState
from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import batch, message

_LOST = "the worker died while handing this over"


async def recover(connection: AsyncConnection, *, at: int, lost_before: int) -> Batch | None:
    """Free the next batch whose lease runs out before `lost_before` (an instant; in the future: any); None = none does.

    Recipients who may have been handed over are recorded as such. A warning is sent to them again (a person may get it
    twice, nobody misses it), unless it was taken back meanwhile; the other lanes do not send twice.

    Warnings first, and one in a transaction: with the counters of one batch it would hold what receipts wait for that
    themselves hold deliveries of the next.
    """
    found = await connection.execute(
        sa.select(batch)
        .where(batch.c.state == "claimed", batch.c.lease_until < lost_before)
        .order_by(batch.c.lane != Lane.WARNING.value, batch.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = found.one_or_none()
    if row is None:
        return None
    left = Batch.of(row)
    await _free(connection, left, started=row.started, at=at)
    return left


async def _free(connection: AsyncConnection, left: Batch, *, started: int, at: int) -> None:
    again = left.lane is Lane.WARNING and not await _is_taken_back(connection, left)
    state = DeliveryState.RETRYING if again else DeliveryState.IN_DOUBT
    attempts = [
        Attempt(address_id, state, detail=_LOST, doubted=True, retry_in=0.0 if again else None)
        for address_id in left.recipients[left.recorded : started]
    ]
    await ledger.record(connection, left, attempts, at)
    if started == len(left.recipients):
        await ledger.finish(connection, left)
    else:
        await ledger.put_back(connection, left, recorded=started)


async def _is_taken_back(connection: AsyncConnection, left: Batch) -> bool:
    state = await connection.scalar(sa.select(message.c.state).where(message.c.id == left.message_id))
    return state == MessageState.CANCELLED.value
