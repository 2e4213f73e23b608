"""Clients that others wrote, each in a process of its own, beside the stand-in: pycmpp for 2.0, cmppy for 3.0.

Neither answers what the gateway brings; that and the gateway's side are compared with bytes of others in `test_wire`.
"""

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
_PYCMPP = """
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

#: cmppy opens a connection for each message and leaves cutting to its caller: a header is three characters of UCS2.
_CMPPY = """
import contextlib, json, sys
from cmppy import Cmppy
from cmppy.request import SubmitReq
port, secret, long = sys.argv[1:]
cut = [long[at:at + 66] for at in range(0, len(long), 66)]
header = lambda at: ''.join(map(chr, (0x0500, 0x0300 | 42, len(cut) << 8 | at)))
parts = [dict(msg_content='【某区】停水通知', dest_terminal_id=['13800000001'])] + [
    dict(msg_content=header(at) + part, tp_udhi=1, pk_total=len(cut), pk_number=at, dest_terminal_id=['13800000002'])
    for at, part in enumerate(cut, 1)
] + [dict(msg_content='停水', dest_terminal_id=['13800000003', 'nobody'])]
told = []
with contextlib.redirect_stdout(None):
    for part in parts:
        words = SubmitReq('901234', src_id='106900001', service_id='GOVTZ', registered_delivery=0, **part)
        answer = Cmppy('127.0.0.1', int(port), '901234', secret).request(words)
        told.append([answer.result, bool(answer.msg_id)] if answer else 'not let in')
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def clients() -> Mapping[str, str]:
    return peers.python("cmpp")


async def _told(script: str, env: Mapping[str, str], port: int, secret: str) -> list[object]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, str(port), secret, _LONG), stdout=asyncio.subprocess.PIPE, env=env
    )
    printed, _ = await process.communicate()
    told: list[object] = json.loads(printed)
    return told


async def test_pycmpp_logs_in_and_sends_long_messages_and_a_wrong_secret_is_refused(clients: Mapping[str, str]) -> None:
    # It sends no Service_Id and no Src_Id, and never acknowledges a report.
    gateway = CmppStandIn(Account(service_id="", number=""), report_after=None)
    async with running(gateway) as port:
        good = await _told(_PYCMPP, clients, port, gateway.account.secret)
        forged = await _told(_PYCMPP, clients, port, "another")
    # The long one has three parts.
    assert good == ["短信网关连接成功", "发送成功", "发送成功", "发送成功", "发送成功"]
    assert forged == ["短信网关连接失败; status: 3"]
    assert [(each.to, each.text) for each in gateway.inbox.all()] == [
        ("13800000001", "【某区】停水通知"),
        ("13800000002", _LONG),
    ]
    assert gateway.counts["violation"] == 0


async def test_cmppy_speaks_3_0_with_the_stand_in_and_a_wrong_secret_is_refused(clients: Mapping[str, str]) -> None:
    gateway = CmppStandIn(report_after=None)
    async with running(gateway) as port:
        good = await _told(_CMPPY, clients, port, gateway.account.secret)
        forged = await _told(_CMPPY, clients, port, "another")
    # The last one goes to two receivers, and the second is none.
    assert good == [[0, True]] * 4 + [[13, False]]
    assert forged == ["not let in"] * 5
    assert [(each.to, each.text) for each in gateway.inbox.all()] == [
        ("13800000001", "【某区】停水通知"),
        ("13800000002", _LONG),
    ]
    assert gateway.counts["terminate"] == 5
    assert gateway.counts["violation"] == 0
