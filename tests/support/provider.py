"""A channel that answers at random, in every way that a channel can, and remembers who may have got what."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt


@dataclass
class Provider:
    """What it does is drawn from `chance`."""

    chance: random.Random
    concurrency: int = 7
    #: How likely it is that a send goes wrong in some way.
    badness: float = 0.3
    #: How often each delivery may have reached its receiver.
    got: Counter[str] = field(default_factory=Counter)
    #: Its own number for each delivery that may have got through, by our key.
    numbers: dict[str, str] = field(default_factory=dict)
    #: Address numbers that were closed, and messages that were not to go out, when the present phase began.
    closed: set[int] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    began: datetime | None = None
    #: What happened all the same, and must not.
    wrongs: list[str] = field(default_factory=list)
    #: How often it was asked, and what is set whenever it is.
    sends: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    #: Reports on a delivery (its key, the provider's number) before the send is answered.
    report: Callable[[str, str], Awaitable[None]] | None = None

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        """Take it, or not."""
        self.sends += 1
        self.heard.set()
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

    async def asked(self, times: int) -> None:
        """Return once it was asked so many times more."""
        last = self.sends + times
        while self.sends < last:
            self.heard.clear()
            await self.heard.wait()

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
