"""A described gateway that others wrote: Kannel, beside a message centre of others still (the package smpp of npm)."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.channel import CallbackRequest
from channels.failure import TechnicalFailure
from channels.http_sms import HttpSms
from channels.http_sms_settings import HttpSmsSettings
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from tests.support import kannel, peers
from tests.support.outside import NOW, outside

_ROOT = Path(__file__).resolve().parents[2]
_TOKEN = "0123456789abcdef-callback"
_LONG = "【某区】请注意：" + "停水通知" * 40


@pytest.fixture(scope="module")
def modules() -> Mapping[str, str]:
    return peers.node("smpp")


@asynccontextmanager
async def _centre(env: Mapping[str, str]) -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """A message centre in a process of its own: its port, and what it says of messages, a line of JSON each."""
    script = _ROOT / "tests" / "channels" / "smpp" / "smsc.js"
    command = (peers.node_program(), str(script), "both")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=dict(env))
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())["port"], process.stdout
    finally:
        process.kill()
        await process.wait()


async def _next(said: asyncio.StreamReader, name: str) -> Any:
    while name not in (told := json.loads(await said.readline())):
        pass
    return told


def _described(box: kannel.Kannel, password: str = "foobar") -> HttpSmsSettings:
    """The settings that our page gives for Kannel, at this one's addresses."""
    page = (_ROOT / "docs" / "channels" / "http_sms.md").read_text(encoding="utf-8")
    example = next(each for each in page.split("```toml\n")[1:] if each.startswith("[channels.kannel]"))
    given = tomllib.loads(example.partition("```")[0])["channels"]["kannel"]
    for name in ("kind", "secret_file", "callback_token_file"):
        del given[name]
    query = given["query"] | {"username": "tester"}
    query["dlr-url"] = query["dlr-url"].replace("https://tz.example.gov.cn/callback/kannel", f"{box.at}/receipt")
    own = {"url": box.sends_at, "secret": password, "callback_token": _TOKEN, "query": query}
    return HttpSmsSettings.model_validate(given | own)


async def test_a_long_message_goes_through_kannel_and_its_receipts_lead_home(
    modules: Mapping[str, str], tmp_path: Path
) -> None:
    async with (
        _centre(modules) as (port, said),
        kannel.running(tmp_path, port) as box,
        aiohttp.ClientSession() as http,
    ):
        await _next(said, "bind")
        channel = HttpSms(_described(box), outside(http))
        message = Message("b1-sms", Lane.ROUTINE, "default", {"text": _LONG})
        ends: dict[str | None, Receipt] = {}
        for key, number in (("m1-1", "+8613800000001"), ("m1-2", "+8613800000009")):
            sent = await channel.send(message, Address(1, number), key=key)
            assert (sent.outcome, sent.code) == (Outcome.SENT, "0")
            parts: list[dict[str, str]] = []
            while "".join(part["text"] for part in parts) != _LONG:
                parts.append(await _next(said, "udh"))
                assert parts[-1]["text"] in _LONG
            assert all(part["udh"] for part in parts)
            assert {part["to"].removeprefix("+") for part in parts} == {number.removeprefix("+")}
        while len(ends) < 2:
            page, query = await box.calls.get()
            assert page == "receipt"
            answer = channel.callback(CallbackRequest("GET", query, {}, b"", "127.0.0.1", NOW))
            assert answer.status == 200
            ends |= {each.key: each for each in answer.receipts}
    assert {key: each.outcome for key, each in ends.items()} == {"m1-1": Outcome.DELIVERED, "m1-2": Outcome.TEMPORARY}
    assert ends["m1-1"].address == "+8613800000001"


async def test_a_wrong_password_at_kannel_is_ours_to_mend(modules: Mapping[str, str], tmp_path: Path) -> None:
    async with (
        _centre(modules) as (port, _),
        kannel.running(tmp_path, port) as box,
        aiohttp.ClientSession() as http,
    ):
        channel = HttpSms(_described(box, password="another"), outside(http))
        message = Message("b1-sms", Lane.ROUTINE, "default", {"text": "停水"})
        with pytest.raises(TechnicalFailure) as raised:
            await channel.send(message, Address(1, "+8613800000001"), key="m1-1")
    assert "another" not in str(raised.value)
    assert "13800000001" not in str(raised.value)
