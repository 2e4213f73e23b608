"""Looks out for the dispatchers of a process: what became due, and what dead workers left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.clock import to_instant
from pusher.deliver import ledger
from pusher.deliver.dispatch import Desk
from pusher.deliver.recover import recover
from pusher.deliver.tables import worker
from subscribers.bulk import insert_or

_log = structlog.get_logger()

#: Seconds between two looks for batches that became due; whoever queues a batch rings the bell at once.
_LOOK_SECONDS = 0.5
#: A process that was not seen for so long does not count any more when a provider's rate is shared.
_ABSENT = timedelta(seconds=90)
#: An instant after all others.
_NEVER = 2**63 - 1


class Scout:
    """One for a process that delivers."""

    def __init__(self, desk: Desk, channels: Iterable[str]) -> None:
        self._desk = desk
        self._channels = tuple(channels)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look, renew and recover until `stopping` is set, then wake everybody so that they see it."""
        clock = asyncio.get_running_loop().time
        renewal = clock()
        while not stopping.is_set():
            started = clock()
            if started >= renewal and await self._went_well(self.renew):
                renewal = started + self._renew_every
                await self._went_well(self.recover)
            await self._went_well(self.look)
            await _pause(stopping, _LOOK_SECONDS)
        for channel in self._channels:
            for lane in Lane:
                self._desk.bell.ring(channel, lane)
        await self._went_well(self.leave)

    async def keep(self, stopping: asyncio.Event) -> None:
        """Only prolong this process's claims until `stopping` is set."""
        while not stopping.is_set():
            await _pause(stopping, self._renew_every)
            if not stopping.is_set():
                await self._went_well(self.renew)

    async def look(self) -> None:
        """Ring for every channel and lane in which a batch is due."""
        at = to_instant(self._desk.now())
        async with self._desk.database.read() as connection:
            due = [
                (channel, lane)
                for channel in self._channels
                for lane in Lane
                if await ledger.waits(connection, channel, lane, at)
            ]
        for channel, lane in due:
            self._desk.bell.ring(channel, lane)

    async def renew_and_recover(self, *, alone: bool = False) -> None:
        """Prolong this process's claims and free those of the dead: `alone`, all claims there are."""
        await self.renew()
        await self.recover(alone=alone)

    async def renew(self) -> None:
        """Show that this process lives, and prolong the claims that it works on."""
        now = self._desk.now()
        async with self._desk.database.write(urgent=True) as connection:
            await self._show_up(connection, to_instant(now))
            lease_until = to_instant(now + self._desk.lease)
            await ledger.renew(connection, self._desk.worker, self._desk.in_hand, lease_until)

    async def recover(self, *, alone: bool = False) -> None:
        """Free the batches of the dead; `alone`, of all who claimed any."""
        now = self._desk.now()
        at = to_instant(now)
        # A clock that was put back since must not keep them waiting.
        lost_before = _NEVER if alone else at
        while True:
            async with self._desk.database.write() as connection:
                freed = await recover(connection, at=at, lost_before=lost_before)
            if freed is None:
                return
            _log.warning("batch recovered", batch=freed.id, channel=freed.channel, lane=freed.lane)

    async def leave(self) -> None:
        """Say that this process delivers no more, so that the others may use its share of the rates."""
        async with self._desk.database.write() as connection:
            await connection.execute(sa.delete(worker).where(worker.c.name == self._desk.worker))

    async def workers(self) -> int:
        """How many processes deliver at the moment, this one included."""
        async with self._desk.database.read() as connection:
            return max(1, await delivering(connection, self._desk.now()))

    @property
    def _renew_every(self) -> float:
        return self._desk.lease.total_seconds() / 3

    async def _show_up(self, connection: AsyncConnection, at: int) -> None:
        showing = insert_or(connection, worker).values(name=self._desk.worker, started_at=at, seen_at=at)
        await connection.execute(showing.on_conflict_do_update(index_elements=["name"], set_={"seen_at": at}))

    async def _went_well(self, act: Callable[[], Awaitable[None]]) -> bool:
        """Carry `act` out; what fails now is tried again soon, and keeps nothing else from being done."""
        try:
            await act()
        except Exception as surprise:
            _log.exception("scout failed", act=act.__name__, error=type(surprise).__name__)
            return False
        return True


async def delivering(connection: AsyncConnection, at: datetime) -> int:
    """How many processes deliver at the moment."""
    seen = worker.c.seen_at >= to_instant(at - _ABSENT)
    return await connection.scalar(sa.select(sa.func.count()).select_from(worker).where(seen)) or 0


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
