"""Calls by a program: it hears them on its standard input and nowhere else; its exit code says what came of each."""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

import aiohttp
import pytest
from pydantic import ValidationError

from channels.channel import CallbackRequest
from channels.command import Command, CommandSettings
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address
from channels.receipt import Outcome
from tests.channels.rigs.webhook import SPOKEN
from tests.support.outside import NOW, outside

NUMBER = "+8613800000003"
WARDEN = Address(3, NUMBER, {"name": "王工"})


async def _command(*words: str, seconds: float = 60.0, concurrency: int = 4) -> Command:
    given = {"command": words, "timeout": seconds, "concurrency": concurrency}
    async with aiohttp.ClientSession() as http:
        return Command(CommandSettings.model_validate(given), outside(http))


async def _python(code: str, *words: str, seconds: float = 60.0, concurrency: int = 4) -> Command:
    return await _command(sys.executable, "-c", code, *words, seconds=seconds, concurrency=concurrency)


async def test_number_and_words_come_on_standard_input_and_nothing_else_tells_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUSHER_CHANNELS__MAIL__PASSWORD", "hidden")
    keep = (
        "import json, os, pathlib, sys; place = pathlib.Path(sys.argv[1]);"
        "(place / 'in').write_bytes(sys.stdin.buffer.read());"
        "(place / 'seen').write_text(json.dumps([sys.argv, dict(os.environ)]))"
    )
    receipt = await (await _python(keep, str(tmp_path))).send(SPOKEN, WARDEN, key="m17-3")
    assert (receipt.outcome, receipt.key) == (Outcome.SENT, "m17-3")
    told = json.loads((tmp_path / "in").read_text(encoding="utf-8"))
    assert told["type"] == "call.routine"
    assert told["data"] == {
        "id": "m17-3",
        "broadcast": "b17-script",
        "folder": "default",
        "to": NUMBER,
        "title": "停水通知",
        "words": "王工，请值守。明天停水。",
        "expires": None,
    }
    seen = (tmp_path / "seen").read_text(encoding="utf-8")
    assert [word for word in ("hidden", "13800000003", "停水", "王工") if word in seen] == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (75, TemporaryFailure),
        (65, PermanentFailure),
        (67, PermanentFailure),
        (1, TechnicalFailure),
        (127, TechnicalFailure),
    ],
)
async def test_each_exit_code_means_one_thing(code: int, kind: type[SendError]) -> None:
    command = await _python(f"raise SystemExit({code})")
    with pytest.raises(kind) as raised:
        await command.send(SPOKEN, WARDEN, key="k")
    assert raised.value.code == f"exit {code}"
    assert not raised.value.in_doubt
    assert not getattr(raised.value, "suppresses", False)


async def test_who_was_being_called_when_it_was_stopped_is_in_doubt() -> None:
    hangs = await _python("import time; time.sleep(600)", seconds=0.5)
    with pytest.raises(TemporaryFailure, match="not ended in time") as late:
        await hangs.send(SPOKEN, WARDEN, key="k")
    dies = await _python("import os; os.kill(os.getpid(), 9)")
    with pytest.raises(TechnicalFailure, match="signal 9") as killed:
        await dies.send(SPOKEN, WARDEN, key="k")
    assert late.value.in_doubt
    assert killed.value.in_doubt


async def test_what_it_has_started_does_not_outlive_it() -> None:
    child = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1]))).recv(1)"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}, *sys.argv[1:]])"
    met, gone = asyncio.Event(), asyncio.Event()

    async def child_is_there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        gone.set()
        writer.close()

    async with await asyncio.start_server(child_is_there, "127.0.0.1", 0) as server:
        command = await _python(starts, str(server.sockets[0].getsockname()[1]))
        call = asyncio.create_task(command.send(SPOKEN, WARDEN, key="k"))
        await met.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await gone.wait()


async def test_no_more_run_at_a_time_than_there_are_lines(tmp_path: Path) -> None:
    busy = (
        "import os, pathlib, sys; line = pathlib.Path(sys.argv[1], 'line'); "
        "os.mkdir(line); sys.stdin.read(); os.rmdir(line)"
    )
    command = await _python(busy, str(tmp_path), concurrency=1)
    receipts = await asyncio.gather(*(command.send(SPOKEN, WARDEN, key=f"k{number}") for number in range(4)))
    assert [receipt.outcome for receipt in receipts] == [Outcome.SENT] * 4


async def test_a_program_that_does_not_listen_is_judged_by_its_exit_code() -> None:
    assert (await (await _python("")).send(SPOKEN, WARDEN, key="k")).outcome is Outcome.SENT


async def test_a_program_that_is_not_there_is_ours_to_mend() -> None:
    with pytest.raises(TechnicalFailure, match="cannot be run"):
        await (await _command("/nowhere/dial")).send(SPOKEN, WARDEN, key="k")


async def test_without_a_secret_no_report_is_believed() -> None:
    command = await _command("/nowhere/dial")
    body = b'{"type": "call.answered", "data": {"id": "m17-3", "digits": "1"}}'
    headers = {"webhook-id": "c-1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": "v1,"}
    answer = command.callback(CallbackRequest("POST", {}, headers, body, "127.0.0.1", NOW))
    assert (answer.status, answer.receipts, answer.inbound) == (401, (), ())


def test_a_command_must_be_named() -> None:
    with pytest.raises(ValidationError, match="command"):
        CommandSettings.model_validate({"command": []})
