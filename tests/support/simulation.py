"""A town's days at random: channels fail in every way, workers die, staff change their minds, providers report late.

`Town.live` acts, `Town.settle` lets everything come to its end, `Town.check` holds what came of it against the rules.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.channel import CallbackAnswer
from channels.message import Lane
from channels.receipt import Inbound, Outcome, Receipt
from pusher.deliver import callbacks, receipts
from pusher.deliver.postman import Postman
from pusher.deliver.tables import message
from pusher.plan import broadcast
from pusher.plan.broadcast import BroadcastState, RefusedError
from subscribers.tables import address
from tests.support.engine import Engine
from tests.support.provider import Provider
from tests.support.reckoning import Witness, check, check_people

_LANES = tuple(Lane)
_CHANNELS = (
    (("mail", "email"),),
    (("mail", "email"), ("board", "public")),
    (("mail", "email"), ("sms", "phone")),
)


@dataclass
class Town:
    """What is done in it at random."""

    engine: Engine
    chance: random.Random
    mail: Provider = field(init=False)
    board: Provider = field(init=False)
    sms: Provider = field(init=False)
    people: int = 0
    workers: int = 0
    #: Numbers of the broadcasts.
    broadcasts: list[int] = field(default_factory=list)
    #: Deliveries of which a provider said later that they were taken, or that they arrived; by our key.
    vouched: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)
    #: Broadcasts that were ever halted: their notes of unreached people may have waited too long.
    halted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.mail = Provider(self.chance)
        self.mail.report = self._report_one
        self.board = Provider(self.chance, concurrency=1)
        self.sms = Provider(self.chance)

    async def live(self, phases: int) -> None:
        """So many phases, each with workers at work and people who act meanwhile."""
        for _ in range(phases):
            await self._add_people()
            await self._propose()
            await self._remember_what_must_not_happen()
            self.mail.badness = self.board.badness = self.chance.choice([0.0, 0.3, 0.8])
            self.sms.badness = self.chance.choice([0.0, 0.3, 0.8])
            acts = [self._at_some_moment(self._some_act()) for _ in range(self.chance.randint(1, 12))]
            await asyncio.gather(*(self._work() for _ in range(self.chance.randint(1, 3))), *acts)
            await self.engine.fall_back()
            self.engine.later(self.chance.choice([0, 3, 3, 61, 61, 700, 8000]))

    async def settle(self) -> None:
        """Let go whatever is held, make every channel work, and wait until all is over."""
        self.mail.badness = self.board.badness = self.sms.badness = 0.0
        for number in self.broadcasts:
            await self._try(lambda connection, number=number: broadcast.resume(connection, number))
            await self._try(
                lambda connection, number=number: broadcast.approve(connection, number, by="li", at=self.at)
            )
            await self._try(lambda connection, number=number: self._clear_away(connection, number))
        for seconds in (*[61] * 5, *[3600] * 5, *[86_400] * 8):
            self.engine.later(seconds)
            await self._remember_what_must_not_happen()
            postman = self._postman()
            await self.engine.fan_out()
            await postman.scout.renew_and_recover()
            await postman.once()
            await self._match_early()
            while await self.engine.fall_back():
                await postman.once()
        async with self.engine.database.write() as connection:
            await broadcast.finish_settled(connection)

    async def check(self) -> None:
        """Hold the ledger, the counters and what the channels saw against each other."""
        wrongs = [*self.mail.wrongs, *self.board.wrongs, *self.sms.wrongs]
        assert not wrongs, wrongs[:5]
        witness = Witness(self.mail.got + self.board.got + self.sms.got, self.vouched, self.arrived)
        await check(self.engine.database, witness)
        await check_people(self.engine.database, witness, halted=self.halted)

    @property
    def at(self) -> datetime:
        """The present."""
        return self.engine.at

    async def _add_people(self) -> None:
        count = self.chance.choice([0, 0, 0, 5, 40])
        add = self.chance.choice([self.engine.add_people, self.engine.add_pairs])
        await add(count, start=self.people + 1)
        self.people += count

    async def _propose(self) -> None:
        for _ in range(self.chance.randint(0, 2)):
            number = await self.engine.propose(
                lane=self.chance.choice(_LANES),
                channels=self.chance.choice(_CHANNELS),
                useful=timedelta(seconds=self.chance.choice([60, 86_400, 3 * 86_400])),
                approval=self.chance.random() < 0.1,
            )
            self.broadcasts.append(number)

    async def _remember_what_must_not_happen(self) -> None:
        async with self.engine.database.read() as connection:
            closed = set(await connection.scalars(sa.select(address.c.id).where(address.c.standing != 0)))
            ended = await connection.scalars(sa.select(message.c.id).where(message.c.state != "open"))
            stopped = {f"m{number}" for number in ended}
        for provider in (self.mail, self.board, self.sms):
            provider.closed, provider.stopped, provider.began = closed, stopped, self.at

    def _postman(self) -> Postman:
        self.workers += 1
        worker = Engine(self.engine.database, ring=self.engine.ring, worker=f"worker-{self.workers}")
        worker.now = self.engine.now  # type: ignore[method-assign]
        return worker.postman(mail=self.mail, board=self.board, sms=self.sms)

    async def _work(self) -> None:
        """One worker: it plans, recovers and delivers, and may die at any moment."""
        working = asyncio.create_task(self._worker(self._postman()))
        if self.chance.random() < 0.5:
            await self._moment(working)
            working.cancel()
        outcome = (await asyncio.gather(working, return_exceptions=True))[0]
        if isinstance(outcome, Exception):
            raise outcome

    async def _worker(self, postman: Postman) -> None:
        """One pass, or work until it is told to stop."""
        await self.engine.fan_out()
        await postman.scout.renew_and_recover()
        if self.chance.random() < 0.5:
            await postman.once()
            await self.engine.fall_back()
            await postman.once()
            return
        stopping = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(postman.run(stopping))
            await self._moment(running)
            stopping.set()

    async def _moment(self, working: asyncio.Task[None]) -> None:
        """Some moment: after a while, or in the middle of a slice, or at its end."""
        in_a_slice = self.chance.random() < 0.7
        waiting = self.mail.asked(self.chance.randint(1, 40)) if in_a_slice else self._some_turns()
        moment = asyncio.create_task(waiting)
        try:
            await asyncio.wait([working, moment], return_when=asyncio.FIRST_COMPLETED, timeout=0.2)
        finally:
            moment.cancel()

    async def _some_turns(self) -> None:
        for _ in range(self.chance.choice([0, 20, 60, 200, 1000])):
            await asyncio.sleep(0)

    async def _at_some_moment(self, act: Callable[[], Awaitable[None]]) -> None:
        await self._some_turns()
        await act()

    def _some_act(self) -> Callable[[], Awaitable[None]]:
        acts = [
            self._fall_back,
            self._halt,
            self._resume,
            self._cancel,
            self._approve,
            self._refuse,
            self._recover,
            self._hurry,
        ]
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
        self.halted.add(number)
        await self._try(lambda connection: broadcast.halt(connection, number))

    async def _resume(self) -> None:
        number = self._some_broadcast()
        for provider in (self.mail, self.board, self.sms):
            provider.stopped = set()
        await self._try(lambda connection: broadcast.resume(connection, number))

    async def _cancel(self) -> None:
        number = self._some_broadcast()
        if self.chance.random() < 0.3:
            await self._try(lambda connection: broadcast.cancel(connection, number))

    async def _clear_away(self, connection: AsyncConnection, number: int) -> None:
        """What waited for an approval until nobody would get it any more is ended."""
        if (await broadcast.get(connection, number)).state is BroadcastState.PROPOSED:
            await broadcast.cancel(connection, number)

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
        known = list(self.mail.numbers.items())[-200:]
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
        return Receipt(outcome, key=key, provider_id=number)

    async def _push(self, answer: CallbackAnswer) -> None:
        async with self.engine.database.write() as connection:
            ring, at = self.engine.ring, self.at
            await callbacks.take(connection, ring, answer, channels=["mail"], address_kind="email", at=at)
        self.arrived |= {each.key for each in answer.receipts if each.key and each.outcome is Outcome.DELIVERED}

    async def _match_early(self) -> None:
        async with self.engine.database.write() as connection:
            await receipts.match_early(connection, self.at)

    async def _recover(self) -> None:
        """A worker that has nothing to do frees what others left behind."""
        await self._postman().scout.renew_and_recover()

    async def _fall_back(self) -> None:
        await self.engine.fall_back()

    async def _hurry(self) -> None:
        """Time goes by while workers work: some seem to be dead who are only slow."""
        self.engine.later(self.chance.choice([1, 5, 61]))
