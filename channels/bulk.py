"""How gateways of short messages send to many at once, and what they cannot take together: one by one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from channels.channel import Channel
from channels.failure import PermanentFailure, SendError, TechnicalFailure
from channels.message import Address, Lane, Message
from channels.phone import mainland_number
from channels.receipt import Receipt

#: What became of one address.
Answered = Receipt | SendError

#: One request for all of these addresses; answers in their order. Raises SendError where it fails for all, and
#: NotTogetherError where it was refused for one of them.
Ask = Callable[[Sequence[Address]], Awaitable[Sequence[Answered]]]


class NotTogetherError(Exception):
    """A request was refused for one number in it, which says nothing of the others."""


class Words(Protocol):
    """The words of one message, made ready."""

    @property
    def is_personal(self) -> bool:
        """Whether they differ between recipients."""
        ...


class Gates:
    """How many single requests of one channel are in flight at a time, lane by lane: none waits for another's."""

    def __init__(self, concurrency: int) -> None:
        self._gates: Mapping[Lane, asyncio.Semaphore] = {lane: asyncio.Semaphore(concurrency) for lane in Lane}

    def of(self, lane: Lane) -> asyncio.Semaphore:
        """The gate of a lane."""
        return self._gates[lane]


@dataclass(frozen=True, slots=True)
class Together:
    """What one gateway takes in one request."""

    channel: Channel
    gates: Gates
    #: The words of a message; raises TechnicalFailure.
    words: Callable[[Message], Words]


async def send_together(
    way: Together,
    message: Message,
    to: Sequence[Address],
    *,
    keys: Sequence[str],
    ask: Ask,
    ask_each: Ask | None = None,
    most_each: int = 1,
) -> list[Answered]:
    """One answer an address, in order: shared requests for those who can share one, `channel.send` for the others.

    `ask` is a request of the same words for all, `ask_each` (None = the gateway has none) one of words that differ, for
    `most_each` at most. Only numbers of the mainland share requests.
    """
    places = [place for place, address in enumerate(to) if mainland_number(address.value)]
    if not _is_personal(way.words, message):
        shared, request = [places], ask
    elif ask_each is not None:
        shared, request = [places[start : start + most_each] for start in range(0, len(places), most_each)], ask_each
    else:
        shared, request = [], ask
    several = [some for some in shared if len(some) > 1]
    got = await asyncio.gather(*(_together([to[place] for place in some], request) for some in several))
    answers = {
        place: answer
        for some, said in zip(several, got, strict=True)
        for place, answer in zip(some, said, strict=False)
    }
    gate = way.gates.of(message.lane)

    async def send(place: int) -> None:
        async with gate:
            answers[place] = await _alone(way.channel, message, to[place], keys[place])

    await asyncio.gather(*(send(place) for place in range(len(to)) if place not in answers))
    return [answers[place] for place in range(len(to))]


def _is_personal(words: Callable[[Message], Words], message: Message) -> bool:
    try:
        return words(message).is_personal
    except TechnicalFailure:
        # Each single send will say what is wrong with them.
        return True


async def _together(to: Sequence[Address], ask: Ask) -> Sequence[Answered]:
    """The answers of one request; none where it was refused for a number in it."""
    try:
        return await ask(to)
    except (PermanentFailure, NotTogetherError):
        return ()
    except SendError as failure:
        return [failure] * len(to)


async def _alone(channel: Channel, message: Message, to: Address, key: str) -> Answered:
    try:
        return await channel.send(message, to, key=key)
    except SendError as failure:
        return failure
