"""The channel beside a message centre that others wrote (the package smpp of npm)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.failure import TechnicalFailure
from channels.receipt import Outcome, Receipt
from channels.smpp.channel import Smpp
from tests.support import peers
from tests.support.carrier import hearing_of, message, to
from tests.support.smpp import channel_at

_LONG = "请注意：" + "停水通知😀" * 40


class _Centre:
    """A process that says what it hears."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def said(self, name: str) -> dict[str, Any]:
        """The next thing that it says with this in it."""
        assert self._process.stdout is not None
        while True:
            told: dict[str, Any] = json.loads(await self._process.stdout.readline())
            assert "error" not in told
            if name in told:
                return told


@pytest.fixture(scope="module")
def modules() -> Mapping[str, str]:
    return peers.node("smpp")


@asynccontextmanager
async def _beside(modules: Mapping[str, str], form: str, **settings: object) -> AsyncIterator[tuple[_Centre, Smpp]]:
    process = await asyncio.create_subprocess_exec(
        *(peers.node_program(), str(Path(__file__).parent / "smsc.js"), form),
        stdout=asyncio.subprocess.PIPE,
        env=modules,
    )
    try:
        centre = _Centre(process)
        port = (await centre.said("port"))["port"]
        async with channel_at(port, **settings) as channel:
            yield centre, channel
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.parametrize("form", ["both", "options", "words"])
async def test_a_long_message_is_read_and_its_receipts_lead_home(modules: Mapping[str, str], form: str) -> None:
    async with _beside(modules, form) as (centre, channel), hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        assert (await centre.said("bind"))["version"] == 0x34
        sent = await channel.send(message(_LONG), to(), key="k")
        parts = [await centre.said("udh") for _ in range(4)]
        assert "".join(part["text"] for part in parts) == _LONG
        assert {(part["to"], part["source"], part["coding"], part["wants"]) for part in parts} == {
            ("8613800000001", "106900001", 8, 1)
        }
        assert [(part["udh"][:4], part["udh"][6:]) for part in parts] == [("0003", f"04{at:02x}") for at in range(1, 5)]
        told = await hearing
        assert (told.outcome, told.key, told.provider_id) == (Outcome.DELIVERED, "k", sent.provider_id)


async def test_a_failed_message_says_why(modules: Mapping[str, str]) -> None:
    async with _beside(modules, "both") as (centre, channel), hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        await centre.said("bind")
        sent = await channel.send(message("停水"), to(9), key="k")
        told = await hearing
        assert (told.outcome, told.code, told.provider_id) == (Outcome.TEMPORARY, "UNDELIV:3-27", sent.provider_id)
        assert await centre.said("acknowledged") == {"acknowledged": 0}


async def test_what_people_write_in_pieces_is_one_text(modules: Mapping[str, str]) -> None:
    async with _beside(modules, "both") as (centre, channel), hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.said())
        await centre.said("bind")
        await channel.send(message("停水"), to(8), key="k")
        said = [await hearing, await ear.said()]
        (written,) = [each for each in said if not isinstance(each, Receipt)]
        assert (written.act, written.text, written.address) == ("text", "退订谢谢", "+8613800000008")


async def test_a_wrong_password_is_told_as_one(modules: Mapping[str, str]) -> None:
    async with _beside(modules, "both", password="wrong") as (_, channel):
        with pytest.raises(TechnicalFailure, match="ESME_RINVPASWD"):
            await channel.send(message("停水"), to(), key="k")


async def test_a_thousand_messages_over_two_lines_all_have_their_receipts(modules: Mapping[str, str]) -> None:
    async with _beside(modules, "both", connections=2) as (centre, channel), hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        await centre.said("bind")
        sent = await asyncio.gather(*(channel.send(message("停水"), to(10 * at), key=f"k{at}") for at in range(1000)))
        told = [await hearing, *[await ear.receipt() for _ in range(999)]]
        assert {each.outcome for each in told} == {Outcome.DELIVERED}
        assert {each.provider_id for each in told} == {each.provider_id for each in sent}
