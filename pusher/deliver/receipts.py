"""Reads what providers say later into the ledger; receipts may repeat, come in any order, and come too early."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.receipt import Outcome, Receipt
from pusher.clock import from_instant, to_instant
from pusher.deliver import counters
from pusher.deliver.batch import read_delivery_key
from pusher.deliver.state import DeliveryState, after_receipt, counted
from pusher.deliver.tables import delivery, early_receipt, message
from subscribers import consent

#: How long a receipt waits for the delivery that it speaks of (the longest that a provider takes to report).
KEEP_EARLY = timedelta(hours=72)


async def read(connection: AsyncConnection, channels: Sequence[str], receipts: Sequence[Receipt], at: datetime) -> int:
    """Bring the ledger up to `receipts`, keeping those without a delivery yet; how many matched.

    `channels`: the one that reported, and the failovers that it is a member of; only their deliveries are touched.
    """
    matched = 0
    for receipt in receipts:
        if await _apply(connection, channels, receipt, at):
            matched += 1
        else:
            await _keep(connection, channels, receipt, at)
    return matched


async def match_early(connection: AsyncConnection, at: datetime) -> int:
    """Try again the receipts that came before their delivery was recorded; drop those that waited too long."""
    await connection.execute(sa.delete(early_receipt).where(early_receipt.c.arrived_at < to_instant(at - KEEP_EARLY)))
    matched = []
    for row in (await connection.execute(sa.select(early_receipt).order_by(early_receipt.c.id).limit(1000))).all():
        receipt = Receipt(
            Outcome(row.outcome),
            provider_id=row.provider_id,
            key=row.delivery_key,
            code=row.code,
            detail=row.detail,
            at=from_instant(row.at),
        )
        if await _apply(connection, row.channels, receipt, at):
            matched.append(row.id)
    if matched:
        await connection.execute(sa.delete(early_receipt).where(early_receipt.c.id.in_(matched)))
    return len(matched)


async def _apply(connection: AsyncConnection, channels: Sequence[str], receipt: Receipt, at: datetime) -> bool:
    row = (await connection.execute(_sought(channels, receipt))).one_or_none()
    if row is None:
        return False
    before = DeliveryState(row.state)
    after = after_receipt(before, receipt.outcome)
    when = receipt.at or at
    if after is not before:
        await connection.execute(
            sa.update(delivery)
            .where(delivery.c.message_id == row.message_id, delivery.c.address_id == row.address_id)
            .values(state=after.value, code=receipt.code[:64], detail=receipt.detail[:200], at=to_instant(when))
        )
        await counters.count(connection, row.message_id, counted([(before, after)]))
    if receipt.outcome is Outcome.PERMANENT and row.address_id:
        reason = f"{receipt.detail} ({receipt.code})"
        await consent.suppress_addresses(
            connection, [(row.address_id, reason)], source=f"receipt of {channels[0]}", at=at
        )
    return True


def _sought(channels: Sequence[str], receipt: Receipt) -> sa.Select[tuple[int, int, int]]:
    """The delivery that a receipt speaks of: by our key where it was echoed, else by the provider's number.

    Only a delivery of the same channel is found, so that one provider cannot speak for another.
    """
    found = (
        sa.select(delivery.c.message_id, delivery.c.address_id, delivery.c.state)
        .join(message, message.c.id == delivery.c.message_id)
        .where(message.c.channel.in_(channels))
        .order_by(delivery.c.message_id.desc())
        .limit(1)
        .with_for_update(of=delivery)
    )
    ours = read_delivery_key(receipt.key) if receipt.key else None
    if ours is not None:
        return found.where(delivery.c.message_id == ours[0], delivery.c.address_id == ours[1])
    if receipt.provider_id:
        return found.where(delivery.c.provider_id == receipt.provider_id)
    return found.where(sa.false())


async def _keep(connection: AsyncConnection, channels: Sequence[str], receipt: Receipt, at: datetime) -> None:
    if receipt.key is None and receipt.provider_id is None:
        return
    await connection.execute(
        sa.insert(early_receipt).values(
            channels=list(channels),
            provider_id=receipt.provider_id,
            delivery_key=receipt.key,
            outcome=receipt.outcome.value,
            code=receipt.code[:64],
            detail=receipt.detail[:200],
            at=to_instant(receipt.at or at),
            arrived_at=to_instant(at),
        )
    )
