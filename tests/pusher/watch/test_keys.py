"""What makes two published things the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.watch.keys import is_index_number, keys, url_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.a.gov.cn/x/1.html", "https://a.gov.cn/x/1.html"),
        ("https://a.gov.cn:443/x/1.html", "https://a.gov.cn/x/1.html#top"),
        ("https://a.gov.cn/x/1.html?from=timeline&utm_source=x", "https://a.gov.cn/x//1.html"),
        ("https://a.gov.cn/show.jsp;jsessionid=1A2B?id=3", "https://a.gov.cn/show.jsp?id=3&_t=1763800000000"),
        ("https://a.gov.cn/show?b=2&a=1", "https://a.gov.cn/show?a=1&b=2"),
        ("https://a.gov.cn/tzgg/index.html", "https://a.gov.cn/tzgg/"),
        ("https://a.gov.cn/%E9%80%9A/1.html", "https://a.gov.cn/通/1.html"),
        ("https://a.gov.cn/x/202511/t20251111_103189.htm", "https://a.gov.cn/zdly/y/202511/t20251111_103189.htm"),
        (
            "https://a.gov.cn/art/2025/8/14/art_80179_11623340.html",
            "https://a.gov.cn/art/2025/8/14/art_2_11623340.html",
        ),
        ("https://a.gov.cn/gkmlpt/content/3/3643/post_3643634.html", "https://a.gov.cn/tzgg/content/post_3643634.html"),
    ],
)
def test_two_addresses_of_one_thing_have_one_key(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.gov.cn/show.jsp?id=3", "https://a.gov.cn/show.jsp?id=4"),
        ("https://a.gov.cn/x/1.html", "https://b.gov.cn/x/1.html"),
        ("https://a.gov.cn/v5/#/detail?policyId=1", "https://a.gov.cn/v5/#/detail?policyId=2"),
        ("https://a.gov.cn/x/content.html?t=1", "https://a.gov.cn/x/content.html?t=2"),
        ("https://a.gov.cn/2025/art_1_2.html", "https://a.gov.cn/2026/art_1_2.html"),
        ("https://a.gov.cn:8080/x", "https://a.gov.cn/x"),
    ],
)
def test_two_things_have_two_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


def test_an_index_number_comes_first_and_is_unique_in_the_country_by_its_credit_code() -> None:
    assert keys("https://a.gov.cn/1.html", index_number="11440100MB2C90856P/2023-00331") == (
        "11440100MB2C90856P/2023-00331",
        "a.gov.cn/1.html",
    )
    assert keys("https://a.gov.cn/1.html", index_number="006939991/2021-00707")[0] == "a.gov.cn#006939991/2021-00707"


@pytest.mark.parametrize("number", ["", "无", "2026", "政府办", "000014349", "-", "1144 0100"])
def test_what_is_no_index_number_makes_no_key(number: str) -> None:
    assert keys("https://a.gov.cn/1.html", index_number=number)[-1] == "a.gov.cn/1.html"
    assert not is_index_number("无")


def test_what_has_no_address_is_named_by_its_identifier_or_title_on_its_list() -> None:
    page = "https://a.gov.cn/data/alarm.json"
    assert keys(identifier="36040341600000_2026", title="暴雨橙色预警", page=page) == ("a.gov.cn#36040341600000_2026",)
    assert keys(title="公告一", page=page) != keys(title="公告二", page=page)


@given(
    st.text() | st.sampled_from(["http://[", "http://a:b/", "//", "?", "#/"]),
    st.text(max_size=60),
    st.text(max_size=60),
    st.text(),
)
def test_nothing_raises_and_every_thing_has_a_short_key(url: str, number: str, identifier: str, title: str) -> None:
    found = keys(url, index_number=number, identifier=identifier, title=title, page="https://a.gov.cn/")
    assert found
    assert all(0 < len(key) <= 200 for key in found)
