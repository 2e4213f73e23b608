"""Whoever one address does not reach gets the broadcast on his next one, if he wants it on the first that works.

Recording a delivery's end notes it (`pusher.deliver.unreached`); here the notes of one broadcast after the other become
batches of its other messages. Notes are taken away and batches added in one transaction, so a crash loses nobody and
writes to nobody twice. Nothing is done for people who got it, or may still get it, on any other of their addresses.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver.batch import pack
from pusher.deliver.bell import Bell
from pusher.deliver.enqueue import enqueue
from pusher.deliver.tables import message, unreached
from pusher.plan.broadcast import Broadcast, BroadcastState, from_row
from pusher.plan.outlets import Outlet, outlets_of, personal
from pusher.plan.tables import broadcast
from pusher.plan.told import Told, told
from subscribers.audience import Alternative, alternatives

_log = structlog.get_logger()

#: Notes that are worked off in one transaction.
_AT_ONCE = 1000

_URGENCY = sa.case({lane.value: urgency for urgency, lane in enumerate(Lane)}, value=broadcast.c.lane)


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
    known = await told(connection, [due.id], {*failed, *(each.id for each in others)})
    chosen: dict[Outlet, list[int]] = {}
    by_person = sorted(others, key=lambda each: each.subscriber_id)
    for _, same in groupby(by_person, key=lambda each: each.subscriber_id):
        following = _next(list(same), outlets, known[due.id], due.lane)
        if following is not None:
            chosen.setdefault(outlets[following.kind], []).append(following.id)
    return chosen


def _next(others: Sequence[Alternative], outlets: Mapping[str, Outlet], known: Told, lane: Lane) -> Alternative | None:
    """The address that a person is to be reached on next; None if there is none, or no need."""
    addresses = {each.id for each in others} | {each.failed for each in others}
    if not all(known.is_lost(each, lane) for each in addresses):
        return None
    usable = (each for each in others if each.is_open and each.kind in outlets and known.is_new(each.id))
    return next(usable, None)
