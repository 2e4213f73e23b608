"""Whoever one address does not reach gets the broadcast on his next one, if he wants it on the first that works.

Recording a delivery's end notes it (`pusher.deliver.unreached`); here the notes of one broadcast after the other become
batches of its other messages. Notes are taken away and batches added in one transaction, so a crash loses nobody and
writes to nobody twice. Nothing is done for people who got it, or may still get it, on any other of their addresses.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver.batch import BatchState, pack, unpack
from pusher.deliver.bell import Bell
from pusher.deliver.enqueue import enqueue
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import batch, delivery, message, unreached
from pusher.deliver.unreached import LOST, PATIENT_TRIES
from pusher.plan.broadcast import Broadcast, BroadcastState, from_row
from pusher.plan.outlets import Outlet, outlets_of, personal
from pusher.plan.tables import broadcast
from subscribers.audience import Alternative, alternatives

_log = structlog.get_logger()

#: Notes that are worked off in one transaction.
_AT_ONCE = 1000

#: States in which a delivery has ended and nobody has got anything.
_NEVER = (*LOST, DeliveryState.EXPIRED, DeliveryState.CANCELLED)

_URGENCY = sa.case({lane.value: urgency for urgency, lane in enumerate(Lane)}, value=broadcast.c.lane)


@dataclass(frozen=True, slots=True)
class _Told:
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


class FallBack:
    """Plans what unreached people get on their next address."""

    def __init__(self, database: Database, bell: Bell, now: Callable[[], datetime]) -> None:
        self._database = database
        self._bell = bell
        self._now = now

    async def once(self) -> int:
        """Work off all notes there are, the most urgent broadcast first; how many people get it on another address."""
        broken: set[int] = set()
        people = 0
        while (number := await self._most_urgent(broken)) is not None:
            try:
                people += await self._work_off(number)
            except Exception as surprise:
                _log.exception("not fallen back", broadcast=number, error=type(surprise).__name__)
                broken.add(number)
        return people

    async def _most_urgent(self, broken: Set[int]) -> int | None:
        """A broadcast with notes; one that is halted keeps them until it goes on."""
        async with self._database.read() as connection:
            return await connection.scalar(
                sa.select(broadcast.c.id)
                .join(message, message.c.broadcast_id == broadcast.c.id)
                .join(unreached, unreached.c.message_id == message.c.id)
                .where(broadcast.c.state != BroadcastState.HALTED.value, broadcast.c.id.not_in(broken))
                .order_by(_URGENCY, broadcast.c.id)
                .limit(1)
            )

    async def _work_off(self, number: int) -> int:
        """Turn some notes of a broadcast into batches; how many people are in them."""
        async with self._database.write() as connection:
            # The lock makes two processes that do the same see each other's batches.
            row = (
                await connection.execute(sa.select(broadcast).where(broadcast.c.id == number).with_for_update())
            ).one()
            if row.state == BroadcastState.HALTED:
                return 0
            failed = await _take_notes(connection, number)
            due = from_row(row)
            is_over = row.state == BroadcastState.CANCELLED or row.expires <= to_instant(self._now())
            chosen = {} if is_over else await _choose(connection, due, failed, at=self._now())
            for outlet, addresses in chosen.items():
                await self._enqueue(connection, outlet, due.lane, addresses)
            if chosen:
                reopened = sa.update(broadcast).where(
                    broadcast.c.id == number, broadcast.c.state == BroadcastState.DONE.value
                )
                await connection.execute(reopened.values(state=BroadcastState.OPEN.value))
        for outlet in chosen:
            self._bell.ring(outlet.channel, due.lane)
        people = sum(len(addresses) for addresses in chosen.values())
        if people:
            _log.info("fallen back", broadcast=number, lane=due.lane, people=people)
        return people

    async def _enqueue(self, connection: AsyncConnection, outlet: Outlet, lane: Lane, addresses: Sequence[int]) -> None:
        await enqueue(
            connection,
            outlet.message_id,
            channel=outlet.channel,
            lane=lane,
            due=to_instant(self._now()),
            packed=pack(addresses),
        )
        more = message.c.planned + len(addresses)
        await connection.execute(sa.update(message).where(message.c.id == outlet.message_id).values(planned=more))
        await self._database.notify(connection, f"{outlet.channel} {lane}")


async def _take_notes(connection: AsyncConnection, broadcast_id: int) -> list[int]:
    """Take away some notes of a broadcast; the addresses that they name."""
    mine = sa.select(message.c.id).where(message.c.broadcast_id == broadcast_id)
    some = (
        sa.select(unreached.c.message_id, unreached.c.address_id)
        .where(unreached.c.message_id.in_(mine))
        .limit(_AT_ONCE)
    )
    taken = await connection.execute(
        sa.delete(unreached)
        .where(sa.tuple_(unreached.c.message_id, unreached.c.address_id).in_(some))
        .returning(unreached.c.address_id)
    )
    return sorted(set(taken.scalars()))


async def _choose(
    connection: AsyncConnection, due: Broadcast, failed: Sequence[int], *, at: datetime
) -> dict[Outlet, list[int]]:
    """The next addresses of those who have one, by the message that goes there."""
    others = await alternatives(connection, due.audience, failed, at=at)
    outlets = personal(await outlets_of(connection, due.id))
    if not any(each.is_open and each.kind in outlets for each in others):
        return {}
    asked = sorted({*failed, *(each.id for each in others)})
    # In this order: what leaves a batch in between is then found among the deliveries.
    waiting = await _waiting(connection, due.id, set(asked))
    told = _Told(waiting, await _states(connection, due.id, asked))
    chosen: dict[Outlet, list[int]] = {}
    by_person = sorted(others, key=lambda each: each.subscriber_id)
    for _, same in groupby(by_person, key=lambda each: each.subscriber_id):
        following = _next(list(same), outlets, told, due.lane)
        if following is not None:
            chosen.setdefault(outlets[following.kind], []).append(following.id)
    return chosen


def _next(others: Sequence[Alternative], outlets: Mapping[str, Outlet], told: _Told, lane: Lane) -> Alternative | None:
    """The address that a person is to be reached on next; None if there is none, or no need."""
    addresses = {each.id for each in others} | {each.failed for each in others}
    if not all(told.is_lost(each, lane) for each in addresses):
        return None
    usable = (each for each in others if each.is_open and each.kind in outlets and told.is_new(each.id))
    return next(usable, None)


async def _waiting(connection: AsyncConnection, broadcast_id: int, among: Set[int]) -> set[int]:
    """Which addresses lie in batches of a broadcast and have not come to anything there."""
    found = await connection.execute(
        sa.select(batch.c.recipients, batch.c.recorded)
        .join(message, message.c.id == batch.c.message_id)
        .where(message.c.broadcast_id == broadcast_id, batch.c.state != BatchState.DONE.value)
    )
    waiting: set[int] = set()
    for recipients, recorded in found:
        waiting.update(among & set(unpack(recipients)[recorded:]))
    return waiting


async def _states(
    connection: AsyncConnection, broadcast_id: int, among: Sequence[int]
) -> dict[int, list[tuple[DeliveryState, int]]]:
    messages = await connection.scalars(sa.select(message.c.id).where(message.c.broadcast_id == broadcast_id))
    found = await connection.execute(
        sa.select(delivery.c.address_id, delivery.c.state, delivery.c.attempt).where(
            delivery.c.message_id.in_(messages.all()), delivery.c.address_id.in_(among)
        )
    )
    states: dict[int, list[tuple[DeliveryState, int]]] = {}
    for address_id, state, attempt in found:
        states.setdefault(address_id, []).append((DeliveryState(state), attempt))
    return states
