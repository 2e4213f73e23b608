"""What a page is: the column's list, an article, or a home page that is neither."""

# ruff: noqa: E501 - the pages stand here as sites send them

from datetime import datetime

import pytest

from pusher.clock import CHINA
from pusher.watch.found import Kind, Page, Reading
from pusher.watch.read import kind_of, read_list

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ADDRESS = "https://www.ssl.gov.cn/xxgk/"
PROSE = (
    "<p>　　为切实保障困难群众基本生活，根据上级有关文件精神，结合我区实际，现将有关事项通知如下，请认真贯彻执行。</p>"
    * 6
)


def read(body: str, kind: Kind | None = None, head: str = "") -> Reading:
    page = f"<html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"
    return read_list(Page(ADDRESS, page.encode(), "text/html"), kind, None, at=AT)


def rows(count: int, column: str, dated: bool = True) -> str:
    made = (
        f'<li><a href="./{column}/202611/t202611{day:02}_{day + 700}{len(column)}.html">关于{column}第{day}批有关事项的公告</a>'
        + (f"<span>2026-11-{day:02}</span></li>" if dated else "</li>")
        for day in range(count, 0, -1)
    )
    return f"<ul>{''.join(made)}</ul>"


def block(column: str, count: int = 6) -> str:
    return f'<div class="box"><div class="hd"><h3>{column}</h3><a href="/{column}/">更多&gt;&gt;</a></div>{rows(count, column)}</div>'


HOME = "".join(block(column) for column in ("要闻动态", "通知公告", "政策解读", "公示公告", "招标采购"))
CRUMB = '<div class="pos">当前位置：<a href="/">首页</a> &gt; <a href="/xxgk/">信息公开</a> &gt; 通知公告</div>'


def test_a_home_page_is_neither_a_list_nor_an_article() -> None:
    reading = read(f"<div>{HOME}</div><p>{'松山湖高新区位于东莞市几何中心，是科技创新的高地。' * 8}</p>")
    assert (reading.kind, reading.rows) == (Kind.PAGE, ())
    assert reading.problems == ("the page shows several lists of different columns: watch the column's own page",)


def test_a_home_page_with_tabs_is_no_list() -> None:
    tabs = f'<div class="tab"><ul><li>要闻</li><li>公告</li></ul><a href="/y/">更多</a></div><div>{rows(8, "要闻")}</div><div>{rows(8, "公告")}</div>'
    assert read(f"<div>{tabs}</div>{block('政策')}{block('采购')}{block('招聘')}").kind is Kind.PAGE


def test_a_page_that_is_set_to_be_a_list_gives_its_best_rows_and_says_so() -> None:
    reading = read(HOME, Kind.LISTING)
    assert len(reading.rows) == 6
    assert reading.problems == ("the page shows several lists; name the right rows with a selector",)


def test_a_list_beside_side_columns_is_the_long_one() -> None:
    side = f'<div class="side"><h3>热点信息</h3>{rows(8, "热点", dated=False)}</div><div class="side"><h3>最新发布</h3>{rows(6, "最新")}</div>'
    reading = read(f'{CRUMB}<div class="main">{rows(15, "通知公告")}</div>{side}')
    assert reading.kind is Kind.LISTING
    assert len(reading.rows) == 15
    assert all("通知公告" in row.title for row in reading.rows)


def test_a_young_column_with_two_rows_is_a_list() -> None:
    head = '<meta name="ColumnName" content="社会救助"><meta name="SiteName" content="松山湖"><meta name="SiteIDCode" content="4419000127">'
    reading = read(CRUMB + rows(2, "社会救助"), head=head)
    assert (reading.kind, len(reading.rows), reading.column, reading.site, reading.area) == (
        Kind.LISTING,
        2,
        "社会救助",
        "松山湖",
        "4419",
    )


def test_a_column_with_one_row_is_a_list() -> None:
    reading = read(CRUMB + rows(1, "社会救助"), head='<meta name="ColumnName" content="社会救助">')
    assert (reading.kind, len(reading.rows)) == (Kind.LISTING, 1)


def test_an_empty_column_is_no_list_and_no_article() -> None:
    reading = read(
        CRUMB + '<div class="list"><ul></ul>暂无信息</div>', head='<meta name="ColumnName" content="社会救助">'
    )
    assert (reading.kind, len(reading.rows)) == (Kind.PAGE, 0)
    assert reading.problems


def test_an_article_with_related_links_is_an_article() -> None:
    body = f"""{CRUMB}<h1>关于调整2026年最低生活保障标准的通知</h1><div>发布时间：2026-11-20 09:30 来源：社会事务局</div>
    <div class="con">{PROSE}</div><div class="xg"><h3>相关文档</h3>{rows(5, "救助")}</div>"""

    # ruff: noqa: E501 - the pages stand here as sites send them
    reading = read(body, head="<title>关于调整2026年最低生活保障标准的通知_松山湖</title>")
    assert reading.kind is Kind.ARTICLE
    assert reading.article is not None
    assert reading.article.title == "关于调整2026年最低生活保障标准的通知"
    assert reading.article.issuer == "社会事务局"
    assert [row.title for row in reading.rows] == ["关于调整2026年最低生活保障标准的通知"]


def test_tags_make_an_article_of_a_page_of_links() -> None:
    reading = read(
        rows(6, "附件"),
        head='<meta name="ArticleTitle" content="2026年第三季度低保名单"><meta name="PubDate" content="2026-10-09">',
    )
    assert reading.kind is Kind.ARTICLE


def test_a_column_whose_template_names_it_as_an_article_is_a_list() -> None:
    head = '<meta name="ColumnName" content="通知公告"><meta name="ArticleTitle" content="通知公告">'
    assert read(CRUMB + rows(9, "通知公告"), head=head).kind is Kind.LISTING


def test_a_list_of_cards_with_summaries_and_dates_is_a_list() -> None:
    cards = "".join(
        f"<div><h3><a href='{n}.html'>关于开展第{n}批技能提升补贴申报的通知</a></h3><p>{'为提升劳动者技能水平，现开展补贴申报工作。' * 4}</p>"
        f"<p>来源：人力资源分局 发布时间：2026-11-0{n}</p></div>"
        for n in range(1, 9)
    )
    reading = read(f"{CRUMB}<div>{cards}</div>")
    assert (reading.kind, len(reading.rows)) == (Kind.LISTING, 8)
    assert {row.issuer for row in reading.rows} == {"人力资源分局"}
    assert all(row.summary.startswith("为提升劳动者技能水平") for row in reading.rows)


def test_an_introduction_above_the_rows_does_not_make_an_article() -> None:
    intro = "<div class='intro'><p>本栏目发布松山湖高新区社会救助领域信息，包括政策文件、办事指南、资金分配和监督检查。</p></div>"
    reading = read(f"{CRUMB}{intro}{rows(12, '社会救助')}")
    assert (reading.kind, len(reading.rows)) == (Kind.LISTING, 12)


def test_a_page_of_friends_and_menus_is_nothing() -> None:
    links = "".join(f'<li><a href="https://www.{n}.gov.cn/">广东省第{n}人民政府门户网站</a></li>' for n in range(9))
    assert read(f"<ul>{links}</ul>").kind is Kind.PAGE


def test_an_office_that_introduces_itself_is_an_article_without_date() -> None:
    reading = read(f"{CRUMB}<h2>机构职能</h2><div id='zoom'>{PROSE}</div>")
    assert reading.kind is Kind.ARTICLE
    assert reading.article is not None
    assert reading.article.published is None


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("<script>document.cookie='__jsl_clearance=1';location.reload()</script>", "anti-robot"),
        ("<script>window.location.href='/zwgk/index.html'</script>", "https://www.ssl.gov.cn/zwgk/index.html"),
        ("", "empty"),
    ],
)
def test_what_stands_in_the_way_is_a_failure_with_its_reason(body: str, sentence: str) -> None:
    reading = read(body)
    assert sentence in reading.failure
    assert not reading.rows


def test_a_refresh_tag_names_the_page_to_watch() -> None:
    reading = read("", head='<meta http-equiv="refresh" content="0;url=/col/col123/index.html">')
    assert "https://www.ssl.gov.cn/col/col123/index.html" in reading.failure


def test_a_page_of_frames_names_the_frame() -> None:
    reading = read(CRUMB + '<iframe src="/module/list.html"></iframe>')
    assert reading.problems == ("the page shows another one in a frame: watch https://www.ssl.gov.cn/module/list.html",)


def test_the_guangdong_platform_names_its_list_of_rows() -> None:
    reading = read(
        CRUMB
        + "<div class='gkmlpt'></div><script src='/gkmlpt/a.js'></script><script>window._CONFIG = {SID: '755042', TREE: []}</script>"
    )
    assert "https://www.ssl.gov.cn/gkmlpt/api/all/0?page=1&sid=755042" in reading.problems[0]


def test_a_source_set_to_be_a_page_is_read_as_the_feed_or_json_that_it_is() -> None:
    answer = b'[{"title": "2026 notice", "url": "/1.html", "date": "2026-11-01"}]'
    reading = read_list(Page(ADDRESS, answer), Kind.LISTING, None, at=AT)
    assert (reading.kind, len(reading.rows)) == (Kind.JSON, 1)
    assert reading.problems == ('the answer is no web page: set kind = "json"',)


def test_alerts_are_known_by_their_name_and_left_to_their_reader() -> None:
    alert = (
        b'<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1</identifier></alert>'
    )
    assert read_list(Page(ADDRESS, alert), None, None, at=AT).kind is Kind.CAP
    assert kind_of("<html><body>red alert: <alert>fire</alert></body></html>") is None
