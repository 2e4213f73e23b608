"""A follower and the platform's stand-in against the whole service: signed, encrypted, answered within the callback."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from pusher.app import open_store
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import APPID, PLAYED, Account, WeChatStandIn
from pusher.demo.standins.wechat_push import PushTo
from pusher.service import open_service, web_application
from pusher.settings.read import read
from tests.pusher.cli.town import Town

_TOKEN, _KEY = "callback-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ01"


@pytest.mark.parametrize("key", ["", _KEY], ids=["plain", "safe"])
async def test_a_follower_subscribes_asks_and_leaves_by_writing(tmp_path: Path, key: str) -> None:
    town = Town(tmp_path / "town")
    await asyncio.to_thread(town.run, "init")
    town.add(
        f'[channels.wx]\nkind = "wechat"\nappid = "{APPID}"\nsecret = "{PLAYED}"\ntemplate = {{ id = "T1" }}\n'
        f'callback_token = "{_TOKEN}"\n' + (f'aes_key = "{key}"\n' if key else "")
    )
    async with open_store(read(town.settings), upgrading=True) as store, open_service(store) as service:
        runner = web.AppRunner(web_application(service))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        push = PushTo(f"http://127.0.0.1:{port}/callback/wx", _TOKEN, APPID, key)
        platform = WeChatStandIn(Account(push=push))
        async with running(platform):
            await platform.person({"from": _OPENID, "event": "subscribe", "key": "qrscene_DY_education_360403"})
            await platform.person({"from": _OPENID, "text": "订阅 环保"})
            await platform.person({"from": _OPENID, "event": "CLICK", "key": "我的"})
            await platform.person({"from": _OPENID, "text": "退订"})
        await runner.cleanup()
    assert [answer.to for answer in platform.answers] == [_OPENID] * 4
    said = [answer.text for answer in platform.answers]
    assert said[0].startswith("已订阅：教育")
    assert said[2].startswith("您订阅了：教育")
    assert "环境保护" in said[2]
    assert said[3].startswith("您已退订")
