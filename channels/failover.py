"""Several gateways for one purpose, in order: when one fails, the next one sends.

| the first one answers | routine, personal | warning |
|---|---|---|
| sent, or a dead address | done | done |
| technical failure | it rests; the next one sends | the same |
| temporary failure | comes again later; after some in a row it rests and the next one sends | the next one sends |
| in doubt | stays in doubt: nobody is told twice | the next one sends: better twice than never |
| in doubt, and technical | the same; it rests, and the next one sends to the others | the next one sends |

A resting gateway is passed over and tried with one send after each rest; a warning tries it at once where all others
have failed. `Failover` is `Bulk` where all its gateways are. Callbacks go to the gateway that they belong to.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog
from typing_extensions import override

from channels.channel import Bulk, Channel
from channels.circuit import Circuit
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Receipt

_log = structlog.get_logger()

#: Temporary failures in a row after which a gateway rests.
FAILURES = 3

#: Seconds for which it rests.
REST = 60.0

_Answer = Receipt | SendError


@dataclass(frozen=True, slots=True)
class _Gateway:
    name: str
    channel: Channel
    circuit: Circuit


class Failover(Channel):
    """Sends through the first gateway that works."""

    def __init__(self, channels: Mapping[str, Channel], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`channels` by the names that the operator knows, in the order in which they are tried; at least one."""
        self._clock = clock
        self._gateways = [
            _Gateway(name, channel, Circuit(failures=FAILURES, rest=REST)) for name, channel in channels.items()
        ]
        self.concurrency = self._gateways[0].channel.concurrency
        limits = [channel.bulk_limit for channel in channels.values() if isinstance(channel, Bulk)]
        if len(limits) == len(channels):
            self.bulk_limit = min(limits)
            self.send_many = self._send_many

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        (answer,) = await self._send_many(message, [to], keys=[key])
        if isinstance(answer, SendError):
            raise answer
        return answer

    @override
    async def close(self) -> None:
        for gateway in self._gateways:
            await gateway.channel.close()

    async def _send_many(self, message: Message, to: Sequence[Address], *, keys: Sequence[str]) -> Sequence[_Answer]:
        """See `Bulk.send_many`."""
        answers: dict[int, _Answer] = {}
        left = list(range(len(to)))
        for gateway in self._in_turn(message.lane):
            got = await _ask(gateway.channel, message, [to[index] for index in left], [keys[index] for index in left])
            resting = self._note(gateway, got)
            for index, answer in zip(left, got, strict=True):
                answers[index] = _graver(answers.get(index), answer)
            left = [
                index
                for index, answer in zip(left, got, strict=True)
                if _goes_on(answer, message.lane, resting=resting)
            ]
            if not left:
                break
        return [self._said(answers.get(index)) for index in range(len(to))]

    def _said(self, answer: _Answer | None) -> _Answer:
        """What the caller hears; None = nobody was asked."""
        if answer is None:
            return self._all_rest()
        if isinstance(answer, TechnicalFailure) and answer.in_doubt and not self._rests():
            # Nothing is parked for the others: the next gateway sends to them.
            return TemporaryFailure(answer.detail, code=answer.code, in_doubt=True)
        return answer

    def _in_turn(self, lane: Lane) -> Iterator[_Gateway]:
        """The gateways that may be tried; for a warning all of them, those that rest last."""
        if lane is Lane.WARNING:
            yield from sorted(self._gateways, key=lambda gateway: gateway.circuit.is_open(self._clock()))
        else:
            for gateway in self._gateways:
                if gateway.circuit.admit(self._clock()):
                    yield gateway

    def _note(self, gateway: _Gateway, got: Sequence[_Answer]) -> bool:
        """Remember how the gateway did, by the best of its answers; whether it rests now."""
        at = self._clock()
        rested = gateway.circuit.is_open(at)
        best = min(got, key=_badness)
        if _badness(best):
            gateway.circuit.failed(at, ours=isinstance(best, TechnicalFailure))
            if gateway.circuit.is_open(at) and not rested:
                _log.warning("gateway rests", gateway=gateway.name, seconds=REST, code=best.code, reason=best.detail)
        else:
            gateway.circuit.worked()
        return gateway.circuit.is_open(at)

    def _rests(self) -> bool:
        """Whether no gateway is to be asked now."""
        return all(gateway.circuit.is_open(self._clock()) for gateway in self._gateways)

    def _all_rest(self) -> TemporaryFailure:
        at = self._clock()
        wait = min(gateway.circuit.opens_again(at) for gateway in self._gateways)
        return TemporaryFailure("all gateways rest after failures", retry_after=wait)


async def _ask(channel: Channel, message: Message, to: Sequence[Address], keys: Sequence[str]) -> Sequence[_Answer]:
    if len(to) > 1 and isinstance(channel, Bulk):
        return await channel.send_many(message, to, keys=keys)
    try:
        return [await channel.send(message, to[0], key=keys[0])]
    except SendError as failure:
        return [failure]


def _badness(answer: _Answer) -> int:
    """0 the gateway works (an address's own trouble is none of its), 1 it fails for now, 2 it refuses us."""
    match answer:
        case TechnicalFailure():
            return 2
        case TemporaryFailure(by_address=False):
            return 1
        case _:
            return 0


def _goes_on(answer: _Answer, lane: Lane, *, resting: bool) -> bool:
    """Whether the next gateway is to send this one."""
    match answer:
        case SendError(in_doubt=True):
            return lane is Lane.WARNING
        case TechnicalFailure():
            return True
        case TemporaryFailure():
            return lane is Lane.WARNING or resting
        case _:
            return False


def _graver(former: _Answer | None, latter: _Answer) -> _Answer:
    """What is to be remembered of two gateways' answers: success, a dead address, a doubt, hope of a later time."""
    if former is None or isinstance(latter, (Receipt, PermanentFailure)):
        return latter
    if isinstance(former, SendError) and former.in_doubt:
        return former
    return latter if latter.in_doubt or isinstance(latter, TemporaryFailure) else former
