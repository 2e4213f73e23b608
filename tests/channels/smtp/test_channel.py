"""What the e-mail channel does on the wire, beyond the contract of all channels."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from channels.channel import Channel
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Receipt
from channels.smtp.line import Line
from channels.smtp.settings import Security, SmtpSettings
from channels.smtp.wire import Mail
from tests.channels.smtp.conftest import MakeChannel
from tests.support.certificates import certificate
from tests.support.mail import HANG_UP, SAY_NOTHING, MailServer, mail_server

PASSWORD = "correct horse battery"


async def _send(channel: Channel, number: int = 1, lane: Lane = Lane.ROUTINE, to: str = "") -> Receipt:
    message = Message(f"b17-{lane}", lane, "default", {"subject": "停水通知", "text": "明天停水。"})
    return await channel.send(message, Address(number, to or f"u{number}@example.cn"), key=f"d{number}")


async def _failure(channel: Channel) -> SendError:
    with pytest.raises(SendError) as raised:
        await _send(channel)
    return raised.value


async def test_one_connection_carries_many_mails_without_a_word_between(
    relay: MailServer, channel_to: MakeChannel
) -> None:
    channel = channel_to(relay.port)
    for number in range(5):
        receipt = await _send(channel, number)
    assert (receipt.code, receipt.provider_id) == ("250", "4F00BA1")
    assert relay.connections == 1
    assert relay.commands == ["MAIL", "RCPT", "CONTENT"] * 5


async def test_a_refused_recipient_leaves_a_clean_line_to_the_next(relay: MailServer, channel_to: MakeChannel) -> None:
    channel = channel_to(relay.port)
    relay.behave({"RCPT": "550 5.1.1 unknown"})
    assert isinstance(await _failure(channel), PermanentFailure)
    relay.behave()
    await _send(channel, 2)
    assert relay.connections == 1
    assert relay.commands == ["MAIL", "RCPT", "RSET", "MAIL", "RCPT", "CONTENT"]
    assert [mail.recipients for mail in relay.taken] == [("u2@example.cn",)]


async def test_a_line_that_cannot_be_reset_is_replaced(relay: MailServer, channel_to: MakeChannel) -> None:
    channel = channel_to(relay.port)
    relay.behave({"RCPT": "450 4.2.0 busy", "RSET": "500 what?"})
    assert isinstance(await _failure(channel), TemporaryFailure)
    relay.behave({"RSET": "500 what?"})
    await _send(channel, 2)
    assert relay.connections == 2


async def test_a_line_that_the_relay_has_closed_meanwhile_is_replaced(
    relay: MailServer, channel_to: MakeChannel
) -> None:
    channel = channel_to(relay.port)
    await _send(channel, 1)
    relay.hang_up()
    await _send(channel, 2)
    assert relay.connections == 2


@pytest.mark.parametrize("answer", [HANG_UP, "421 4.7.0 that was enough for one connection"])
async def test_a_used_line_that_ends_before_the_mail_began_costs_nobody_a_failure(
    relay: MailServer, channel_to: MakeChannel, answer: str
) -> None:
    channel = channel_to(relay.port)
    await _send(channel, 1)
    relay.behave({"MAIL": answer})
    assert isinstance(await _failure(channel), TemporaryFailure)
    assert relay.connections == 2
    relay.behave()
    await _send(channel, 2)
    assert len(relay.taken) == 2


async def test_a_line_lost_after_the_content_is_in_doubt_and_not_tried_again(
    relay: MailServer, channel_to: MakeChannel
) -> None:
    channel = channel_to(relay.port)
    await _send(channel, 1)
    relay.behave({"CONTENT": HANG_UP})
    failure = await _failure(channel)
    assert isinstance(failure, TemporaryFailure)
    assert failure.in_doubt
    assert relay.connections == 1


async def test_time_that_is_out_before_the_first_word_leaves_no_doubt(relay: MailServer) -> None:
    settings = SmtpSettings(host="127.0.0.1", port=relay.port, security=Security.NONE, sender="tz@example.gov.cn")
    clock = asyncio.get_running_loop().time
    line = await Line.open(settings, "", deadline=clock() + 60)
    mail = Mail(b"tz@example.gov.cn", b"u1@example.cn", b"Subject: x\r\n\r\n")
    assert (await line.deliver(mail, deadline=clock() + 60)).accepts
    with pytest.raises(TemporaryFailure) as raised:
        await line.deliver(mail, deadline=clock() - 1)
    assert not raised.value.in_doubt
    assert len(relay.taken) == 1


async def test_warnings_have_connections_that_nothing_else_takes(relay: MailServer, channel_to: MakeChannel) -> None:
    channel = channel_to(relay.port, connections=2, warning_connections=1)
    relay.behave({"CONTENT": SAY_NOTHING})
    routine = [asyncio.create_task(_send(channel, number)) for number in range(6)]
    while relay.commands.count("CONTENT") < 2:
        relay.heard.clear()
        await relay.heard.wait()
    relay.answers = {}
    await _send(channel, 100, Lane.WARNING)
    assert not any(task.done() for task in routine)
    assert [mail.recipients for mail in relay.taken] == [("u100@example.cn",)]
    relay.behave()
    await asyncio.gather(*routine)
    assert relay.connections == 3


async def test_a_cancelled_mail_hangs_up(relay: MailServer, channel_to: MakeChannel) -> None:
    channel = channel_to(relay.port)
    relay.behave({"CONTENT": SAY_NOTHING})
    sending = asyncio.create_task(_send(channel))
    await relay.holding.wait()
    assert not relay.parted.is_set()
    sending.cancel()
    await relay.parted.wait()
    assert relay.taken == []


async def test_addresses_in_other_letters_go_where_the_relay_takes_them(channel_to: MakeChannel) -> None:
    async with mail_server(utf8=True) as server:
        await _send(channel_to(server.port), to="张三@例子.中国")
    assert server.taken[0].recipients == ("张三@xn--fsqu00a.xn--fiqs8s",)


async def test_addresses_in_other_letters_are_dead_where_it_does_not(
    relay: MailServer, channel_to: MakeChannel
) -> None:
    channel = channel_to(relay.port)
    for _ in range(2):
        with pytest.raises(PermanentFailure) as raised:
            await _send(channel, to="张三@例子.中国")
        assert "张三" not in str(raised.value)
    await _send(channel)
    assert relay.connections == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_secured_line_carries_mail_after_a_login(
    security: str, tmp_path: Path, channel_to: MakeChannel
) -> None:
    shown = certificate(tmp_path)
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    secured = {"security": security, "authorities": shown.path, "user": "tz"}
    async with mail_server(certificate=shown, implicit=security == "tls", password=PASSWORD) as server:
        await _send(channel_to(server.port, password_file=tmp_path / "password", **secured))
        assert len(server.taken) == 1
        failure = await _failure(channel_to(server.port, password="wrong", **secured))
    assert isinstance(failure, TechnicalFailure)
    assert failure.code.startswith("535")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_is_not_trusted_stops_the_mail(
    security: str, tmp_path: Path, channel_to: MakeChannel
) -> None:
    async with mail_server(certificate=certificate(tmp_path), implicit=security == "tls") as server:
        failure = await _failure(channel_to(server.port, security=security))
    assert isinstance(failure, TechnicalFailure)
    assert "certificate is not trusted" in failure.detail
    assert server.commands == []


@pytest.mark.parametrize(
    "settings",
    [
        {"security": "starttls"},
        {"security": "tls"},
        {"user": "tz", "password": PASSWORD},
    ],
)
async def test_a_relay_without_what_the_settings_ask_for_is_refused(
    relay: MailServer, channel_to: MakeChannel, settings: Mapping[str, Any]
) -> None:
    failure = await _failure(channel_to(relay.port, **settings))
    assert isinstance(failure, TechnicalFailure)
    assert PASSWORD not in str(failure)
    assert relay.commands == []


@pytest.mark.parametrize(
    ("greeting", "failure"),
    [("421 busy", TemporaryFailure), ("554 go away", TechnicalFailure), ("hello?", TemporaryFailure)],
)
async def test_a_relay_that_does_not_open_is_told_from_one_that_refuses(
    channel_to: MakeChannel, greeting: str, failure: type[SendError]
) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with listener:
        assert type(await _failure(channel_to(listener.sockets[0].getsockname()[1]))) is failure


async def test_the_date_is_the_messages_and_the_words_may_change_under_one_id(
    relay: MailServer, channel_to: MakeChannel
) -> None:
    channel = channel_to(relay.port)
    for text in ("一", "二"):
        message = Message("b17", Lane.ROUTINE, "default", {"subject": "通知", "text": text})
        await channel.send(message, Address(1, "a@example.cn"), key="d1")
    assert [mail.text("plain") for mail in relay.taken] == ["一", "二"]
    assert {mail.message["Date"] for mail in relay.taken} == {"Sun, 22 Nov 2026 01:30:00 +0000"}


async def test_closing_takes_leave_and_a_mail_under_way_is_not_cut(relay: MailServer, channel_to: MakeChannel) -> None:
    channel = channel_to(relay.port)
    await _send(channel, 1)
    relay.behave({"CONTENT": SAY_NOTHING})
    under_way = asyncio.create_task(_send(channel, 2))
    await relay.holding.wait()
    await channel.close()
    relay.behave()
    await under_way
    await _send(channel, 3)
    await channel.close()
    assert relay.connections == 2
    assert relay.commands.count("QUIT") == 1
