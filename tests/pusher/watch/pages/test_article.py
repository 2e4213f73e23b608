"""Article pages of many makes: standard tags, shown lines, catalogues, attachments, and texts in scripts."""

# ruff: noqa: E501 - the pages stand here as sites send them

import json
from datetime import datetime

import pytest

from pusher.clock import CHINA
from pusher.watch.found import Article, Page, Row
from pusher.watch.read import read_article
from pusher.watch.selectors import ArticleSelectors, Selectors

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ADDRESS = "https://www.xunyang.gov.cn/zwgk/tzgg/202611/t20261118_700412.html"
TAGS = """<meta name="SiteName" content="浔阳区人民政府"><meta name="SiteDomain" content="www.xunyang.gov.cn">
<meta name="SiteIDCode" content="3604030001"><meta name="ColumnName" content="通知公告">
<meta name="ArticleTitle" content="关于开展&#12288;“敬老月”活动的通知"><meta name="PubDate" content="2026-11-18 15:04">
<meta name="ContentSource" content="区民政局"><meta name="Description" content="">"""

# ruff: noqa: E501 - the pages stand here as sites send them
TEXT = """<p>　　各乡镇、街道办事处：</p><p>　　根据《老年人权益保障法》，现就开展活动通知如下。<br>　　一、时间：2026年10月1日至31日。</p>
<table><tr><th>姓名</th><th>补贴（元）</th></tr><tr><td>张*三</td><td><p>209</p></td></tr><tr><td>李*四</td><td>280</td></tr></table>
<p style="text-align:right">浔阳区民政局</p><script>var a = 1;</script><style>p{}</style><div style="display: none">隐藏</div>"""
PLAIN = """各乡镇、街道办事处：

根据《老年人权益保障法》，现就开展活动通知如下。

一、时间：2026年10月1日至31日。

姓名 | 补贴（元）
张*三 | 209
李*四 | 280

浔阳区民政局"""


def read(body: str, head: str = "", row: Row | None = None, selectors: ArticleSelectors | None = None) -> Article:
    page = f"<html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"
    chosen = Selectors(article=selectors) if selectors else None
    return read_article(Page(ADDRESS, page.encode(), "text/html"), row, chosen, at=AT)


def test_standard_tags_come_first() -> None:
    article = read(f"<h1>别的标题</h1><p>发布时间：2026-11-19 来源：网站编辑</p><div id='zoom'>{TEXT}</div>", TAGS)
    assert article.title == "关于开展 “敬老月”活动的通知"
    assert article.published == datetime(2026, 11, 18, 15, 4, tzinfo=CHINA)
    assert (article.issuer, article.column, article.site, article.area) == (
        "区民政局",
        "通知公告",
        "浔阳区人民政府",
        "360403",
    )
    assert article.key == "xunyang.gov.cn/t20261118_700412"


@pytest.mark.parametrize(
    "container",
    [
        '<div id="UCAP-CONTENT">{}</div>',
        '<div class="view TRS_UEDITOR trs_paper_default">{}</div>',
        '<div class="TRS_Editor">{}</div>',
        '<div id="Zoom">{}</div>',
        '<div id="ivs_content">{}</div>',
        '<div class="main-txt">{}</div>',
        '<div class="article-content">{}</div>',
        '<div id="fontzoom">{}</div>',
        '<div class="neirong"><div>{}</div></div>',
        '<table><tr><td class="nr">{}</td></tr></table>',
    ],
)
def test_the_text_is_found_in_any_container(container: str) -> None:
    menu = "".join(f"<li><a href='/{n}/'>栏目名称很长的一个菜单项</a></li>" for n in range(20))
    frame = "<div class='footer'><p>版权所有：浔阳区人民政府 网站标识码：3604030001 地址：江西省九江市浔阳区庐峰路</p></div>"
    article = read(
        f"<ul>{menu}</ul><h1>标题</h1>{container.format(TEXT)}<div class='share'>分享到：微信 微博</div>{frame}", TAGS
    )
    assert article.body == PLAIN


@pytest.mark.parametrize(
    ("line", "issuer", "published"),
    [
        (
            "<p>发布时间：2026-11-18 15:30　来源：区教育体育局　浏览次数：<span>128</span></p>",
            "区教育体育局",
            "2026-11-18 15:30",
        ),
        ("<span>信息来源：区卫健委</span><span>发布日期：2026年11月18日</span>", "区卫健委", "2026-11-18 00:00"),
        (
            "<div>时间：2026/11/18 08:00:00 &nbsp; 作者：王某 &nbsp; 来源：<b>九江日报</b></div>",
            "九江日报",
            "2026-11-18 08:00",
        ),
        (
            "<ul><li>来源：</li><li>区应急管理局</li><li>发布时间：</li><li>2026-11-18 10:00</li></ul>",
            "区应急管理局",
            "2026-11-18 10:00",
        ),
        ("<p>2026-11-18 09:05:00</p>", "", "2026-11-18 09:05"),
        ("<p>【字体：大 中 小】 二〇二六年十一月十八日</p>", "", "2026-11-18 00:00"),
    ],
)
def test_without_tags_the_line_under_the_heading_speaks(line: str, issuer: str, published: str) -> None:
    article = read(f"<h1>关于开展“敬老月”活动的通知</h1>{line}<div id='zoom'>{TEXT}</div>")
    assert article.title == "关于开展“敬老月”活动的通知"
    assert article.issuer == issuer
    assert f"{article.published:%Y-%m-%d %H:%M}" == published


def test_the_date_inside_a_heading_is_no_part_of_the_title() -> None:
    article = read(
        f"<div class='detail'><h2>浔阳区图书馆开放公告<p>发布时间 : 2026-11-03</p></h2><div class='info'>{TEXT}</div></div>"
    )
    assert article.title == "浔阳区图书馆开放公告"
    assert article.published == datetime(2026, 11, 3, tzinfo=CHINA)


def test_the_name_of_the_page_without_column_and_site_is_a_title() -> None:
    article = read(
        f"<p><b>关于停水的<br>公告</b></p><div id='zoom'>{TEXT}</div>",
        "<title>关于停水的公告_通知公告_浔阳区人民政府</title>",
    )
    assert article.title == "关于停水的公告"


def test_the_catalogue_tells_number_office_and_index() -> None:
    table = """<table><tr><td>索 引 号：</td><td>11360403MB1234567X/2026-00331</td><td>分类：</td><td>民政</td></tr>
    <tr><td>发布机构：</td><td>浔阳区民政局</td><td>成文日期：</td><td>2026-11-01</td></tr>
    <tr><td>文号：</td><td>浔民字〔2026〕21号</td><td>发布日期：</td><td>2026-11-18</td></tr></table>"""
    article = read(f"{table}<h1>关于开展“敬老月”活动的通知</h1><div id='zoom'>{TEXT}</div>")
    assert article.index_number == "11360403MB1234567X/2026-00331"
    assert (article.issuer, article.document_number) == ("浔阳区民政局", "浔民字〔2026〕21号")
    assert article.published == datetime(2026, 11, 18, tzinfo=CHINA)
    assert article.keys == ("11360403MB1234567X/2026-00331", "xunyang.gov.cn/t20261118_700412")


@pytest.mark.parametrize(
    ("title", "first", "number"),
    [
        ("关于印发办法的通知（浔府办发〔2026〕49号）", "", "浔府办发〔2026〕49号"),
        ("关于印发办法的通知", "<p>浔府办发[2026]49号</p>", "浔府办发[2026]49号"),
        ("关于印发办法的通知", "<p>根据省政府令（赣府发〔2025〕1号）要求</p>", ""),
    ],
)
def test_the_document_number_stands_in_the_title_or_above_the_text(title: str, first: str, number: str) -> None:
    assert read(f"<h1>{title}</h1><div id='zoom'>{first}{TEXT}</div>").document_number == number


def test_a_notice_may_be_nothing_but_attachments() -> None:
    body = """<div class="TRS_Editor"></div><p>附件：<a href="./P020261118.pdf" title="低保名单.pdf"></a>
    <a href="/download/2.docx">申请表</a><a href="/x/downfile.jsp?filename=3.xlsx">3.xlsx</a><a href="/other.html">相关链接</a></p>
    <div class="footer"><a href="/app/manual.pdf">使用手册</a></div>"""
    article = read(f"<h1>2026年第三季度低保对象名单</h1>{body}", TAGS)
    assert article.attachments == [
        ("低保名单.pdf", "https://www.xunyang.gov.cn/zwgk/tzgg/202611/P020261118.pdf"),
        ("申请表", "https://www.xunyang.gov.cn/download/2.docx"),
        ("3.xlsx", "https://www.xunyang.gov.cn/x/downfile.jsp?filename=3.xlsx"),
    ]
    assert article.problems == ()


def test_a_page_without_text_and_attachment_says_so() -> None:
    assert read("<h1>标题</h1>", TAGS).problems == ("the page shows no text and no attachment",)


def test_what_the_page_does_not_say_comes_from_the_row() -> None:
    row = Row(
        "2026年第三季度低保名单",
        ADDRESS,
        datetime(2026, 9, 30, tzinfo=CHINA),
        "甘棠街道",
        ("from-the-list",),
        summary="摘要",
    )
    article = read(f"<div id='zoom'>{TEXT}</div>", row=row)
    assert (article.title, article.issuer, article.published) == (row.title, row.issuer, row.published)
    assert article.keys == ("from-the-list", "xunyang.gov.cn/t20261118_700412")
    assert article.summary == "摘要"


def test_the_address_gives_the_day_where_nothing_else_does() -> None:
    assert read(f"<div id='zoom'>{TEXT}</div>").published == datetime(2026, 11, 18, tzinfo=CHINA)


def test_the_text_may_stand_in_a_script_only() -> None:
    detail = json.dumps({"id": 1, "title": "关于停水的公告", "content": "<p>因管网改造，</p><p>定于11月25日停水。</p>"})
    article = read(
        "<div id='app'></div><script>window._CONFIG = {ACTION: 'content', DETAIL: " + detail + "};</script>",
        "<title>关于停水的公告</title>",
    )
    assert article.body == "因管网改造，\n\n定于11月25日停水。"


def test_a_description_of_the_site_is_no_summary() -> None:
    head = TAGS.replace('content="">', 'content="浔阳区人民政府门户网站由区政府办公室主办，是浔阳区的官方网站">')
    assert read(f"<div id='zoom'>{TEXT}</div>", head).summary == ""
    opening = "各乡镇、街道办事处： 根据《老年人权益保障法》，现就开展活动通知如下。"
    assert read(f"<div id='zoom'>{TEXT}</div>", TAGS.replace('content="">', f'content="{opening}">')).summary == opening


def test_selectors_override_recognition() -> None:
    page = f"<b class='t'>真正的标题</b><i class='d'>11月20日</i><u class='s'>区残联</u><p class='x'>第一段</p><p class='x'>第二段</p><div id='zoom'>{TEXT}</div>"
    chosen = ArticleSelectors(title=".t", body=".x", date=".d", issuer=".s")
    article = read(page, TAGS, selectors=chosen)
    assert (article.title, article.body, article.issuer) == ("真正的标题", "第一段\n\n第二段", "区残联")
    assert article.published == datetime(2026, 11, 20, tzinfo=CHINA)


def test_marks_of_slots_and_invisible_characters_end_here() -> None:
    head = TAGS.replace("敬老月", "敬\ue000name\ue001老\u200b月\ufeff")
    marked = TEXT.replace("各乡镇", "各\ue000phone\ue001乡\u202e镇")
    article = read(f"<div id='zoom'>{marked}</div>", head)
    assert article.title == "关于开展 “敬name老月”活动的通知"
    assert article.body.startswith("各phone乡镇")


def test_a_body_that_a_script_unveils_is_read() -> None:
    page = (
        f"<html><body style='visibility: hidden; display:none'><h1>标题</h1><div id='zoom'>{TEXT}</div></body></html>"
    )
    assert read_article(Page(ADDRESS, page.encode()), None, None, at=AT).body == PLAIN


def test_a_page_put_together_from_parts_is_read_to_its_end() -> None:
    page = f"<html><body><div>页头</div></body></html><div id='zoom'>{TEXT}</div><html></html>"
    assert read_article(Page(ADDRESS, page.encode()), None, None, at=AT).body == PLAIN


@pytest.mark.parametrize(
    "page", [b"", b"   ", b"\x00\x01\x02", b"<", b"<div>" * 100_000, b"<!-- ", b"<p>" + b"\xff" * 1000]
)
def test_broken_pages_give_an_article_without_text(page: bytes) -> None:
    row = Row("标题", ADDRESS, keys=("k",))
    article = read_article(Page(ADDRESS, page), row, None, at=AT)
    assert (article.title, article.attachments, article.key) == ("标题", (), "k")
