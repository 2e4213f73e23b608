"""The example of CONTRIBUTING.md is a channel that works."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels.channel import Kind
from channels.failure import PermanentFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome
from channels.slots import slot
from tests.support.outside import outside

MESSAGE = Message("b1-sms", Lane.ROUTINE, "default", {"title": "停水", "text": f"{slot('name')}，请值守"})


def _example() -> str:
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return str(example)


def test_a_new_channel_takes_less_than_sixty_lines() -> None:
    assert len(_example().splitlines()) < 60


async def test_the_example_sends_and_tells_its_failures_apart() -> None:
    module: dict[str, Any] = {"__name__": "wecom_bot"}
    exec(compile(_example(), "wecom_bot.py", "exec"), module)
    kind: Kind[Any] = module["KIND"]
    codes, taken = [0, 93000], []

    async def take(request: web.Request) -> web.Response:
        taken.append((await request.json())["text"]["content"])
        return web.json_response({"errcode": codes.pop(0), "errmsg": f"invalid webhook url {request.url}"})

    app = web.Application()
    app.router.add_post("/send", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot = Address(1, f"http://127.0.0.1:{runner.addresses[0][1]}/send?key=secret-of-the-group", {"name": "王工"})
    async with aiohttp.ClientSession() as http:
        channel = kind.build("duty", kind.settings(base_url=bot.value.partition("secret")[0]), outside(http))
        assert (await channel.send(MESSAGE, bot, key="d1")).outcome is Outcome.SENT
        with pytest.raises(PermanentFailure) as raised:
            await channel.send(MESSAGE, bot, key="d2")
    await runner.cleanup()
    assert taken == ["停水\n王工，请值守"] * 2
    assert "secret-of-the-group" not in str(raised.value)


def test_the_example_is_the_channel_itself() -> None:
    assert _example() == (Path(__file__).parents[1] / "channels" / "wecom_bot.py").read_text(encoding="utf-8")
