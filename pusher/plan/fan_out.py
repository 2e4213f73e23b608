"""From a broadcast to batches: its audience is selected set by set, in ranges of subscribers, and survives a crash.

The cursor of the broadcast moves in the same transaction that adds the batches of a range, so a range is planned once
however often it is begun. Who becomes one person with another meanwhile is left out by the ranges that follow, and
looked at once more with the last one (`joined`). Between two ranges the most urgent broadcast is looked for again: a
warning never waits for a routine broadcast to a million people to be planned.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

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
from pusher.plan.joined import Joined, joined_since, untold
from pusher.plan.outlets import begins, outlets_of
from pusher.plan.shares import Plan, Range, Share
from pusher.plan.tables import broadcast, waiting
from pusher.plan.timing import manner
from subscribers.timing import look_around

_log = structlog.get_logger()

#: Subscribers of one range: some tens of milliseconds of work, so that nothing waits long and memory stays flat.
RANGE = 40_000

#: What is planned side by side: no warning waits for the range of a routine broadcast that is under way.
_APART = ((Lane.WARNING,), (Lane.PERSONAL, Lane.ROUTINE))

#: Seconds between two looks for broadcasts that became due or that another process let go: a warning that was approved
#: from a terminal waits no longer for its first message.
_LOOK_SECONDS = 0.03

_URGENCY = sa.case({lane.value: urgency for urgency, lane in enumerate(Lane)}, value=broadcast.c.lane)


class FanOut:
    """Turns open broadcasts that are due into batches."""

    def __init__(self, database: Database, bell: Bell, now: Callable[[], datetime]) -> None:
        self._database = database
        self._bell = bell
        self._now = now

    async def once(self, lanes: Collection[Lane] = tuple(Lane)) -> None:
        """Plan what is due in `lanes`, the most urgent first; a broadcast that cannot be planned holds no other up.

        Whatever is no warning rests between two ranges while one is on its way.
        """
        broken: set[int] = set()
        while True:
            if Lane.WARNING not in lanes:
                await self._bell.way.give()
            number = await self._most_urgent(lanes, broken)
            if number is None:
                return
            try:
                await self._plan_range(number)
            except Exception as surprise:
                _log.exception("broadcast not planned", broadcast=number, error=type(surprise).__name__)
                broken.add(number)

    async def _most_urgent(self, lanes: Collection[Lane], broken: Collection[int]) -> int | None:
        async with self._database.read(brief=True) as connection:
            return await connection.scalar(
                sa.select(broadcast.c.id)
                .where(
                    broadcast.c.fanned_out == 0,
                    broadcast.c.state == BroadcastState.OPEN.value,
                    broadcast.c.lane.in_([lane.value for lane in lanes]),
                    broadcast.c.due <= to_instant(self._now()),
                    broadcast.c.id.not_in(broken),
                )
                .order_by(_URGENCY, broadcast.c.due, broadcast.c.id)
                .limit(1)
            )

    async def _plan_range(self, number: int) -> None:
        """Plan the next range of a broadcast, and with the last one those who became one person meanwhile."""
        async with self._database.read() as connection:
            due = await get(connection, number)
            if due.lane is Lane.WARNING:
                self._bell.way.claim()
            outlets = await outlets_of(connection, due.id)
            after, at = max(due.cursor, 0), self._now()
            if due.cursor < 0 and (opens := begins(outlets, at)) > at:
                # It was let go, or the service came back, when its hours were over.
                await self._put_off(number, opens)
                return
            how = manner(due, at)
            present = await look_around(connection, how)
            merges = due.merges if due.cursor >= 0 else present.merges
            # Ranges end at multiples, so that one person lies in the same one of every broadcast.
            upto = max(min(after // RANGE * RANGE + RANGE, present.last), after)

            async def plan(low: int, high: int) -> Plan:
                within = Range(due, outlets, at, how, present, low, high, first=low // RANGE * RANGE)
                return await within.plan(connection)

            here = await plan(after, upto)
            joined, again = None, []
            if present.merges > merges:
                joined = await joined_since(connection, merges)
                here = joined.left_out_of(here)
                if upto >= present.last:
                    again = [joined.alone_of(await plan(*stretch)) for stretch in joined.stretches(RANGE)]
        if due.cursor < 0:
            public = [Share(outlet, pack([0]), due.due) for outlet in outlets if outlet.address_kind == "public"]
            here = replace(here, shares=[*here.shares, *public])
        await self._store(_Planned(due, merges, upto, upto >= present.last, here, joined, again))

    async def _put_off(self, number: int, due: datetime) -> None:
        async with self._database.write() as connection:
            still = sa.and_(broadcast.c.id == number, broadcast.c.cursor < 0)
            await connection.execute(sa.update(broadcast).where(still).values(due=to_instant(due)))

    async def _store(self, planned: "_Planned") -> None:
        due = planned.broadcast
        urgent = due.lane is Lane.WARNING
        async with self._database.write(urgent=urgent, brief=urgent) as connection:
            if not await self._move_on(connection, planned):
                return
            put_aside = planned.put_aside
            if put_aside:
                await connection.execute(sa.insert(waiting), put_aside)
            shares = await planned.shares(connection)
            for share in shares:
                await enqueue(
                    connection,
                    share.outlet.message_id,
                    channel=share.outlet.channel,
                    lane=due.lane,
                    due=to_instant(share.due),
                    packed=share.packed,
                )
            for outlet in dict.fromkeys(share.outlet for share in shares):
                await self._count(connection, due, [share for share in shares if share.outlet == outlet])
                await self._database.notify(connection, f"{outlet.channel} {due.lane}")
        for share in shares:
            self._bell.ring(share.outlet.channel, due.lane)
        if planned.finished:
            _log.info("broadcast planned", broadcast=due.id, lane=due.lane)

    async def _move_on(self, connection: AsyncConnection, planned: "_Planned") -> bool:
        """Put the cursor behind the range; False if somebody else has, or it is halted."""
        due = planned.broadcast
        moved = await connection.execute(
            sa.update(broadcast)
            .where(
                broadcast.c.id == due.id,
                broadcast.c.cursor == due.cursor,
                broadcast.c.fanned_out == 0,
                broadcast.c.state == BroadcastState.OPEN.value,
            )
            .values(
                cursor=planned.upto,
                merges=planned.merges,
                fanned_out=int(planned.finished),
                matched_at=to_instant(self._now()) if planned.finished else None,
                digested=broadcast.c.digested + sum(len(each["people"]) // 8 for each in planned.put_aside),
            )
        )
        return moved.rowcount > 0

    async def _count(self, connection: AsyncConnection, due: Broadcast, shares: Sequence[Share]) -> None:
        """Add the shares of one message to its counters."""
        await connection.execute(
            sa.update(message)
            .where(message.c.id == shares[0].outlet.message_id)
            .values(
                planned=message.c.planned + sum(share.size for share in shares),
                queued_at=sa.func.coalesce(message.c.queued_at, to_instant(self._now())),
                held=message.c.held + sum(share.size for share in shares if share.due > due.due),
                # Half of what was planned so far is not half of all.
                half_sent_at=None,
                most_sent_at=None,
            )
        )

    async def run(self, wake: asyncio.Event, stopping: asyncio.Event) -> None:
        """Plan until `stopping` is set; look again when `wake` is set, and thirty times a second.

        Another process may have let a warning go, or a time has come: one look-up by an index that holds nothing else.
        """
        looks = [asyncio.Event() for _ in _APART]
        async with asyncio.TaskGroup() as tasks:
            for lanes, look in zip(_APART, looks, strict=True):
                tasks.create_task(self._keep_up(lanes, look, stopping))
            while not stopping.is_set():
                for look in looks:
                    look.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await wake.wait()
                wake.clear()
            for look in looks:
                look.set()

    async def _keep_up(self, lanes: Collection[Lane], look: asyncio.Event, stopping: asyncio.Event) -> None:
        """Plan what is due in `lanes` whenever `look` is set."""
        while not stopping.is_set():
            await look.wait()
            look.clear()
            try:
                await self.once(lanes)
            except Exception as surprise:
                _log.exception("fan-out failed", error=type(surprise).__name__)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A range of a broadcast as it is to be stored."""

    broadcast: Broadcast
    #: The newest merge when the first range was planned.
    merges: int
    upto: int
    finished: bool
    here: Plan
    #: Who has become one with others since; None = nobody.
    joined: Joined | None
    #: And what they are to get, if it was the last range: as if nothing had been planned for them.
    again: Sequence[Plan]

    @property
    def put_aside(self) -> Sequence[Mapping[str, Any]]:
        """Rows of `waiting`. What a joined person has heard of by then, his digest leaves out."""
        return [row for plan in (self.here, *self.again) for row in plan.put_aside]

    async def shares(self, connection: AsyncConnection) -> Sequence[Share]:
        """Who gets it by itself."""
        again = [share for plan in self.again for share in plan.shares]
        if self.joined is None or not again:
            return self.here.shares
        return [*self.here.shares, *await untold(connection, self.broadcast, self.joined, again)]
