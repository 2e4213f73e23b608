import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.review.summary import LONGEST, is_about_the_site, summary_of

TITLE = "关于开展2026年低保审核的通知"


def test_the_first_whole_sentences_are_taken_and_no_more_than_three() -> None:
    body = "今年提高低保标准。每人每月提高五十元！从十二月起执行。社区受理申请。"
    assert summary_of(body, TITLE) == "今年提高低保标准。每人每月提高五十元！从十二月起执行。"


@pytest.mark.parametrize(
    "furniture",
    [
        TITLE,
        "各街道办事处，区政府有关部门：",
        "尊敬的居民朋友：",
        "浔府办发〔2026〕3号",
        "索引号：B00010-0202-2026-0001",
        "发布时间：2026-11-20 10:00",
        "来源：区民政局",
        "首页 > 政务公开 > 社会救助",
        "现将有关事项公告如下：",
        "现印发给你们，请认真贯彻执行。",
        "特此通知。",
        "联系电话：0792-8123456。",
        "附件：低保审核表.doc",
        "2026-11-20",
        "* * *",
    ],
)
def test_what_every_notice_has_is_passed_over(furniture: str) -> None:
    assert summary_of(f"{furniture}\n\n今年提高低保标准。", TITLE) == "今年提高低保标准。"


def test_a_long_first_sentence_is_cut_at_a_pause() -> None:
    summary = summary_of("为了进一步做好城乡低保工作，" * 12 + "特制定办法。", TITLE)
    assert len(summary) <= LONGEST
    assert summary.endswith("工作…")


def test_sentences_that_do_not_fit_are_left_out_whole() -> None:
    assert summary_of("第一句话说了要点。" + "很长" * 60 + "。", TITLE) == "第一句话说了要点。"


def test_headings_and_signatures_are_passed_over_unless_they_are_all() -> None:
    assert summary_of("一、申请条件\n\n今年提高低保标准。\n\n区民政局", TITLE) == "今年提高低保标准。"
    assert summary_of("一图读懂低保新政策", TITLE) == "一图读懂低保新政策"


def test_a_description_of_the_web_site_is_no_summary() -> None:
    assert is_about_the_site("某局门户网站（网址：http://x.gov.cn）坚持统一规划")
    assert not is_about_the_site("今年提高低保标准。")


def test_nothing_but_furniture_gives_no_summary() -> None:
    assert summary_of("", TITLE) == ""
    assert summary_of("附件：名单.xlsx", TITLE) == ""


@given(st.text(alphabet="今年提高标准。！，；\n :：各位附件 ab1", max_size=400))
def test_a_summary_is_short_and_stands_in_the_body(body: str) -> None:
    summary = summary_of(body, TITLE)
    assert len(summary) <= LONGEST
    assert "\n" not in summary
