"""The queue and the ledger: claim a batch, say how far it goes, record what came of it.

A worker writes down which recipients it is about to hand over *before* it does, and what came of them *after*. So at
any moment, even after `kill -9`, a recipient is recorded, or not started, or one of the few in between: in doubt.
All functions take a connection inside a transaction of `pusher.database` and instants (`pusher.clock.to_instant`).
"""

import math
from collections.abc import Collection, Sequence
from enum import StrEnum
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.deliver import counters, deliveries, unreached
from pusher.deliver.batch import Batch, BatchState, pack, unpack
from pusher.deliver.retry import parking
from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState, counted, overrules
from pusher.deliver.tables import batch, message

_SECOND = 1_000_000


class Standing(StrEnum):
    """What a worker learns at each slice about the batch it works on."""

    #: Go on.
    OPEN = "open"
    #: The broadcast is halted: put the rest back.
    HALTED = "halted"
    #: The broadcast is cancelled: record the rest as such.
    CANCELLED = "cancelled"
    #: The claim was taken over after the lease ran out: change nothing, send nothing.
    LOST = "lost"


async def claim(
    connection: AsyncConnection, channel: str, lane: Lane, *, worker: str, at: int, lease_until: int
) -> Batch | None:
    """Take the next due batch of `channel` and `lane`; None if none waits."""
    candidate = (
        sa.select(batch.c.id)
        .where(batch.c.channel == channel, batch.c.lane == lane.value, batch.c.state == "waiting", batch.c.due <= at)
        .order_by(batch.c.due, batch.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = await connection.execute(
        sa.update(batch)
        .where(batch.c.id == candidate)
        .values(state=BatchState.CLAIMED.value, worker=worker, claim=batch.c.claim + 1, lease_until=lease_until)
        .returning(batch.c.id, batch.c.message_id, batch.c.attempt, batch.c.recipients, batch.c.recorded, batch.c.claim)
    )
    row = taken.one_or_none()
    if row is None:
        return None
    return Batch(row.id, row.message_id, channel, lane, row.attempt, unpack(row.recipients), row.recorded, row.claim)


async def advance(
    connection: AsyncConnection, claimed: Batch, *, recorded: int, started: int, lease_until: int
) -> Standing:
    """Say that the outcome of the first `recorded` is known and that the first `started` may be handed over now."""
    moved = await connection.execute(
        sa.update(batch)
        .where(_ours(claimed))
        .values(recorded=recorded, started=started, lease_until=lease_until)
        .returning(batch.c.id)
    )
    if moved.first() is None:
        return Standing.LOST
    # A statement of its own: where the one above waited for whoever takes the message back, it saw the state before.
    state = await connection.scalar(sa.select(message.c.state).where(message.c.id == claimed.message_id))
    return Standing(state or Standing.CANCELLED)


async def record(connection: AsyncConnection, claimed: Batch, attempts: Sequence[Attempt], at: int) -> None:
    """Append what some deliveries of a claimed batch came to: rows, counters, later tries.

    What a receipt has settled since an earlier try stays as it is. What was not tried only waits in a batch of its own.
    """
    untried = [each for each in attempts if each.untried]
    if untried:
        await _postpone(connection, claimed, untried, at)
        attempts = [each for each in attempts if not each.untried]
    known: dict[int, DeliveryState] = {}
    if claimed.attempt > 1:
        tried = [each.address_id for each in attempts]
        known = await deliveries.states(connection, claimed.message_id, tried, locking=True)
        attempts = [each for each in attempts if overrules(each.state, known.get(each.address_id))]
    await deliveries.store(connection, claimed.message_id, claimed.attempt, attempts, at)
    changes = counted((known.get(each.address_id), each.state) for each in attempts)
    await counters.count(connection, claimed.message_id, changes, sent_at=at)
    lost = unreached.leaving(claimed.lane, claimed.attempt)
    await unreached.note(connection, claimed.message_id, [each.address_id for each in attempts if each.state in lost])
    again = sorted((each for each in attempts if each.retry_in is not None), key=lambda each: each.retry_in or 0.0)
    for wait, group in groupby(again, key=lambda each: each.retry_in or 0.0):
        later = [each.address_id for each in group]
        await enqueue(connection, claimed, later, attempt=claimed.attempt + 1, due=at + int(wait * _SECOND))


async def _postpone(connection: AsyncConnection, claimed: Batch, untried: Sequence[Attempt], at: int) -> None:
    waits = {math.ceil(each.retry_in or 0.0) for each in untried}
    for wait in sorted(waits):
        later = [each.address_id for each in untried if math.ceil(each.retry_in or 0.0) == wait]
        await enqueue(connection, claimed, later, attempt=claimed.attempt, due=at + wait * _SECOND)


async def enqueue(
    connection: AsyncConnection, origin: Batch, recipients: Sequence[int], *, attempt: int, due: int
) -> None:
    """Add a batch of `recipients` of the same message as `origin`."""
    if recipients:
        await connection.execute(
            sa.insert(batch).values(
                message_id=origin.message_id,
                channel=origin.channel,
                lane=origin.lane.value,
                state=BatchState.WAITING.value,
                due=due,
                attempt=attempt,
                recipients=pack(recipients),
                size=len(recipients),
            )
        )


async def finish(connection: AsyncConnection, claimed: Batch) -> None:
    """Close a batch whose recipients are all recorded."""
    size = len(claimed.recipients)
    await connection.execute(
        sa.update(batch)
        .where(_ours(claimed))
        .values(state=BatchState.DONE.value, recorded=size, started=size, worker=None, lease_until=None)
    )


async def put_back(connection: AsyncConnection, claimed: Batch, *, recorded: int) -> None:
    """Give up a claim with nothing in doubt: the rest waits for another worker, or is held with its broadcast."""
    # The lock keeps a `resume` that runs at this moment from missing the batch that is being held.
    halted = await connection.scalar(
        sa.select(message.c.state).where(message.c.id == claimed.message_id).with_for_update(key_share=True)
    )
    state = BatchState.HELD if halted == Standing.HALTED else BatchState.WAITING
    await connection.execute(
        sa.update(batch)
        .where(_ours(claimed))
        .values(state=state.value, recorded=recorded, started=recorded, worker=None, lease_until=None)
    )


async def park(connection: AsyncConnection, claimed: Batch, unsent: Sequence[int], *, problem: str, at: int) -> float:
    """The channel failed for a reason of ours: let the whole message wait, nothing is lost and nothing is final.

    `unsent` are the recipients of `claimed` that were not handed over; the batch itself is closed. Returns the seconds
    until the next try.
    """
    due = await _parked_until(connection, claimed, problem=problem, at=at)
    await connection.execute(
        sa.update(batch)
        .where(batch.c.message_id == claimed.message_id, batch.c.state == "waiting", batch.c.due < due)
        .values(due=due)
    )
    await enqueue(connection, claimed, unsent, attempt=claimed.attempt, due=due)
    return (due - at) / _SECOND


async def _parked_until(connection: AsyncConnection, claimed: Batch, *, problem: str, at: int) -> int:
    """When the message is tried again; several batches that fail together count as one failure."""
    row = (
        await connection.execute(
            sa.select(message.c.parkings, message.c.parked_until)
            .where(message.c.id == claimed.message_id)
            # Not stronger: whoever adds a batch refers to the message, and must not be waited for.
            .with_for_update(key_share=True)
        )
    ).one()
    if row.parked_until is not None and row.parked_until > at:
        return int(row.parked_until)
    until = at + int(parking(claimed.lane, row.parkings + 1) * _SECOND)
    await connection.execute(
        sa.update(message)
        .where(message.c.id == claimed.message_id)
        .values(parkings=row.parkings + 1, parked_until=until, problem=problem[:300])
    )
    return until


async def recorded(connection: AsyncConnection, claimed: Batch) -> int | None:
    """How many recipients of a claimed batch the ledger knows the outcome of; None if the claim was taken over."""
    return await connection.scalar(sa.select(batch.c.recorded).where(_ours(claimed)))


async def renew(connection: AsyncConnection, worker: str, batches: Collection[int], lease_until: int) -> None:
    """Prolong those claims of `worker` that it works on: a slow slice is not a dead worker."""
    mine = sa.and_(batch.c.id.in_(batches), batch.c.state == "claimed", batch.c.worker == worker)
    await connection.execute(sa.update(batch).where(mine).values(lease_until=lease_until))


async def waits(connection: AsyncConnection, channel: str, lane: Lane, at: int) -> bool:
    """Whether a due batch of `channel` and `lane` waits."""
    found = await connection.execute(
        sa.select(batch.c.id)
        .where(batch.c.channel == channel, batch.c.lane == lane.value, batch.c.state == "waiting", batch.c.due <= at)
        .limit(1)
    )
    return found.first() is not None


def _ours(claimed: Batch) -> sa.ColumnElement[bool]:
    return sa.and_(batch.c.id == claimed.id, batch.c.claim == claimed.claim, batch.c.state == "claimed")
