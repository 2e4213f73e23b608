"""Styles stand on the elements; whatever a page says else stays, and nothing is fetched."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.slots import slot
from templates.inline_css import with_inline_css

PAGE = "<!DOCTYPE html><html><head><style>p{color:#123456}</style></head><body><p>%s</p></body></html>"


def test_a_rule_stands_on_its_element() -> None:
    assert '<p style="color:#123456">' in with_inline_css(PAGE.replace("%s", "停水"))


@given(st.text(st.characters(exclude_characters="<>&\r\n\x00", exclude_categories=["Cs", "Cc"]), max_size=40))
def test_words_and_slots_stay_as_they_are(words: str) -> None:
    page = PAGE.replace("%s", f'{words}<a href="{slot("unsubscribe_url")}">{slot("name")}</a>')
    html = with_inline_css(page)
    assert f'{words}<a href="{slot("unsubscribe_url")}">{slot("name")}</a>' in html.replace("&nbsp;", "\xa0")


def test_markup_that_was_escaped_stays_escaped() -> None:
    assert "&lt;script&gt;&amp;" in with_inline_css(PAGE.replace("%s", "&lt;script&gt;&amp;"))


@pytest.mark.parametrize("page", ["", "<p>停水</p>", "<body><h1 style='x'>停水"])
def test_a_page_without_rules_is_left_alone(page: str) -> None:
    assert with_inline_css(page) == page


def test_a_mistake_in_the_styles_holds_nothing_up() -> None:
    broken = "<p style='a'>停水</p><style>p{color:red}</style>"
    assert "停水" in with_inline_css(broken)


def test_no_file_and_no_site_is_asked_for_styles(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("p{color:#abcdef}")
    for address in (secret.as_uri(), str(secret), "http://127.0.0.1:9/x.css"):
        page = PAGE.replace("<style>", f'<link rel="stylesheet" href="{address}"><style>@import url("{address}");')
        assert "#abcdef" not in with_inline_css(page)
