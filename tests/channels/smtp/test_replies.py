import pytest

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.smtp.replies import Reply, Step, provider_id, refusal

LATER, DEAD, OURS = TemporaryFailure, PermanentFailure, TechnicalFailure


@pytest.mark.parametrize(
    ("step", "code", "text", "failure"),
    [
        # What comes and goes, wherever it is said.
        (Step.RESET, 421, "4.3.2 shutting down", LATER),
        (Step.MAIL, 421, "too many connections", LATER),
        (Step.MAIL, 451, "4.7.1 greylisted", LATER),
        (Step.RCPT, 421, "4.7.0 slow down", LATER),
        (Step.RCPT, 450, "4.2.0 mailbox busy", LATER),
        (Step.RCPT, 450, "5.1.1 the first digit decides", LATER),
        (Step.RCPT, 451, "local error", LATER),
        (Step.RCPT, 452, "4.2.2 mailbox full", LATER),
        (Step.RCPT, 552, "too many recipients", LATER),
        (Step.RCPT, 552, "5.2.2 mailbox full", LATER),
        (Step.DATA, 451, "try later", LATER),
        (Step.CONTENT, 452, "4.3.1 no space", LATER),
        (Step.CONTENT, 552, "5.2.2 over quota", LATER),
        (Step.CONNECT, 454, "4.7.0 TLS not available", LATER),
        # Addresses that are no more.
        (Step.RCPT, 550, "no such user", DEAD),
        (Step.RCPT, 550, "5.1.1 user unknown", DEAD),
        (Step.RCPT, 550, "5.1.10 null MX", DEAD),
        (Step.RCPT, 550, "5.2.1 mailbox disabled", DEAD),
        (Step.RCPT, 550, "5.4.1 Access denied", DEAD),
        (Step.RCPT, 551, "user not local", DEAD),
        (Step.RCPT, 553, "mailbox name not allowed", DEAD),
        (Step.RCPT, 554, "5.1.2 bad destination system", DEAD),
        (Step.RCPT, 556, "domain does not accept mail", DEAD),
        (Step.CONTENT, 550, "5.1.1 unknown after all", DEAD),
        # Our side.
        (Step.CONNECT, 535, "5.7.8 bad credentials", OURS),
        (Step.CONNECT, 554, "no service", OURS),
        (Step.MAIL, 550, "5.1.8 sender's domain unknown", OURS),
        (Step.MAIL, 550, "5.7.1 sender blocked", OURS),
        (Step.MAIL, 530, "5.7.0 authentication required", OURS),
        (Step.MAIL, 552, "5.3.4 message too big", OURS),
        (Step.RCPT, 500, "5.3.0 command failed", OURS),
        (Step.RCPT, 503, "bad sequence", OURS),
        (Step.RCPT, 530, "login first", OURS),
        (Step.RCPT, 550, "5.7.1 relaying denied", OURS),
        (Step.RCPT, 550, "5.1.8 bad sender", OURS),
        (Step.RCPT, 554, "5.7.1 relay access denied", OURS),
        (Step.RCPT, 554, "transaction failed", OURS),
        (Step.RCPT, 555, "5.5.4 parameter not known", OURS),
        (Step.DATA, 503, "5.5.1 no valid recipients", OURS),
        (Step.CONTENT, 550, "content refused", OURS),
        (Step.CONTENT, 552, "5.2.3 too long", OURS),
        (Step.CONTENT, 554, "5.7.1 spam", OURS),
        (Step.CONTENT, 554, "5.6.0 malformed", OURS),
    ],
)
def test_each_reply_has_its_fate(step: Step, code: int, text: str, failure: type[SendError]) -> None:
    assert type(refusal(Reply(step, code, text))) is failure


@pytest.mark.parametrize("step", Step)
def test_every_4xx_and_no_5xx_but_one_is_tried_again_and_neither_is_a_doubt(step: Step) -> None:
    for code in range(400, 600):
        failure = refusal(Reply(step, code, "words"))
        assert isinstance(failure, TemporaryFailure) == (code < 500 or (step is Step.RCPT and code == 552))
        assert not getattr(failure, "in_doubt", False)


@pytest.mark.parametrize("code", [0, 199, 220, 260, 334, 354, 600, 999])
def test_an_answer_that_fits_no_question_is_a_broken_line_and_in_doubt_after_the_content(code: int) -> None:
    assert isinstance(refusal(Reply(Step.RCPT, code, "what?")), TemporaryFailure)
    failure = refusal(Reply(Step.CONTENT, code, "what?"))
    assert isinstance(failure, TemporaryFailure)
    assert failure.in_doubt


def test_the_code_is_told_as_operators_know_it_and_the_words_without_the_address() -> None:
    text = "5.1.1 <Zhang.San@example.cn>: mailbox of zhang.san\nunknown, see https://x.cn/?who=zhang.san"
    failure = refusal(Reply(Step.RCPT, 550, text), "zhang.san@example.cn", "zhang.san")
    assert failure.code == "550 5.1.1"
    assert str(failure) == "550 5.1.1: at RCPT: <[…]>: mailbox of […] unknown, see […]"
    assert refusal(Reply(Step.RCPT, 550, "no")).code == "550"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.0.0 Ok: queued as 4F00BA1", "4F00BA1"),
        ("OK id=1tE6nV-0000000-Xy", "1tE6nV-0000000-Xy"),
        ("Message accepted", None),
        ("Ok: queued as <zhang@example.cn>", None),
    ],
)
def test_the_relays_own_number_is_kept(text: str, number: str | None) -> None:
    assert provider_id(Reply(Step.CONTENT, 250, text)) == number
