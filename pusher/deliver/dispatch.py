"""Works on the batches of one channel in one lane: claim, hand over slice by slice, record."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import Channel
from channels.failure import TemporaryFailure
from channels.message import Lane
from pusher.clock import after_quiet, minute_of, to_instant
from pusher.database import FAILURES, Database
from pusher.deliver import caps, deliveries, ledger, message_store
from pusher.deliver.addressing import look_up
from pusher.deliver.batch import SIZE, Batch
from pusher.deliver.bell import Bell
from pusher.deliver.caps import Caps
from pusher.deliver.hand_over import Slice, hand_over
from pusher.deliver.ledger import Standing
from pusher.deliver.message_store import StoredMessage
from pusher.deliver.settle import Attempt, settle
from pusher.deliver.state import DeliveryState
from subscribers import consent
from subscribers.keys import KeyRing
from subscribers.timing import quiet_now

_log = structlog.get_logger()

#: How long a claim holds without a sign of life; the worker renews it three times as often.
LEASE = timedelta(seconds=60)

#: Seconds that one slice should take: what a crash leaves in doubt, and how soon a halt is heeded.
_SLICE_SECONDS = 0.3
_SMALLEST_SLICE = 10


T = TypeVar("T")

#: Seconds after which a transaction that records is tried again where the database fails or is locked.
PATIENCE = (0.2, 1.0, 5.0, 15.0, 30.0)

#: What a try comes to whose address does not open: its key may be put back into the key file.
UNREADABLE = TemporaryFailure("the key ring does not open this address", code="key")
#: What is said of a message that its number need not have right now.
_ENOUGH = "this number has had as many messages as the settings allow"
#: And of one that has come into somebody's quiet hours.
_QUIET = "its receiver has quiet hours"


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
    #: Seconds between tries to record while the database fails.
    patience: Sequence[float] = PATIENCE
    #: Limits of messages to one number, by channel.
    caps: Mapping[str, Caps] = field(default_factory=dict)
    #: Numbers of the batches that a dispatcher of this process works on: their claims are prolonged, no others.
    in_hand: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Work:
    """A claimed batch under way."""

    claimed: Batch
    stored: StoredMessage
    #: How many recipients, from the front, are done.
    position: int
    #: What the last of them came to; the ledger does not know it yet.
    done: Slice = field(default_factory=Slice)


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
        """Work on the next due batch; False if there is none. Raises what the database raises when it is asked."""
        at = self._desk.now()
        async with self._desk.database.write(urgent=self._urgent, brief=True) as connection:
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
        self._desk.in_hand.add(claimed.id)
        try:
            await self._work(claimed, stopping)
        except _LostClaimError:
            _log.warning("claim lost", batch=claimed.id, channel=self._name)
        except Exception as surprise:
            # Nobody prolongs the claim any more: when it has run out, the batch is recovered like a dead worker's.
            _log.exception("batch failed", batch=claimed.id, channel=self._name, error=type(surprise).__name__)
        finally:
            self._desk.in_hand.discard(claimed.id)
        return True

    async def _work(self, claimed: Batch, stopping: asyncio.Event | None) -> None:
        work = _Work(claimed, await self._stored(claimed.message_id), claimed.recorded)
        while work.done.problem is None:
            end = min(work.position + self._slice, len(claimed.recipients))
            if stopping is not None and stopping.is_set():
                end = work.position
            if not await self._insist(work, partial(self._checkpoint, work, end)) or end == work.position:
                return
            work.done = await self._hand_over(work, claimed.recipients[work.position : end])
            work.position = end
        # Whatever stopped it may stop the next try as well, and leave whoever it has in doubt: one will show it.
        self._slice = 1
        seconds = await self._insist(work, partial(self._park, work))
        problem = work.done.problem
        _log.error("channel parked", channel=self._name, lane=self._lane, problem=problem, seconds=seconds)

    async def _insist(self, work: _Work, act: Callable[[AsyncConnection, datetime], Awaitable[T]]) -> T:
        """Carry `act` out in a transaction, again while the database fails: what a slice came to is known only here."""
        for tries, pause in enumerate((*self._desk.patience, None)):
            try:
                async with self._desk.database.write(urgent=self._urgent, brief=True) as connection:
                    if tries and await ledger.recorded(connection, work.claimed) == work.position:
                        # It was kept, and only the news of it was lost: it must not be counted twice.
                        work.done.attempts.clear()
                    return await act(connection, self._desk.now())
            except FAILURES as failure:
                if pause is None:
                    raise
                _log.warning("recording failed", channel=self._name, lane=self._lane, error=type(failure).__name__)
            await asyncio.sleep(pause)
        raise AssertionError

    async def _checkpoint(self, work: _Work, end: int, connection: AsyncConnection, at: datetime) -> bool:
        """Record the slice that is done and announce the next one; False if there is none to hand over."""
        standing = await self._record(connection, work, end=end, at=at)
        claimed, position = work.claimed, work.position
        rest = claimed.recipients[position:]
        if standing is Standing.HALTED or (rest and end == position):
            await ledger.put_back(connection, claimed, recorded=position)
            return False
        if standing is Standing.CANCELLED:
            await self._give_up(connection, claimed, rest, DeliveryState.CANCELLED, at)
            return False
        if at >= work.stored.expires:
            await self._give_up(connection, claimed, rest, DeliveryState.EXPIRED, at)
            return False
        if not rest:
            await ledger.finish(connection, claimed)
        return bool(rest)

    async def _record(self, connection: AsyncConnection, work: _Work, *, end: int, at: datetime) -> Standing:
        lease_until = to_instant(at + self._desk.lease)
        claimed, attempts = work.claimed, work.done.attempts
        standing = await ledger.advance(
            connection, claimed, recorded=work.position, started=end, lease_until=lease_until
        )
        if standing is Standing.LOST:
            raise _LostClaimError
        if attempts:
            await ledger.record(connection, claimed, attempts, to_instant(at))
            if self._name in self._desk.caps:
                await caps.note(connection, self._name, attempts, to_instant(at))
            gone = sorted((each.address_id, f"{each.detail} ({each.code})") for each in attempts if each.gone)
            if gone:
                await consent.suppress_addresses(connection, gone, source=f"channel {self._name}", at=at)
        return standing

    async def _give_up(
        self, connection: AsyncConnection, claimed: Batch, rest: Sequence[int], state: DeliveryState, at: datetime
    ) -> None:
        await ledger.record(connection, claimed, [Attempt(each, state) for each in rest], to_instant(at))
        await ledger.finish(connection, claimed)

    async def _hand_over(self, work: _Work, slice_: Sequence[int]) -> Slice:
        started = time.perf_counter()
        claimed, stored = work.claimed, work.stored
        try:
            async with self._desk.database.read(brief=True) as connection:
                waiting = await self._still_waiting(connection, claimed, slice_)
                capped = await self._capped(connection, stored, waiting)
                quiet = await self._quiet(connection, stored, [each for each in waiting if each not in capped])
                waiting = [each for each in waiting if each not in capped and each not in quiet]
                to = await look_up(
                    connection, self._desk.ring, stored, waiting, self._desk.own_slots, at=self._desk.now()
                )
        except Exception as surprise:
            # Nobody was written to yet, so nobody is in doubt.
            _log.exception("addresses not read", batch=claimed.id, error=type(surprise).__name__)
            return Slice(unsent=list(slice_), problem=f"the addresses cannot be read ({type(surprise).__name__})")
        done = await hand_over(
            self._channel,
            stored.message,
            to.addresses,
            message_id=claimed.message_id,
            attempt=claimed.attempt,
            way=self._desk.bell.way,
        )
        done.attempts.extend(Attempt(each, DeliveryState.SUPPRESSED) for each in to.closed)
        done.attempts.extend(
            settle(each, TemporaryFailure(_ENOUGH, retry_after=wait, untried=True), self._lane, claimed.attempt)
            for each, wait in capped.items()
        )
        done.attempts.extend(
            settle(each, TemporaryFailure(_QUIET, retry_after=wait, untried=True), self._lane, claimed.attempt)
            for each, wait in quiet.items()
        )
        done.attempts.extend(settle(each, UNREADABLE, self._lane, claimed.attempt) for each in to.unreadable)
        self._stride(len(slice_), time.perf_counter() - started)
        return done

    async def _capped(
        self, connection: AsyncConnection, stored: StoredMessage, waiting: Sequence[int]
    ) -> Mapping[int, float]:
        """Those who have had enough for now, with the seconds to wait.

        A warning goes to everybody, in whatever lane; answers have a limit of their own.
        """
        limits = self._desk.caps.get(self._name)
        if limits is None or self._urgent or stored.at_once:
            return {}
        return await caps.over(connection, self._name, waiting, limits, self._desk.now())

    async def _quiet(
        self, connection: AsyncConnection, stored: StoredMessage, waiting: Sequence[int]
    ) -> Mapping[int, float]:
        """Those whose quiet hours have begun since it was planned, with the seconds to wait."""
        if self._urgent or stored.at_once or stored.address_kind == "public":
            return {}
        at = self._desk.now()
        ends = await quiet_now(connection, waiting, minute_of(at))
        due = {end: after_quiet(at, end, expires=stored.expires, hours=stored.hours) for end in set(ends.values())}
        return {each: (due[end] - at).total_seconds() for each, end in ends.items()}

    async def _still_waiting(self, connection: AsyncConnection, claimed: Batch, slice_: Sequence[int]) -> Sequence[int]:
        """Those that a receipt has not settled meanwhile; only later tries need to look."""
        if claimed.attempt == 1:
            return slice_
        known = await deliveries.states(connection, claimed.message_id, slice_)
        return [each for each in slice_ if known.get(each) in (None, DeliveryState.RETRYING)]

    def _stride(self, handed_over: int, seconds: float) -> None:
        wanted = int(handed_over / max(seconds, 1e-6) * _SLICE_SECONDS)
        self._slice = max(_SMALLEST_SLICE, min(wanted, 2 * self._slice, SIZE))

    async def _park(self, work: _Work, connection: AsyncConnection, at: datetime) -> float:
        claimed, position, done = work.claimed, work.position, work.done
        await self._record(connection, work, end=position, at=at)
        unsent = [*done.unsent, *claimed.recipients[position:]]
        seconds = await ledger.park(connection, claimed, unsent, problem=done.problem or "", at=to_instant(at))
        await ledger.finish(connection, claimed)
        return seconds

    async def _stored(self, message_id: int) -> StoredMessage:
        """The message; the last one is remembered, since batches of one message come together."""
        if self._message is None or self._message[0] != message_id:
            async with self._desk.database.read(brief=True) as connection:
                self._message = (message_id, await message_store.load(connection, message_id))
        return self._message[1]
