"""Dates as Chinese government pages write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.watch.dates import bare_date, date_of_address, date_of_number, date_of_pieces, read_date

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2026, 11, 22))
NUMERALS = "〇一二三四五六七八九"


def words(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else NUMERALS[tens]) + ("十" if tens else "") + (NUMERALS[ones] if ones or not tens else "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-03", "2026-09-03 00:00:00"),
        ("2026/9/3", "2026-09-03 00:00:00"),
        ("2026.09.03", "2026-09-03 00:00:00"),
        ("2026年09月24日 15:30", "2026-09-24 15:30:00"),
        ("[2026年06月15日]", "2026-06-15 00:00:00"),
        ("[\n 2025-01-14 \n]", "2025-01-14 00:00:00"),
        ("发布日期：2026年9月3日 08:05", "2026-09-03 08:05:00"),
        ("发布时间 : 2019-01-03", "2019-01-03 00:00:00"),
        ("２０２６年９月３日", "2026-09-03 00:00:00"),
        ("二〇二六年九月三日", "2026-09-03 00:00:00"),
        ("二○二六年十二月二十一日", "2026-12-21 00:00:00"),
        ("二零二六年十月十日", "2026-10-10 00:00:00"),
        ("9月14日", "2026-09-14 00:00:00"),
        ("[09-03]", "2026-09-03 00:00:00"),
        ("[12-30]", "2025-12-30 00:00:00"),
        ("11-22", "2026-11-22 00:00:00"),
        ("11-23", "2025-11-23 00:00:00"),
        ("02-29", "2024-02-29 00:00:00"),
        ("2026-10-04 01:39:11.0", "2026-10-04 01:39:11"),
        ("2021-11-20T00:45:46.678Z", "2021-11-20 08:45:46"),
        ("2021-11-19T00:00:00.000+0800", "2021-11-19 00:00:00"),
        ("2025-10-24T11:19+08:00", "2025-10-24 11:19:00"),
        ("2018.11.14 17:44:00", "2018-11-14 17:44:00"),
        ("2007-08-20-23:59:59", "2007-08-20 23:59:59"),
        ("2022-05-06\u00a016:41:53", "2022-05-06 16:41:53"),
        ("2026-09-03 24:00:00", "2026-09-04 00:00:00"),
        ("2026年9月3日下午3时05分", "2026-09-03 15:05:00"),
        ("2026年9月3日 星期四", "2026-09-03 00:00:00"),
        ("20260903", "2026-09-03 00:00:00"),
        ("20260903153000", "2026-09-03 15:30:00"),
        ("Wed, 02 Oct 2024 15:00:00 GMT", "2024-10-02 23:00:00"),
        ("Wed, 02 Oct 2024 15:00:00", "2024-10-02 15:00:00"),
        ("Wed, 02 Oct 2024 15:00:00 +0800", "2024-10-02 15:00:00"),
        ("Fri Nov 12 00:00:00 CST 2021", "2021-11-12 00:00:00"),
        ("Nov 12, 2021", "2021-11-12 00:00:00"),
        ("Nov 12, 2021 1:00:00 PM", "2021-11-12 13:00:00"),
    ],
)
def test_every_written_form_is_read(text: str, expected: str) -> None:
    found = bare_date(text, at=AT)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M:%S}" == expected
    assert found.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    "text",
    ["", "3.5", "12", "2024年月28日", "24日11时19分", "2026-13-03", "2026-02-30", "2206-01-01", "1234-01-01", "共10页",
     "15:30", "0792-8220123", "关于2026年9月3日停水的公告", "2026-09-03至2026-09-10停水", "浏览：2026次"],
)  # fmt: skip
def test_what_is_no_bare_date_is_not_taken_for_one(text: str) -> None:
    assert bare_date(text, at=AT) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("来源：政策直通车 时间：2019-06-12 浏览：3", "2019-06-12"),
        ("（2026年9月14日第10次会议通过）", "2026-09-14"),
        ("于9月14日启动", "2026-09-14"),
        ("2026年月3日，2026年5月3日", "2026-05-03"),
    ],
)
def test_the_first_date_of_a_longer_text_is_found(text: str, expected: str) -> None:
    assert f"{read_date(text, at=AT):%Y-%m-%d}" == expected


def test_hours_of_a_meeting_are_no_zone() -> None:
    assert read_date("2026-09-03 10:00-12:00", at=AT) == datetime(2026, 9, 3, 10, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["03", "2026-09"], "2026-09-03"),
        (["03", "2026年09月"], "2026-09-03"),
        (["09-03", "2026"], "2026-09-03"),
        (["2026", "09/03"], "2026-09-03"),
        (["2026", "09", "03"], "2026-09-03"),
        (["14", "9月"], "2026-09-14"),
        (["12月", "30日"], "2025-12-30"),
    ],
)
def test_dates_set_in_pieces_are_put_together(pieces: list[str], expected: str) -> None:
    assert f"{date_of_pieces(pieces, at=AT):%Y-%m-%d}" == expected


@pytest.mark.parametrize(
    "pieces", [[], ["3"], ["1", "2"], ["12", "30"], ["通知", "2026-09"], ["03", "2026-13"], ["1", "2", "3", "4"]]
)
def test_other_numbers_are_no_pieces_of_a_date(pieces: list[str]) -> None:
    assert date_of_pieces(pieces, at=AT) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/zwgk/202511/t20251111_103189.htm", "2025-11-11"),
        ("/art/2025/8/4/art_80179_11623340.html", "2025-08-04"),
        ("/2026-09/03/content_1234567.shtml", "2026-09-03"),
        ("/20260903/0123456789abcdef/c.html", "2026-09-03"),
        ("/safe/2026/0903/12345.html", "2026-09-03"),
        ("/web/gg/20260903150000123/index.shtml", "2026-09-03"),
        ("/2026-09-03/12.html", "2026-09-03"),
        ("/2021/11/2/0123456789abcdef0123456789abcdef.shtml", "2021-11-02"),
    ],
)
def test_addresses_name_their_day(address: str, expected: str) -> None:
    assert f"{date_of_address('https://www.a.gov.cn' + address, at=AT):%Y-%m-%d}" == expected


@pytest.mark.parametrize(
    "address", ["/202609/0123.shtml", "/gg/tzgg/8959644.html", "/col/col123/index.html", "/content/post_9795789.html"]
)
def test_addresses_without_a_day_name_none(address: str) -> None:
    assert date_of_address("https://www.a.gov.cn" + address, at=AT) is None


@given(DAYS)
def test_days_in_words_are_the_days_in_digits(day: date) -> None:
    year = "".join(NUMERALS[int(digit)] for digit in str(day.year))
    found = bare_date(f"{year}年{words(day.month)}月{words(day.day)}日", at=AT)
    assert found is not None
    assert found.date() == day


@given(DAYS, st.integers(915148800, 1893456000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_a_date_without_year_is_the_latest_that_is_not_in_the_future(day: date, at: datetime) -> None:
    found = bare_date(f"[{day:%m-%d}]", at=at)
    assert found is not None
    today = at.astimezone(CHINA).date()
    assert found.date() <= today
    assert (found.month, found.day) == (day.month, day.day)
    assert (today - found.date()).days < (366 if (day.month, day.day) != (2, 29) else 8 * 366)


@given(st.integers(min_value=946684800, max_value=1795000000))
def test_unix_times_are_read_in_seconds_and_milliseconds(seconds: int) -> None:
    assert (
        date_of_number(seconds, at=AT) == date_of_number(seconds * 1000, at=AT) == datetime.fromtimestamp(seconds, UTC)
    )


@given(st.floats() | st.integers())
def test_no_number_raises(number: float) -> None:
    found = date_of_number(number, at=AT)
    assert found is None or found.year >= 1990


@given(
    st.text(st.sampled_from("0123456789年月日时分秒-/.:：T+Z 二〇十九上午下发布期JanFri,GMTCST"), max_size=40)
    | st.text()
)
def test_no_text_raises(text: str) -> None:
    for found in (
        bare_date(text, at=AT),
        read_date(text, at=AT),
        date_of_pieces(text.split(), at=AT),
        date_of_address(text, at=AT),
    ):
        assert found is None or found.tzinfo is not None
