"""Feeds: RSS and Atom in every state that sites publish them in."""

# ruff: noqa: E501 - the pages stand here as sites send them

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.clock import CHINA
from pusher.watch.found import Kind, Page, Reading
from pusher.watch.read import read_list

AT = datetime(2026, 11, 22, 12, tzinfo=CHINA)
ADDRESS = "https://www.wh.gov.cn/rss/rss.xml?siteId=1"
ITEM = """<item><title><![CDATA[ 市领导调研数字经济发展工作 ]]></title><link>https://www.wh.gov.cn/xwzx/zwyw/41350150.html</link>
<pubDate>2026-10-04 01:39:11.0</pubDate><author>市政府办</author><description><![CDATA[ <p>摘要&nbsp;一</p> ]]></description></item>"""

# ruff: noqa: E501 - the pages stand here as sites send them
RSS = f'<?xml version="1.0" encoding="{{encoding}}"?><rss version="2.0"><channel><title>政务要闻</title>{ITEM}</channel></rss>'


def read(text: str | bytes, content_type: str = "application/rss+xml") -> Reading:
    return read_list(Page(ADDRESS, text if isinstance(text, bytes) else text.encode(), content_type), None, None, at=AT)


def test_a_time_without_zone_is_chinese_time() -> None:
    reading = read(RSS.replace("{encoding}", "UTF-8"))
    row = reading.rows[0]
    assert (reading.kind, reading.column) == (Kind.FEED, "政务要闻")
    assert row.published == datetime(2026, 10, 4, 1, 39, 11, tzinfo=CHINA)
    assert (row.title, row.issuer, row.summary) == ("市领导调研数字经济发展工作", "市政府办", "摘要 一")


def test_an_entry_that_lost_its_feed_is_read() -> None:
    assert read(ITEM).rows == read(RSS.replace("{encoding}", "UTF-8")).rows


@pytest.mark.parametrize("declared", ["gb2312", "GBK"])
def test_a_gb_feed_is_read(declared: str) -> None:
    reading = read(RSS.replace("{encoding}", declared).encode("gb18030"), "text/xml; charset=ISO-8859-1")
    assert (reading.encoding, reading.rows[0].title) == ("gb18030", "市领导调研数字经济发展工作")


def test_atom_is_read_with_its_zones_and_texts() -> None:
    text = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>公告</title><entry><id>tag:a,2026:1</id><title type="html">停水&lt;b&gt;公告&lt;/b&gt;</title>
    <link rel="alternate" href="/gg/1.html"/><link rel="enclosure" href="/gg/1.pdf"/><updated>2026-11-20T02:00:00Z</updated>
    <content type="html">&lt;p&gt;{"因管网改造停水，" * 80}&lt;/p&gt;&lt;p&gt;特此公告。&lt;/p&gt;</content></entry></feed>"""
    row = read(text).rows[0]
    assert (row.title, row.url) == ("停水公告", "https://www.wh.gov.cn/gg/1.html")
    assert row.published == datetime(2026, 11, 20, 10, tzinfo=CHINA)
    assert row.body.endswith("\n\n特此公告。")
    assert row.attachments == [("1.pdf", "https://www.wh.gov.cn/gg/1.pdf")]


def test_rss_1_is_read() -> None:
    text = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <item rdf:about="https://a.gov.cn/1"><title>公告</title><link>https://a.gov.cn/1</link><dc:date>2026-11-01</dc:date></item></rdf:RDF>"""
    assert read(text).rows[0].published == datetime(2026, 11, 1, tzinfo=CHINA)


def test_entries_without_address_are_known_by_their_id_unless_all_have_the_same() -> None:
    item = "<item><title>公告{n}</title><guid isPermaLink='false'>{guid}</guid></item>"
    own = read(f"<rss><channel>{item.format(n=1, guid='a-1')}{item.format(n=2, guid='a-2')}</channel></rss>").rows
    same = read(f"<rss><channel>{item.format(n=1, guid='0')}{item.format(n=2, guid='0')}</channel></rss>").rows
    assert [row.key for row in own] == ["wh.gov.cn#a-1", "wh.gov.cn#a-2"]
    assert same[0].key != same[1].key


def test_a_list_and_a_feed_of_one_site_name_the_same_thing_alike() -> None:
    listed = (
        "<ul>"
        + "".join(
            f"<li><a href='/xwzx/zwyw/4135015{n}.html'>市领导调研第{n}次</a><b>2026-10-04</b></li>" for n in range(4)
        )
        + "</ul>"
    )
    assert read(RSS.replace("{encoding}", "UTF-8")).rows[0].key == read(listed, "text/html").rows[0].key


def test_an_empty_feed_is_empty_and_no_failure() -> None:
    reading = read("<rss version='2.0'><channel><title>公告</title></channel></rss>")
    assert (reading.kind, reading.rows, reading.failure, reading.problems) == (
        Kind.FEED,
        (),
        "",
        ("the feed is empty",),
    )


def test_a_page_in_place_of_the_feed_is_a_failure() -> None:
    page = Page(ADDRESS, "<html><body>系统维护中</body></html>".encode(), "text/html")
    assert read_list(page, Kind.FEED, None, at=AT).failure == "the answer is no feed (RSS or Atom) that can be read"


def test_entities_of_an_attack_are_not_opened() -> None:
    attack = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "bbbb">]><rss><channel><item><title>公告&a;&b;</title></item></channel></rss>'
    assert "root" not in read(attack).rows[0].title


@given(st.text(st.sampled_from("<>/=\"' itemrsschanltpubDa&;![]CDAT?x公告\n")))
def test_no_feed_raises(text: str) -> None:
    assert read_list(Page(ADDRESS, text.encode()), Kind.FEED, None, at=AT).kind is Kind.FEED
