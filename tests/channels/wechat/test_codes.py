"""Every code of the platform has one fate, and so has every code that nobody knows."""

import pytest
from wechatpy.constants import WeChatErrorCode

from channels.access_token import BadToken
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome
from channels.wechat.codes import BAD_TOKEN, GONE, LATER, NOT_THIS_WAY, OURS, REPEATED, job_outcome, outcome, refusal

#: The table of the platform's pages, by what the caller does.
FATES: dict[type[SendError], tuple[int, ...]] = {
    TemporaryFailure: (-1, -1000, 45011, 45066, 43117, 61450),
    PermanentFailure: (43004, 50005, 40003, 43019, 46004, 43101, 43005, 45047, 45015, 48002),
    BadToken: (40001, 40014, 42001),
    TechnicalFailure: (
        *(41001, 40013, 40125, 40164, 89503, 48001, 48004, 50002, 45009, 48006),
        *(40037, 47003, 41030, 47001, 43116, 45067, 45103, 45109),
        *(20002, 40002, 40008, 40031, 40032, 40033, 40035, 40036, 40038, 40039, 40048, 40053, 40066, 40243, 41002),
        *(41004, 41009, 43001, 43002, 43003, 44002, 44004, 45002, 45005, 45012, 45026, 45028, 45029, 45035, 45166),
        *(48003, 48008, 50001, 50004, 50007, 61004, 87014, 89501, 89506, 89507),
    ),
}
ROWS = [(code, fate) for fate, codes in FATES.items() for code in codes]


@pytest.mark.parametrize(("code", "fate"), ROWS)
def test_a_known_code_has_its_fate_and_an_explanation(code: int, fate: type[SendError]) -> None:
    failure = refusal(code, "the platform's words rid: 65f0c1d2-3a4b5c6d-0a1b2c3d")
    assert type(failure) is fate
    assert failure.code == str(code)
    assert "the platform's words" in failure.detail
    assert "this channel does not know" not in failure.detail


def test_these_codes_and_no_others_are_more_than_the_operator_s() -> None:
    named = {fate: {*codes} for fate, codes in FATES.items()}
    assert {*LATER} == named[TemporaryFailure]
    assert {*GONE, *NOT_THIS_WAY} == named[PermanentFailure]
    assert {*BAD_TOKEN} == named[BadToken]
    assert {*OURS} >= named[TechnicalFailure] | named[BadToken]
    assert len({*LATER, *GONE, *NOT_THIS_WAY, *OURS}) == len(LATER) + len(GONE) + len(NOT_THIS_WAY) + len(OURS)


def test_every_code_that_others_have_listed_is_in_a_table() -> None:
    known = {REPEATED, 0, *LATER, *GONE, *NOT_THIS_WAY, *OURS}
    assert [code.value for code in WeChatErrorCode if code.value not in known] == []


def test_who_switched_messages_off_is_reached_another_way_and_stops_nobody_else() -> None:
    failure = refusal(48002, "user block message")
    assert isinstance(failure, PermanentFailure)
    assert not failure.suppresses


def test_an_unknown_code_is_technical_and_says_where_to_look() -> None:
    failure = refusal(99999, "")
    assert type(failure) is TechnicalFailure
    assert "developers.weixin.qq.com" in failure.detail


@pytest.mark.parametrize(("code", "wait"), [(45011, 60.0), (45066, 60.0), (-1, None), (43117, None)])
def test_a_limit_of_the_minute_is_waited_for(code: int, wait: float | None) -> None:
    failure = refusal(code, "")
    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after == wait


def test_the_platforms_words_lose_the_openid() -> None:
    openid = "oABCD-short"
    assert openid not in str(refusal(43004, f"require subscribe {openid} rid: 1", private=(openid,)))


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("success", Outcome.DELIVERED),
        ("failed:user block", Outcome.PERMANENT),
        ("failed: system failed", Outcome.TEMPORARY),
        ("failed:system failed", Outcome.TEMPORARY),
        ("failed:freq limit", Outcome.TEMPORARY),
        ("Failed: User Block", Outcome.PERMANENT),
        ("failed:something new", Outcome.TEMPORARY),
        ("", Outcome.TEMPORARY),
    ],
)
def test_a_template_message_ends_as_its_status_begins(status: str, end: Outcome) -> None:
    assert job_outcome(status) is end


@pytest.mark.parametrize(
    ("code", "end"),
    [(0, Outcome.DELIVERED), (43101, Outcome.PERMANENT), (-1, Outcome.TEMPORARY), (7, Outcome.TECHNICAL)],
)
def test_a_notice_ends_as_its_code_says(code: int, end: Outcome) -> None:
    assert outcome(code) is end
