"""A small service around a database: people, broadcasts, and channels that answer as they are told."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from channels.channel import Channel
from channels.failure import SendError
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from pusher.database import Database
from pusher.deliver import message_store
from pusher.deliver.bell import Bell
from pusher.deliver.dispatch import Desk, Dispatcher
from pusher.deliver.postman import Postman
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.plan import broadcast
from pusher.plan.fall_back import FallBack
from pusher.plan.fan_out import FanOut
from subscribers.audience import Audience
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.keys import KeyRing
from subscribers.topic import Severity, Topic

START = datetime(2026, 11, 22, 2, tzinfo=UTC)
EVERYBODY = Topic(frozenset({"education"}), frozenset({"360403"}))


@dataclass
class Hands:
    """A channel that keeps what it was handed and answers by a rule."""

    concurrency: int = 4
    #: What to answer, by address value and how often it was asked before.
    rule: Callable[[str, int], Receipt | SendError] = lambda _value, _times: Receipt(Outcome.SENT, code="250")
    taken: Counter[str] = field(default_factory=Counter)
    keys: dict[str, set[str]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    #: Where a send waits until it is set.
    gate: asyncio.Event | None = None
    #: Set once somebody waits there.
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        """Answer by the rule."""
        if self.gate is not None:
            self.reached.set()
            await self.gate.wait()
        times = self.taken[to.value]
        self.taken[to.value] += 1
        self.keys.setdefault(to.value, set()).add(key)
        self.messages.append(message.id)
        answer = self.rule(to.value, times)
        if isinstance(answer, SendError):
            raise answer
        return answer

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Engine:
    """What a test holds in its hands."""

    database: Database
    ring: KeyRing = field(default_factory=KeyRing.generate)
    at: datetime = START
    bell: Bell = field(default_factory=Bell)
    worker: str = "test"

    def now(self) -> datetime:
        """The present of this engine."""
        return self.at

    def later(self, seconds: float) -> None:
        """Let time go by."""
        self.at += timedelta(seconds=seconds)

    async def add_people(self, count: int, *, start: int = 1) -> None:
        """People who subscribed to education in the district by e-mail: r1@example.com, r2@example.com …"""
        people = [
            Newcomer([("email", f"r{number}@example.com")], subscriptions=[Subscription("education", "360403")])
            for number in range(start, start + count)
        ]
        async with self.database.write() as connection:
            await add_many(connection, self.ring, people, Origin("test", self.at))

    async def add_pairs(self, count: int, *, start: int = 1, preference: str = "first") -> None:
        """People whom r1@example.com reaches first, and +8613900000001 else; r2@example.com …"""
        people = [
            Newcomer(
                [("email", f"r{number}@example.com"), ("phone", f"+8613900{number:06}")],
                preference=preference,
                subscriptions=[Subscription("education", "360403")],
            )
            for number in range(start, start + count)
        ]
        async with self.database.write() as connection:
            await add_many(connection, self.ring, people, Origin("test", self.at))

    async def add_three(self) -> None:
        """Somebody with one mailbox and two numbers."""
        his = [("email", "r1@example.com"), ("phone", "+8613900000001"), ("phone", "+8613900000002")]
        somebody = Newcomer(his, subscriptions=[Subscription("education", "360403")])
        async with self.database.write() as connection:
            await add_many(connection, self.ring, [somebody], Origin("test", self.at))

    async def propose(
        self,
        *,
        lane: Lane = Lane.ROUTINE,
        channels: Sequence[tuple[str, str]] = (("mail", "email"),),
        text: str = "通知",
        audience: Audience | None = None,
        useful: timedelta = timedelta(days=1),
        approval: bool = False,
        at_once: bool = False,
        hours: str | None = None,
    ) -> int:
        """A broadcast to everybody, with its messages."""
        async with self.database.write() as connection:
            number = await broadcast.propose(
                connection,
                item_id=None,
                revision=0,
                route="test",
                title="通知",
                lane=lane,
                audience=audience or Audience(EVERYBODY),
                due=self.at,
                expires=self.at + useful,
                by="route test",
                at=self.at,
                approval=approval,
            )
            assert number is not None
            for channel, kind in channels:
                await message_store.add(
                    connection,
                    Message("new", lane, "default", {"subject": "通知", "text": text}),
                    broadcast_id=number,
                    channel=channel,
                    address_kind=kind,
                    expires=self.at + useful,
                    at_once=at_once,
                    hours=hours,
                    groups=audience.lists if audience else (),
                    by_duty=audience is not None and audience.warning,
                )
        return number

    async def fan_out(self) -> None:
        """Plan what is due."""
        await FanOut(self.database, self.bell, self.now).once()

    async def fall_back(self) -> int:
        """Look for the next addresses of whoever was not reached; how many people have one."""
        return await FallBack(self.database, self.bell, self.now).once()

    def desk(self) -> Desk:
        """What the dispatchers of a worker share."""
        return Desk(self.database, self.ring, self.bell, self.worker, self.now, {}, patience=(0.0, 0.0))

    def postman(self, **channels: Channel) -> Postman:
        """A worker with these channels."""
        return Postman(self.desk(), channels)

    def dispatcher(self, channel: Channel, lane: Lane = Lane.ROUTINE) -> Dispatcher:
        """One slot of a worker, for the channel "mail"."""
        return Dispatcher(self.desk(), "mail", channel, lane)

    async def deliver(self, **channels: Channel) -> None:
        """Plan and deliver what is due now."""
        await self.fan_out()
        await self.postman(**channels).once()

    async def states(self, broadcast_id: int) -> Counter[DeliveryState]:
        """How many deliveries of a broadcast stand where."""
        async with self.database.read() as connection:
            found = await connection.execute(
                sa.select(delivery.c.state, sa.func.count())
                .join(message, message.c.id == delivery.c.message_id)
                .where(message.c.broadcast_id == broadcast_id)
                .group_by(delivery.c.state)
            )
            return Counter({DeliveryState(state): number for state, number in found})

    async def counters(self, broadcast_id: int) -> dict[str, int]:
        """The counters of a broadcast's only message that are not zero."""
        names = ("planned", "sent", "delivered", "bounced", "failed", "in_doubt", "expired", "suppressed")
        columns = [message.c[name] for name in (*names, "cancelled", "retrying", "parkings")]
        async with self.database.read() as connection:
            row = (await connection.execute(sa.select(*columns).where(message.c.broadcast_id == broadcast_id))).one()
        return {name: value for name, value in row._mapping.items() if value}

    async def state(self, broadcast_id: int) -> str:
        """Where the broadcast stands once settled ones are closed."""
        async with self.database.write() as connection:
            await broadcast.finish_settled(connection)
            return (await broadcast.get(connection, broadcast_id)).state


__all__ = ["EVERYBODY", "START", "Engine", "Hands", "Severity"]
