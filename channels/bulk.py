"""How gateways of short messages send to many at once, and what they cannot take together: one by one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from channels.channel import Channel
from channels.failure import PermanentFailure, SendError, TechnicalFailure
from channels.message import Address, Message
from channels.phone import mainland_number
from channels.receipt import Receipt

#: What became of one address.
Answered = Receipt | SendError

#: One request for all of these addresses; answers in their order. Raises SendError where it fails for all.
Ask = Callable[[Sequence[Address]], Awaitable[Sequence[Answered]]]


class Words(Protocol):
    """The words of one message, made ready."""

    @property
    def is_personal(self) -> bool:
        """Whether they differ between recipients."""
        ...


async def send_together(
    channel: Channel,
    message: Message,
    to: Sequence[Address],
    *,
    keys: Sequence[str],
    words: Callable[[Message], Words],
    ask: Ask,
) -> list[Answered]:
    """One answer an address, in order: one request by `ask` for those who can share it, `channel.send` for the others.

    A request is shared by numbers of the mainland, where the words are the same for everybody.
    """
    shared = [place for place, address in enumerate(to) if mainland_number(address.value)]
    if len(shared) < 2 or _is_personal(words, message):
        shared = []
    answers = dict(zip(shared, await _together([to[place] for place in shared], ask), strict=False))
    gate = asyncio.Semaphore(channel.concurrency)

    async def send(place: int) -> None:
        async with gate:
            answers[place] = await _alone(channel, message, to[place], keys[place])

    await asyncio.gather(*(send(place) for place in range(len(to)) if place not in answers))
    return [answers[place] for place in range(len(to))]


def _is_personal(words: Callable[[Message], Words], message: Message) -> bool:
    try:
        return words(message).is_personal
    except TechnicalFailure:
        # Each single send will say what is wrong with them.
        return True


async def _together(to: Sequence[Address], ask: Ask) -> Sequence[Answered]:
    """The answers of one request; none where it was refused for a number in it, which says nothing of the others."""
    if not to:
        return ()
    try:
        return await ask(to)
    except PermanentFailure:
        return ()
    except SendError as failure:
        return [failure] * len(to)


async def _alone(channel: Channel, message: Message, to: Address, key: str) -> Answered:
    try:
        return await channel.send(message, to, key=key)
    except SendError as failure:
        return failure
