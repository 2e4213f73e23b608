"""Dates for calendars: only where the notice says what happens, in the year that is meant."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.console.occasions import Occasion, occasions

PUBLISHED = datetime(2026, 11, 22, 1, tzinfo=UTC)


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("报名时间：2026年12月1日至12月10日。", Occasion("报名", date(2026, 12, 1), date(2026, 12, 10))),
        ("报名时间为12月1日-10日", Occasion("报名", date(2026, 12, 1), date(2026, 12, 10))),
        ("申请截止时间为1月5日。", Occasion("截止", date(2027, 1, 5), date(2027, 1, 5))),
        ("请于12月5日前到社区办理", Occasion("截止", date(2026, 12, 5), date(2026, 12, 5))),
        ("定于12月5日上午9:00举行义诊活动", Occasion("举行", _at(2026, 12, 5, 9), _at(2026, 12, 5, 9))),
        ("停水时间：12月3日22时至12月4日6时", Occasion("停水", _at(2026, 12, 3, 22), _at(2026, 12, 4, 6))),
        ("考试时间12月26日下午2点30分", Occasion("考试", _at(2026, 12, 26, 14, 30), _at(2026, 12, 26, 14, 30))),
        ("公示期：11月20日至12月31日", Occasion("公示", date(2026, 11, 20), date(2026, 12, 31))),
        ("报名时间：12月20日至1月10日", Occasion("报名", date(2026, 12, 20), date(2027, 1, 10))),
    ],
)
def test_what_happens_when_is_understood(text: str, expected: Occasion) -> None:
    assert occasions(text, PUBLISHED) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "根据2026年3月1日印发的《办法》，现将有关事项通知如下。",
        "（2026年11月22日印发）",
        "报名时间另行通知。",
        "办理时间：13月45日",
        "报名时间：2026年2月30日",
        "",
    ],
)
def test_a_date_of_which_nothing_is_said_is_none(text: str) -> None:
    assert occasions(text, PUBLISHED) == []


@given(st.text(alphabet=st.sampled_from("报名截止时间年月日0123456789至到-上下午点分：:前。，举行"), max_size=80))
def test_whatever_stands_there_the_end_is_not_before_the_beginning(text: str) -> None:
    for each in occasions(text, PUBLISHED):
        assert type(each.start) is type(each.end)
        assert each.start <= each.end
