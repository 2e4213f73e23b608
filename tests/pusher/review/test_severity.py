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
    ("暴雨黄色预警信号已于今日8时解除", Severity.YELLOW, "解除"),
    ("暴雨黄色预警：现已解除", Severity.YELLOW, "解除"),
    ("重污染天气黄色预警终止的通知", Severity.YELLOW, "解除"),
]
# An office whose name holds 管理, and what is done because of the warning, make it neither a paper nor an end.
NOTHING_LESS = [
    ("市应急管理局发布森林火险红色预警", Severity.RED),
    ("九江市城市管理和综合执法局转发台风橙色预警信号", Severity.ORANGE),
    ("市气象台发布暴雨黄色预警，请中小学做好停课方案", Severity.YELLOW),
    ("市气象台发布暴雨红色预警：各学校取消户外活动", Severity.RED),
    ("台风橙色预警 取消所有航班", Severity.ORANGE),
    ("发布暴雨红色预警 多个景区终止营业", Severity.RED),
    ("红色教育基地发布高温橙色预警", Severity.ORANGE),
]
NOT_IN_FORCE = [
    "重污染天气橙色预警减排清单（2026版）",
    "暴雨红色预警来了怎么办",
    "浔阳区防汛应急预案",
    "气象灾害预警信号发布与传播管理办法",
    "本周失业黄色预警",
    "关于公布环保红黄牌企业名单的公告",
    "蓝色海岸小区停水通知",
    "井冈山红色旅游景区发布客流预警",
    "蓝色海湾整治项目发布施工预警",
    "关于加强红色预警管理的通知",
    "红色预警发布标准",
    "",
]


@pytest.mark.parametrize(("title", "severity", "follows"), IN_FORCE)
def test_a_warning_in_force_is_read_with_its_level_and_what_it_follows(
    title: str, severity: Severity, follows: str
) -> None:
    warning = read_warning(title)
    assert warning is not None
    assert (warning.severity, warning.follows, warning.drill) == (severity, follows, "")


@pytest.mark.parametrize(("title", "severity"), NOTHING_LESS)
def test_neither_an_office_s_name_nor_what_is_called_off_hides_or_ends_a_warning(
    title: str, severity: Severity
) -> None:
    warning = read_warning(title)
    assert warning is not None
    assert (warning.severity, warning.follows, warning.drill) == (severity, "", "")


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


@pytest.mark.parametrize(
    "title",
    [
        "浔阳区开展消防演练",
        "关于举行防空警报试鸣（演练）的公告",
        "普通话水平（测试员）培训报名开始",
        "生态文明（试验区）建设方案公示",
    ],
)
def test_news_of_a_drill_is_no_drill(title: str) -> None:
    assert drill_of(title) == ""


def test_a_warning_is_a_drill_whatever_stands_before_that_word_in_its_brackets() -> None:
    warning = read_warning("【防汛应急演练】九江市气象台发布暴雨红色预警")
    assert warning is not None
    assert warning.drill == "演练"


def test_every_level_has_a_name() -> None:
    assert set(LEVEL_NAMES) == set(Severity) - {Severity.NOTICE}


@given(st.text(alphabet="红橙黄蓝色预警发布解除升级为/I级（）演练 ", max_size=40))
def test_any_title_is_read_without_an_error(title: str) -> None:
    warning = read_warning(title)
    assert warning is None or warning.severity > Severity.NOTICE
