"""Our mails as postal-mime reads them, a MIME parser that nobody here, at Python or at Postfix wrote.

The mails go the whole way: from the channel to Postfix's smtp-sink, and from what that stored to the parser.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from channels.message import Address, File, Lane, Message
from channels.slots import slot
from tests.channels.contract import HOSTILE
from tests.channels.smtp.conftest import MakeChannel
from tests.support import peers
from tests.support.smtp_sink import PROGRAM, smtp_sink

#: Reads the files of a folder; one line of JSON for each mail.
_SCRIPT = """
const fs = require('fs'), path = require('path'), {default: PostalMime} = require('postal-mime');
(async () => {
  for (const name of fs.readdirSync(process.argv[1])) {
    const mail = await PostalMime.parse(fs.readFileSync(path.join(process.argv[1], name)));
    const files = mail.attachments.map(each => ({name: each.filename, type: each.mimeType, kind: each.disposition,
      content: Buffer.from(each.content).toString('base64')}));
    const headers = Object.fromEntries(mail.headers.map(each => [each.key, each.value]));
    const names = mail.headers.map(each => each.key);
    console.log(JSON.stringify({...mail, attachments: undefined, files, headers, names}));
  }
})();
"""

#: What people are called, and what tries to leave its place.
NAMES = (
    *(
        "张三",
        "欧阳<某>&amp;",
        "𠮷野家 👨‍👩‍👧",
        "",
        " 前后 ",
        "a" * 300,
        "字" * 300,
        "=?utf-8?B?5byg5LiJ?=",
        "\t制\u202e表\u00a0",
    ),
    *(HOSTILE, '"', "\\", "%s{name}", "x\r\nBcc: evil@evil.example", "\n.\nQUIT\n"),
)

SETTINGS = {
    "sender": "浔阳区政务公开 <tz@example.gov.cn>",
    "list_id": "tz.example.gov.cn",
    "return_path": "bounce+{token}@example.gov.cn",
    "unsubscribe_mailto": "leave+{token}@example.gov.cn",
}
SUBJECT = "：关于停水的通知，请提前储水并相互转告，不便之处敬请谅解"
FILES = (
    File("停水 区域.txt", "text/plain; charset=utf-8", b"d", "甘棠街道\n".encode() * 99),
    File("示意图（一）.pdf", "application/pdf", b"e", bytes(range(256)) * 40),
)


@pytest.fixture(scope="module")
def parser() -> Mapping[str, str]:
    if PROGRAM is None:
        pytest.skip("smtp-sink is not here: install Debian's package postfix")
    return peers.node("mail")


@pytest.fixture
def read(parser: Mapping[str, str]) -> Any:
    """A function that tells of the mails in a folder, by the address that each is for."""

    async def reading(folder: Path) -> dict[str, Any]:
        command = (peers.node_program(), "-e", _SCRIPT, str(folder))
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=dict(parser))
        printed, _ = await process.communicate()
        assert process.returncode == 0
        mails = [json.loads(line) for line in printed.splitlines()]
        return {mail["to"][0]["address"]: mail for mail in mails}

    return reading


def _message(lane: Lane = Lane.ROUTINE, **more: Any) -> Message:
    parts = {
        "subject": f"{slot('name')}{SUBJECT}",
        "text": f"{slot('name')}：\n.\n明天停水。\n",
        "html": f"<p>{slot('name')}：明天停水。</p>",
    }
    return Message("m1", lane, "default", parts, **more)


def _to(number: int, name: str) -> Address:
    return Address(
        number,
        f"u{number}@example.cn",
        {"name": name, "unsubscribe_url": f"https://tz.example.gov.cn/u/{number}.abc"},
    )


async def test_another_parser_reads_every_part_and_every_file(
    read: Any, tmp_path: Path, channel_to: MakeChannel
) -> None:
    folder = tmp_path / "sink"
    async with smtp_sink(folder) as port:
        channel = channel_to(port, **SETTINGS)
        await channel.send(_message(files=FILES), _to(1, "欧阳<某>"), key="m1-1")
        await channel.close()
    mail = (await read(folder))["u1@example.cn"]
    assert mail["subject"] == f"欧阳<某>{SUBJECT}"
    assert mail["from"] == {"address": "tz@example.gov.cn", "name": "浔阳区政务公开"}
    assert mail["text"].splitlines() == ["欧阳<某>：", ".", "明天停水。"]
    assert mail["html"].strip() == "<p>欧阳&lt;某&gt;：明天停水。</p>"
    token = mail["messageId"].removeprefix("<").removesuffix("@example.gov.cn>")
    leave = f"mailto:leave%2B{token}@example.gov.cn?subject=unsubscribe%20{token}"
    told = mail["headers"]
    assert told["list-unsubscribe"] == f"<https://tz.example.gov.cn/u/1.abc>, <{leave}>"
    assert told["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert told["list-id"] == "<tz.example.gov.cn>"
    assert f"<bounce+{token}@example.gov.cn>" in told["x-mail-args"]
    files = [(each["name"], each["type"], each["kind"]) for each in mail["files"]]
    assert files == [
        ("停水 区域.txt", "text/plain", "attachment"),
        ("示意图（一）.pdf", "application/pdf", "attachment"),
    ]
    assert [b64decode(each["content"]) for each in mail["files"]] == [file.content for file in FILES]


async def test_another_parser_finds_the_same_headers_and_parts_whatever_a_person_is_called(
    read: Any, tmp_path: Path, channel_to: MakeChannel
) -> None:
    folder = tmp_path / "sink"
    async with smtp_sink(folder, "-m", "20") as port:
        channel = channel_to(port, **SETTINGS, connections=4)
        sends = [channel.send(_message(), _to(number, name), key=f"k{number}") for number, name in enumerate(NAMES)]
        await asyncio.gather(*sends)
        await channel.close()
    mails = await read(folder)
    assert {*mails} == {f"u{number}@example.cn" for number in range(len(NAMES))}
    assert len({json.dumps(mail["names"]) for mail in mails.values()}) == 1
    for number, name in enumerate(NAMES):
        mail = mails[f"u{number}@example.cn"]
        assert mail["files"] == []
        assert "bcc" not in mail["names"]
        assert "明天停水。" in mail["text"]
        assert _letters(name) in _letters(mail["text"])
        assert _letters(name) in _letters(mail["subject"])
        assert "<script>" not in mail["html"]


async def test_another_parser_sees_a_warning_as_important_and_as_no_list(
    read: Any, tmp_path: Path, channel_to: MakeChannel
) -> None:
    folder = tmp_path / "sink"
    async with smtp_sink(folder) as port:
        channel = channel_to(port, **SETTINGS)
        await channel.send(_message(Lane.WARNING), _to(1, "张三"), key="m1-1")
        await channel.close()
    mail = (await read(folder))["u1@example.cn"]
    assert mail["headers"]["importance"] == "high"
    assert [name for name in mail["names"] if name.startswith("list-")] == []


def _letters(text: str) -> str:
    """What is left of words where spaces and control characters may have been joined or replaced."""
    return "".join(char for char in text if char.isalnum())
