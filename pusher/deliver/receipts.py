"""Reads what providers say later into the ledger; receipts may repeat, come in any order, and come too early."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.receipt import Outcome, Patience, Receipt
from pusher.clock import from_instant, to_instant
from pusher.deliver import counters, silence, soft_bounces, unreached
from pusher.deliver.batch import read_delivery_key
from pusher.deliver.said import CODE, DETAIL, PROVIDER_ID, fit
from pusher.deliver.state import DeliveryState, after_receipt, counted
from pusher.deliver.tables import delivery, early_receipt, message
from subscribers import consent

#: How long a receipt that names a message of ours waits for its delivery (the longest that a provider takes to report).
KEEP_EARLY = timedelta(hours=72)
#: How long one waits that has only the provider's number: it is of a delivery that is just being recorded, or not ours.
KEEP_UNNAMED = timedelta(hours=1)

#: Early receipts that are matched in one go.
_AT_ONCE = 1000

#: A delivery: message and address.
_Place = tuple[int, int]


async def read(
    connection: AsyncConnection,
    channels: Sequence[str],
    receipts: Sequence[Receipt],
    at: datetime,
    *,
    patience: Patience | None = None,
) -> int:
    """Bring the ledger up to `receipts`, keeping those without a delivery yet; how many matched.

    `channels`: the one that reported, and the failovers that it is a member of; only their deliveries are touched.
    `patience`: see `channels.channel.CallbackAnswer`; a receipt that has to wait for its delivery is not counted.
    """
    whole = [receipt for receipt in receipts if receipt.whole]
    receipts = [receipt for receipt in receipts if not receipt.whole]
    count = sum([await _apply_whole(connection, channels, receipt, at) for receipt in whole])
    matched = await _apply(connection, channels, receipts, at, patience)
    for receipt, is_known in zip(receipts, matched, strict=True):
        if not is_known:
            await _keep(connection, channels, receipt, at)
    return count + sum(matched)


async def match_early(connection: AsyncConnection, at: datetime) -> int:
    """Try again the receipts that came before their delivery was recorded; drop those that waited too long."""
    early = early_receipt.c
    unnamed = early.delivery_key.is_(None)
    too_old = sa.or_(
        early.arrived_at < to_instant(at - KEEP_EARLY),
        sa.and_(unnamed, early.arrived_at < to_instant(at - KEEP_UNNAMED)),
    )
    await connection.execute(sa.delete(early_receipt).where(too_old))
    is_recorded = sa.exists().where(delivery.c.provider_id == early.provider_id)
    waiting = sa.select(early_receipt).where(sa.or_(~unnamed, is_recorded)).order_by(early.id).limit(_AT_ONCE)
    rows = sorted((await connection.execute(waiting)).all(), key=lambda row: row.channels)
    matched: list[int] = []
    for channels, group in groupby(rows, key=lambda row: row.channels):
        same = list(group)
        found = await _apply(connection, channels, [_from_row(row) for row in same], at)
        matched += [row.id for row, is_known in zip(same, found, strict=True) if is_known]
    if matched:
        await connection.execute(sa.delete(early_receipt).where(early.id.in_(matched)))
    return len(matched)


async def address_of(connection: AsyncConnection, channels: Sequence[str], key: str) -> int | None:
    """The number of the address that a delivery of one of `channels` went to; None if there is no such delivery."""
    place = await _sought(connection, channels, Receipt(Outcome.SENT, key=key)) if read_delivery_key(key) else None
    return None if place is None else place[1]


async def _apply(
    connection: AsyncConnection,
    channels: Sequence[str],
    said: Sequence[Receipt],
    at: datetime,
    patience: Patience | None = None,
) -> list[bool]:
    """Bring the ledger up to what was said; for each, whether the delivery that it speaks of is known.

    Deliveries are changed in order, then counters, then addresses: others who do the same at this moment wait for us,
    and never we for them as well.
    """
    places = [await _sought(connection, channels, receipt) for receipt in said]
    told: defaultdict[_Place, list[Receipt]] = defaultdict(list)
    for place, receipt in zip(places, said, strict=True):
        if place is not None:
            told[place].append(receipt)
    changes: defaultdict[int, list[tuple[DeliveryState | None, DeliveryState]]] = defaultdict(list)
    lost: defaultdict[int, list[int]] = defaultdict(list)
    soft: dict[int, str] = {}
    reached: list[int] = []
    for place in sorted(told):
        before, after = await _change(connection, place, told[place], at)
        changes[place[0]].append((before, after))
        if after is not before and after is DeliveryState.BOUNCED:
            lost[place[0]].append(place[1])
        reached += [place[1]] if after is DeliveryState.DELIVERED is not before else []
        if _came_back_for_now((before, after), told[place]):
            soft[place[1]] = told[place][-1].code
    for message_id in sorted(changes):
        await counters.count(connection, message_id, counted(changes[message_id]))
        await unreached.note(connection, message_id, lost[message_id])
    await silence.note(connection, soft, at)
    gone = _gone(told) + await _worn_out(connection, soft, patience, at) + await silence.broken(connection, reached)
    if gone:
        await consent.suppress_addresses(connection, gone, source=f"receipt of {channels[0]}", at=at)
    return [place is not None for place in places]


async def _apply_whole(connection: AsyncConnection, channels: Sequence[str], receipt: Receipt, at: datetime) -> int:
    """A statement about all deliveries of one request: thousands, so in one go; how many it changed.

    One that comes before they are recorded is let go: they stay *sent*.
    """
    provider_id = _provider_id(receipt)
    after = DeliveryState.DELIVERED if receipt.outcome is Outcome.DELIVERED else DeliveryState.BOUNCED
    ours = sa.select(message.c.id).where(message.c.channel.in_(channels))
    changed = await connection.execute(
        sa.update(delivery)
        .where(
            delivery.c.provider_id == provider_id,
            delivery.c.state == DeliveryState.SENT.value,
            delivery.c.message_id.in_(ours),
        )
        .values(state=after.value, code=fit(receipt.code, CODE), at=to_instant(receipt.at or at))
        .returning(delivery.c.message_id, delivery.c.address_id)
    )
    places: defaultdict[int, list[int]] = defaultdict(list)
    for message_id, address_id in changed:
        places[message_id].append(address_id)
    for message_id, addresses in sorted(places.items()):
        moved = counted((DeliveryState.SENT, after) for _ in addresses)
        await counters.count(connection, message_id, moved)
        if after is DeliveryState.BOUNCED:
            await unreached.note(connection, message_id, addresses)
    return sum(map(len, places.values()))


async def _sought(connection: AsyncConnection, channels: Sequence[str], receipt: Receipt) -> _Place | None:
    """The delivery that a receipt speaks of: by our key where it was echoed, else by the provider's number.

    Only a delivery of the same channel is found, so that one provider cannot speak for another.
    """
    found = (
        sa.select(delivery.c.message_id, delivery.c.address_id)
        .join(message, message.c.id == delivery.c.message_id)
        .where(message.c.channel.in_(channels))
        .order_by(delivery.c.message_id.desc())
        .limit(1)
    )
    if (ours := _our_key(receipt)) is not None:
        found = found.where(delivery.c.message_id == ours[0], delivery.c.address_id == ours[1])
    elif (provider_id := _provider_id(receipt)) is not None:
        found = found.where(delivery.c.provider_id == provider_id)
    else:
        return None
    row = (await connection.execute(found)).one_or_none()
    return None if row is None else (row.message_id, row.address_id)


async def _change(
    connection: AsyncConnection, place: _Place, said: Sequence[Receipt], at: datetime
) -> tuple[DeliveryState, DeliveryState]:
    """Bring one delivery up to what was said of it, in order; its state before and after."""
    mine = sa.and_(delivery.c.message_id == place[0], delivery.c.address_id == place[1])
    stored = await connection.execute(sa.select(delivery.c.state).where(mine).with_for_update())
    before = state = DeliveryState(stored.scalar_one())
    deciding: Receipt | None = None
    for receipt in said:
        after = after_receipt(state, receipt.outcome)
        if after is not state:
            state, deciding = after, receipt
    if deciding is not None:
        values = {"state": state.value, "code": fit(deciding.code, CODE), "detail": fit(deciding.detail, DETAIL)}
        await connection.execute(sa.update(delivery).where(mine).values(**values, at=to_instant(deciding.at or at)))
    return before, state


async def _worn_out(
    connection: AsyncConnection, soft: Mapping[int, str], patience: Patience | None, at: datetime
) -> list[tuple[int, str]]:
    """The addresses that have come back so often that patience is at its end, with the reason."""
    if not soft or not patience:
        return []
    ended = await soft_bounces.count(connection, soft, patience, at)
    return [(address_id, f"{reason} ({soft[address_id]})") for address_id, reason in ended.items()]


def _came_back_for_now(change: tuple[DeliveryState, DeliveryState], said: Sequence[Receipt]) -> bool:
    """Whether a delivery is only now known to have come back, for a reason that may pass. A repetition is none."""
    before, after = change
    temporary = all(receipt.outcome is Outcome.TEMPORARY for receipt in said)
    return temporary and after is DeliveryState.BOUNCED is not before


def _gone(told: Mapping[_Place, Sequence[Receipt]]) -> list[tuple[int, str]]:
    """The addresses that will never work, with the reason, in order."""
    return [
        (address_id, fit(f"{receipt.detail} ({receipt.code})", DETAIL))
        for (_, address_id), said in sorted(told.items(), key=lambda each: each[0][1])
        for receipt in said
        if receipt.outcome is Outcome.PERMANENT and receipt.suppresses and address_id
    ]


def _our_key(receipt: Receipt) -> _Place | None:
    return read_delivery_key(receipt.key) if receipt.key else None


def _provider_id(receipt: Receipt) -> str | None:
    return fit(receipt.provider_id or "", PROVIDER_ID) or None


async def _keep(connection: AsyncConnection, channels: Sequence[str], receipt: Receipt, at: datetime) -> None:
    """Keep a receipt whose delivery may still be recorded; what speaks of no message of ours is dropped."""
    ours, provider_id = _our_key(receipt), _provider_id(receipt)
    if ours is not None and not await _is_message_of(connection, channels, ours[0]):
        return
    if ours is None and provider_id is None:
        return
    await connection.execute(
        sa.insert(early_receipt).values(
            channels=list(channels),
            provider_id=provider_id,
            delivery_key=None if ours is None else receipt.key,
            outcome=receipt.outcome.value,
            code=fit(receipt.code, CODE),
            detail=fit(receipt.detail, DETAIL),
            at=to_instant(receipt.at or at),
            arrived_at=to_instant(at),
            suppresses=int(receipt.suppresses),
        )
    )


async def _is_message_of(connection: AsyncConnection, channels: Sequence[str], message_id: int) -> bool:
    found = await connection.execute(
        sa.select(message.c.id).where(message.c.id == message_id, message.c.channel.in_(channels))
    )
    return found.first() is not None


def _from_row(row: sa.Row[Any]) -> Receipt:
    return Receipt(
        Outcome(row.outcome),
        provider_id=row.provider_id,
        key=row.delivery_key,
        code=row.code,
        detail=row.detail,
        at=from_instant(row.at),
        suppresses=bool(row.suppresses),
    )
