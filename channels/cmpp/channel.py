"""The CMPP channel: words become parts, parts become SUBMITs, and what the gateway brings becomes receipts."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime
from zlib import crc32

import structlog
from typing_extensions import override

from channels.channel import CallbackAnswer, Channel, Listening, Outside
from channels.cmpp import reports
from channels.cmpp.assembly import Assembly
from channels.cmpp.layout import WireError
from channels.cmpp.lines import Lines
from channels.cmpp.login import CHINA
from channels.cmpp.pdus import Deliver, Submit, SubmitResp
from channels.cmpp.results import FLOW_CONTROL, PEACE, refusal
from channels.cmpp.settings import CmppSettings
from channels.cmpp.words import Part, parts
from channels.failure import PermanentFailure, TechnicalFailure
from channels.fields import Prepared
from channels.message import Address, Lane, Message
from channels.phone import number_for
from channels.receipt import Inbound, Outcome, Receipt
from channels.secret import secret
from channels.slots import Pattern
from channels.sms_text import signed

_log = structlog.get_logger()

#: DELIVERs that wait to be stored; more are left with the gateway.
_WAITING = 10_000

#: Digits of a number, country code included (ITU-T E.164).
_LONGEST_NUMBER = 15

#: How many of them are told at a time.
_TOLD = 500


class Cmpp(Channel, Listening):
    """One account. The gateway does not recognise repeats; `provider_id` is the Msg_Id of the last part."""

    def __init__(self, settings: CmppSettings, outside: Outside) -> None:
        """Raises ValueError if the secret's file cannot be read."""
        self.concurrency = settings.concurrency or settings.window * settings.connections
        self._settings = settings
        self._words = Prepared(self._prepare)
        self._assembly = Assembly()
        self._lines = Lines(settings, secret(settings.secret, settings.secret_file), now=outside.now, heard=self._hear)
        self._is_listening = False
        self._heard: deque[Deliver] = deque()
        #: Receipts that did not come as a DELIVER of their own.
        self._found: list[Receipt] = []
        self._news = asyncio.Event()

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        number = number_for(to.value)
        if number is None or len(number) > _LONGEST_NUMBER:
            raise PermanentFailure("the address is not a phone number")
        # The same for each try, so that a phone joins parts of two tries.
        reference = crc32(key.encode()) & 0xFF
        pieces = parts(self._words.of(message).fill(to.slots), self._settings.encoding, reference)
        if len(pieces) > self._settings.max_parts:
            raise TechnicalFailure(f"the words take {len(pieces)} messages, more than max_parts allows")
        submits = [self._submit(message, number, piece, at, len(pieces)) for at, piece in enumerate(pieces, start=1)]
        send = self._send_one if len(submits) == 1 else self._send_all
        msg_id = await send(submits, message.lane, key)
        return Receipt(Outcome.SENT, provider_id=reports.number_of(msg_id), key=key, code="0")

    @override
    async def close(self) -> None:
        await self._lines.close()

    @override
    async def reports(self, stopping: asyncio.Event) -> AsyncIterator[CallbackAnswer]:
        self._is_listening = True
        tasks = [asyncio.create_task(self._lines.keep_open()), asyncio.create_task(self._stop_hearing(stopping))]
        try:
            while self._is_listening or self._heard or self._found:
                await self._news.wait()
                self._news.clear()
                while self._heard or self._found:
                    told = self._told()
                    if told.receipts or told.inbound:
                        yield told
        finally:
            self._is_listening = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_one(self, submits: list[Submit], lane: Lane, key: str) -> int:
        def late(answer: SubmitResp) -> None:
            """Nobody waits for it any more, but the ledger has the delivery in doubt."""
            if answer.result == 0 and self._is_listening:
                self._assembly.remember(key, [answer.msg_id])
                self._find([Receipt(Outcome.SENT, provider_id=reports.number_of(answer.msg_id), key=key, code="0")])

        deadline = asyncio.get_running_loop().time() + self._settings.timeout
        answer = await self._lines.submit(lane, submits[0], late=late, deadline=deadline)
        if answer.result:
            raise refusal(answer.result)
        return answer.msg_id

    async def _send_all(self, submits: list[Submit], lane: Lane, key: str) -> int:
        deadline = asyncio.get_running_loop().time() + self._settings.timeout
        number, msg_ids = self._assembly.begin(), list[int]()
        try:
            for submit in submits:
                msg_ids.append(await self._part(submit, lane, deadline))
        except BaseException:
            # The next try goes out under Msg_Ids of its own: what is said of these parts is said of nothing.
            self._find(self._assembly.went_out(number, key, ()))
            raise
        self._find(self._assembly.went_out(number, key, msg_ids))
        return msg_ids[-1]

    async def _part(self, submit: Submit, lane: Lane, deadline: float) -> int:
        """The Msg_Id of one part. Behind the first one we slow down ourselves: half a message is of no use."""
        while True:
            answer = await self._lines.submit(lane, submit, late=_forget, deadline=deadline)
            if answer.result == 0:
                return answer.msg_id
            over = asyncio.get_running_loop().time() + PEACE >= deadline
            if answer.result != FLOW_CONTROL or submit.pk_number == 1 or over:
                raise refusal(answer.result)
            await asyncio.sleep(PEACE)

    def _prepare(self, message: Message) -> Pattern:
        text = message.parts.get("text")
        if text is None:
            raise TechnicalFailure('the message has no part "text"')
        return Pattern.of(signed(text, self._settings.sign))

    def _submit(self, message: Message, number: str, piece: Part, at: int, total: int) -> Submit:
        settings = self._settings
        expires = message.expires if settings.tell_expiry else None
        return Submit(
            service_id=settings.service_id,
            msg_src=settings.sp_id,
            src_id=settings.src_id,
            destinations=(number,),
            content=piece.content,
            msg_fmt=piece.msg_fmt,
            tp_udhi=piece.tp_udhi,
            pk_total=total,
            pk_number=at,
            fee_user_type=settings.fee_user_type,
            fee_type=settings.fee_type,
            fee_code=settings.fee_code,
            valid_time=_smpp_time(expires) if expires else "",
        )

    def _hear(self, deliver: Deliver) -> bool:
        """Keep what the gateway brings; False where nobody would store it."""
        if not self._is_listening or len(self._heard) >= _WAITING:
            return False
        self._heard.append(deliver)
        self._news.set()
        return True

    def _find(self, receipts: list[Receipt]) -> None:
        self._found.extend(receipts)
        if receipts:
            self._news.set()

    async def _stop_hearing(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._is_listening = False
        self._news.set()

    def _told(self) -> CallbackAnswer:
        receipts, self._found = self._found, []
        inbound: list[Inbound] = []
        for _ in range(min(len(self._heard), _TOLD)):
            deliver = self._heard.popleft()
            if deliver.registered_delivery:
                receipts.extend(self._read_report(deliver))
            else:
                inbound.append(reports.inbound(deliver))
        return CallbackAnswer(receipts, inbound)

    def _read_report(self, deliver: Deliver) -> list[Receipt]:
        try:
            end = reports.end(deliver)
        except WireError as error:
            _log.warning("status report not understood", reason=str(error))
            return []
        return self._assembly.read(end) if end is not None else []


def _forget(_answer: SubmitResp) -> None:
    """A part that is answered too late belongs to a message that did not go out as a whole."""


def _smpp_time(at: datetime) -> str:
    """An absolute time as SMPP 3.3 has it, in China's zone: tenths of seconds 0, 32 quarters of an hour ahead."""
    return at.astimezone(CHINA).strftime("%y%m%d%H%M%S") + "032+"
