"""Hands one slice of recipients to a channel, several at a time, and says what came of each."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import structlog

from channels.channel import Bulk, Channel
from channels.failure import SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Receipt
from pusher.deliver.batch import delivery_key
from pusher.deliver.said import fit
from pusher.deliver.settle import Attempt, settle
from pusher.deliver.way import RightOfWay

_log = structlog.get_logger()

T = TypeVar("T")

#: Characters of a channel's problem that a message keeps.
_PROBLEM = 300


@dataclass(slots=True)
class Slice:
    """What handing over one slice came to."""

    attempts: list[Attempt] = field(default_factory=list)
    #: Address numbers that were not handed over, because the channel failed for a reason of ours.
    unsent: list[int] = field(default_factory=list)
    #: That reason; None if all went through.
    problem: str | None = None


async def hand_over(
    channel: Channel,
    message: Message,
    to: Sequence[Address],
    *,
    message_id: int,
    attempt: int,
    way: RightOfWay | None = None,
) -> Slice:
    """Send `message` to all of `to`; at the first technical failure the rest is left unsent.

    Whoever may have got it nevertheless is no part of that rest: he is in doubt, by the rules of his lane.

    Whatever is no warning rests between two sends while `way` is claimed.
    """
    sending = _Sending(message, message_id, attempt, iter(to), None if message.lane is Lane.WARNING else way)
    if isinstance(channel, Bulk):
        chunk = max(channel.bulk_limit, 1)
        senders = [sending.send_many(channel, chunk) for _ in range(_senders(channel, -(-len(to) // chunk)))]
    else:
        senders = [sending.send_one_by_one(channel) for _ in range(_senders(channel, len(to)))]
    await asyncio.gather(*senders)
    sending.result.unsent.extend(address.id for address in sending.pending)
    return sending.result


def _senders(channel: Channel, requests: int) -> int:
    """How many of so many requests are worth keeping in flight."""
    return min(max(channel.concurrency, 1), requests)


class _Sending:
    """The state that the senders of one slice share."""

    def __init__(
        self, message: Message, message_id: int, attempt: int, pending: Iterator[Address], way: RightOfWay | None
    ) -> None:
        self.way = way
        self.message = message
        self.message_id = message_id
        self.attempt = attempt
        self.pending = pending
        self.result = Slice()

    async def send_one_by_one(self, channel: Channel) -> None:
        message, message_id, result = self.message, self.message_id, self.result
        for address in self.pending:
            if self.way is not None and self.way.is_claimed:
                await self.way.give()
            sending = channel.send(message, address, key=delivery_key(message_id, address.id))
            self._settle(address.id, await self._answer(sending))
            if result.problem is not None:
                return

    async def send_many(self, channel: Bulk, most: int) -> None:
        while self.result.problem is None:
            chunk = list(islice(self.pending, most))
            if not chunk:
                return
            if self.way is not None and self.way.is_claimed:
                await self.way.give()
            keys = [delivery_key(self.message_id, address.id) for address in chunk]
            answers = await self._answer(channel.send_many(self.message, chunk, keys=keys))
            if isinstance(answers, SendError):
                answers = [answers] * len(chunk)
            elif not isinstance(answers, Sequence) or len(answers) != len(chunk):
                answers = [self._bug(ValueError())] * len(chunk)
            for address, answer in zip(chunk, answers, strict=True):
                self._settle(address.id, answer)

    async def _answer(self, sending: Awaitable[T]) -> T | SendError:
        """What the channel answers, whatever it does; raises only when this sender itself is cancelled."""
        try:
            return await sending
        except SendError as failure:
            return failure
        except asyncio.CancelledError as surprise:
            sender = asyncio.current_task()
            if sender is None or sender.cancelling():
                raise
            return self._bug(surprise)
        except Exception as surprise:
            return self._bug(surprise)

    def _settle(self, address_id: int, answer: Receipt | SendError) -> None:
        if isinstance(answer, TechnicalFailure):
            self.result.problem = fit(str(answer), _PROBLEM)
            if not answer.in_doubt:
                self.result.unsent.append(address_id)
                return
        lane, attempt = self.message.lane, self.attempt
        try:
            settled = settle(address_id, answer, lane, attempt)
        except ValueError as nonsense:
            settled = settle(address_id, self._bug(nonsense), lane, attempt)
        self.result.attempts.append(settled)

    def _bug(self, surprise: BaseException) -> SendError:
        """Our own fault: this recipient may have got it, and nobody else is tried before an operator has looked."""
        name = type(surprise).__name__
        self.result.problem = f"the channel broke ({name}); this is a fault of the software, please report it"
        # Only the kind and the place: the text of a foreign exception may hold an address or a secret.
        frame = surprise.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame is not None else ""
        _log.error("channel broke", error=name, place=place, message_id=self.message_id)
        return TemporaryFailure(f"the channel broke ({name})", code="bug", in_doubt=True)
