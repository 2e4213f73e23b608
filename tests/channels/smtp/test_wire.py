"""Pipelined mails: each has its own answer, one round trip a mail, and what a broken line leaves is told apart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from channels.failure import SendError, TemporaryFailure
from channels.message import Lane
from channels.smtp.pool import Pool
from channels.smtp.replies import Reply
from channels.smtp.settings import SmtpSettings
from channels.smtp.wire import Mail

#: What a relay says to a line of a client: its answer, b"" for silence, None to hang up.
Say = Callable[[bytes], bytes | None]


@dataclass
class Relay:
    """A relay that answers as a test says; it notes what came, and how much of it in one piece."""

    say: Say
    pipelining: bool = True
    taken: list[bytes] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    connections: int = 0
    serving: list[asyncio.Task[None] | None] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.append(asyncio.current_task())
        with suppress(ConnectionError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay ESMTP\r\n")
        pending, content = b"", False
        while piece := await reader.read(1 << 16):
            self.pieces.append(piece)
            pending += piece
            while True:
                end = b"\r\n.\r\n" if content and not pending.startswith(b".\r\n") else b"\r\n"
                line, found, rest = pending.partition(end)
                if not found:
                    break
                pending = rest
                answer = self._answer(line, content=content)
                if answer is None:
                    return
                content = answer.startswith(b"354")
                writer.write(answer)
                await writer.drain()

    def _answer(self, line: bytes, *, content: bool) -> bytes | None:
        if line.startswith(b"EHLO"):
            return b"250-relay\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if self.pipelining else b"250 relay\r\n"
        answer = self.say(b"CONTENT " + line if content else line)
        if content and line != b"." and answer is not None and answer.startswith(b"250"):
            self.taken.append(line)
        return answer


def _well(line: bytes) -> bytes:
    return b"354 go on\r\n" if line == b"DATA" else b"250 2.0.0 Ok\r\n"


def _mails(count: int) -> list[Mail]:
    return [Mail(b"s@a.cn", b"r%d@b.cn" % number, b"Subject: %d\r\n\r\nx\r\n" % number) for number in range(count)]


@asynccontextmanager
async def _relay(say: Say, *, pipelining: bool = True) -> AsyncIterator[tuple[Relay, Pool]]:
    relay = Relay(say, pipelining)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "s@a.cn", "timeout": 5}
    pool = Pool(SmtpSettings.model_validate(given), "")
    try:
        yield relay, pool
    finally:
        await pool.close()
        server.close()
        await asyncio.gather(*(each for each in relay.serving if each is not None))


def _told(each: Reply | SendError) -> object:
    if isinstance(each, TemporaryFailure):
        return "doubt" if each.in_doubt else "later"
    return each.code


async def test_a_mail_costs_one_round_trip() -> None:
    async with _relay(_well) as (relay, pool):
        ended = await pool.deliver(Lane.ROUTINE, _mails(20))
    assert [_told(each) for each in ended] == [250] * 20
    assert [line.partition(b"\r\n")[0] for line in relay.taken] == [b"Subject: %d" % number for number in range(20)]
    # EHLO, the first commands, and a piece a mail; never a content before its 354.
    assert len(relay.pieces) <= 2 + 20 + 1
    assert b"MAIL FROM" in relay.pieces[2]


async def test_one_refused_recipient_is_his_own() -> None:
    def say(line: bytes) -> bytes:
        return b"550 5.1.1 unknown\r\n" if line.startswith(b"RCPT TO:<r1@") else _well(line)

    async with _relay(say) as (relay, pool):
        ended = await pool.deliver(Lane.ROUTINE, _mails(4))
        again = await pool.deliver(Lane.ROUTINE, _mails(1))
    assert [_told(each) for each in ended] == [250, 550, 250, 250]
    assert [_told(each) for each in again] == [250]
    assert len(relay.taken) == 4
    # The relay asked for the content of a mail to nobody, and got none.
    assert b"Subject: 1" not in b"".join(relay.pieces)
    assert relay.connections == 1


@pytest.mark.parametrize("refused", [b"MAIL", b"DATA"])
async def test_a_refused_command_ends_its_mail_and_no_other(refused: bytes) -> None:
    count = 0

    def say(line: bytes) -> bytes:
        nonlocal count
        if line.startswith(refused):
            count += 1
            if count == 2:
                return b"452 4.3.1 no space\r\n"
        return _well(line)

    async with _relay(say) as (_, pool):
        ended = await pool.deliver(Lane.ROUTINE, _mails(3))
    assert [_told(each) for each in ended] == [250, 452, 250]


async def test_what_was_written_and_not_answered_is_in_doubt_and_the_rest_goes_over_a_new_line() -> None:
    def say(line: bytes) -> bytes | None:
        if line.startswith(b"CONTENT Subject: 1"):
            return None
        return _well(line)

    async with _relay(say) as (relay, pool):
        ended = await pool.deliver(Lane.ROUTINE, [*_mails(1), *_mails(5)[1:]])
        after = [_told(each) for each in ended]
    assert after[:2] == [250, "doubt"]
    # Untouched mails of a line that broke in its first use are tried again later, not counted as sent.
    assert set(after[2:]) <= {250, "later"}
    assert relay.taken[0].startswith(b"Subject: 0")


async def test_a_line_that_died_unnoticed_is_replaced_without_a_word() -> None:
    hang_up = False

    def say(line: bytes) -> bytes | None:
        nonlocal hang_up
        if hang_up and line.startswith(b"MAIL"):
            hang_up = False
            return None
        return _well(line)

    async with _relay(say) as (relay, pool):
        await pool.deliver(Lane.ROUTINE, _mails(1))
        hang_up = True
        ended = await pool.deliver(Lane.ROUTINE, _mails(3))
    assert [_told(each) for each in ended] == [250] * 3
    assert (relay.connections, len(relay.taken)) == (2, 4)


async def test_a_farewell_in_the_middle_ends_only_what_it_answers() -> None:
    count = 0

    def say(line: bytes) -> bytes | None:
        nonlocal count
        count += line.startswith(b"MAIL")
        return b"421 4.7.0 too many\r\n" if line.startswith(b"MAIL") and count == 3 else _well(line)

    async with _relay(say) as (relay, pool):
        ended = await pool.deliver(Lane.ROUTINE, _mails(3))
    assert [_told(each) for each in ended] == [250, 250, 421]
    assert len(relay.taken) == 2


async def test_silence_ends_in_a_time_out_and_leaves_a_doubt_only_behind_a_content() -> None:
    is_silent = False

    def say(line: bytes) -> bytes:
        nonlocal is_silent
        is_silent = is_silent or line.startswith(b"CONTENT Subject: 1")
        return b"" if is_silent else _well(line)

    async with _relay(say) as (_, pool):
        pool._settings = pool._settings.model_copy(update={"timeout": 0.3})
        ended = await pool.deliver(Lane.ROUTINE, _mails(3))
    assert [_told(each) for each in ended][:2] == [250, "doubt"]


async def test_a_relay_that_does_not_offer_it_gets_a_plain_dialogue() -> None:
    async with _relay(_well, pipelining=False) as (relay, pool):
        ended = await pool.deliver(Lane.ROUTINE, _mails(3))
    assert [_told(each) for each in ended] == [250] * 3
    assert all(piece.count(b"\r\n") == 1 for piece in relay.pieces if not piece.startswith(b"Subject"))


async def test_a_relay_that_speaks_nonsense_is_hung_up_on() -> None:
    def say(line: bytes) -> bytes:
        return b"hello\r\n" * 3 if line.startswith(b"MAIL") else _well(line)

    async with _relay(say) as (relay, pool):
        ended = await pool.deliver(Lane.ROUTINE, _mails(2))
    assert all(not isinstance(each, Reply) or not each.accepts for each in ended)
    assert relay.taken == []
