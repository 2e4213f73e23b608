import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.review.classify import Verdict, classify
from pusher.review.taxonomy import Taxonomy

XUNYANG = Taxonomy.load("xunyang")
SONGSHANHU = Taxonomy.load("songshanhu")
#: Titles as government columns have them, invented or of a widely known form, with the domains that people give them.
TITLES = Path(__file__).with_name("titles.tsv")


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))


@pytest.mark.parametrize("row", rows(TITLES), ids=lambda row: row["title"])
def test_a_title_gets_the_domains_that_people_give_it(row: dict[str, str]) -> None:
    verdict = classify(row["title"], row["issuer"], row["column"], XUNYANG)
    assert " ".join(verdict.domains) == row["domains"], verdict.why


@pytest.mark.parametrize(
    "row", [row for row in rows(TITLES) if "农水局" not in row["issuer"]], ids=lambda row: row["title"]
)
def test_the_rules_are_the_same_in_every_place(row: dict[str, str]) -> None:
    assert " ".join(classify(row["title"], row["issuer"], row["column"], SONGSHANHU).domains) == row["domains"]


@pytest.mark.parametrize(
    ("title", "issuer", "column", "why"),
    [
        ("2026年城市低保对象公示", "", "", "title: 低保 → aid"),
        ("关于本月工作的通知", "", "住房保障", "column: 住房保障 → aid"),
        ("关于近期工作安排的通知", "区卫健委", "", "issuer: 卫生健康委员会 → health"),
        ("区卫健委关于采购疫苗的公告", "", "", "title: 采购 → none (采购招标)"),
        ("关于停电的通知", "", "", "title: 停电 → none (停水停电与交通)"),
        ("天气真好", "", "", "nothing speaks for a domain → none"),
        ("某公司项目环评公示", "区生态环境局", "", "title: 环评 → environment only"),
        ("区教育局2025年度法治政府建设报告", "", "", "title: 法治政府 → not by column or issuer (机关事务)"),
    ],
)
def test_every_verdict_says_why(title: str, issuer: str, column: str, why: str) -> None:
    assert classify(title, issuer, column, XUNYANG).why == (why,)


def test_column_issuer_and_title_are_named_in_this_order() -> None:
    verdict = classify("关于低保标准的通知", "区残联", "社会救助", XUNYANG)
    assert verdict == Verdict(("aid",), ("column: 社会救助, issuer: 残疾人联合会, title: 低保 → aid",))


def test_a_department_of_several_domains_needs_a_hint_in_the_title() -> None:
    assert classify("关于举办第二期活动的通知", "社会事业局", "", SONGSHANHU).domains == ()
    assert classify("关于医疗工作安排的通知", "社会事业局", "", SONGSHANHU).domains == ("health",)


def test_an_old_name_of_a_department_is_known() -> None:
    for old, new in (("区环保局", "区生态环境局"), ("区卫计委", "区卫健委"), ("区文新局", "区文广新旅局")):
        assert classify("近期工作情况", old, "", XUNYANG).domains == classify("近期工作情况", new, "", XUNYANG).domains


def test_the_name_of_a_department_in_the_title_is_not_its_matter() -> None:
    assert classify("关于转发《生态环境部关于推动锻压行业发展的意见》的通知", "", "", XUNYANG).domains == ()


def test_a_column_of_several_subjects_is_not_enough_alone() -> None:
    assert classify("关于印发工作规则的函", "", "科技、教育\\知识产权", XUNYANG).domains == ()
    assert classify("关于印发工作规则的函", "", "卫生、体育", XUNYANG).domains == ()


def test_hand_labelled_titles_of_a_real_column_get_their_domain(samples: Path) -> None:
    wrong = []
    for row in rows(samples / "gov" / "changwu_pingtan" / "titles_gsgg.tsv"):
        title, _, issuer, label = list(row.values())
        expected = () if label.startswith("none") else ({"env": "environment"}.get(label, label),)
        verdict = classify(title, issuer, "公示公告", XUNYANG)
        if verdict.domains != expected:
            wrong.append((title, verdict))
    assert wrong == []


def test_real_texts_that_are_named_by_their_domain_get_it(samples: Path) -> None:
    with (samples / "gov" / "expected.csv").open(encoding="utf-8", newline="") as lines:
        named = [row for row in csv.DictReader(lines) if row["file"].startswith("texts/") and row["title"]]
    short = {"edu": "education", "env": "environment"}
    for row in named:
        domain = Path(row["file"]).name.split("_")[0]
        verdict = classify(row["title"], row["content_source"], row["column_name"], XUNYANG)
        assert short.get(domain, domain) in verdict.domains, row["title"]


def test_most_of_a_real_column_of_industry_concerns_no_domain(samples: Path) -> None:
    industry = [
        row for row in rows(samples / "gov" / "all_list_items.tsv") if row["source"].startswith("江苏省工业和信息化厅")
    ]
    told = [row["title"] for row in industry if classify(row["title"], "江苏省工业和信息化厅", "", XUNYANG).domains]
    assert len(told) <= len(industry) // 50


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_any_texts_are_classified_without_an_error(title: str, issuer: str, column: str) -> None:
    verdict = classify(title, issuer, column, XUNYANG)
    assert verdict.why
    order = [domain.code for domain in XUNYANG.domains]
    assert list(verdict.domains) == [code for code in order if code in verdict.domains]
