"""What providers push to us, stored before they are answered: receipts, and what people sent or did."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import CallbackAnswer
from channels.receipt import Inbound
from pusher.clock import to_instant
from pusher.deliver import receipts
from pusher.deliver.tables import seen_event
from subscribers import address_form, consent
from subscribers.keys import KeyRing

_log = structlog.get_logger()

#: Why an address is closed whose owner sent TD, or left.
REFUSED = "退订"


async def take(
    connection: AsyncConnection,
    ring: KeyRing,
    answer: CallbackAnswer,
    *,
    channels: Sequence[str],
    address_kind: str,
    at: datetime,
) -> None:
    """Store everything that a callback told; a repeated push changes nothing.

    `channels`: the one that was called back, and the failovers that it is a member of.
    """
    channel = channels[0]
    if answer.receipts:
        matched = await receipts.read(connection, channels, answer.receipts, at)
        _log.info("receipts read", channel=channel, receipts=len(answer.receipts), matched=matched)
    for event in await _unseen(connection, channel, answer.inbound, at):
        await _take_inbound(connection, ring, event, channel=channel, address_kind=address_kind, at=at)


async def _unseen(connection: AsyncConnection, channel: str, inbound: Sequence[Inbound], at: datetime) -> list[Inbound]:
    """The events that were not pushed before; they are remembered."""
    fresh = []
    for event in inbound:
        key = event.event_id[:120]
        if key and await _is_known(connection, channel, key):
            continue
        if key:
            await connection.execute(sa.insert(seen_event).values(channel=channel, event_id=key, at=to_instant(at)))
        fresh.append(event)
    return fresh


async def _is_known(connection: AsyncConnection, channel: str, key: str) -> bool:
    found = await connection.execute(
        sa.select(seen_event.c.at).where(seen_event.c.channel == channel, seen_event.c.event_id == key)
    )
    return found.first() is not None


async def _take_inbound(
    connection: AsyncConnection, ring: KeyRing, event: Inbound, *, channel: str, address_kind: str, at: datetime
) -> None:
    try:
        value = address_form.normalise(address_kind, event.address)
    except address_form.AddressError:
        _log.warning("inbound event from an address that is none", channel=channel, act=event.act)
        return
    fingerprint = ring.fingerprint(address_kind, address_form.identity(address_kind, value))
    key = (address_kind, fingerprint)
    when = event.at or at
    if event.act == "stop":
        await consent.end(connection, [key], "ended", REFUSED, consent.Origin(f"{channel} stop", when))
    elif event.act == "start":
        await consent.restore(connection, *key, source=f"{channel} start", at=when)
    _log.info("inbound event", channel=channel, act=event.act)
