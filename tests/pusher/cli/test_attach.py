"""What somebody attaches on the command line arrives with the mail, and nowhere else."""

import asyncio
from pathlib import Path

from tests.pusher.cli.town import Town
from tests.support.mail import mail_server

_TITLE = "关于2026年秋季义务教育招生工作的通知"

_SETTINGS = """
[channels.mail]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "tz@example.gov.cn"

[routes.by_mail]
channels = ["mail"]
"""


def _send(town: Town, *files: Path, title: str = _TITLE, fails: int = 0) -> str:
    words = [word for file in files for word in ("--attach", str(file))]
    result = town.run("send", "--title", title, *words, fails=fails)
    return result.stderr if fails else result.stdout


def _enrol(town: Town) -> None:
    town.run(
        "subscriber", "add", "--address", "email:wang@example.com", "--subscribe", "education:360403", "--confirmed"
    )


async def test_what_is_attached_arrives_with_the_mail(town: Town, tmp_path: Path) -> None:
    pdf, text = tmp_path / "招生范围.pdf", tmp_path / "timetable.txt"
    pdf.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    text.write_text("周一\n", encoding="utf-8")
    async with mail_server() as server:
        town.add(_SETTINGS.format(port=server.port))
        await asyncio.to_thread(_enrol, town)
        await asyncio.to_thread(_send, town, pdf, text)
        assert "招生范围.pdf" in (await town.beside("item", "show", "1")).stdout
        finished = await town.process("once")
        assert finished.exit_code == 0, finished.stderr
    (mail,) = server.taken
    files = {part.get_filename(): part.get_payload(decode=True) for part in mail.message.iter_attachments()}
    assert files == {"招生范围.pdf": pdf.read_bytes(), "timetable.txt": text.read_bytes()}
    assert mail.text("plain")
    assert mail.message.defects == []


def test_the_same_again_changes_nothing_and_other_files_are_refused(town: Town, tmp_path: Path) -> None:
    one, other = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text("一", encoding="utf-8")
    other.write_text("二", encoding="utf-8")
    _send(town, one)
    assert "known already" in _send(town, one)
    assert "with other files" in _send(town, other, fails=2)
    assert "of this kind" in _send(town, tmp_path / "town" / "pusher.toml", title="另一个通知", fails=2)
    assert "No such file" in _send(town, tmp_path / "none.pdf", title="另一个通知", fails=2)
    assert [each["number"] for each in town.json("item", "list")] == [1]
    assert town.json("item", "show", "1")["files"] == ["a.txt"]
