from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failure import PermanentFailure, TechnicalFailure
from channels.message import Address, File, Lane, Message
from channels.slots import slot
from channels.smtp import SmtpSettings
from channels.smtp.letter import Letter, recipient
from tests.support.mail import Mail

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
LINK = "https://tz.example.gov.cn/u/3fKq"


def _settings(**more: Any) -> SmtpSettings:
    return SmtpSettings.model_validate({"host": "relay.example.cn", "sender": "某区政府 <tz@example.gov.cn>", **more})


def _message(lane: Lane = Lane.ROUTINE, **parts: str) -> Message:
    return Message("b17-mail", lane, "default", {"subject": "停水通知", "text": "明天停水。\n", **parts})


def _mail(
    message: Message | None = None,
    settings: SmtpSettings | None = None,
    key: str = "d1",
    token: bytes = b"",
    archive: str = "",
    **slots: str,
) -> Mail:
    """The mail as another program reads it."""
    to = Address(1, "zhang@example.cn", slots)
    letter = Letter(message or _message(), settings or _settings(), at=AT, archive=archive)
    return Mail("", (), letter.copy(to, recipient(to), key=key, token=token))


def test_the_headers_say_who_when_and_that_a_machine_wrote_it() -> None:
    mail = _mail().message
    assert {name: str(value) for name, value in mail.items()} == {
        "Message-ID": "<d1@example.gov.cn>",
        "To": "zhang@example.cn",
        "Subject": "停水通知",
        "From": "某区政府 <tz@example.gov.cn>",
        "Date": "Sun, 22 Nov 2026 01:30:00 +0000",
        "MIME-Version": "1.0",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Precedence": "bulk",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "base64",
    }
    assert mail.defects == []


def test_settings_add_where_answers_go_and_the_name_of_the_list() -> None:
    mail = _mail(settings=_settings(reply_to="热线 <12345@example.gov.cn>", list_id="tz.example.gov.cn", domain="m.cn"))
    assert str(mail.message["Reply-To"]) == "热线 <12345@example.gov.cn>"
    assert mail.message["List-Id"] == "<tz.example.gov.cn>"
    assert mail.message["Message-ID"] == "<d1@m.cn>"


def test_a_list_says_what_it_is_who_keeps_it_and_where_its_notices_stand() -> None:
    settings = _settings(list_id="tz.e.cn", list_help="https://tz.e.cn/help", list_owner="mailto:tz@e.cn")
    mail = _mail(settings=settings, archive="https://tz.e.cn").message
    assert {name: value for name, value in mail.items() if name.startswith("List-")} == {
        "List-Id": "<tz.e.cn>",
        "List-Post": "NO",
        "List-Help": "<https://tz.e.cn/help>",
        "List-Owner": "<mailto:tz@e.cn>",
        "List-Archive": "<https://tz.e.cn>",
    }
    own = _mail(settings=_settings(list_id="tz.e.cn", list_archive="https://a.cn/")).message
    assert own["List-Archive"] == "<https://a.cn/>"
    assert [name for name in _mail(archive="https://tz.e.cn").message if name.startswith("List-")] == []


def test_a_warning_is_important_and_no_list_that_one_leaves_or_sorts_away_by_a_tap() -> None:
    settings = _settings(list_id="tz.e.cn", unsubscribe_mailto="leave+{token}@e.cn")
    mail = _mail(_message(Lane.WARNING), settings, unsubscribe_url=LINK, archive="https://tz.e.cn").message
    assert (mail["Importance"], mail["Precedence"]) == ("high", None)
    assert [name for name in mail if name.startswith("List-")] == []
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_token_names_the_delivery_in_the_message_id_and_in_the_mail_for_leaving() -> None:
    settings = _settings(unsubscribe_mailto="leave+{token}@e.cn", domain="m.cn")
    mail = _mail(settings=settings, token=b"m1-2.abc", unsubscribe_url=LINK).message
    assert mail["Message-ID"] == "<m1-2.abc@m.cn>"
    leave = "mailto:leave%2Bm1-2.abc@e.cn?subject=unsubscribe%20m1-2.abc"
    assert mail["List-Unsubscribe"] == f"<{LINK}>, <{leave}>"
    assert _mail(settings=settings, unsubscribe_url=LINK).message["List-Unsubscribe"] == f"<{LINK}>"


def test_text_and_html_are_alternatives_with_the_better_one_last() -> None:
    mail = _mail(_message(html="<p>明天停水。</p>"))
    assert [part.get_content_type() for part in mail.message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert (mail.text("plain"), mail.text("html")) == ("明天停水。\r\n", "<p>明天停水。</p>")


def test_slots_are_filled_in_subject_text_and_html_and_escaped_only_there() -> None:
    message = _message(subject=f"{slot('name')}：停水", text=f"{slot('name')}好", html=f"<p>{slot('name')}好</p>")
    mail = _mail(message, name="<b>张&三</b>")
    assert mail.message["Subject"] == "<b>张&三</b>：停水"
    assert mail.text("plain") == "<b>张&三</b>好"
    assert mail.text("html") == "<p>&lt;b&gt;张&amp;三&lt;/b&gt;好</p>"


def test_one_click_unsubscription_stands_in_the_headers_of_who_has_a_link() -> None:
    settings = _settings(unsubscribe_mailto="leave?x=1&y@example.gov.cn")
    mail = _mail(settings=settings, unsubscribe_url=LINK).message
    assert mail["List-Unsubscribe"] == f"<{LINK}>, <mailto:leave%3Fx%3D1%26y@example.gov.cn?subject=unsubscribe>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert _mail(unsubscribe_url=LINK).message["List-Unsubscribe"] == f"<{LINK}>"


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", f"{LINK}>, <http://evil", f"{LINK}\r\nBcc: a@b.cn", "ftp://x"]
)
def test_without_a_proper_link_there_is_no_such_header(link: str) -> None:
    mail = _mail(settings=_settings(unsubscribe_mailto="leave@example.gov.cn"), unsubscribe_url=link).message
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"], mail["Bcc"]) == (None, None, None)


@given(name=st.text(max_size=80), lane=st.sampled_from(Lane), has_token=st.booleans())
def test_no_value_makes_a_header_of_its_own(name: str, lane: Lane, *, has_token: bool) -> None:
    settings = _settings(list_id="tz.e.cn", unsubscribe_mailto="leave+{token}@e.cn", reply_to="热线 <a@e.cn>")
    message = _message(lane, subject=f"给{slot('name')}")
    token = b"m1-2.0123456789abcdef" if has_token else b""
    mail = _mail(message, settings, token=token, name=name, unsubscribe_url=LINK).message
    plain = _mail(message, settings, token=token, name="张三", unsubscribe_url=LINK).message
    assert mail.keys() == plain.keys()
    assert mail.defects == []
    assert {each: mail[each] for each in mail if each != "Subject"} == {
        each: plain[each] for each in plain if each != "Subject"
    }


def test_a_message_id_is_stable_and_proper_whatever_the_key() -> None:
    first, again, other = (_mail(key=key).message["Message-ID"] for key in ("b1:2/3@x>", "b1:2/3@x>", "b1:2/3@y>"))
    assert first == again != other
    assert first.removesuffix("@example.gov.cn>").removeprefix("<").isalnum()


def test_all_lines_are_short_enough_and_ended_as_smtp_wants_it() -> None:
    message = _message(subject="通知" * 200, text=f"{slot('name')}\n.\n..\n" * 50, html=f"<p>{slot('name')}</p>" * 90)
    content = _mail(message, name="张三\n.\nQUIT\n" * 30, unsubscribe_url=LINK + "x" * 500).content
    assert content.endswith(b"\r\n")
    assert content.replace(b"\r\n", b"").isascii()
    for line in content.split(b"\r\n"):
        assert len(line) <= 998
        assert not line.startswith(b".")
        assert b"\n" not in line
        assert b"\r" not in line


def test_a_message_without_words_is_our_own_fault() -> None:
    with pytest.raises(TechnicalFailure, match="no subject"):
        _mail(_message(subject=""))
    with pytest.raises(TechnicalFailure, match="no text"):
        _mail(_message(text=""))


def test_what_is_no_address_is_dead_and_is_not_repeated_in_the_error() -> None:
    with pytest.raises(PermanentFailure) as raised:
        recipient(Address(1, "zhang at example"))
    assert "zhang" not in str(raised.value)


@pytest.mark.parametrize("name", ["通知.pdf", "map 2.pdf", 'a"b\\c.pdf', "x" * 80 + ".ics", "无名", "%2e%2e.txt"])
def test_files_stand_behind_the_words_under_their_names(name: str) -> None:
    content = bytes(range(256)) * 9
    message = replace(_message(html="<p>明天停水。</p>"), files=[File(name, "application/pdf", b"d", content)])
    mail = _mail(message)
    shape = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    assert [part.get_content_type() for part in mail.message.walk()] == shape
    (file,) = mail.message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (name, content)
    assert (mail.text("plain"), mail.text("html")) == ("明天停水。\r\n", "<p>明天停水。</p>")
    assert mail.message.defects == []
    assert all(len(line) <= 998 for line in mail.content.split(b"\r\n"))
