"""What comes back is read as the servers mean it, and speaks of nobody whose token it does not bear."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.channel import CallbackAnswer
from channels.receipt import Inbound, Outcome, Patience, Receipt
from channels.smtp.returned import LONGEST, Returns
from channels.smtp.settings import SmtpSettings
from channels.smtp.tokens import Tokens
from tests.support import returned
from tests.support.returned import PERSON, original

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
TOKENS = Tokens(b"k" * 32)
KEY = "m17-4711"
TOKEN = TOKENS.of(KEY).decode()
BOUNCE = f"bounce+{TOKEN}@example.gov.cn"
LEAVE = f"leave+{TOKEN}@example.gov.cn"
FORGED = f"{KEY}.{'a' * 16}"

Build = Callable[..., bytes]


def _returns(**more: Any) -> Returns:
    given = {
        "host": "relay.example.cn",
        "sender": "tz@example.gov.cn",
        "return_path": "bounce+{token}@example.gov.cn",
        "unsubscribe_mailto": "leave+{token}@example.gov.cn",
        **more,
    }
    return Returns(SmtpSettings.model_validate(given), TOKENS)


def _read(mail: bytes, **more: Any) -> CallbackAnswer | None:
    return _returns(**more).read(mail, at=AT)


def _receipt(mail: bytes) -> Receipt:
    answer = _read(mail)
    assert answer is not None
    (receipt,) = answer.receipts
    assert PERSON.partition("@")[0] not in receipt.detail
    return receipt


HARD: list[tuple[Build, dict[str, str], str]] = [
    (returned.postfix, {}, "5.1.1"),
    (returned.postfix, {"status": "5.4.4", "said": "X-Postfix; Host or domain name not found"}, "5.4.4"),
    (returned.postfix, {"status": "5.0.0", "said": "smtp; 550 5.1.1 no such user"}, "5.1.1"),
    (returned.postfix, {"status": "5.0.0", "said": "smtp; 550 Mailbox not found"}, "5.0.0"),
    (returned.exim, {}, "5.1.1"),
    (returned.exim, {"said": "550 No such user here"}, ""),
    (returned.qmail, {}, "5.1.1"),
]
SOFT: list[tuple[Build, dict[str, str], str]] = [
    (returned.postfix, {"status": "4.4.7", "said": "smtp; 451 4.4.7 delivery time expired"}, "4.4.7"),
    (returned.postfix, {"status": "5.2.2", "said": "smtp; 552 5.2.2 mailbox full"}, "5.2.2"),
    (returned.postfix, {"status": "5.0.0", "said": "smtp; 550 Requested action not taken"}, "5.0.0"),
    (returned.postfix, {"status": "nonsense", "said": "x"}, ""),
    (returned.exchange, {}, "5.2.2"),
    (returned.exim, {"said": "550 we do not like you"}, ""),
]
OURS: list[tuple[Build, dict[str, str], str]] = [
    (returned.postfix, {"status": "5.7.1", "said": "smtp; 554 5.7.1 blocked by policy"}, "5.7.1"),
    (returned.qmail, {"said": "Remote host said: 554 5.7.1 looks like spam"}, "5.7.1"),
]


@pytest.mark.parametrize(
    ("build", "more", "code", "outcome"),
    [
        *((*each, Outcome.PERMANENT) for each in HARD),
        *((*each, Outcome.TEMPORARY) for each in SOFT),
        *((*each, Outcome.TECHNICAL) for each in OURS),
    ],
)
def test_a_bounce_says_whether_the_address_is_dead_for_now_or_our_fault(
    build: Build, more: dict[str, str], code: str, outcome: Outcome
) -> None:
    # Known by the address that it was sent to, whatever it returns; and by our Message-ID where all have one address.
    for mail in (build(BOUNCE, "", **more), build("tz@example.gov.cn", original(TOKEN), **more)):
        receipt = _receipt(mail)
        assert (receipt.outcome, receipt.key, receipt.code, receipt.at) == (outcome, KEY, code, AT)


def test_a_server_may_say_that_it_has_delivered() -> None:
    mail = returned.postfix(BOUNCE, "", action="delivered", status="2.0.0", said="smtp; 250 OK")
    assert _receipt(mail).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", ""])
def test_what_is_not_final_says_nothing(action: str) -> None:
    assert _read(returned.postfix(BOUNCE, "", action=action, status="4.4.1")) is None


def test_where_several_people_read_an_address_one_who_is_gone_does_not_end_it() -> None:
    another = (
        b"\r\nFinal-Recipient: rfc822; li@example.cn\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n--4Xy.1\r\nContent-Desc"
    )
    mail = returned.postfix(BOUNCE, "")
    before, _, after = mail.rpartition(b"\r\n--4Xy.1\r\nContent-Desc")
    receipt = _receipt(before + another + after)
    assert (receipt.outcome, receipt.code) == (Outcome.TEMPORARY, "5.2.2")


def test_an_old_server_that_is_still_trying_says_nothing() -> None:
    assert _read(returned.exim_still_trying(BOUNCE)) is None


@pytest.mark.parametrize("build", [returned.postfix, returned.exim, returned.qmail, returned.exchange])
def test_a_bounce_without_a_token_of_ours_says_nothing_of_anybody(build: Build) -> None:
    for token in (FORGED, KEY, "x"):
        assert _read(build(f"bounce+{token}@example.gov.cn", original(token))) is None


def test_holiday_notices_and_peoples_own_mails_are_no_bounces() -> None:
    assert _read(returned.holiday(BOUNCE)) is None
    words = returned.qmail(BOUNCE, original(TOKEN))
    person = words.replace(b"Return-Path: <>", b"Return-Path: <a@b.cn>").replace(b"MAILER-DAEMON@mx", b"li@mx")
    assert _read(person) is None


@pytest.mark.parametrize("kind", ["abuse", "Abuse", "opt-out"])
def test_a_complaint_is_the_persons_own_will(kind: str) -> None:
    for mail in (
        returned.complaint("fbl@example.gov.cn", original(TOKEN), kind=kind),
        returned.complaint("fbl@example.gov.cn", original("x", sender=BOUNCE), kind=kind),
    ):
        answer = _read(mail)
        assert answer is not None
        (event,) = answer.inbound
        assert (event.act, event.key, event.address, event.text) == ("complaint", KEY, "", kind.lower())
        assert event.event_id


@pytest.mark.parametrize("kind", ["not-spam", "virus", "fraud", "other", ""])
def test_feedback_that_is_no_refusal_ends_nothing(kind: str) -> None:
    assert _read(returned.complaint("fbl@example.gov.cn", original(TOKEN), kind=kind)) is None


def test_a_complaint_about_a_mail_of_somebody_else_ends_nothing() -> None:
    assert _read(returned.complaint(f"bounce+{FORGED}@example.gov.cn", original(FORGED))) is None


def test_a_mail_to_the_address_for_leaving_ends_the_subscription() -> None:
    answer = _read(returned.leaving(LEAVE))
    assert answer is not None
    assert answer.inbound == [Inbound("stop", "", at=AT, event_id=answer.inbound[0].event_id, key=KEY)]
    assert _read(returned.leaving(LEAVE.upper())) is not None


def test_where_all_leave_by_one_address_the_subject_says_who() -> None:
    mail = returned.leaving("leave@example.gov.cn", subject=f"unsubscribe {TOKEN}")
    answer = _read(mail, unsubscribe_mailto="leave@example.gov.cn")
    assert answer is not None
    assert answer.inbound[0].key == KEY
    assert _read(returned.leaving("leave@example.gov.cn", subject=f"unsubscribe {FORGED}")) is None


def _answer(words: str, *, to: str = TOKEN, html: str = "", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "anybody@example.org", "tz@example.gov.cn", "Re: 关于招生的通知"
    mail["In-Reply-To"] = f"<{to}@example.gov.cn>"
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


@pytest.mark.parametrize(
    "words",
    [
        "退订",
        "ＴＤ。",
        "Unsubscribe",
        "退订\n\n发自我的iPhone",
        "td\n\n------------------ 原始邮件 ------------------\n发件人: 区教体局\n招生通知",
        "unsubscribe\n\nOn Sun, Nov 22, 2026 at 9:00 AM tz <tz@example.gov.cn> wrote:\n> 招生通知",
        "> 招生通知\n> 退订请点",
    ],
)
def test_whoever_answers_a_mail_with_a_refusal_alone_has_left(words: str) -> None:
    is_refusal = not words.startswith(">")
    answer = _read(_answer(words))
    assert (answer is not None) == is_refusal
    if answer is not None:
        assert [(each.act, each.key) for each in answer.inbound] == [("stop", KEY)]


def test_a_refusal_counts_only_by_our_token_from_a_person_and_by_itself() -> None:
    assert _read(_answer("退订", to=FORGED)) is None
    assert _read(_answer("退订", Auto_Submitted="auto-replied")) is None
    assert _read(_answer("我想退订我家的燃气，请问找谁？")) is None
    assert _read(_answer("收到，谢谢")) is None
    assert _read(_answer("退订", html="<p>退订</p><blockquote>招生通知</blockquote>")) is not None
    assert _read(_answer("", Subject="退订")) is not None
    assert _read(_answer("", Subject="Re: 退订")) is None


def test_a_program_that_answers_by_itself_leaves_nothing() -> None:
    assert _read(returned.leaving(LEAVE, automatic="auto-replied")) is None
    assert _read(returned.postfix(LEAVE, "")) is None


def test_the_settings_say_how_patient_we_are() -> None:
    mail = returned.postfix(BOUNCE, "")
    for soft, patience in ((3, Patience(3, 10)), (0, None)):
        answer = _read(mail, returns={"soft": soft, "soft_days": 10})
        assert answer is not None
        assert answer.patience == patience


@given(st.binary(max_size=2000))
def test_garbage_says_nothing(content: bytes) -> None:
    assert _read(content) is None


@given(st.integers(0, 1800), st.integers(1, 40), st.binary(max_size=40))
def test_a_damaged_report_breaks_nothing_and_speaks_of_nobody_else(start: int, length: int, noise: bytes) -> None:
    mail = returned.postfix(BOUNCE, original(TOKEN))
    answer = _read(mail[:start] + noise + mail[start + length :])
    assert answer is None or {each.key for each in answer.receipts} | {each.key for each in answer.inbound} == {KEY}


def test_a_mail_that_was_made_to_exhaust_us_is_given_up() -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (each, each) for each in range(5000)
    )
    assert _read(deep) is None
    assert _read(returned.postfix(BOUNCE, "x" * 2 * LONGEST)) is not None
