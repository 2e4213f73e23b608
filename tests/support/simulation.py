"""A town's days at random: channels fail in every way, workers die, staff change their minds, providers report late.

`Town.live` acts, `Town.settle` lets everything come to its end, `Town.check` holds what came of it against the rules.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from channels.channel import CallbackAnswer
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Inbound, Outcome, Receipt
from pusher.deliver import callbacks, receipts
from pusher.deliver.postman import Postman
from pusher.deliver.state import COUNTERS, SETTLED, DeliveryState, counted
from pusher.deliver.tables import batch, delivery, message
from pusher.plan import broadcast
from pusher.plan.broadcast import RefusedError
from subscribers.tables import address
from tests.support.engine import Engine

_LANES = (Lane.WARNING, Lane.PERSONAL, Lane.ROUTINE)
_CHANNELS = ((("mail", "email"),), (("mail", "email"), ("board", "public")))
#: States in which nobody needs to have got anything.
_NOT_REACHED = (DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED)


@dataclass
class Provider:
    """A channel that answers at random, and remembers who may have got what."""

    chance: random.Random
    now: Callable[[], datetime]
    concurrency: int = 7
    #: How likely it is that a send goes wrong in some way.
    badness: float = 0.3
    #: How often each delivery may have reached its receiver.
    got: Counter[str] = field(default_factory=Counter)
    #: What was said of each delivery: numbers of the provider, and that it has been told of at all.
    numbers: dict[str, str] = field(default_factory=dict)
    #: Address numbers that were closed, and messages that were not to go out, when the present phase began.
    closed: set[int] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    began: datetime | None = None
    wrongs: list[str] = field(default_factory=list)
    #: Reports on a delivery (its key, the provider's number) before the send is answered.
    report: Callable[[str, str], Awaitable[None]] | None = None

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        """Take it, or not."""
        self._judge(message, to)
        await self._dawdle()
        if self.report is not None and key in self.numbers and self.chance.random() < 0.2:
            await self.report(key, self.numbers[key])
        if self.chance.random() < self.badness:
            await self._fail(key)
        self.got[key] += 1
        await self._dawdle()
        self.numbers[key] = number = f"n-{key}-{self.got[key]}"
        outcome = self.chance.choice([Outcome.SENT, Outcome.SENT, Outcome.DELIVERED])
        return Receipt(outcome, provider_id=self.chance.choice([None, number]), key=key)

    async def close(self) -> None:
        """Nothing to let go of."""

    def _judge(self, message: Message, to: Address) -> None:
        if to.id in self.closed:
            self.wrongs.append(f"address {to.id} was closed, and written to")
        if message.id in self.stopped:
            self.wrongs.append(f"message {message.id} was not to go out, and did")
        if self.began is not None and message.expires is not None and message.expires <= self.began:
            self.wrongs.append(f"message {message.id} went out after its time")

    async def _dawdle(self) -> None:
        for _ in range(self.chance.choice([0, 0, 0, 1, 5, 60])):
            await asyncio.sleep(0)

    async def _fail(self, key: str) -> None:
        kind = self.chance.randrange(100)
        if kind < 50:
            raise TemporaryFailure("busy", code="450", retry_after=self.chance.choice([None, None, 90.5, 1e12]))
        if kind < 90:
            self._may_have(key)
            raise TemporaryFailure("no answer", in_doubt=True)
        if kind < 95:
            raise PermanentFailure("no such mailbox", code="550")
        if kind < 98:
            raise TechnicalFailure("wrong password", code="535")
        self._may_have(key)
        raise ZeroDivisionError

    def _may_have(self, key: str) -> None:
        if self.chance.random() < 0.5:
            self.got[key] += 1
            self.numbers[key] = f"n-{key}-{self.got[key]}"


@dataclass
class Town:
    """What is done in it at random."""

    engine: Engine
    chance: random.Random
    provider: Provider = field(init=False)
    board: Provider = field(init=False)
    people: int = 0
    workers: int = 0
    #: Broadcasts by number, with their lanes.
    broadcasts: dict[int, Lane] = field(default_factory=dict)
    #: Deliveries of which a provider said later that they were taken, or that they arrived; by our key.
    vouched: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.provider = Provider(self.chance, self.engine.now)
        self.provider.report = self._report_one
        self.board = Provider(self.chance, self.engine.now, concurrency=1)

    async def live(self, phases: int) -> None:
        """So many phases, each with workers at work and people who act meanwhile."""
        for _ in range(phases):
            await self._add_people()
            await self._propose()
            await self._remember_what_must_not_happen()
            self.provider.badness = self.board.badness = self.chance.choice([0.0, 0.3, 0.8])
            acts = [self._at_some_moment(self._some_act()) for _ in range(self.chance.randint(1, 12))]
            await asyncio.gather(*(self._work() for _ in range(self.chance.randint(1, 3))), *acts)
            self.engine.later(self.chance.choice([0, 3, 3, 61, 61, 700, 8000]))

    async def settle(self) -> None:
        """Let go whatever is held, make every channel work, and wait until all is over."""
        self.provider.badness = self.board.badness = 0.0
        for number in self.broadcasts:
            await self._try(lambda connection, number=number: broadcast.resume(connection, number))
            await self._try(
                lambda connection, number=number: broadcast.approve(connection, number, by="li", at=self.at)
            )
        for seconds in (*[61] * 5, *[3600] * 5, *[86_400] * 8):
            self.engine.later(seconds)
            await self._remember_what_must_not_happen()
            postman = self._postman()
            await self.engine.fan_out()
            await postman.scout.renew_and_recover()
            await postman.once()
            await self._match_early()
        async with self.engine.database.write() as connection:
            await broadcast.finish_settled(connection)

    async def check(self) -> None:
        """Hold the ledger, the counters and what the channels saw against each other."""
        assert self.provider.wrongs + self.board.wrongs == []
        async with self.engine.database.read() as connection:
            left = (await connection.execute(sa.select(batch.c.id, batch.c.state).where(batch.c.state != "done"))).all()
            messages = (await connection.execute(sa.select(message))).all()
            rows = (await connection.execute(sa.select(delivery))).all()
            states = {number: (await broadcast.get(connection, number)).state for number in self.broadcasts}
        assert left == []
        assert set(states.values()) <= {"done", "cancelled"}
        ledger: defaultdict[int, dict[int, DeliveryState]] = defaultdict(dict)
        for row in rows:
            ledger[row.message_id][row.address_id] = DeliveryState(row.state)
        for each in messages:
            self._check_counters(each, ledger[each.id])
            for address_id, state in ledger[each.id].items():
                self._check_delivery(f"m{each.id}-{address_id}", Lane(each.lane), state)

    def _check_counters(self, row: sa.Row[tuple[object, ...]], states: dict[int, DeliveryState]) -> None:
        recount = counted((None, state) for state in states.values())
        recount["planned"] = len(states)
        stored = {name: getattr(row, name) for name in COUNTERS}
        assert stored == {name: recount[name] for name in COUNTERS}
        assert stored["planned"] == sum(stored[name] for name in SETTLED)

    def _check_delivery(self, key: str, lane: Lane, state: DeliveryState) -> None:
        got = self.provider.got[key] + self.board.got[key]
        if key in self.arrived:
            assert state is DeliveryState.DELIVERED, f"{key} has arrived, and is {state.name}"
        if lane is not Lane.WARNING:
            assert got <= 1, f"{key} ({lane}, {state.name}) may have been got {got} times"
        if state in (DeliveryState.SENT, DeliveryState.DELIVERED):
            assert got >= 1 or key in self.vouched, f"{key} ({lane}) is {state.name}, yet nobody took it"
        if lane is Lane.WARNING and not got:
            assert state in _NOT_REACHED or key in self.vouched, f"{key} is {state.name}, yet nobody got the warning"

    @property
    def at(self) -> datetime:
        """The present."""
        return self.engine.at

    async def _add_people(self) -> None:
        count = self.chance.choice([0, 0, 0, 5, 40])
        await self.engine.add_people(count, start=self.people + 1)
        self.people += count

    async def _propose(self) -> None:
        for _ in range(self.chance.randint(0, 2)):
            lane = self.chance.choice(_LANES)
            number = await self.engine.propose(
                lane=lane,
                channels=self.chance.choice(_CHANNELS),
                useful=timedelta(seconds=self.chance.choice([60, 86_400, 3 * 86_400])),
                approval=self.chance.random() < 0.1,
            )
            self.broadcasts[number] = lane

    async def _remember_what_must_not_happen(self) -> None:
        async with self.engine.database.read() as connection:
            closed = set(await connection.scalars(sa.select(address.c.id).where(address.c.standing != 0)))
            ended = await connection.scalars(sa.select(message.c.id).where(message.c.state != "open"))
            stopped = {f"m{number}" for number in ended}
        for provider in (self.provider, self.board):
            provider.closed, provider.stopped, provider.began = closed, stopped, self.at

    def _postman(self) -> Postman:
        self.workers += 1
        worker = Engine(self.engine.database, ring=self.engine.ring, worker=f"worker-{self.workers}")
        worker.now = self.engine.now  # type: ignore[method-assign]
        return worker.postman(mail=self.provider, board=self.board)

    async def _work(self) -> None:
        """One worker: it plans, recovers and delivers, and may die or be told to stop at any moment."""
        postman = self._postman()
        working = asyncio.create_task(self._worker(postman))
        if self.chance.random() < 0.5:
            await self._some_turns()
            working.cancel()
        outcome = (await asyncio.gather(working, return_exceptions=True))[0]
        if isinstance(outcome, Exception):
            raise outcome

    async def _worker(self, postman: Postman) -> None:
        await self.engine.fan_out()
        await postman.scout.renew_and_recover()
        if self.chance.random() < 0.5:
            await postman.once()
            return
        stopping = asyncio.Event()
        running = asyncio.create_task(postman.run(stopping))
        try:
            await self._some_turns()
        finally:
            stopping.set()
            await running

    async def _some_turns(self) -> None:
        for _ in range(self.chance.choice([0, 20, 60, 200, 1000])):
            await asyncio.sleep(0)

    async def _at_some_moment(self, act: Callable[[], Awaitable[None]]) -> None:
        await self._some_turns()
        await act()

    def _some_act(self) -> Callable[[], Awaitable[None]]:
        acts = [self._halt, self._resume, self._cancel, self._approve, self._refuse, self._recover, self._hurry]
        return self.chance.choice([*acts, *(self._report for _ in range(6)), self._match_early])

    async def _try(self, act: Callable[..., Awaitable[None]]) -> None:
        try:
            async with self.engine.database.write() as connection:
                await act(connection)
        except RefusedError:
            return

    def _some_broadcast(self) -> int:
        return self.chance.choice([*self.broadcasts, 0])

    async def _halt(self) -> None:
        number = self._some_broadcast()
        await self._try(lambda connection: broadcast.halt(connection, number))

    async def _resume(self) -> None:
        number = self._some_broadcast()
        self.provider.stopped, self.board.stopped = set(), set()
        await self._try(lambda connection: broadcast.resume(connection, number))

    async def _cancel(self) -> None:
        number = self._some_broadcast()
        if self.chance.random() < 0.3:
            await self._try(lambda connection: broadcast.cancel(connection, number))

    async def _approve(self) -> None:
        number = self._some_broadcast()
        await self._try(lambda connection: broadcast.approve(connection, number, by="li", at=self.at))

    async def _refuse(self) -> None:
        """Somebody sends TD."""
        if self.people:
            stop = Inbound("stop", f"r{self.chance.randint(1, self.people)}@example.com", event_id="")
            await self._push(CallbackAnswer(inbound=[stop]))

    async def _report(self) -> None:
        """The provider says what became of some deliveries, early or late, perhaps again."""
        known = list(self.provider.numbers.items())[-200:]
        told = self.chance.choices(known, k=min(len(known), self.chance.randint(1, 60))) if known else []
        await self._push(CallbackAnswer(receipts=[self._said(key, number) for key, number in told]))

    async def _report_one(self, key: str, number: str) -> None:
        await self._push(CallbackAnswer(receipts=[self._said(key, number)]))

    def _said(self, key: str, number: str) -> Receipt:
        outcome = self.chance.choice([Outcome.SENT, Outcome.DELIVERED, Outcome.TEMPORARY, Outcome.PERMANENT])
        if outcome in (Outcome.SENT, Outcome.DELIVERED):
            self.vouched.add(key)
        if self.chance.random() < 0.3:
            return Receipt(outcome, provider_id=number)
        if outcome is Outcome.DELIVERED:
            self.arrived.add(key)
        return Receipt(outcome, key=key, provider_id=number)

    async def _push(self, answer: CallbackAnswer) -> None:
        async with self.engine.database.write() as connection:
            ring, at = self.engine.ring, self.at
            await callbacks.take(connection, ring, answer, channels=["mail"], address_kind="email", at=at)

    async def _match_early(self) -> None:
        async with self.engine.database.write() as connection:
            await receipts.match_early(connection, self.at)

    async def _recover(self) -> None:
        """A worker that has nothing to do frees what others left behind."""
        await self._postman().scout.renew_and_recover()

    async def _hurry(self) -> None:
        """Time goes by while workers work: some seem to be dead who are only slow."""
        self.engine.later(self.chance.choice([1, 5, 61]))
