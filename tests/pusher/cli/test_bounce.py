"""A mail server hands over what came back; the person behind it is found by our token alone."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.pusher.cli.town import Town
from tests.support import returned
from tests.support.mail import MailServer, mail_server
from tests.support.returned import original

_TITLE = "关于2026年秋季义务教育招生工作的通知"

_SETTINGS = """
[channels.mail]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "tz@example.gov.cn"
return_path = "bounce+{{token}}@example.gov.cn"
unsubscribe_mailto = "leave+{{token}}@example.gov.cn"

[routes.by_mail]
channels = ["mail"]
"""


@pytest.fixture
async def sent(town: Town) -> MailServer:
    """A town that has sent one mail; the server that took it."""
    async with mail_server() as server:
        town.add(_SETTINGS.format(port=server.port))
        await asyncio.to_thread(_prepare, town)
        await town.beside("once")
    return server


def _prepare(town: Town) -> None:
    town.run(
        "subscriber", "add", "--address", "email:wang@example.com", "--subscribe", "education:360403", "--confirmed"
    )
    town.run("send", "--title", _TITLE)


def _token(sent: MailServer) -> str:
    (mail,) = sent.taken
    found = re.fullmatch(r"bounce\+(.+)@example\.gov\.cn", mail.sender)
    assert found, mail.sender
    assert mail.message["Message-ID"] == f"<{found[1]}@example.gov.cn>"
    assert "wang" not in mail.sender
    return found[1]


def _standing(town: Town) -> str:
    return town.run("subscriber", "show", "email:wang@example.com").stdout


def _read(town: Town, mail: bytes, tmp_path: Path) -> Any:
    (tmp_path / "mail").write_bytes(mail)
    return town.json("bounce", "mail", str(tmp_path / "mail"))


def test_a_hard_bounce_closes_the_address_that_its_token_names(town: Town, sent: MailServer, tmp_path: Path) -> None:
    token = _token(sent)
    forged = f"{token.rpartition('.')[0]}.{'a' * 16}"
    mail = returned.postfix(f"bounce+{forged}@example.gov.cn", original(forged))
    assert _read(town, mail, tmp_path)["says"] == "nothing"
    assert "5.1.1" not in _standing(town)
    told = _read(town, returned.postfix(f"bounce+{token}@example.gov.cn", ""), tmp_path)
    assert (told["says"], told["key"], told["code"]) == ("permanent", "m3-1", "5.1.1")
    assert "5.1.1" in _standing(town)
    (row,) = [row for row in town.json("report") if row["channel"] == "mail"]
    assert row["sent"] == 1


def test_what_came_back_may_come_through_a_pipe(town: Town, sent: MailServer) -> None:
    mail = returned.leaving(f"leave+{_token(sent)}@example.gov.cn")
    assert town.run("bounce", "mail", "-", typed=mail).stdout == "stop m3-1\n"
    assert "退订" in _standing(town)
    assert "says nothing" in town.run("bounce", "mail", "-", typed=b"\xff\xfe").stdout


def test_a_channel_that_gets_no_mail_is_a_sentence(town: Town) -> None:
    for name in ("board", "nowhere"):
        assert "of kind smtp" in town.run("bounce", name, "-", fails=2).stderr
