"""Scripts are said as people say them; nothing is left that a voice would stumble over."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.spoken import dialled, number, sentences, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026年11月27日", "二零二六年十一月二十七日"),
        ("2026-11-07", "二零二六年十一月七日"),
        ("11月27日15:30前", "十一月二十七日十五点三十分前"),
        ("08:00", "八点整"),
        ("6时05分", "六时零五分"),
        ("9:05", "九点零五分"),
        ("降雨量将达100毫米以上", "降雨量将达一百毫米以上"),
        ("阵风8-10级", "阵风八到十级"),
        ("50～80mm", "五十到八十毫米"),
        ("最低气温-5℃", "最低气温零下五摄氏度"),
        ("38.5℃", "三十八点五摄氏度"),
        ("覆盖率95%以上", "覆盖率百分之九十五以上"),
        ("拨打12379", "拨打幺二三七九"),
        ("遇险拨打119，急救拨打120。", "遇险拨打幺幺九，急救拨打幺二零。"),
        ("咨询电话：0792-8888888", "咨询电话，零七九二八八八八八八八"),
        ("13800138000", "幺三八零零幺三八零零零"),
        ("补贴1200元", "补贴一千二百元"),
        ("2000人", "两千人"),
        ("20000户", "两万户"),
        ("10,500元", "一万零五百元"),
        ("2小时内", "两小时内"),
        ("2级", "二级"),
        ("12个村", "十二个村"),
        ("110个村", "一百一十个村"),
        ("第3号", "第三号"),
        ("风速20m/s", "风速二十米每秒"),
        ("详见https://tz.example.gov.cn/n/1。", "详见政府网站公告栏。"),
        ("浔府办〔2026〕3号", "浔府办二零二六，三号"),
        ("全体居民（含游客）请撤离", "全体居民，含游客，请撤离"),
        ("１２３", "一百二十三"),
        ("已转移", "已转移"),
    ],
)
def test_it_is_said_as_people_say_it(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ("0", "零"),
        ("10", "十"),
        ("15", "十五"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("1001", "一千零一"),
        ("1010", "一千零一十"),
        ("10001", "一万零一"),
        ("100000", "十万"),
        ("20030004", "两千零三万零四"),
        ("100000000", "一亿"),
        ("1400000000", "十四亿"),
        ("3.05", "三点零五"),
    ],
)
def test_numbers(digits: str, said: str) -> None:
    assert number(digits) == said


def test_digits_that_are_dialled_are_told_apart() -> None:
    assert dialled("0792-12379") == "零七九二幺二三七九"


@given(
    st.text(
        alphabet=st.sampled_from("0123456789０９.,:-~～%℃°㎡/年月日时分级mkhs米人元两二 ，。（）〔〕【】#<>&第"),
        max_size=60,
    )
)
def test_nothing_is_left_that_a_voice_would_stumble_over_and_saying_it_twice_changes_nothing(text: str) -> None:
    said = spoken(text)
    assert not re.search(r"[0-9０-９%℃°㎡~～#<>&]", said)
    assert spoken(said) == said


@given(st.text(max_size=200))
def test_any_text_can_be_said(text: str) -> None:
    assert not re.search(r"\d", spoken(text))


def test_long_sentences_are_ended_at_a_comma() -> None:
    long = "预计未来三小时浔阳区降雨量将达一百毫米以上，积水和山洪风险极高，请大家马上转移到安全的地方，不要返回。"
    lines = sentences(long).split("\n")
    assert max(map(len, lines)) <= 37
    assert all(line.endswith("。") for line in lines)
    assert "".join(lines).replace("。", "").replace("，", "") == long.replace("。", "").replace("，", "")
