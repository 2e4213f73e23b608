"""Works on the batches of one channel in one lane: claim, hand over slice by slice, record."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import Channel
from channels.message import Address, Lane
from pusher.clock import to_instant
from pusher.database import Database
from pusher.deliver import deliveries, ledger, message_store
from pusher.deliver.batch import SIZE, Batch
from pusher.deliver.bell import Bell
from pusher.deliver.hand_over import Slice, hand_over
from pusher.deliver.ledger import Standing
from pusher.deliver.message_store import StoredMessage
from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState
from subscribers import consent, recipients
from subscribers.keys import KeyRing

_log = structlog.get_logger()

#: How long a claim holds without a sign of life; the worker renews it three times as often.
LEASE = timedelta(seconds=60)

#: Seconds that one slice should take: what a crash leaves in doubt, and how soon a halt is heeded.
_SLICE_SECONDS = 0.3
_SMALLEST_SLICE = 10


@dataclass(frozen=True, slots=True)
class Desk:
    """What the dispatchers of one process share."""

    database: Database
    ring: KeyRing
    bell: Bell
    #: Name of this worker, unique among all processes.
    worker: str
    #: The present, aware.
    now: Callable[[], datetime]
    #: Slots that the service itself fills for an address number, by name (the unsubscribe link).
    own_slots: Mapping[str, Callable[[int], str]]
    #: How long a claim holds without a sign of life.
    lease: timedelta = LEASE


class _LostClaimError(Exception):
    """The claim was taken over: roll back what was about to be recorded."""


class Dispatcher:
    """One slot: one batch of one channel and lane at a time."""

    def __init__(self, desk: Desk, name: str, channel: Channel, lane: Lane) -> None:
        self._desk = desk
        self._name = name
        self._channel = channel
        self._lane = lane
        self._urgent = lane is Lane.WARNING
        self._slice = 50
        self._message: tuple[int, StoredMessage] | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set; wait for the bell where there is nothing to do."""
        bell = self._desk.bell
        while not stopping.is_set():
            rings = bell.rings(self._name, self._lane)
            try:
                worked = await self.work_once(stopping)
            except Exception as surprise:
                _log.exception("dispatch failed", channel=self._name, lane=self._lane, error=type(surprise).__name__)
                worked = False
            if not worked:
                await bell.wait(self._name, self._lane, since=rings)

    async def work_once(self, stopping: asyncio.Event | None = None) -> bool:
        """Work on the next due batch; False if there is none."""
        at = self._desk.now()
        async with self._desk.database.write(urgent=self._urgent) as connection:
            claimed = await ledger.claim(
                connection,
                self._name,
                self._lane,
                worker=self._desk.worker,
                at=to_instant(at),
                lease_until=to_instant(at + self._desk.lease),
            )
        if claimed is None:
            return False
        try:
            await self._work(claimed, stopping)
        except _LostClaimError:
            _log.warning("claim lost", batch=claimed.id, channel=self._name)
        return True

    async def _work(self, claimed: Batch, stopping: asyncio.Event | None) -> None:
        stored = await self._stored(claimed.message_id)
        position, size = claimed.recorded, len(claimed.recipients)
        done = Slice()
        while done.problem is None:
            end = min(position + self._slice, size)
            if stopping is not None and stopping.is_set():
                end = position
            if not await self._checkpoint(claimed, stored, done, position, end) or end == position:
                return
            done = await self._hand_over(claimed, stored, claimed.recipients[position:end])
            position = end
        await self._park(claimed, done, position)

    async def _checkpoint(self, claimed: Batch, stored: StoredMessage, done: Slice, position: int, end: int) -> bool:
        """Record the slice that is done and announce the next one; False if there is none to hand over."""
        at = self._desk.now()
        async with self._desk.database.write(urgent=self._urgent) as connection:
            standing = await self._record(connection, claimed, done, position=position, end=end, at=at)
            rest = claimed.recipients[position:]
            if standing is Standing.HALTED or (rest and end == position):
                await ledger.put_back(connection, claimed, recorded=position)
                return False
            if standing is Standing.CANCELLED:
                await self._give_up(connection, claimed, rest, DeliveryState.CANCELLED, at)
                return False
            if at >= stored.expires:
                await self._give_up(connection, claimed, rest, DeliveryState.EXPIRED, at)
                return False
            if not rest:
                await ledger.finish(connection, claimed)
            return bool(rest)

    async def _record(
        self, connection: AsyncConnection, claimed: Batch, done: Slice, *, position: int, end: int, at: datetime
    ) -> Standing:
        standing = await ledger.advance(
            connection, claimed, recorded=position, started=end, lease_until=to_instant(at + self._desk.lease)
        )
        if standing is Standing.LOST:
            raise _LostClaimError
        if done.attempts:
            await ledger.record(connection, claimed, done.attempts, to_instant(at))
            gone = [(each.address_id, f"{each.detail} ({each.code})") for each in done.attempts if each.gone]
            if gone:
                await consent.suppress_addresses(connection, gone, source=f"channel {self._name}", at=at)
        return standing

    async def _give_up(
        self, connection: AsyncConnection, claimed: Batch, rest: Sequence[int], state: DeliveryState, at: datetime
    ) -> None:
        waiting = await self._still_waiting(connection, claimed, rest)
        await ledger.record(connection, claimed, [Attempt(each, state) for each in waiting], to_instant(at))
        await ledger.finish(connection, claimed)

    async def _hand_over(self, claimed: Batch, stored: StoredMessage, slice_: Sequence[int]) -> Slice:
        started = time.perf_counter()
        async with self._desk.database.read() as connection:
            waiting = await self._still_waiting(connection, claimed, slice_)
            addresses = await self._addresses(connection, stored, waiting)
        done = await hand_over(
            self._channel, stored.message, addresses, message_id=claimed.message_id, attempt=claimed.attempt
        )
        open_now = {address.id for address in addresses}
        done.attempts.extend(Attempt(each, DeliveryState.SUPPRESSED) for each in waiting if each not in open_now)
        self._stride(len(slice_), time.perf_counter() - started)
        return done

    async def _still_waiting(self, connection: AsyncConnection, claimed: Batch, slice_: Sequence[int]) -> Sequence[int]:
        """Those that a receipt has not settled meanwhile; only later tries need to look."""
        if claimed.attempt == 1:
            return slice_
        known = await deliveries.states(connection, claimed.message_id, slice_)
        return [each for each in slice_ if known.get(each) in (None, DeliveryState.RETRYING)]

    async def _addresses(
        self, connection: AsyncConnection, stored: StoredMessage, waiting: Sequence[int]
    ) -> Sequence[Address]:
        if stored.address_kind == "public":
            return [Address(0, "") for _ in waiting]
        found = await recipients.load(connection, self._desk.ring, waiting, group_ids=stored.groups)
        own = [(name, fill) for name, fill in self._desk.own_slots.items() if name in stored.slots]
        if not own:
            return found
        return [
            Address(each.id, each.value, {**each.slots, **{name: fill(each.id) for name, fill in own}})
            for each in found
        ]

    def _stride(self, handed_over: int, seconds: float) -> None:
        wanted = int(handed_over / max(seconds, 1e-6) * _SLICE_SECONDS)
        self._slice = max(_SMALLEST_SLICE, min(wanted, 2 * self._slice, SIZE))

    async def _park(self, claimed: Batch, done: Slice, position: int) -> None:
        at = self._desk.now()
        async with self._desk.database.write(urgent=self._urgent) as connection:
            await self._record(connection, claimed, done, position=position, end=position, at=at)
            unsent = [*done.unsent, *claimed.recipients[position:]]
            problem = done.problem or ""
            seconds = await ledger.park(connection, claimed, unsent, problem=problem, at=to_instant(at))
            await ledger.finish(connection, claimed)
        _log.error("channel parked", channel=self._name, lane=self._lane, problem=problem, seconds=seconds)

    async def _stored(self, message_id: int) -> StoredMessage:
        """The message; the last one is remembered, since batches of one message come together."""
        if self._message is None or self._message[0] != message_id:
            async with self._desk.database.read() as connection:
                self._message = (message_id, await message_store.load(connection, message_id))
        return self._message[1]
