"""What sends over a carrier's lines: words become parts, and what the gateway brings becomes receipts and answers."""

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Sequence
from zlib import crc32

import structlog
from typing_extensions import override

from channels.carrier.assembly import Assembly
from channels.carrier.frames import Pdu
from channels.carrier.layout import WireError
from channels.carrier.lines import Lines
from channels.carrier.pieces import PATIENCE, Pieces
from channels.carrier.said import Answer, End, Written
from channels.carrier.settings import LineSettings
from channels.channel import CallbackAnswer, Channel, Listening
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.fields import Prepared
from channels.message import Address, Lane, Message
from channels.phone import number_for, unsendable
from channels.receipt import Inbound, Outcome, Receipt
from channels.slots import Pattern
from channels.sms_text import signed

_log = structlog.get_logger()

#: What is brought and waits to be stored; more is left with the gateway.
_WAITING = 10_000

#: Digits of a number, country code included (ITU-T E.164).
_LONGEST_NUMBER = 15

#: How many of them are told at a time.
_TOLD = 500


class Carrier(Channel, Listening):
    """One account. The gateway does not recognise repeats; `provider_id` is its number of the last part."""

    #: The connections; set by the protocol.
    lines: Lines

    def __init__(self, settings: LineSettings) -> None:
        self.concurrency = settings.concurrency or settings.window * settings.connections
        self._line = settings
        self._words = Prepared(self._prepare)
        self._assembly = Assembly()
        self._pieces = Pieces()
        self._is_listening = False
        self._heard: deque[Pdu] = deque()
        #: Receipts that were not brought by themselves.
        self._found: list[Receipt] = []
        self._news = asyncio.Event()

    def number(self, address: str) -> str | None:
        """The number of an address as the gateway wants it; None where it is none."""
        return number_for(address)

    @abstractmethod
    def submits(self, message: Message, number: str, text: str, reference: int) -> Sequence[Pdu]:
        """The requests in which `text` goes out to `number`, in order; `reference` (0–255) is what joins them."""

    @abstractmethod
    def read_brought(self, brought: Pdu) -> End | Written | None:
        """What the gateway brought; None = nothing of interest. Raises WireError where it cannot be understood."""

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        number = self.number(to.value)
        if number is None:
            raise unsendable(to.value)
        if len(number) > _LONGEST_NUMBER:
            raise PermanentFailure("the address is longer than a phone number")
        # The same for each try, so that a phone joins parts of two tries.
        reference = crc32(key.encode()) & 0xFF
        submits = self.submits(message, number, self._words.of(message).fill(to.slots), reference)
        if len(submits) > self._line.max_parts:
            raise TechnicalFailure(f"the words take {len(submits)} messages, more than max_parts allows")
        send = self._send_one if len(submits) == 1 else self._send_all
        return _sent(await send(submits, message.lane, key), key)

    @override
    async def close(self) -> None:
        await self.lines.close()

    @override
    async def reports(self, stopping: asyncio.Event) -> AsyncIterator[CallbackAnswer]:
        self._is_listening = True
        tasks = [asyncio.create_task(self.lines.keep_open()), asyncio.create_task(self._stop_hearing(stopping))]
        try:
            while self._is_listening or self._heard or self._found or not self._pieces.is_empty:
                await self._news.wait()
                self._news.clear()
                async for told in self._tell_all():
                    yield told
        finally:
            self._is_listening = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def hear(self, brought: Pdu) -> bool:
        """Keep what the gateway brings; False where nobody would store it."""
        if not self._is_listening or len(self._heard) >= _WAITING:
            return False
        self._heard.append(brought)
        self._news.set()
        return True

    async def _send_one(self, submits: Sequence[Pdu], lane: Lane, key: str) -> str:
        def late(answer: Answer) -> None:
            """Nobody waits for it any more, but the ledger has the delivery in doubt."""
            if answer.refusal is None and self._is_listening:
                if answer.number:
                    self._assembly.remember(key, [answer.number])
                self._find([_sent(answer.number, key)])

        deadline = asyncio.get_running_loop().time() + self._line.timeout
        answer = await self.lines.submit(lane, submits[0], late=late, deadline=deadline)
        if answer.refusal is not None:
            raise answer.refusal
        return answer.number

    async def _send_all(self, submits: Sequence[Pdu], lane: Lane, key: str) -> str:
        deadline = asyncio.get_running_loop().time() + self._line.timeout
        message, numbers = self._assembly.begin(), list[str]()
        try:
            for at, submit in enumerate(submits):
                numbers.append(await self._part(submit, lane, deadline, is_first=at == 0))
        except BaseException:
            # The next try goes out under numbers of its own: what is said of these parts is said of nothing.
            self._find(self._assembly.went_out(message, key, ()))
            raise
        self._find(self._assembly.went_out(message, key, numbers))
        return numbers[-1]

    async def _part(self, submit: Pdu, lane: Lane, deadline: float, *, is_first: bool) -> str:
        """The number of one part. Behind the first one we slow down ourselves: half a message is of no use."""
        while True:
            answer = await self.lines.submit(lane, submit, late=_forget, deadline=deadline)
            if answer.refusal is None:
                return answer.number
            pause = _pause(answer)
            if is_first or pause is None or asyncio.get_running_loop().time() + pause >= deadline:
                raise answer.refusal
            await asyncio.sleep(pause)

    def _prepare(self, message: Message) -> Pattern:
        text = message.parts.get("text")
        if text is None:
            raise TechnicalFailure('the message has no part "text"')
        return Pattern.of(signed(text, self._line.sign))

    def _find(self, receipts: list[Receipt]) -> None:
        self._found.extend(receipts)
        if receipts:
            self._news.set()

    async def _stop_hearing(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._is_listening = False
        self._news.set()

    async def _tell_all(self) -> AsyncIterator[CallbackAnswer]:
        while self._heard or self._found:
            told = self._told()
            if told.receipts or told.inbound:
                yield told
        # At the end nothing may be left: the gateway was told that we have it.
        late = list(self._pieces.late(asyncio.get_running_loop().time() + (0 if self._is_listening else PATIENCE)))
        if late:
            yield CallbackAnswer(inbound=late)

    def _told(self) -> CallbackAnswer:
        receipts, self._found = self._found, []
        inbound: list[Inbound] = []
        for _ in range(min(len(self._heard), _TOLD)):
            match self._read(self._heard.popleft()):
                case End() as end:
                    receipts.extend(self._assembly.read(end))
                case Written() as written:
                    inbound.extend(self._join(written))
        return CallbackAnswer(receipts, inbound)

    def _read(self, brought: Pdu) -> End | Written | None:
        try:
            return self.read_brought(brought)
        except WireError as error:
            _log.warning("what the gateway brought is not understood", reason=str(error))
            return None

    def _join(self, written: Written) -> list[Inbound]:
        loop = asyncio.get_running_loop()
        if written.total > 1:
            loop.call_later(PATIENCE, self._news.set)
        return list(self._pieces.put(written, loop.time()))


def _sent(number: str, key: str) -> Receipt:
    return Receipt(Outcome.SENT, provider_id=number or None, key=key, code="0")


def _pause(answer: Answer) -> float | None:
    """Seconds for which the gateway wants peace; None where it refuses for another reason."""
    return answer.refusal.retry_after if isinstance(answer.refusal, TemporaryFailure) else None


def _forget(_answer: Answer) -> None:
    """A part that is answered too late belongs to a message that did not go out as a whole."""
