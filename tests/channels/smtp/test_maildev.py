"""Our mails as maildev reads them, a mail catcher that decodes MIME with libraries nobody here or at Python wrote."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.message import Address, File, Lane, Message
from channels.slots import slot
from tests.channels.smtp.conftest import MakeChannel
from tests.support.smtp_sink import free_port, until_it_listens

_SCRIPT = """
try { require.resolve('maildev') } catch (e) { process.exit(77) }
const MailDev = require('maildev')
const server = new MailDev({smtp: Number(process.argv[1]), ip: '127.0.0.1', disableWeb: true, silent: true})
server.on('new', mail => {
  const files = (mail.attachments || []).map(each => ({name: each.fileName, type: each.contentType, size: each.length}))
  console.log(JSON.stringify({subject: mail.subject, text: mail.text, html: mail.html, headers: mail.headers,
    from: mail.from, to: mail.to, sender: mail.envelope.from, files}))
})
server.listen()
"""


@asynccontextmanager
async def _maildev(folder: str) -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """A running catcher: its port, and one line of JSON for each mail."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("NOT TESTED AGAINST npm PEERS: Node.js is not installed")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(program, "-e", _SCRIPT, str(port)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": folder},
    )
    assert process.stdout is not None
    try:
        await until_it_listens(process, port)
        yield port, process.stdout
    except AssertionError:
        if process.returncode == 77:
            pytest.skip("NOT TESTED AGAINST maildev: npm install maildev@2.1.0 and set NODE_PATH to its node_modules")
        raise
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _caught(lines: asyncio.StreamReader) -> Mapping[str, Any]:
    while not (line := await lines.readline()).startswith(b"{"):
        assert line, "maildev has ended"
    caught: dict[str, Any] = json.loads(line)
    return caught


async def test_maildev_reads_what_we_meant(tmp_path: Path, channel_to: MakeChannel) -> None:
    async with _maildev(str(tmp_path)) as (port, lines):
        channel = channel_to(
            port,
            sender="浔阳区政务公开 <tz@example.gov.cn>",
            list_id="tz.example.gov.cn",
            return_path="bounce+{token}@example.gov.cn",
            unsubscribe_mailto="leave+{token}@example.gov.cn",
        )
        parts = {
            "subject": f"{slot('name')}：关于停水的通知，请提前储水并相互转告，不便之处敬请谅解",
            "text": f"{slot('name')}：\n.\n明天停水。\n",
            "html": f"<p>{slot('name')}：明天停水。</p>",
        }
        files = [File("停水 区域.txt", "text/plain; charset=utf-8", b"d", "甘棠街道\n".encode() * 99)]
        message = Message("m1", Lane.ROUTINE, "default", parts, files=files)
        slots = {"name": "欧阳<某>", "unsubscribe_url": "https://tz.example.gov.cn/u/1.abc"}
        await channel.send(message, Address(1, "zhang@example.cn", slots), key="m1-1")
        mail = await _caught(lines)
        await channel.close()
    assert mail["subject"] == "欧阳<某>：关于停水的通知，请提前储水并相互转告，不便之处敬请谅解"
    assert mail["text"].splitlines() == ["欧阳<某>：", ".", "明天停水。"]
    assert "欧阳&lt;某&gt;：明天停水。" in mail["html"]
    assert mail["from"] == [{"address": "tz@example.gov.cn", "name": "浔阳区政务公开"}]
    assert mail["headers"]["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    token = mail["headers"]["message-id"].removeprefix("<").removesuffix("@example.gov.cn>")
    assert mail["sender"]["address"] == f"bounce+{token}@example.gov.cn"
    assert f"leave%2B{token}@" in mail["headers"]["list-unsubscribe"]
    assert mail["files"] == [{"name": "停水 区域.txt", "type": "text/plain", "size": len(files[0].content)}]
