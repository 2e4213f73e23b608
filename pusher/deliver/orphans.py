"""Batches of channels that the settings do not name any more: nobody claims them, so they are settled here.

A warning goes to its people's next addresses at once. Everything else waits, and says so in `pusher status`, for the
channel to come back until it is too late.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.deliver import ledger
from pusher.deliver.batch import Batch, BatchState
from pusher.deliver.message_store import MessageState
from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import batch, message

_CODE = "no channel"
_PROBLEM = "the settings name no such channel any more: put it back, or cancel the broadcast"
#: Stands for a worker while it lasts.
_WORKER = "orphans"


async def settle(connection: AsyncConnection, channels: Collection[str], at: int) -> bool:
    """Settle the next batch that waits for a channel that is none of `channels`; False if there is none to settle.

    One in a transaction, as dead workers' batches are freed (`pusher.deliver.recover`). What a rehearsal sends nowhere
    ("~…") is its own.
    """
    orphaned = sa.and_(
        batch.c.state == BatchState.WAITING.value,
        batch.c.channel.not_in(channels),
        sa.not_(batch.c.channel.startswith("~", autoescape=True)),
    )
    waits = sa.select(batch.c.message_id).where(orphaned)
    said = sa.and_(message.c.id.in_(waits), message.c.problem.is_distinct_from(_PROBLEM))
    await connection.execute(sa.update(message).where(said).values(problem=_PROBLEM))
    is_over = sa.or_(message.c.state == MessageState.CANCELLED.value, message.c.expires <= at)
    is_open = message.c.state == MessageState.OPEN.value
    found = await connection.execute(
        sa.select(batch, message.c.state.label("standing"), message.c.expires)
        .join(message, message.c.id == batch.c.message_id)
        .where(orphaned, sa.or_(is_over, sa.and_(is_open, batch.c.lane == Lane.WARNING.value)))
        .order_by(batch.c.lane != Lane.WARNING.value, batch.c.id)
        .limit(1)
        .with_for_update(of=batch, skip_locked=True)
    )
    row = found.one_or_none()
    if row is not None:
        await _close(connection, row, at)
    return row is not None


async def _close(connection: AsyncConnection, row: Any, at: int) -> None:
    state = DeliveryState.FAILED
    if row.standing == MessageState.CANCELLED:
        state = DeliveryState.CANCELLED
    elif row.expires <= at:
        state = DeliveryState.EXPIRED
    waiting = Batch.of(row)
    mine = replace(waiting, claim=waiting.claim + 1)
    claimed = {"state": BatchState.CLAIMED.value, "worker": _WORKER, "claim": mine.claim}
    await connection.execute(sa.update(batch).where(batch.c.id == row.id).values(claimed))
    ended = [Attempt(each, state, code=_CODE) for each in mine.recipients[mine.recorded :]]
    await ledger.record(connection, mine, ended, at)
    await ledger.finish(connection, mine)
