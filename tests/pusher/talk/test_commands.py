"""What people write is understood, however they type it, and what is no command is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.review.taxonomy import Taxonomy
from pusher.talk.commands import Act, Command, parse
from subscribers.choices import Frequency

_PLACE = Taxonomy.load("xunyang")
_ENVIRONMENT = Command(Act.SUBSCRIBE, ("environment",))
_ALL = tuple(domain.code for domain in _PLACE.domains)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("订阅 环保", _ENVIRONMENT),
        ("ＤＹ　环保", _ENVIRONMENT),
        ("dy环保。", _ENVIRONMENT),
        ("我要订阅环境保护信息", _ENVIRONMENT),
        ("【订阅】 environment", _ENVIRONMENT),
        ("DY 5", _ENVIRONMENT),
        ("订阅5", _ENVIRONMENT),
        ("订阅环保甘棠街道", Command(Act.SUBSCRIBE, ("environment",), ("360403001",))),
        ("订阅 教育，环保；甘棠", Command(Act.SUBSCRIBE, ("education", "environment"), ("360403001",))),
        ("DY_education_360403", Command(Act.SUBSCRIBE, ("education",), ("360403",))),
        ("订阅 全部", Command(Act.SUBSCRIBE, _ALL)),
        ("订阅", Command(Act.SUBSCRIBE)),
        ("订阅 天气", Command(Act.SUBSCRIBE, is_partly_unknown=True)),
        ("退订 环保", Command(Act.UNSUBSCRIBE, ("environment",))),
        ("td环保", Command(Act.UNSUBSCRIBE, ("environment",))),
        ("Ｔ 环保", Command(Act.UNSUBSCRIBE, ("environment",))),
        ("R教育", Command(Act.UNSUBSCRIBE, ("education",))),
        ("退订，谢谢", Command(Act.UNSUBSCRIBE)),
        ("退订短信", Command(Act.UNSUBSCRIBE)),
        ("拒收短信谢谢", Command(Act.UNSUBSCRIBE)),
        ("查询！", Command(Act.MINE)),
        ("ｃｘ", Command(Act.MINE)),
        ("我的", Command(Act.MINE)),
        ("帮助", Command(Act.HELP)),
        ("？", Command(Act.HELP)),
        ("位置 甘棠街道", Command(Act.AREA, areas=("360403001",))),
        ("地区：湓浦", Command(Act.AREA, areas=("360403002",))),
        ("每天", Command(Act.FREQUENCY, frequency=Frequency.DAILY)),
    ],
)
def test_a_command_is_understood(text: str, command: Command) -> None:
    assert parse(text, _PLACE) == command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "收到",
        "已转移32人",
        "我的电费怎么回事",
        "订阅号怎么用啊请问在哪里看",
        "Take care",
        "THANKS",
        "Dynamic",
        "订阅" * 200,
    ],
)
def test_anything_else_is_no_command(text: str) -> None:
    assert parse(text, _PLACE) is None


@given(st.text(max_size=80))
def test_whatever_is_written_means_only_what_the_place_has(text: str) -> None:
    for words in (text, f"订阅{text}", f"TD {text}"):
        command = parse(words, _PLACE)
        if command is not None:
            assert set(command.domains) <= set(_ALL)
            assert set(command.areas) <= {place.code for place in _PLACE.places}
