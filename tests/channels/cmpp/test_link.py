"""The connection beside gateways that are slow, false or not there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from channels.carrier.frames import Frame, Pdu
from channels.carrier.said import Answer
from channels.cmpp import pdus
from channels.cmpp.channel import Cmpp
from channels.cmpp.login import their_proof
from channels.cmpp.wire import FRAMING, Version, decode, encode
from channels.failure import SendError, TechnicalFailure, TemporaryFailure
from channels.message import Lane
from channels.receipt import Outcome
from tests.support.carrier import message, to
from tests.support.cmpp import channel_at, settings_at
from tests.support.outside import outside
from tests.support.passing import let_pass

#: What a gateway answers to a request; None = nothing yet.
Answers = Callable[[Pdu], Pdu | None]


class _Gateway:
    """Answers as a test says, in 2.0."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.writers: list[asyncio.StreamWriter] = []
        #: Requests without an answer.
        self.kept: asyncio.Queue[Frame] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        buffer = bytearray()
        while octets := await reader.read(4096):
            buffer += octets
            for frame in FRAMING.split(buffer):
                answer = self._answers(decode(frame, Version.V2))
                if answer is None:
                    self.kept.put_nowait(frame)
                else:
                    self.say(answer, frame.sequence)
        writer.close()

    def say(self, pdu: Pdu, sequence: int) -> None:
        self.writers[-1].write(encode(pdu, Version.V2, sequence))


@asynccontextmanager
async def _running(gateway: _Gateway) -> AsyncIterator[int]:
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def _welcome(request: Pdu) -> Pdu | None:
    """Let everybody in, and answer nothing else but a farewell."""
    match request:
        case pdus.Connect():
            return pdus.ConnectResp(0, their_proof(0, request.authenticator, "stand-in-secret", Version.V2), 0x20)
        case pdus.Terminate():
            return pdus.TerminateResp()
        case _:
            return None


async def _failure(port: int, **settings: object) -> SendError:
    async with channel_at(port, **settings) as channel:  # type: ignore[arg-type]
        with pytest.raises(SendError) as raised:
            await channel.send(message("停水"), to(), key="k")
    return raised.value


async def test_an_answer_that_comes_too_late_still_settles_its_delivery() -> None:
    gateway, stopping = _Gateway(_welcome), asyncio.Event()
    async with _running(gateway) as port, channel_at(port, timeout=5.0) as channel:
        answers = channel.reports(stopping)
        hearing = asyncio.ensure_future(anext(answers))
        sending = asyncio.create_task(channel.send(message("停水"), to(), key="k"))
        submit = await gateway.kept.get()
        let_pass(5.0)
        with pytest.raises(TemporaryFailure) as raised:
            await sending
        assert raised.value.in_doubt
        gateway.say(pdus.SubmitResp(0xBB05E301E2400001, 0), submit.sequence)
        (receipt,) = (await hearing).receipts
        assert (receipt.outcome, receipt.key, receipt.provider_id) == (Outcome.SENT, "k", "bb05e301e2400001")
        stopping.set()
        assert [answer async for answer in answers] == []


async def test_a_gateway_that_does_not_know_the_secret_is_refused() -> None:
    def impostor(request: Pdu) -> Pdu | None:
        return pdus.ConnectResp(0, bytes(16), 0x20) if isinstance(request, pdus.Connect) else _welcome(request)

    async with _running(_Gateway(impostor)) as port:
        failure = await _failure(port)
        assert isinstance(failure, TechnicalFailure)
        unchecked = await _failure(port, check_gateway=False, timeout=0.2)
        assert isinstance(unchecked, TemporaryFailure)
        assert unchecked.code == "no-answer"


async def test_another_answer_than_the_one_to_a_submit_leaves_it_in_doubt() -> None:
    def confused(request: Pdu) -> Pdu | None:
        return pdus.TerminateResp() if isinstance(request, pdus.Submit) else _welcome(request)

    async with _running(_Gateway(confused)) as port:
        failure = await _failure(port)
        assert isinstance(failure, TemporaryFailure)
        assert failure.in_doubt


@pytest.mark.parametrize("answer", [pdus.ActiveTestResp(), pdus.Terminate()])
async def test_a_login_that_is_not_answered_properly_is_tried_later(answer: Pdu) -> None:
    async with _running(_Gateway(lambda _: answer)) as port:
        failure = await _failure(port, answer_within=0.2)
        assert isinstance(failure, TemporaryFailure)
        assert not failure.in_doubt


async def test_a_gateway_that_is_not_there_is_tried_after_growing_pauses() -> None:
    async with _running(_Gateway(_welcome)) as port:
        pass
    async with channel_at(port) as channel:
        waits = []
        for _ in range(5):
            with pytest.raises(TemporaryFailure) as raised:
                await channel.send(message("停水"), to(), key="k")
            assert not raised.value.in_doubt
            waits.append(raised.value.retry_after is not None)
        # The first pauses are sat out, the long one is not.
        assert waits == [False, False, False, False, True]


async def test_whoever_finds_no_room_in_time_has_sent_nothing() -> None:
    gateway, loop = _Gateway(_welcome), asyncio.get_running_loop()
    submit = pdus.Submit("GOVTZ", "901234", "106900001", ("13800000001",), b"", 0)
    async with _running(gateway) as port, aiohttp.ClientSession() as http:
        lines = Cmpp(settings_at(port, window=1), outside(http)).lines

        async def send(patience: float) -> Answer:
            deadline = loop.time() + patience
            return await lines.submit(Lane.ROUTINE, submit, late=lambda _: None, deadline=deadline)

        first = asyncio.ensure_future(send(60.0))
        frame = await gateway.kept.get()
        with pytest.raises(TemporaryFailure, match="no place in the window") as raised:
            await send(0.1)
        assert not raised.value.in_doubt
        gateway.say(pdus.SubmitResp(7, 0), frame.sequence)
        assert (await first).number == "0000000000000007"
        await lines.close()
