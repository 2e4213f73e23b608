import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.review.severity import LEVEL_NAMES, drill_of, read_warning
from subscribers.topic import Severity

IN_FORCE = [
    ("惠东县气象台发布暴雨黄色预警", Severity.YELLOW, ""),
    ("临桂区气象台更新大风蓝色预警信号", Severity.BLUE, "更新"),
    ("天津市气象局发布道路结冰黄色预警/III/较重", Severity.YELLOW, ""),
    ("九江市气象台发布大雾预警/II/严重", Severity.ORANGE, ""),
    ("省气象台继续发布高温橙色预警", Severity.ORANGE, "更新"),
    ("郑州市气象台将暴雨黄色预警信号升级为橙色", Severity.ORANGE, "更新"),
    ("暴雨橙色预警信号降级为黄色", Severity.YELLOW, "更新"),
    ("台风蓝色预警信号升级为台风黄色预警信号", Severity.YELLOW, "更新"),
    ("九江市气象台解除暴雨红色预警信号", Severity.RED, "解除"),
    ("关于解除重污染天气橙色预警的通知", Severity.ORANGE, "解除"),
    ("关于误发大风红色预警信号的更正", Severity.RED, "更正"),
    ("水利局和气象局4月5日联合发布红色山洪灾害气象预警", Severity.RED, ""),
    ("浔阳区地质灾害气象风险Ⅲ级（黄色）预警", Severity.YELLOW, ""),
    ("山洪灾害气象预警（橙色）", Severity.ORANGE, ""),
    ("发布　森林火险 橙色预警信号", Severity.ORANGE, ""),
]
NOT_IN_FORCE = [
    "重污染天气橙色预警减排清单（2026版）",
    "暴雨红色预警来了怎么办",
    "浔阳区防汛应急预案",
    "气象灾害预警信号发布与传播管理办法",
    "本周失业黄色预警",
    "关于公布环保红黄牌企业名单的公告",
    "蓝色海岸小区停水通知",
    "",
]


@pytest.mark.parametrize(("title", "severity", "follows"), IN_FORCE)
def test_a_warning_in_force_is_read_with_its_level_and_what_it_follows(
    title: str, severity: Severity, follows: str
) -> None:
    warning = read_warning(title)
    assert warning is not None
    assert (warning.severity, warning.follows, warning.drill) == (severity, follows, "")


@pytest.mark.parametrize("title", NOT_IN_FORCE)
def test_papers_about_warnings_are_no_warnings(title: str) -> None:
    assert read_warning(title) is None


@pytest.mark.parametrize(
    ("title", "drill"),
    [
        ("【演练】九江市气象台发布台风红色预警", "演练"),
        ("（测试）暴雨蓝色预警信号", "测试"),
        ("[演习] 洪水橙色预警发布", "演练"),
        ("九江市气象台发布台风红色预警", ""),
    ],
)
def test_a_drill_says_so_in_brackets(title: str, drill: str) -> None:
    warning = read_warning(title)
    assert warning is not None
    assert warning.drill == drill == drill_of(title)


def test_news_of_a_drill_is_no_drill() -> None:
    assert drill_of("浔阳区开展消防演练") == ""


def test_every_level_has_a_name() -> None:
    assert set(LEVEL_NAMES) == set(Severity) - {Severity.NOTICE}


@given(st.text(alphabet="红橙黄蓝色预警发布解除升级为/I级（）演练 ", max_size=40))
def test_any_title_is_read_without_an_error(title: str) -> None:
    warning = read_warning(title)
    assert warning is None or warning.severity > Severity.NOTICE
