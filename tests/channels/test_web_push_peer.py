"""A browser of other authors (Firefox, with its own decryption) beside the channel: it shows what we push."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from channels.message import Address, Lane, Message
from channels.web_push import PURPOSE, WebPush, WebPushSettings, public_key, signing_key, told
from tests.support.firefox import PROGRAM, Autopush, firefox
from tests.support.outside import outside

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="NOT TESTED AGAINST Firefox: it is not installed")


async def test_firefox_decrypts_what_is_pushed_and_shows_it(tmp_path: Path) -> None:
    warning = Message(
        "b1", Lane.WARNING, "warning", {"title": "暴雨红色预警", "text": "请马上转移到高处", "url": "/board/1"}
    )
    longest = Message("b2", Lane.ROUTINE, "default", {"title": "停水通知", "text": "停水" * 2000, "url": "/board/2"})
    async with aiohttp.ClientSession() as http:
        given = replace(outside(http), now=lambda: datetime.now(UTC))
        settings = WebPushSettings.model_validate({"services": ["127.0.0.1"], "allow_private": True})
        service = Autopush(public_key(signing_key(given.derive(PURPOSE))))
        channel = WebPush(settings, given)
        async with service.running() as address, firefox(address, tmp_path):
            browser = Address(1, json.dumps(await service.told()))
            await channel.send(warning, browser, key="k1")
            shown = await service.told()
            assert shown == [["暴雨红色预警", "请马上转移到高处", "/board/1", True]]
            await channel.send(longest, browser, key="k2")
            words = json.loads(told(longest, browser))["text"]
            assert ["停水通知", words, "/board/2", False] in await service.told()
        await channel.close()
