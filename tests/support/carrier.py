"""What tests of channels over a carrier's lines share: words, people, and an ear."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from channels.carrier.channel import Carrier
from channels.channel import CallbackAnswer
from channels.message import Address, Lane, Message
from channels.receipt import Inbound, Receipt


class Noticing(Protocol):
    """A stand-in that says when something has changed."""

    changed: asyncio.Event


class Ear:
    """Reads a channel's reports one by one."""

    def __init__(self, channel: Carrier) -> None:
        self.stopping = asyncio.Event()
        self.answers = channel.reports(self.stopping)
        self._heard: list[Receipt | Inbound] = []

    async def said(self) -> Receipt | Inbound:
        """The one thing that is said next."""
        while not self._heard:
            answer = await anext(self.answers)
            self._heard += [*answer.receipts, *answer.inbound]
        return self._heard.pop(0)

    async def receipt(self) -> Receipt:
        """The receipt that is said next."""
        said = await self.said()
        assert isinstance(said, Receipt)
        return said

    async def inbound(self) -> Inbound:
        """The words that come next."""
        said = await self.said()
        assert isinstance(said, Inbound)
        return said

    async def rest(self) -> list[CallbackAnswer]:
        """Everything that is still said once it is to stop."""
        self.stopping.set()
        return [answer async for answer in self.answers]


@asynccontextmanager
async def hearing_of(channel: Carrier) -> AsyncIterator[Ear]:
    """An ear at a channel."""
    ear = Ear(channel)
    yield ear
    await ear.rest()


async def until(gateway: Noticing, is_so: Callable[[], bool]) -> None:
    """Wait for something that the gateway notices."""
    while not is_so():
        gateway.changed.clear()
        await gateway.changed.wait()


def message(text: str, number: int = 1, lane: Lane = Lane.ROUTINE) -> Message:
    """Words."""
    return Message(f"b{number}-sms", lane, "education", {"text": text})


def to(number: int = 1) -> Address:
    """The n-th person."""
    return Address(number, f"+86138{number:08d}")
