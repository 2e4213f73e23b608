from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.slots import slot
from pusher.clock import from_instant
from pusher.item import Item
from pusher.review.privacy import PrivacyPolicy
from pusher.review.review import Reviewed, review
from pusher.review.taxonomy import Taxonomy
from subscribers.topic import Severity, Topic

XUNYANG = Taxonomy.load("xunyang")
ITEM = Item(
    source="xunyang",
    key="k",
    title="浔阳区2026年义务教育学校招生公告",
    url="https://www.xunyang.gov.cn/a.html",
    published=from_instant(1_790_000_000_000_000),
    issuer="区教体局",
    column="通知公告",
    body="各街道办事处：\n\n今年招生从十二月一日开始。请家长按学区报名。\n\n联系人：王老师，电话：13800138000。",
)


def reviewed(source_topic: Topic = Topic(), **changes: Any) -> Reviewed:  # noqa: B008  # frozen
    return review(replace(ITEM, **changes), XUNYANG, PrivacyPolicy(), source_topic=source_topic)


def test_a_notice_is_ready_to_be_told() -> None:
    result = reviewed()
    assert result.topic == Topic(frozenset({"education"}), frozenset({"360403"}), Severity.NOTICE)
    notice = result.notice
    assert (notice.title, notice.issuer, notice.url) == (ITEM.title, "区教体局", ITEM.url)
    assert notice.summary == "今年招生从十二月一日开始。请家长按学区报名。"
    assert (notice.domains, notice.areas, notice.level) == (("教育",), ("浔阳区",), "")
    assert not result.held
    assert result.why == ("issuer: 教育和体育局, title: 义务教育 → education",)


def test_what_the_source_says_of_its_domains_goes_before_the_rules() -> None:
    result = reviewed(Topic(domains=frozenset({"culture", "health"})))
    assert result.topic.domains == {"culture", "health"}
    assert result.notice.domains == ("医疗卫生", "文化体育")
    assert result.why == ("source → culture", "source → health")


def test_what_the_item_says_goes_before_what_its_source_says() -> None:
    stated = Topic(frozenset({"aid"}), frozenset({"360403002"}), Severity.BLUE)
    result = reviewed(Topic(frozenset({"health"}), frozenset({"360403"}), Severity.NOTICE), topic=stated)
    assert result.topic == stated
    assert result.notice.areas == ("湓浦街道",)


def test_a_street_in_the_title_narrows_the_area_of_the_source() -> None:
    topic = Topic(areas=frozenset({"3604"}))
    assert reviewed(topic, title="甘棠街道招生公告").topic.areas == {"360403001"}
    assert reviewed(Topic(areas=frozenset({"360403002"})), title="甘棠街道招生公告").topic.areas == {"360403002"}


def test_a_street_in_the_body_alone_narrows_nothing() -> None:
    assert reviewed(body="例如甘棠街道。").topic.areas == {"360403"}


def test_a_warning_has_a_level_and_says_what_it_follows() -> None:
    result = reviewed(title="九江市气象台解除暴雨橙色预警信号", issuer="九江市气象台")
    assert result.topic.severity is Severity.ORANGE
    assert result.topic.domains == {"disaster"}
    assert (result.notice.level, result.notice.follows, result.notice.drill) == ("橙色", "解除", "")


def test_a_drill_is_one_whether_the_title_or_the_facts_say_so() -> None:
    assert reviewed(title="【演练】发布台风红色预警").notice.drill == "演练"
    assert reviewed(facts={"status": "Exercise", "msgType": "Update"}).notice.drill == "演练"
    assert reviewed(facts={"status": "Test"}).notice.drill == "测试"
    assert reviewed(facts={"status": "Actual"}).notice.drill == ""


@pytest.mark.parametrize(
    ("changes", "follows"),
    [
        ({"facts": {"msgType": "Cancel"}}, "解除"),
        ({"facts": {"msgType": "Update"}}, "更新"),
        ({"follows": ("earlier",)}, "更新"),
        ({}, ""),
    ],
)
def test_an_item_that_follows_another_says_how(changes: dict[str, Any], follows: str) -> None:
    assert reviewed(**changes).notice.follows == follows


def test_personal_data_is_masked_in_every_part() -> None:
    result = reviewed(
        title="关于轮候申请人梁小聪信息公示的通告",
        body="申请人：梁小聪，身份证号：110101199003070011，电话13800138000。",
        summary="梁小聪的申请已受理。",
        attachments=(("梁小聪申请表.pdf", "https://x/1.pdf"),),
    )
    told = repr(result)
    assert "小聪" not in told
    assert "13800138000" not in told
    assert "199003070011" not in told
    assert result.notice.title == "关于轮候申请人梁**信息公示的通告"
    assert result.notice.attachments == (("梁**申请表.pdf", "https://x/1.pdf"),)
    assert {finding.part for finding in result.findings} == {"title", "summary", "body", "attachment"}
    in_title = next(finding for finding in result.findings if finding.part == "title")
    assert in_title.start == len("关于轮候申请人")
    assert not result.held


def test_a_list_of_persons_waits_for_a_person() -> None:
    result = reviewed(title="低保名单公示", body="姓名\t金额\n张三\t300\n李四\t300\n王五\t300")
    assert result.held
    assert "张三" not in result.notice.body
    assert result.why[-1] == "held: 3 names of persons, 3 are a list"


def test_marks_of_slots_from_outside_are_taken_out() -> None:
    result = reviewed(
        title=f"招生{slot('name')}公告", body=slot("phone"), issuer=slot("x"), url="https://x/" + slot("y")
    )
    assert slot("name")[0] not in repr(result)


def test_a_summary_of_the_publisher_is_kept() -> None:
    assert reviewed(summary="区里今年新增学位两千个。").notice.summary == "区里今年新增学位两千个。"


def test_a_description_of_the_site_gives_way_to_the_body() -> None:
    assert reviewed(summary="浔阳区政府门户网站（网址：http://x）").notice.summary.startswith("今年招生")


def test_rules_without_an_area_find_none() -> None:
    result = review(ITEM, Taxonomy.load("domains"), PrivacyPolicy(), source_topic=Topic())
    assert result.topic.areas == frozenset()


@given(st.text(max_size=60), st.text(max_size=200), st.text(max_size=40))
def test_any_item_is_reviewed_alike_each_time(title: str, body: str, issuer: str) -> None:
    assert reviewed(title=title, body=body, issuer=issuer) == reviewed(title=title, body=body, issuer=issuer)


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u202e", "\u200e\u200c"])
def test_characters_that_nobody_sees_hide_no_number_from_the_mask(hidden: str) -> None:
    number = hidden.join("13912345678")
    result = reviewed(
        title=f"公示{number}",
        body=f"本人：1391{hidden}234{hidden}5678",
        issuer=number,
        attachments=(("名单13912345" + hidden + "678.pdf", "https://www.xunyang.gov.cn/a.pdf"),),
        facts={"note": number, "instruction": number},
    )
    notice = result.notice
    for text in (notice.title, notice.body, notice.issuer, notice.advice, notice.attachments[0][0]):
        assert "139****5678" in text
        assert hidden not in text


def test_joiners_within_an_emoji_or_a_word_of_another_script_stay() -> None:
    text = "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert reviewed(body=text).notice.body == text


@pytest.mark.parametrize("place", ["url", "attachments"])
def test_an_identity_number_in_a_link_is_for_a_person_to_look_at(place: str) -> None:
    link = "https://www.xunyang.gov.cn/%E5%BC%A0%E4%B8%8911010519491231002X.pdf"
    changes: dict[str, Any] = {place: link if place == "url" else (("附件", link),)}
    result = reviewed(**changes)
    assert result.held
    assert "11010519491231002X" not in "".join(result.why)
