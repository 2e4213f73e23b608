"""Expressions in Chinese and English: what they mean, and what is said of those that mean nothing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.expression import (
    All,
    Either,
    Listed,
    Not,
    Said,
    SelectionError,
    Subscribing,
    Tree,
    Valued,
    Within,
    is_bounded,
    parse,
)
from tests.support.expressions import written

_WHOLE: Tree[Said] = All(
    (
        Listed("低保户"),
        Either((Listed("残疾人"), Listed("高龄"))),
        Not(Listed("已搬迁")),
        Within("360403"),
        Valued("年龄段", "80以上"),
    )
)

_ONCE: Tree[Said] = Not(Listed("a"))
_TWICE: Tree[Said] = Not(_ONCE)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("低保户 且 (残疾人 或 高龄) 且 非 已搬迁 且 地区=360403 且 年龄段=80以上", _WHOLE),
        ("低保户 and（残疾人 OR 高龄）and not 已搬迁 and area = 360403000000 and 年龄段＝80以上", _WHOLE),
        ("a 或 b 且 c", Either((Listed("a"), All((Listed("b"), Listed("c")))))),
        ("非农户口", Listed("非农户口")),
        ("“值守 人员”且'or'", All((Listed("值守 人员"), Listed("or")))),
        ("低保户.金额=300 或 订阅=education", Either((Valued("金额", "300", "低保户"), Subscribing("education")))),
        ("非 非 a", _TWICE),
    ],
)
def test_an_expression_means_what_people_read_in_it(text: str, meant: Tree[Said]) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "name of a list or a column was expected at the end"),
        ("a 且", "expected at the end"),
        ("a b", "expected at character 3, where 'b' stands"),
        ("(a 或 b", "closing bracket is missing at the end"),
        ("a)", "at character 2"),
        ("a 且 且 b", "at character 5, where '且' stands"),
        ("地区=浔阳区", "division code such as 360403, at character 4"),
        ("a 且 “b", "quotation mark at character 5 is not closed"),
        ('a 且 ""', "hold nothing"),
        ("非 已搬迁", "name a list first"),
        ("低保户 或 非 已搬迁", "name a list first"),
        ("(" * 40 + "a" + ")" * 40, "deep"),
        ("x" * 2001, "at most 2000 characters"),
        (" 或 ".join("abcdefghij" * 10), "at most 60 lists"),
        ("a=", "a value of a was expected at the end"),
    ],
)
def test_what_means_nothing_is_told_where_and_why(text: str, sentence: str) -> None:
    with pytest.raises(SelectionError, match=sentence.replace("(", r"\(")):
        parse(text)


_NAMES = st.sampled_from(["低保户", "高龄", "and", "a b", "(甲)", "非", "甲=乙"])
_TREES: st.SearchStrategy[Tree[Said]] = st.recursive(
    _NAMES.map(Listed),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda several: All(tuple(several))),
        st.lists(inner, min_size=2, max_size=3).map(lambda several: Either(tuple(several))),
    ),
    max_leaves=6,
)


@given(_TREES)
def test_what_is_written_is_read_as_it_was_meant(tree: Tree[Said]) -> None:
    if is_bounded(tree):
        assert parse(written(tree)) == tree
    else:
        with pytest.raises(SelectionError, match="who is not meant"):
            parse(written(tree))


@given(st.text(alphabet="ab且或非()=\"'“”.！ 地区", max_size=40))
def test_no_text_does_worse_than_a_sentence(text: str) -> None:
    with suppress(SelectionError):
        assert is_bounded(parse(text))
