"""Clients and crypto that nobody here wrote: they must get on with the stand-in, and with our callbacks."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.channel import CallbackRequest
from channels.wechat.callback import Callbacks
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import Account, WeChatStandIn
from pusher.demo.standins.wechat_push import encrypt, sign
from tests.support import peers

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TOKEN, APPID = "callback-token", "wx0123456789abcdef"


@pytest.fixture(scope="module")
def packages() -> Mapping[str, str]:
    return peers.node("wechat")


async def node(script: str, env: Mapping[str, str]) -> Any:
    """What a script of Node.js prints as JSON."""
    command = (peers.node_program(), "-e", script)
    running_node = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=env)
    printed, _ = await running_node.communicate()
    assert running_node.returncode == 0, printed
    return json.loads(printed)


async def test_wechatpys_client_is_served_as_by_the_platform() -> None:
    from wechatpy import WeChatClient
    from wechatpy.exceptions import WeChatClientException

    platform = WeChatStandIn(Account())
    async with running(platform) as address:
        token, _ = platform.tokens.plain()

        class Client(WeChatClient):  # type: ignore[misc]
            API_BASE_URL = f"{address}/cgi-bin/"

        def talk() -> tuple[Any, int]:
            client = Client(APPID, "s", access_token=token, timeout=5, auto_retry=False)
            answer = client.message.send_template("o6_bmjrPTlm6", "T1", {"thing1": {"value": "停水"}})
            platform.tokens.plain()
            with pytest.raises(WeChatClientException) as raised:
                client.message.send_template("o6_bmjrPTlm6", "T1", {"thing1": {"value": "停水"}})
            client._http.close()
            return answer, raised.value.errcode

        answer, code = await asyncio.to_thread(talk)
    assert (answer["errcode"], code) == (0, 40001)
    assert [message.fields for message in platform.inbox.all()] == [{"thing1": "停水"}]


async def test_co_wechat_api_is_served_as_by_the_platform(packages: Mapping[str, str]) -> None:
    platform = WeChatStandIn(Account())
    platform.script.codes["gone"] = "43004"
    async with running(platform) as address:
        account = platform.account
        told = await node(
            f"""
            const API = require('co-wechat-api'), a = new API('{account.appid}', '{account.secret}');
            a.prefix = '{address}/cgi-bin/';
            (async () => {{
              const sent = await a.sendTemplate('o1', 'TPL', 'http://x', '#000', {{k: {{value: '停水'}}}});
              const followers = await a.getFollowers();
              let refused = null;
              try {{ await a.sendTemplate('gone', 'TPL', '', '', {{}}) }} catch (e) {{ refused = e.code }}
              console.log(JSON.stringify({{sent, followers, refused}}));
            }})();
            """,
            packages,
        )
    assert told["sent"]["errcode"] == 0
    assert told["followers"]["data"]["openid"] == ["o1"]
    assert told["refused"] == 43004
    assert platform.counts["/cgi-bin/token"] == 1


def _request(encrypted: str, signature: str, at: str, nonce: str) -> CallbackRequest:
    query = {"signature": sign(TOKEN, at, nonce), "timestamp": at, "nonce": nonce, "msg_signature": signature}
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    return CallbackRequest("POST", query, {}, body, "127.0.0.1", datetime.fromtimestamp(int(at), UTC))


async def test_wechat_crypto_encrypts_for_us_and_reads_the_stand_in(packages: Mapping[str, str]) -> None:
    said = "<MsgType>text</MsgType><Content>退订</Content><MsgId>1</MsgId>"
    xml = f"<xml><FromUserName>o6_bmjrPTlm6</FromUserName>{said}</xml>"
    told = await node(
        f"""
        const Crypt = require('wechat-crypto'), c = new Crypt('{TOKEN}', '{KEY}', '{APPID}');
        const encrypted = c.encrypt('{xml}');
        const signature = c.getSignature('1795311000', 'n0nce', encrypted);
        const ours = c.decrypt('{encrypt(xml, aes_key=KEY, appid=APPID)}');
        console.log(JSON.stringify({{encrypted, signature, ours}}));
        """,
        packages,
    )
    assert told["ours"] == {"message": xml, "id": APPID}
    request = _request(told["encrypted"], told["signature"], "1795311000", "n0nce")
    answer = Callbacks(token=TOKEN, appid=APPID, aes_keys=(KEY,)).answer(request)
    assert [inbound.act for inbound in answer.inbound] == ["stop"]
