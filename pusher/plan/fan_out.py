"""From a broadcast to batches: its audience is selected set by set, in ranges of subscribers, and survives a crash.

The cursor of the broadcast moves in the same transaction that adds the batches of a range, so a range is planned once
however often it is begun. Between two ranges the most urgent broadcast is looked for again: a warning never waits for
a routine broadcast to a million people to be planned.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver.batch import pack
from pusher.deliver.bell import Bell
from pusher.deliver.enqueue import enqueue
from pusher.deliver.tables import message
from pusher.plan.broadcast import Broadcast, BroadcastState, get
from pusher.plan.outlets import Outlet, outlets_of, personal
from pusher.plan.tables import broadcast
from pusher.plan.warned import Warned
from subscribers.audience import last_subscriber, select_addresses

_log = structlog.get_logger()

#: Subscribers of one range: some tens of milliseconds of work, so that nothing waits long and memory stays flat.
RANGE = 40_000

#: Seconds between two looks for broadcasts that became due or that another process let go.
_LOOK_SECONDS = 0.1

_URGENCY = sa.case({lane.value: urgency for urgency, lane in enumerate(Lane)}, value=broadcast.c.lane)


class FanOut:
    """Turns open broadcasts that are due into batches."""

    def __init__(self, database: Database, bell: Bell, now: Callable[[], datetime]) -> None:
        self._database = database
        self._bell = bell
        self._now = now

    async def once(self) -> None:
        """Plan everything that is due, the most urgent first; a broadcast that cannot be planned holds no other up."""
        broken: set[int] = set()
        while (number := await self._most_urgent(broken)) is not None:
            try:
                await self._plan_range(number)
            except Exception as surprise:
                _log.exception("broadcast not planned", broadcast=number, error=type(surprise).__name__)
                broken.add(number)

    async def _most_urgent(self, broken: Collection[int]) -> int | None:
        async with self._database.read() as connection:
            return await connection.scalar(
                sa.select(broadcast.c.id)
                .where(
                    broadcast.c.fanned_out == 0,
                    broadcast.c.state == BroadcastState.OPEN.value,
                    broadcast.c.due <= to_instant(self._now()),
                    broadcast.c.id.not_in(broken),
                )
                .order_by(_URGENCY, broadcast.c.due, broadcast.c.id)
                .limit(1)
            )

    async def _plan_range(self, number: int) -> None:
        """Plan the next range of a broadcast."""
        async with self._database.read() as connection:
            due = await get(connection, number)
            if due.lane is Lane.WARNING:
                self._bell.way.claim()
            outlets = await outlets_of(connection, due.id)
            after = max(due.cursor, 0)
            last = await last_subscriber(connection)
            upto = min(after + RANGE, last) if last > after else after
            chosen = await _choose(connection, due, outlets, after=after, upto=upto)
        if due.cursor < 0:
            chosen |= {outlet: pack([0]) for outlet in outlets if outlet.address_kind == "public"}
        await self._store(due, chosen, upto=upto, finished=upto >= last)

    async def _store(self, due: Broadcast, chosen: Mapping[Outlet, bytes], *, upto: int, finished: bool) -> None:
        at = to_instant(self._now())
        async with self._database.write(urgent=due.lane is Lane.WARNING) as connection:
            moved = await connection.execute(
                sa.update(broadcast)
                .where(
                    broadcast.c.id == due.id,
                    broadcast.c.cursor == due.cursor,
                    broadcast.c.fanned_out == 0,
                    broadcast.c.state == BroadcastState.OPEN.value,
                )
                .values(cursor=upto, fanned_out=int(finished), matched_at=at if finished else None)
            )
            if moved.rowcount == 0:
                return
            for outlet, packed in chosen.items():
                await enqueue(
                    connection,
                    outlet.message_id,
                    channel=outlet.channel,
                    lane=due.lane,
                    due=to_instant(due.due),
                    packed=packed,
                )
                await connection.execute(
                    sa.update(message)
                    .where(message.c.id == outlet.message_id)
                    # Half of what was planned so far is not half of all.
                    .values(
                        planned=message.c.planned + len(packed) // 8,
                        queued_at=sa.func.coalesce(message.c.queued_at, at),
                        half_sent_at=None,
                        most_sent_at=None,
                    )
                )
                await self._database.notify(connection, f"{outlet.channel} {due.lane}")
        for outlet in chosen:
            self._bell.ring(outlet.channel, due.lane)
        if finished:
            _log.info("broadcast planned", broadcast=due.id, lane=due.lane)

    async def run(self, wake: asyncio.Event, stopping: asyncio.Event) -> None:
        """Plan until `stopping` is set; look again when `wake` is set, and ten times a second.

        Another process may have let a warning go, or a time has come: one look-up by an index that holds nothing else.
        """
        while not stopping.is_set():
            wake.clear()
            try:
                await self.once()
            except Exception as surprise:
                _log.exception("fan-out failed", error=type(surprise).__name__)
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await wake.wait()
            except TimeoutError:
                continue


async def _choose(
    connection: AsyncConnection, due: Broadcast, outlets: Sequence[Outlet], *, after: int, upto: int
) -> dict[Outlet, bytes]:
    by_kind = personal(outlets)
    if not by_kind or upto <= after:
        return {}
    selected = await select_addresses(connection, due.audience, list(by_kind), after=after, upto=upto)
    chosen = {by_kind[kind]: packed for kind, packed in selected.items()}
    if due.audience.earlier:
        warned = Warned(due.audience.earlier, [outlet.channel for outlet in by_kind.values()], after, upto)
        for outlet in by_kind.values():
            again = await warned.over(connection, outlet.channel)
            instead = await warned.instead(connection, outlet.address_kind)
            merged = _merge(chosen.get(outlet, b""), pack(again), pack(instead))
            if merged:
                chosen[outlet] = merged
    return chosen


def _merge(*several: bytes) -> bytes:
    numbers = {packed[start : start + 8]: None for packed in several for start in range(0, len(packed), 8)}
    return b"".join(numbers)
