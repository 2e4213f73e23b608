"""Mark-up to plain text."""

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.watch.plain_text import fold, paragraphs, paragraphs_of_markup, plain


def text(markup: str) -> str:
    return paragraphs(lxml.html.fragment_fromstring(markup, create_parent="div"))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>一</p><p>二</p>", "一\n\n二"),
        ("<p>　　一</p>\n\n<p>&nbsp;&nbsp;二</p>", "一\n\n二"),
        ("一<br>二<br/>　　三<br><br>四", "一\n二\n\n三\n\n四"),
        ("<div>一<p>二</p>三</div>", "一\n\n二\n\n三"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n\n二"),
        ("<p>关于<em>救</em><b>助</b>的\n   通知</p>", "关于救助的 通知"),
        (
            "<table><tr><th>姓名</th><th>金额</th></tr><tr><td><p>张*三</p></td><td>209<br>元</td></tr></table>",
            "姓名 | 金额\n张*三 | 209 元",
        ),
        ("<table><tr><td><p>一</p><p>二</p></td></tr></table>", "一\n\n二"),
        ("<table><tr><td>一</td><td></td></tr></table>", "一"),
        ("<table><tr><td>a</td><td><table><tr><td>b</td><td>c</td></tr></table></td></tr></table>", "a | b | c"),
        ("<pre>一\n二</pre>", "一\n二"),
        (
            "<script>x</script><style>y</style><p>一</p><!-- z --><p style='display:none'>二</p>"
            "<div class='share'>分享到微信</div>",
            "一",
        ),
        ("", ""),
    ],
)
def test_blocks_become_paragraphs_and_rows_become_lines(markup: str, expected: str) -> None:
    assert text(markup) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<p>一</p><p>二</p>", "一\n\n二"),
        ("一\n　　二\n三\n\n四", "一\n\n二\n三\n\n四"),
        ("a &amp; b", "a & b"),
        ("a < b 且 c > d", "a < b 且 c > d"),
    ],
)
def test_values_may_be_markup_or_text(value: str, expected: str) -> None:
    assert paragraphs_of_markup(value) == expected


def test_one_line_holds_nothing_invisible() -> None:
    assert fold(" 一\u3000\u00a0二\u200b三\ufeff\u202e\x00\ue000四\ue001\ud800\n") == "一 二三四"
    assert plain("<em>通</em>知&ldquo;一&rdquo;") == "通知“一”"


def test_deep_and_wide_trees_are_read_without_recursion() -> None:
    deep = lxml.html.Element("div")
    inner = deep
    for _ in range(5_000):
        inner = lxml.html.etree.SubElement(inner, "div")
    inner.text = "底"
    assert paragraphs(deep) == "底"


@given(st.text())
def test_folded_text_is_stable_and_storable(value: str) -> None:
    folded = fold(value)
    assert fold(folded) == folded
    folded.encode("utf-8")


@given(st.text(st.sampled_from("<>/pbrtdablei =\"'!-&;#x0123456789一二三\n\t")))
def test_no_markup_raises(value: str) -> None:
    result = paragraphs_of_markup(value)
    assert "\n\n\n" not in result
    assert result == result.strip()
