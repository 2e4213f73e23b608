"""The connection beside centres that are slow, false or in a hurry."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from channels.carrier.frames import Frame
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome
from channels.smpp.wire import FRAMING
from tests.support.carrier import hearing_of, message, to
from tests.support.passing import let_pass
from tests.support.smpp import channel_at

#: What a centre answers to a request: command, status, body; None = nothing yet.
Answers = Callable[[Frame], tuple[int, int, bytes] | None]

_BOUND = (0x80000009, 0, b"X\0")


class _Centre:
    """Answers as a test says."""

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
                answer = self._answers(frame)
                if answer is None:
                    self.kept.put_nowait(frame)
                else:
                    self.say(*answer, sequence=frame.sequence)
        writer.close()

    def say(self, command: int, status: int, body: bytes, *, sequence: int) -> None:
        words = (16 + len(body), command, status, sequence)
        self.writers[-1].write(b"".join(word.to_bytes(4, "big") for word in words) + body)


@asynccontextmanager
async def _running(centre: _Centre) -> AsyncIterator[int]:
    server = await asyncio.start_server(centre.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def _welcome(request: Frame) -> tuple[int, int, bytes] | None:
    """Let everybody in, and answer nothing else but a farewell."""
    return {0x09: _BOUND, 0x06: (0x80000006, 0, b"")}.get(request.command)


def _says(*answer: int) -> Answers:
    """Answer every message so: command and status, without a body."""
    return lambda request: (answer[0], answer[1], b"") if request.command == 0x04 else _welcome(request)


async def _failure(answers: Answers, **settings: object) -> SendError:
    async with _running(_Centre(answers)) as port, channel_at(port, **settings) as channel:
        with pytest.raises(SendError) as raised:
            await channel.send(message("停水"), to(), key="k")
    return raised.value


@pytest.mark.parametrize("command", [0x80000004, 0x80000000])
async def test_a_refusal_comes_as_an_answer_or_as_a_nack(command: int) -> None:
    failure = await _failure(_says(command, 0x0B))
    assert (type(failure), failure.code) == (PermanentFailure, "ESME_RINVDSTADR")


@pytest.mark.parametrize("answer", [(0x80000000, 0), (0x80000015, 0), (0x80000005, 0)])
async def test_an_answer_that_makes_no_sense_leaves_the_message_in_doubt(answer: tuple[int, int]) -> None:
    failure = await _failure(_says(*answer))
    assert isinstance(failure, TemporaryFailure)
    assert failure.in_doubt


async def test_an_answer_without_a_number_is_an_answer() -> None:
    async with _running(_Centre(_says(0x80000004, 0))) as port, channel_at(port) as channel:
        sent = await channel.send(message("停水"), to(), key="k")
        assert (sent.outcome, sent.provider_id) == (Outcome.SENT, None)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((0x80000009, 0x0D), TechnicalFailure),
        ((0x80000009, 0x05), TemporaryFailure),
        ((0x80000000, 0x03), TechnicalFailure),
        ((0x80000001, 0x00), TemporaryFailure),
    ],
)
async def test_a_login_that_fails_leaves_nothing_in_doubt(answer: tuple[int, int], kind: type[SendError]) -> None:
    failure = await _failure(lambda _: (*answer, b""), answer_within=5.0)
    assert type(failure) is kind
    assert not getattr(failure, "in_doubt", False)


async def test_an_answer_that_comes_too_late_still_settles_its_delivery() -> None:
    centre = _Centre(_welcome)
    async with _running(centre) as port, channel_at(port, timeout=5.0) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        sending = asyncio.create_task(channel.send(message("停水"), to(), key="k"))
        submit = await centre.kept.get()
        let_pass(5.0)
        with pytest.raises(TemporaryFailure) as raised:
            await sending
        assert raised.value.in_doubt
        centre.say(0x80000004, 0, b"A1\0", sequence=submit.sequence)
        told = await hearing
        assert (told.outcome, told.key, told.provider_id) == (Outcome.SENT, "k", "A1")


async def test_what_the_centre_owes_when_it_takes_leave_may_still_come() -> None:
    centre = _Centre(_welcome)
    async with _running(centre) as port, channel_at(port) as channel:
        sending = asyncio.create_task(channel.send(message("停水"), to(), key="k"))
        submit = await centre.kept.get()
        centre.say(0x06, 0, b"", sequence=1)
        assert (await centre.kept.get()).command == 0x80000006
        # Nothing more goes out on this connection.
        other = asyncio.create_task(channel.send(message("停水"), to(2), key="l"))
        first, second = centre.writers[0], await centre.kept.get()
        assert len(centre.writers) == 2
        centre.say(0x80000004, 0, b"B2\0", sequence=second.sequence)
        centre.writers.append(first)
        centre.say(0x80000004, 0, b"A1\0", sequence=submit.sequence)
        assert [(await each).provider_id for each in (sending, other)] == ["A1", "B2"]
