"""List pages of many makes: whatever repeats with titles and dates is found, and nothing else of the page."""

# ruff: noqa: E501 - the pages stand here as sites send them

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import pytest

from pusher.clock import CHINA
from pusher.watch.found import Kind, Page, Reading
from pusher.watch.read import read_list

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ADDRESS = "https://www.xunyang.gov.cn/zwgk/tzgg/"


class Notice(NamedTuple):
    title: str
    href: str
    date: str


#: Published things of all domains, the third one inserted later with an older date.
NOTICES = [
    Notice("关于开展2026年度城乡居民基本医疗保险集中缴费的通告", "./202611/t20261118_700412.html", "2026-11-18"),
    Notice("浔阳区2026年秋季学期义务教育阶段转学公告", "./202611/t20261116_700398.html", "2026-11-16"),
    Notice("浔阳区残疾人两项补贴发放情况公示", "./202609/t20261112_700371.html", "2026-09-30"),
    Notice("停水通知", "./202611/t20261109_700350.html", "2026-11-09"),
    Notice(
        "浔阳区生态环境局关于建设项目环境影响评价文件拟审批的公示", "../hbgs/202611/t20261103_700322.html", "2026-11-03"
    ),
    Notice(
        "甘棠街道2026年第三季度最低生活保障对象名单公示",
        "https://gt.xunyang.gov.cn/art/2026/10/28/art_1_88213.html",
        "2026-10-28",
    ),
    Notice("浔阳区图书馆国庆期间开放时间安排", "/wh/202609/t20260927_700201.html", "2026-09-27"),
]

FRAME = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>通知公告_浔阳区人民政府</title></head><body>
<div class="top"><a href="/">浔阳区人民政府</a><a href="/en/">English</a><a href="javascript:void(0)">无障碍浏览</a></div>
<div class="nav"><ul><li><a href="/">网站首页</a></li><li><a href="/zjxy/">走进浔阳</a></li><li><a href="/zwgk/">政务公开</a></li>
<li><a href="/bsfw/">办事服务</a></li><li><a href="/hdjl/">互动交流</a></li><li><a href="/sjfb/">数据发布</a></li></ul></div>
<div class="crumb">您当前所在的位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; <a href="./">通知公告</a></div>
<div class="left"><h3>政务公开</h3><ul><li><a href="../zcwj/">政策文件</a></li><li><a href="../tzgg/">通知公告</a></li>
<li><a href="../ghjh/">规划计划</a></li><li><a href="../zdlyxxgk/">重点领域信息公开</a></li></ul></div>
<div class="right"><h2>通知公告</h2>{rows}
<div class="page"><a href="index.html">1</a><a href="index_1.html">2</a><a href="index_2.html">3</a><a href="index_1.html">下一页</a>
<a href="index_9.html">尾页</a>共10页</div></div>
<div class="footer"><ul><li><a href="http://www.gov.cn/">中国政府网</a></li><li><a href="http://www.jiangxi.gov.cn/">江西省人民政府</a></li>
<li><a href="http://www.jiujiang.gov.cn/">九江市人民政府</a></li></ul><p>主办：浔阳区人民政府办公室 网站标识码：3604030001</p>
<p><a href="https://beian.miit.gov.cn/">赣ICP备05005555号-1</a></p></div></body></html>"""

# ruff: noqa: E501 - the pages stand here as sites send them


def each(row: str, before: str = "", after: str = "") -> Callable[[Sequence[Notice]], str]:
    """A list whose rows are made from one pattern."""

    def rows(notices: Sequence[Notice]) -> str:
        made = (
            row.format(
                title=notice.title,
                href=notice.href,
                date=notice.date,
                short=notice.title[:12] + "..." if len(notice.title) > 12 else notice.title,
                md=notice.date[5:],
                year=notice.date[:4],
                month=notice.date[:7],
                day=notice.date[8:],
                words="{}年{}月{}日".format(*(int(part) for part in notice.date.split("-"))),
                slashes=notice.date.replace("-", "/"),
            )
            for notice in notices
        )
        return before + "\n".join(made) + after

    return rows


def blocks_of_three(notices: Sequence[Notice]) -> str:
    rows = each('<li><a href="{href}">{title}</a><span>{date}</span></li>')
    return "<hr/>".join(
        f"<div><ul>{rows(notices[start : start + 3])}</ul></div>" for start in range(0, len(notices), 3)
    )


def by_month(notices: Sequence[Notice]) -> str:
    rows = each('<li><i>{md}</i><a href="{href}">{title}</a></li>')
    months = dict.fromkeys(notice.date[:7] for notice in notices)
    parts = {month: rows([notice for notice in notices if notice.date.startswith(month)]) for month in months}
    return "".join(f"<h4>{month[:4]}年{month[5:]}月</h4><ul>{part}</ul>" for month, part in parts.items())


def two_columns(notices: Sequence[Notice]) -> str:
    cell = each('<td><a href="{href}">{title}</a><br/><font color="gray">{date}</font></td>')
    pairs = [notices[start : start + 2] for start in range(0, len(notices), 2)]
    return f"<table>{''.join(f'<tr>{cell(pair)}</tr>' for pair in pairs)}</table>"


LAYOUTS: dict[str, Callable[[Sequence[Notice]], str]] = {
    "TRS": each(
        '<li><a href="{href}" title="{title}" target="_blank">{title}</a><span>{date}</span></li>', "<ul>", "</ul>"
    ),
    "date first, in brackets": each(
        '<li><span>[{words}]</span><a href="{href}">{title}</a></li>', '<ul class="list mb5">', "</ul>"
    ),
    "date in brackets over three lines": each(
        '<li><a href="{href}">{title}</a><em>[\n {date} \n]</em></li>', "<ul>", "</ul>"
    ),
    "JCMS": each(
        '<li><a href="{href}" title="{title}">{short}</a><b readlabel="{date}">{date}</b></li>', "<ul>", "</ul>"
    ),
    "plain table": each(
        "<tr><td>·</td><td><a href='{href}'>{title}</a></td><td>{date}</td></tr>", "<table>", "</table>"
    ),
    "table with a head": each(
        "<tr><td>1</td><td><a href='{href}'>{title}</a></td><td>浔府字〔2026〕9号</td><td>浔阳区民政局</td><td>{slashes}</td></tr>",
        "<table><tr><th>序号</th><th>名称</th><th>文号</th><th>发布机构</th><th>发布日期</th></tr>",
        "</table>",
    ),
    "a table for each row": each(
        '<table width="98%"><tr><td width="10"><img src="/i/dot.gif"></td><td><a href="{href}">{title}</a></td>'
        '<td align="right">[{date}]</td></tr></table>'
    ),
    "dt and dd": each('<dt><a href="{href}">{title}</a></dt><dd>{date}</dd>', "<dl>", "</dl>"),
    "a dl for each row": each(
        '<dl><dt><a href="{href}">{title}</a></dt><dd>发布时间：{date}</dd></dl>', "<div>", "</div>"
    ),
    "cards": each(
        '<div class="item"><h3><a href="{href}">{title}</a></h3><p>为进一步做好有关工作，现将有关事项公告如下，请相互转告。</p>'
        '<div class="info"><span>来源：浔阳区人民政府</span><span>发布日期：{date}</span></div></div>'
    ),
    "the day above the month": each(
        '<li><div class="time"><p>{day}</p><span>{month}</span></div><div class="con"><a href="{href}">{title}</a></div></li>',
        "<ul>",
        "</ul>",
    ),
    "month and day above the year": each(
        '<div class="row"><div><b>{md}</b><i>{year}</i></div><a href="{href}">{title}</a></div>', "<div>", "</div>"
    ),
    "text between links": each('<a href="{href}">{title}</a> {date}<br>', "<div>", "</div>"),
    "dates between links, before them": each(
        '<font>[{date}]</font> <a href="{href}">{title}</a><br>', "<div>", "</div>"
    ),
    "paragraphs": each('<p>·<a href="{href}">{title}</a>&nbsp;&nbsp;{date}</p>', "<div>", "</div>"),
    "pictures": each(
        '<li><a href="{href}"><img src="/p/1.jpg" alt=""></a><p><a href="{href}">{title}</a></p><span>{date}</span></li>',
        "<ul>",
        "</ul>",
    ),
    "the link holds everything": each(
        '<a class="card" href="{href}"><div class="tit">{title}</div><div class="txt">一段摘要文字，说明这一通知的主要内容和办理要求。</div>'
        "<div>{date}</div></a>",
        "<div>",
        "</div>",
    ),
    "spans in the link": each(
        '<li><a href="{href}"><span>· {title}</span><span>{date}</span></a></li>', "<ul>", "</ul>"
    ),
    "a category before the title": each(
        '<li><a href="/zwgk/">[市人力资源局]</a><a href="{href}">{title}</a><span>{date}</span></li>', "<ul>", "</ul>"
    ),
    "an office before the title": each(
        '<li><a href="/rsj/">浔阳区民政局</a>|<a href="{href}">{title}</a><span>{date}</span></li>', "<ul>", "</ul>"
    ),
    "more behind the title": each(
        '<li><h4>{title}</h4><p>{date}</p><a href="{href}">查看详情&gt;&gt;</a></li>', "<ul>", "</ul>"
    ),
    "a reading beside the title": each(
        '<li><a href="{href}">{title}</a><span>{date}</span><a href="/zcjd/1.html">【图解】一图读懂这一项最新政策</a></li>',
        "<ul>",
        "</ul>",
    ),
    "a script opens the page": each(
        '<li onclick="window.open(\'{href}\')"><a href="javascript:void(0)">{title}</a><span>{date}</span></li>',
        "<ul>",
        "</ul>",
    ),
    "a catalogue with a bubble": each(
        '<li><a href="{href}" title="{title}">{short}</a><b>{date}</b><div class="bubble" style="display:none"><p>索 引 号：'
        "<span>B00010-0203-2026-0{day}1</span></p><p>文号：</p><p>发布机构：浔阳区教育体育局</p><p>公开日期：{date}</p></div></li>",
        "<ul>",
        "</ul>",
    ),
    "HTML 5": each(
        '<article><header><h2><a href="{href}">{title}</a></h2></header><time datetime="{date}T08:30:00">前几天</time></article>',
        "<main>",
        "</main>",
    ),
    "full-width brackets": each("<li><a href='{href}'>{title}（{date}）</a></li>", "<ul>", "</ul>"),
    "short dates": each("<li><a href='{href}'>{title}</a><span>[{md}]</span></li>", "<ul>", "</ul>"),
    "blocks with a rule between": blocks_of_three,
    "blocks by month": by_month,
    "two columns": two_columns,
    "dates only in the addresses": each("<li><a href='{href}'>{title}</a></li>", "<ul>", "</ul>"),
}


def read(page: str, kind: Kind | None = None) -> Reading:
    return read_list(Page(ADDRESS, page.encode(), "text/html"), kind, None, at=AT)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_list_of_any_make_is_read_row_by_row(layout: str) -> None:
    reading = read(FRAME.replace("{rows}", LAYOUTS[layout](NOTICES)))
    assert reading.kind is Kind.LISTING
    expected = sorted(NOTICES) if layout == "blocks by month" else NOTICES
    rows = sorted(reading.rows, key=lambda row: row.title) if layout == "blocks by month" else reading.rows
    assert [row.title for row in rows] == [notice.title for notice in expected]
    if layout != "dates only in the addresses":
        assert [f"{row.published:%Y-%m-%d}" for row in rows] == [notice.date for notice in expected]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_row_leads_where_its_link_does(layout: str) -> None:
    reading = read(FRAME.replace("{rows}", LAYOUTS[layout](NOTICES)))
    assert {row.url for row in reading.rows} == {
        "https://www.xunyang.gov.cn/zwgk/tzgg/202611/t20261118_700412.html",
        "https://www.xunyang.gov.cn/zwgk/tzgg/202611/t20261116_700398.html",
        "https://www.xunyang.gov.cn/zwgk/tzgg/202609/t20261112_700371.html",
        "https://www.xunyang.gov.cn/zwgk/tzgg/202611/t20261109_700350.html",
        "https://www.xunyang.gov.cn/zwgk/hbgs/202611/t20261103_700322.html",
        "https://gt.xunyang.gov.cn/art/2026/10/28/art_1_88213.html",
        "https://www.xunyang.gov.cn/wh/202609/t20260927_700201.html",
    }
