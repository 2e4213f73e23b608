"""The e-mail channel against Postfix's smtp-sink, which neither we nor the authors of our libraries have written."""

import asyncio
import email
import email.policy
from pathlib import Path

import pytest

from channels.channel import Channel
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.slots import slot
from tests.channels.smtp.conftest import MakeChannel
from tests.support.smtp_sink import PROGRAM, smtp_sink

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="smtp-sink is not here: install Debian's package postfix")

MESSAGE = Message("b17", Lane.ROUTINE, "default", {"subject": "停水通知", "text": f"{slot('name')}：\n.\n明天停水。\n"})


async def _send(channel: Channel, number: int = 1) -> Receipt:
    return await channel.send(
        MESSAGE, Address(number, f"u{number}@example.cn", {"name": f"第{number}户"}), key=f"d{number}"
    )


async def test_all_mails_arrive_whole_and_once(tmp_path: Path, channel_to: MakeChannel) -> None:
    folder = tmp_path / "sink"
    async with smtp_sink(folder, "-m", "20") as port:
        channel = channel_to(port, connections=8)
        receipts = await asyncio.gather(*(_send(channel, number) for number in range(50)))
        await channel.close()
    assert {receipt.outcome for receipt in receipts} == {Outcome.SENT}
    texts = []
    for file in folder.iterdir():
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        texts.append(mail.get_content().replace("\r\n", "\n"))
        assert mail["Subject"] == "停水通知"
    assert sorted(texts) == sorted(f"第{number}户：\n.\n明天停水。\n" for number in range(50))


@pytest.mark.parametrize(
    ("options", "failure", "in_doubt"),
    [
        (("-r", "RCPT"), TemporaryFailure, False),
        (("-r", "."), TemporaryFailure, False),
        (("-f", "RCPT"), TechnicalFailure, False),
        (("-f", "RCPT", "-B", "550 5.1.1 unknown"), PermanentFailure, False),
        (("-f", "MAIL"), TechnicalFailure, False),
        (("-f", "."), TechnicalFailure, False),
        (("-Q", "RCPT"), TemporaryFailure, False),
        (("-Q", "DATA"), TemporaryFailure, False),
        (("-q", "MAIL"), TemporaryFailure, False),
        (("-q", "."), TemporaryFailure, True),
    ],
)
async def test_each_fault_is_its_own_failure(
    tmp_path: Path, channel_to: MakeChannel, options: tuple[str, ...], failure: type[SendError], in_doubt: bool
) -> None:
    async with smtp_sink(tmp_path / "sink", *options) as port:
        channel = channel_to(port)
        with pytest.raises(SendError) as raised:
            await _send(channel)
        await channel.close()
    assert type(raised.value) is failure
    assert getattr(raised.value, "in_doubt", False) == in_doubt
