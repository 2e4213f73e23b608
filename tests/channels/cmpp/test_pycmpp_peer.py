"""A client that others wrote (pycmpp, in a process of its own) beside the stand-in: it is not made to our measure."""

import asyncio
import json
import sys
from collections.abc import Mapping

import pytest

from pusher.demo.standins.cmpp import CmppStandIn, running
from pusher.demo.standins.cmpp_check import Account
from tests.support import peers

_LONG = "请注意：" + "停水通知" * 40

#: pycmpp says what happens in its log alone.
_SCRIPT = """
import json, logging, os, queue, sys, threading
said = queue.Queue()
class Ear(logging.Handler):
    def emit(self, record): said.put(record.getMessage())
logging.basicConfig(level=logging.INFO, handlers=[Ear()])
from pycmpp.cmpp import Cmpp
port, secret, long = sys.argv[1:]
client = Cmpp('127.0.0.1', int(port), '901234', secret, '106900001', delivery=1)
threading.Thread(target=client.run, daemon=True).start()
told = []
while not told:
    told = [line for line in [said.get()] if line.startswith('短信网关连接')]
if '成功' in told[0]:
    client.submit('【某区】停水通知', ['13800000001'])
    client.submit(long, ['13800000002'])
    while len(told) < 5:
        told += [line[:4] for line in [said.get()] if line.startswith(('发送成功', '发送失败'))]
print(json.dumps(told), flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def pycmpp() -> Mapping[str, str]:
    return peers.python("pycmpp")


async def _told(env: Mapping[str, str], port: int, secret: str) -> list[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SCRIPT, str(port), secret, _LONG), stdout=asyncio.subprocess.PIPE, env=env
    )
    printed, _ = await process.communicate()
    told: list[str] = json.loads(printed)
    return told


async def test_pycmpp_logs_in_and_sends_long_messages_and_a_wrong_secret_is_refused(pycmpp: Mapping[str, str]) -> None:
    # It sends no Service_Id and no Src_Id, and never acknowledges a report.
    gateway = CmppStandIn(Account(service_id="", number=""), report_after=None)
    async with running(gateway) as port:
        good = await _told(pycmpp, port, gateway.account.secret)
        forged = await _told(pycmpp, port, "another")
    # The long one has three parts.
    assert good == ["短信网关连接成功", "发送成功", "发送成功", "发送成功", "发送成功"]
    assert forged == ["短信网关连接失败; status: 3"]
    assert [(each.to, each.text) for each in gateway.inbox.all()] == [
        ("13800000001", "【某区】停水通知"),
        ("13800000002", _LONG),
    ]
    assert gateway.counts["violation"] == 0
