"""A channel kept to its provider's pace: requests a second, a day's quota, and the waits that the provider asks for;
where the provider counts by address (bots), each address's own.

Whoever must wait gets the next token by lane: a warning overtakes all others that wait, and loses at most the one token
that went out before it came. The wrapper is `Bulk`, `Reporting`, `Listening` and
`Rehearsing` where the channel in it is.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from typing_extensions import override

from channels.channel import Answering, Bulk, Channel, Listening, Rehearsing, Reporting
from channels.failure import SendError, TemporaryFailure
from channels.limits import EachLimits, Limits
from channels.message import Address, Lane, Message
from channels.pace import Bucket, Quota, until_midnight
from channels.receipt import Receipt
from channels.turns import Turns

#: Seconds that a send waits because the provider asked for it; for a longer wait it fails at once and comes again.
LONGEST_PAUSE = 30.0

#: Seconds of the provider's rate that are worth keeping in flight: the time that slow answers take.
_IN_FLIGHT = 5.0

_RANK = {lane: rank for rank, lane in enumerate((Lane.WARNING, Lane.PERSONAL, Lane.ROUTINE))}


class Timer(Protocol):
    """A steady clock that calls back; an event loop is one."""

    def time(self) -> float:
        """Seconds."""
        ...

    def call_later(self, delay: float, callback: Callable[[], None], /) -> object:
        """Call after `delay` seconds."""
        ...


class Paced(Channel):
    """Sends no faster and no more than `limits` allow. One request of many addresses takes one token."""

    def __init__(
        self, channel: Channel, limits: Limits, *, now: Callable[[], datetime], timer: Timer | None = None
    ) -> None:
        """`now` tells the day of the quota; `timer` paces (None = the running loop)."""
        self._channel = channel
        self._now = now
        self._given_timer = timer
        self._bucket = Bucket(limits.per_second, limits.burst)
        self._quota = Quota(limits.daily_quota)
        self._counts_requests = limits.counts_requests
        self._turns = Turns(_rates(limits))
        #: Who waits for a token: rank of the lane, order of arrival, and the future that lets them go.
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = count()
        self._armed = False
        self.concurrency = _worthwhile(channel.concurrency, limits.per_second)
        if isinstance(channel, Bulk):
            self._bulk = channel
            self.bulk_limit = channel.bulk_limit
            self.send_many = self._send_many
        if isinstance(channel, Reporting):
            self.callback = channel.callback
        if isinstance(channel, Answering):
            self.reply = channel.reply
        if isinstance(channel, Listening):
            self.reports = channel.reports
        if isinstance(channel, Rehearsing):
            self.rehearse = channel.rehearse

    @property
    def _timer(self) -> Timer:
        return self._given_timer or asyncio.get_running_loop()

    def set_share(self, share: float) -> None:
        """Keep to `share` (0 < share ≤ 1) of rate and quota from now on, where several processes divide them."""
        self._bucket.set_share(share, at=self._timer.time())
        self._quota.set_share(share)
        self._turns.set_share(share)
        self._serve()

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        wait = self._turns.wait(to.id, message.lane, self._timer.time())
        if wait:
            raise TemporaryFailure("waits for this address's turn", retry_after=wait, by_address=True, untried=True)
        if not await self._admit(1, message.lane):
            raise self._used_up()
        try:
            return await self._channel.send(message, to, key=key)
        except SendError as failure:
            self._heed(failure)
            if isinstance(failure, TemporaryFailure) and failure.by_address and failure.retry_after:
                self._turns.rest(to.id, failure.retry_after, self._timer.time())
            raise

    @override
    async def close(self) -> None:
        await self._channel.close()

    async def _send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        """See `Bulk.send_many`; what the quota does not cover is answered with a TemporaryFailure."""
        try:
            admitted = await self._admit(1 if self._counts_requests else len(to), message.lane)
        except SendError as failure:
            return [failure] * len(to)
        if self._counts_requests:
            admitted *= len(to)
        answers: Sequence[Receipt | SendError] = ()
        if admitted:
            answers = await self._bulk.send_many(message, to[:admitted], keys=keys[:admitted])
        failures = [answer for answer in answers if isinstance(answer, SendError)]
        # A request that somebody got is spent as a whole.
        unspent = len(failures) if not self._counts_requests else len(failures) == len(answers)
        for number, refused in enumerate(failures):
            self._heed(refused, is_spent=number >= unspent)
        return [*answers, *(self._used_up() for _ in to[admitted:])]

    async def _admit(self, wanted: int, lane: Lane) -> int:
        """Wait for a token; how many of the `wanted` the quota covers. Raises what `_turn` raises."""
        if not self._covered(wanted, lane):
            return 0
        await self._turn(lane)
        covered = self._covered(wanted, lane)
        self._quota.spend(covered, at=self._now())
        return covered

    def _covered(self, wanted: int, lane: Lane) -> int:
        # Our count may be wrong, a warning may not be late: there it is left to the provider to refuse.
        return wanted if lane is Lane.WARNING else self._quota.left(wanted, at=self._now())

    def _used_up(self) -> TemporaryFailure:
        return TemporaryFailure("the daily quota is used up", retry_after=until_midnight(self._now()))

    def _heed(self, failure: SendError, *, is_spent: bool = False) -> None:
        """What the provider did not take is not spent; where it asks for a pause it gets one."""
        if not is_spent and not (isinstance(failure, TemporaryFailure) and failure.in_doubt):
            self._quota.put_back(1, at=self._now())
        if isinstance(failure, TemporaryFailure) and failure.retry_after and not failure.by_address:
            self._pause(failure.retry_after)

    def _pause(self, seconds: float) -> None:
        self._bucket.shut(seconds, at=self._timer.time())
        if seconds > LONGEST_PAUSE:
            waiting, self._waiting = self._waiting, []
            for _, _, turn in waiting:
                if not turn.done():
                    turn.set_exception(_resting(seconds))

    async def _turn(self, lane: Lane) -> None:
        """Wait for a token. Raises TemporaryFailure where the provider's pause is too long to sit out."""
        at = self._timer.time()
        pause = self._bucket.shut_for(at)
        if pause > LONGEST_PAUSE:
            raise _resting(pause)
        if not self._waiting and not self._bucket.wait(at):
            self._bucket.take(at)
            return
        turn = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (_RANK[lane], next(self._arrivals), turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            # Who was let go in the same moment gives the token on; who still waited is passed over by `_serve`.
            if not turn.cancelled():
                self._bucket.put_back()
                self._serve()
            raise

    def _serve(self) -> None:
        """Let go whom the tokens suffice for, and come again when the next token is there."""
        while self._waiting:
            at = self._timer.time()
            wait = self._bucket.wait(at)
            if wait > 0.0:
                self._arm(wait)
                return
            _, _, turn = heappop(self._waiting)
            if not turn.done():
                self._bucket.take(at)
                turn.set_result(None)

    def _arm(self, seconds: float) -> None:
        if not self._armed:
            self._armed = True
            self._timer.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._armed = False
        self._serve()


def _resting(seconds: float) -> TemporaryFailure:
    # A failure of its own for each waiter: a raised exception must not be shared between tasks.
    return TemporaryFailure("the provider has asked us to wait", retry_after=seconds)


def _rates(limits: Limits) -> list[tuple[int, float]]:
    """What one address takes: most messages, within so many seconds."""
    if not isinstance(limits, EachLimits):
        return []
    rates = ((limits.each_per_second, 1.0), (limits.each_per_minute, 60.0))
    return [(most, seconds) for most, seconds in rates if most is not None]


def _worthwhile(concurrency: int, rate: float | None) -> int:
    """Sends in flight that a paced channel can make use of; more would only queue up in here."""
    return concurrency if rate is None else min(concurrency, max(1, math.ceil(rate * _IN_FLIGHT)))
