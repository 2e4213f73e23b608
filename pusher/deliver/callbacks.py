"""What providers push to us, stored before they are answered: receipts, and what people sent or did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import CallbackAnswer
from channels.receipt import Inbound
from channels.stop_words import is_stranger
from pusher.clock import to_instant
from pusher.deliver import receipts
from pusher.deliver.said import EVENT_ID, fit
from pusher.deliver.tables import seen_event
from subscribers import address_form, agreements, consent
from subscribers.bulk import insert_or
from subscribers.keys import KeyRing

_log = structlog.get_logger()


class Hearer(Protocol):
    """Takes what people say and do (`pusher.talk.desk.TalkDesk`); `key` names the address that it came from."""

    async def meant(self, connection: AsyncConnection, key: consent.Key, event: Inbound) -> Inbound:
        """The event as its author means it, before anything is done with it."""
        ...

    async def hear(
        self, connection: AsyncConnection, key: consent.Key, event: Inbound, channel: str, at: datetime
    ) -> str | None:
        """Do what it asks for; what to answer, None for nothing."""
        ...


async def take(
    connection: AsyncConnection,
    ring: KeyRing,
    answer: CallbackAnswer,
    *,
    channels: Sequence[str],
    address_kind: str,
    at: datetime,
    hearer: Hearer | None = None,
) -> str | None:
    """Store everything that a callback told; a repeated push changes nothing. What to answer to whom it is from, if so.

    `channels`: the one that was called back, and the failovers that it is a member of. `hearer` takes what people said.
    """
    channel = channels[0]
    if answer.receipts:
        matched = await receipts.read(connection, channels, answer.receipts, at, patience=answer.patience)
        _log.info("receipts read", channel=channel, receipts=len(answer.receipts), matched=matched)
    said = None
    for event in await _unseen(connection, channel, answer.inbound, at):
        key = await _who(connection, ring, event, channels=channels, address_kind=address_kind)
        if key is None:
            continue
        meant = event if hearer is None else await hearer.meant(connection, key, event)
        await _take_inbound(connection, key, meant, channel=channel, at=at)
        if hearer is not None:
            said = await hearer.hear(connection, key, meant, channel, event.at or at)
    return said


async def _unseen(connection: AsyncConnection, channel: str, inbound: Sequence[Inbound], at: datetime) -> list[Inbound]:
    """The events that were not pushed before; they are remembered."""
    return [event for event in inbound if not event.event_id or await _is_new(connection, channel, event.event_id, at)]


async def _is_new(connection: AsyncConnection, channel: str, event_id: str, at: datetime) -> bool:
    """Remember an event; False if it was known. Of two pushes at once, one is the first."""
    event = {"channel": channel, "event_id": fit(event_id, EVENT_ID), "at": to_instant(at)}
    added = insert_or(connection, seen_event).values(event).on_conflict_do_nothing().returning(seen_event.c.at)
    return (await connection.execute(added)).first() is not None


async def _who(
    connection: AsyncConnection, ring: KeyRing, event: Inbound, *, channels: Sequence[str], address_kind: str
) -> consent.Key | None:
    """The address that an event is about; None, and a line in the log, where there is none."""
    if event.key is not None:
        number = await receipts.address_of(connection, channels, event.key)
        known = await consent.keys_of(connection, [] if number is None else [number])
        if not known:
            _log.warning("inbound event about an unknown delivery", channel=channels[0], act=event.act)
        return next(iter(known.values()), None)
    try:
        value = address_form.normalise(address_kind, event.address)
    except address_form.AddressError:
        _log.warning("inbound event from an address that is none", channel=channels[0], act=event.act)
        return None
    return address_kind, ring.fingerprint(address_kind, address_form.identity(address_kind, value))


async def _take_inbound(
    connection: AsyncConnection, key: consent.Key, event: Inbound, *, channel: str, at: datetime
) -> None:
    origin = consent.Origin(f"{channel} {event.act}", event.at or at)
    if event.act == "stop":
        await consent.end(connection, [key], "ended", consent.REFUSED, origin)
    elif event.act == "complaint":
        await consent.end(connection, [key], "ended", consent.COMPLAINED, origin)
    elif event.act == "text" and is_stranger(event.text):
        await consent.suppress(connection, *key, reason=consent.STRANGER, source=origin.source, at=origin.at)
    elif event.act == "start" and (await consent.reasons(connection, [key])).get(key) != consent.ERASED:
        # Whoever was erased asks for something before anything is kept of him again (`pusher.talk`).
        await consent.restore(connection, *key, source=origin.source, at=origin.at)
    if event.agreements:
        await agreements.note(connection, key, channel, event.agreements, origin.at)
    _log.info("inbound event", channel=channel, act=event.act)
