"""The traps of real government lists, each seen in the wild (facts: watching, §3 and §4)."""

# ruff: noqa: E501 - the pages stand here as sites send them

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.watch.found import Kind, Page, Reading
from pusher.watch.read import read_list
from pusher.watch.selectors import Selectors

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ADDRESS = "https://www.pt.gov.cn/zwgk/tzgg/"


def read(
    page: str | bytes, content_type: str = "text/html", at: datetime = AT, selectors: Selectors | None = None
) -> Reading:
    body = page if isinstance(page, bytes) else page.encode()
    return read_list(Page(ADDRESS, body, content_type), None, selectors, at=at)


def row(title: str, href: str, date: str) -> str:
    return f'<li><a href="{href}" title="{title}">{title}</a><span>{date}</span></li>'


def page(*rows: str, head: str = '<meta charset="utf-8">') -> str:
    return f"<html><head>{head}</head><body><ul>{''.join(rows)}</ul></body></html>"


FIVE = [
    row(f"关于第{n}批义务教育阶段学位申请的公告", f"./202611/t202611{n:02}_{n}0311.html", f"2026-11-{n:02}")
    for n in range(5, 0, -1)
]


def test_a_row_inserted_later_with_an_older_date_keeps_the_place_and_date_that_it_shows() -> None:
    late = row("重大建设项目信息公开", "./202312/t20231228_85447.html", "2023-10-23")
    reading = read(page(*FIVE[:3], late, *FIVE[3:]))
    assert f"{reading.rows[3].published:%Y-%m-%d}" == "2023-10-23"
    assert reading.rows[3].key == "pt.gov.cn/t20231228_85447"


def test_one_thing_in_two_columns_has_one_key() -> None:
    here = read(page(row("教育装备抽查通报", "./202511/t20251111_103189.htm", "2025-11-11"), *FIVE)).rows[0]
    there = read(
        page(row("教育装备抽查通报", "../../zdlyxxgk/ssjygk/202511/t20251111_103189.htm", "2025-11-11"), *FIVE)
    ).rows[0]
    assert here.url != there.url
    assert here.key == there.key


def test_a_header_that_says_latin_1_is_not_believed() -> None:
    reading = read(page(*FIVE, head=""), "text/html; charset=ISO-8859-1")
    assert (reading.encoding, reading.rows[0].title) == ("utf-8", "关于第5批义务教育阶段学位申请的公告")


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030"])
def test_gb_pages_are_read_with_their_rare_characters(declared: str) -> None:
    text = page(
        row("䶮城街道𠮷祥社区居民委员会选举公告", "/1.html", "2026-11-05"),
        *FIVE,
        head=f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">',
    )
    reading = read(text.encode("gb18030"), "text/html; charset=ISO-8859-1")
    assert (reading.encoding, reading.rows[0].title) == ("gb18030", "䶮城街道𠮷祥社区居民委员会选举公告")


def test_a_gb_page_without_any_declaration_is_recognised() -> None:
    assert (
        read(page(*FIVE, head="").encode("gb18030"), "text/html").rows[0].title == "关于第5批义务教育阶段学位申请的公告"
    )


def test_a_page_that_kept_its_old_declaration_is_read_as_what_it_is() -> None:
    assert read(page(*FIVE, head='<meta charset="gb2312">')).encoding == "utf-8"


def test_a_byte_order_mark_is_stronger_than_everything() -> None:
    text = page(*FIVE, head='<meta charset="gb2312">').encode("utf-8-sig")
    assert read(text, "text/html; charset=gbk").rows[0].title == "关于第5批义务教育阶段学位申请的公告"


def test_short_dates_at_new_year_are_those_of_last_year() -> None:
    rows = [
        row("元旦放假通知", "/a1.html", "[01-02]"),
        row("年终工作总结会", "/a2.html", "[12-30]"),
        row("雨雪天气提示", "/a3.html", "12月29日"),
    ]
    reading = read(page(*rows), at=datetime(2027, 1, 2, 0, 30, tzinfo=CHINA))
    assert [f"{one.published:%Y-%m-%d}" for one in reading.rows] == ["2027-01-02", "2026-12-30", "2026-12-29"]


def test_the_first_minutes_of_a_chinese_year_belong_to_it() -> None:
    reading = read(
        page(row("元旦放假通知", "/a1.html", "[01-01]"), *FIVE), at=datetime(2026, 12, 31, 16, 5, tzinfo=UTC)
    )
    assert f"{reading.rows[0].published:%Y-%m-%d}" == "2027-01-01"


def test_a_title_that_was_cut_is_whole_in_its_attribute() -> None:
    cut = '<li><a title="酒泉市住建局生态环境保护责任清单" href="/z/1.html">责任清单</a><span>2026-01-08</span></li>'
    dots = '<li><a title="关于印发《专精特新中小企业高质量发展若干政策措施》的通知" href="/z/2.html">关于印发《专精特新中小...</a><span>2026-01-07</span></li>'
    other = '<li><a title="点击查看" href="/z/3.html">停水通知</a><span>2026-01-06</span></li>'
    form = '<li><a title="标题：救助标准公示 发布时间：2026-01-05" href="/z/4.html">救助标准公示</a><span>2026-01-05</span></li>'
    assert [one.title for one in read(page(cut, dots, other, form)).rows] == [
        "酒泉市住建局生态环境保护责任清单",
        "关于印发《专精特新中小企业高质量发展若干政策措施》的通知",
        "停水通知",
        "救助标准公示",
    ]


def test_links_start_from_the_base_that_the_page_names() -> None:
    reading = read(page(*FIVE, head='<base href="https://zw.pt.gov.cn/sub/">'))
    assert reading.rows[0].url == "https://zw.pt.gov.cn/sub/202611/t20261105_50311.html"


def test_a_list_inside_a_comment_is_found_where_no_other_is_seen() -> None:
    menu = "<ul><li><a href='/a/'>机构职能</a></li><li><a href='/b/'>政策法规</a></li></ul>"
    reading = read(f"<html><body>{menu}<div id='list'><!-- <ul>{''.join(FIVE)}</ul> --></div></body></html>")
    assert [one.title for one in reading.rows][:1] == ["关于第5批义务教育阶段学位申请的公告"]
    assert reading.problems == ("the rows stand in a comment of the page",)


def test_a_list_that_was_commented_out_is_not_read_beside_the_real_one() -> None:
    reading = read(page(*FIVE[:2]) + f"<!-- <ul>{''.join(FIVE)}</ul> -->")
    assert len(reading.rows) == 2


def test_a_list_in_a_script_as_json_is_found() -> None:
    rows = [
        {"title": f"《环境执法办法》第{n}次政策解读", "pubDate": f"2026-07-{n:02} 16:59", "urls": json.dumps({"pc": f"/col/content_{n}1206.html"}),
         "contentSource": "生态环境执法局", "showTitle": "<p>x</p>", "topStatus": 0}
        for n in range(9, 0, -1)
    ]  # fmt: skip
    menu = [{"name": "政务公开", "urls": "/zwgk/"}, {"name": "办事服务", "urls": "/bsfw/"}]
    script = f"<script>var menu = {json.dumps(menu)};\nvar listData = {{ articleList: {json.dumps(rows, ensure_ascii=False)} }};</script>"
    reading = read(f"<html><head>{script}</head><body><div id='list'></div></body></html>")
    assert len(reading.rows) == 9
    assert reading.rows[0].url == "https://www.pt.gov.cn/col/content_91206.html"
    assert reading.rows[0].issuer == "生态环境执法局"
    assert reading.problems == ("the rows stand in a script of the page",)


def test_a_list_in_a_script_that_is_no_json_is_found() -> None:
    rows = ",".join(
        f"{{title:'关于第{n}批救助对象的公示', url : '/a/{n}0001.html', time: '2026-11-0{n}', top: !0 || undefined,}}"
        for n in range(1, 6)
    )
    loose = rows.replace("!0 || undefined", "undefined")
    reading = read(f"<html><body><script>/* list */ var data = [{loose},]; // end\nshow(data)</script></body></html>")
    assert [one.title for one in reading.rows][:2] == ["关于第1批救助对象的公示", "关于第2批救助对象的公示"]


def test_a_list_that_a_script_fills_row_by_row_is_found() -> None:
    lines = "".join(
        f"list.push({{title: '关于第{n}批救助对象的公示', url: '/a/{n}0001.html', date: '2026-11-0{n}'}});"
        for n in range(1, 6)
    )
    assert (
        len(read(f"<html><body><div id='list'></div><script>var list = []; {lines}</script></body></html>").rows) == 5
    )


def test_a_list_that_a_script_writes_is_found() -> None:
    lines = "".join(
        f"document.write('<li><a href=\"/a/{n}0001.html\">关于第{n}批救助对象的公示<\\/a><span>2026-11-0{n}</span></li>');"
        for n in range(1, 6)
    )
    assert len(read(f"<html><body><script>{lines}</script></body></html>").rows) == 5


def test_templates_of_scripts_are_no_rows() -> None:
    template = "<script type='text/x-handlebars-template'>{{#each data}}<li><a href='{{url}}'>{{title}}</a><span>{{date}}</span></li>{{/each}}</script>"
    assert read(f"<html><body>{template}</body></html>").rows == ()


RECORDS = "".join(
    f"<record><![CDATA[<li><a href='/art/2026/11/{n}/art_80179_1166483{n}.html' title='关于印发第{n}号政策措施的通知'>关于印发第{n}号...</a><b>2026-11-0{n}</b></li>]]></record>"
    for n in range(1, 7)
)
DATASTORE = (
    f"<datastore><totalrecord>756</totalrecord><totalpage>31</totalpage><recordset>{RECORDS}</recordset></datastore>"
)


def test_the_records_of_jcms_are_rows() -> None:
    reading = read(DATASTORE, "text/xml")
    assert (reading.kind, len(reading.rows)) == (Kind.LISTING, 6)
    assert reading.rows[0].title == "关于印发第1号政策措施的通知"
    assert reading.rows[0].url == "https://www.pt.gov.cn/art/2026/11/1/art_80179_11664831.html"


def test_the_records_that_a_column_page_carries_are_its_rows() -> None:
    side = "".join(
        f"<li><a href='/art/2026/1/{n}/art_2_{n}0001.html'>浔阳要闻第{n}条重要新闻</a><span>2026-01-0{n}</span></li>"
        for n in range(1, 6)
    )
    reading = read(
        f"<html><body><ul>{side}</ul><div id='123'><script type='text/xml'>{DATASTORE}</script></div></body></html>"
    )
    assert [one.title for one in reading.rows] == [f"关于印发第{n}号政策措施的通知" for n in range(1, 7)]


def test_rows_that_lead_nowhere_are_kept_and_reported() -> None:
    reading = read(page(*(row(f"关于第{n}批学位的公告", "#", "2026-11-01") for n in range(3))))
    assert [one.url for one in reading.rows] == ["", "", ""]
    assert len({one.key for one in reading.rows}) == 3
    assert reading.problems == ("3 of 3 rows cannot be opened: their links lead nowhere",)


def test_the_same_row_on_top_and_in_its_place_is_one_thing() -> None:
    reading = read(page(FIVE[2], *FIVE))
    assert len(reading.rows) == 6
    assert reading.rows[0].keys == reading.rows[3].keys


def test_pages_that_only_count_visits_are_passed_over() -> None:
    link = "visit/link.do?url=https%3A%2F%2Fzwfw.pt.gov.cn%2Fv5%2F%23%2Fdetail%3FpolicyId%3D03cb&q=%E9%80%9A"
    one = read(page(row("关于转发通知的通知", link, "2026-11-01"), *FIVE)).rows[0]
    assert one.url == "https://zwfw.pt.gov.cn/v5/#/detail?policyId=03cb"
    assert one.key == "zwfw.pt.gov.cn/v5#/detail?policyId=03cb"


def test_the_name_of_a_town_in_private_use_marks_does_not_become_a_slot() -> None:
    assert read(page(row("\ue000name\ue001公告一则", "/1.html", "2026-11-01"), *FIVE)).rows[0].title == "name公告一则"


def test_selectors_of_the_settings_override_recognition() -> None:
    text = (
        page(*FIVE)
        + "<div class='mine'><p class='one'><a href='/x/1.html'>更多</a><b>真正要看的通知</b><i>11/20</i><s>区教体局</s></p></div>"
    )
    chosen = Selectors(rows=".mine .one", link="a", title="b", date="i", issuer="s")
    reading = read(text, selectors=chosen)
    assert [(one.title, one.url, one.issuer, f"{one.published:%Y-%m-%d}") for one in reading.rows] == [
        ("真正要看的通知", "https://www.pt.gov.cn/x/1.html", "区教体局", "2026-11-20")
    ]


def test_a_selector_that_finds_nothing_is_named() -> None:
    assert read(page(*FIVE), selectors=Selectors(rows="table.gone tr")).problems == (
        "the selector 'table.gone tr' of the settings finds no row here",
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00" * 100, b"<html>", b"<ul>" * 50_000, b"<a href='http://['>x</a>" * 30, b"<li><a href='1'>" * 2000,
     b"<record><record></record>", b"{" * 5000, b"[" * 100_000, b"<rss><channel><item>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss>&a;</rss>",
     b"<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'/>", bytes(range(256)) * 20],
)  # fmt: skip
@pytest.mark.parametrize("kind", [None, Kind.LISTING, Kind.FEED, Kind.JSON, Kind.ARTICLE])
def test_nothing_that_a_server_sends_raises(body: bytes, kind: Kind | None) -> None:
    reading = read_list(Page(ADDRESS, body), kind, None, at=AT)
    assert isinstance(reading.rows, list | tuple)


PIECES = ["<ul>", "</ul>", "<li>", "<tr>", "<td>", "<a href='/1.html'>", "<a href='#'>", "</a>", "<p>", "<div class='title'>", "</div>", "<h1>",
          "<span>2026-11-01</span>", "[11-01]", "关于救助对象的公示", "来源：区民政局", "发布时间：", "<!-- ", " -->", "<script>var a=[{title:'公示',url:'/1'}]",
          "</script>", "<record><![CDATA[", "]]></record>", "当前位置：首页 > 公告", "<meta name='ArticleTitle' content='标题'>", "<base href='//b'>", "更多", "\n"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_no_page_raises_and_no_row_is_without_title_and_key(text: str) -> None:
    reading = read(text)
    assert all(one.title and one.key and (not one.url or one.url.startswith("http")) for one in reading.rows)
    assert (reading.article is not None) == (reading.kind is Kind.ARTICLE)
