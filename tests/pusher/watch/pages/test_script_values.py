"""Values out of scripts, without running them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.watch.pages.script_values import markup, values


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('var a = [{"t": 1}];', [[{"t": 1}]]),
        ("var a = [{t: 'x', u: \"y\",},];", [[{"t": "x", "u": "y"}]]),
        ("load({list: [1, -2.5e3, true, null, undefined]})", [{"list": [1, -2500.0, True, None, None]}]),
        (r"a = {t: 'it\'s \u901a\x41\n'}", [{"t": "it's 通A\n"}]),
        ("return {/* c */ t: `x` // d\n}", [{"t": "x"}]),
        ("a = {t: f(1)}; b = [{x: 1}]", [[{"x": 1}]]),
        ("function f() { return 1 }", []),
        ("if (a) { b = 1 }", []),
        ("", []),
    ],
)
def test_literals_are_read_as_far_as_they_are_literal(script: str, expected: list[object]) -> None:
    assert list(values(script)) == expected


def test_strings_that_hold_links_are_markup() -> None:
    assert (
        markup("document.write('<li><a href=\"/1.html\">通知<\\/a><\\/li>')") == '<li><a href="/1.html">通知</a></li>'
    )
    assert markup("s = '<li><a href=\"' + url + '\">{{title}}</a>'") == ""
    assert markup("a = 'plain text without links'") == ""


@given(st.text(st.sampled_from("{}[]:,'\"`\\abtrue01.-/* \n=($")))
def test_no_script_raises(script: str) -> None:
    assert isinstance(list(values(script)), list)
    assert isinstance(markup(script), str)


def test_endless_brackets_end() -> None:
    assert list(values("a=" + "[{" * 50_000)) == []
