"""The board for readers' programs, printers and other sites: the same filters everywhere, nothing withdrawn."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import aiohttp
import pytest
from icalendar import Calendar
from lxml import etree, html

from pusher.clock import now
from pusher.console.board_store import Post
from subscribers.topic import Severity
from tests.pusher.console.posts import SITE, Running, notice, warning

AT = datetime(2026, 11, 22, 1, tzinfo=UTC)
DATED = replace(
    notice("dated", title="关于报名的通知"),
    html="<p>报名时间：2026年12月1日至12月10日。</p><p>定于12月20日上午9:00举行考试。</p>",
    published=AT,
)


async def _filled(console: Running) -> None:
    await console.put(
        notice("a", domain="education", area="360499001"),
        replace(notice("b", domain="health"), issuer="示范区卫健委"),
        DATED,
        notice("gone"),
    )
    await console.withdraw("gone")


def _words(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())


async def _text(http: aiohttp.ClientSession, url: str, status: int = 200) -> str:
    async with http.get(url, headers={"Accept": "text/html"}) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["关于报名的通知", "关于学生资助的通知（b）", "关于学生资助的通知（a）"]),
        ("?domain=health", ["关于学生资助的通知（b）"]),
        ("?area=360499001", ["关于报名的通知", "关于学生资助的通知（b）", "关于学生资助的通知（a）"]),
        ("?area=360499002", ["关于报名的通知", "关于学生资助的通知（b）"]),
        ("?issuer=示范区卫健委", ["关于学生资助的通知（b）"]),
        ("?issuer=没有这个单位", []),
        ("?domain=education&issuer=示范区教育体育局&area=360499002", ["关于报名的通知"]),
    ],
)
async def test_list_and_feeds_are_narrowed_down_alike(
    console: Running, http: aiohttp.ClientSession, query: str, titles: list[str]
) -> None:
    await _filled(console)
    page = html.document_fromstring(await _text(http, f"{console.url}/board{query}"))
    assert [_words(each) for each in page.cssselect(".notices h3 a")] == titles
    async with http.get(f"{console.url}/board/feed.json{query}") as answer:
        assert answer.content_type == "application/feed+json"
        feed = await answer.json(content_type=None)
    assert [each["title"] for each in feed["items"]] == titles
    async with http.get(f"{console.url}/board/feed.atom{query}") as answer:
        atom = etree.fromstring(await answer.read())
    assert atom.xpath("//a:entry/a:title/text()", namespaces={"a": "http://www.w3.org/2005/Atom"}) == titles


async def test_a_feed_is_sent_again_when_something_came_changed_or_was_taken_down(
    console: Running, http: aiohttp.ClientSession
) -> None:
    await console.put(notice("a"), notice("b"), DATED, at=AT)
    for minutes, form in enumerate(("atom", "json", "ics"), start=1):
        url, later = f"{console.url}/board/feed.{form}?domain=education", AT + timedelta(minutes=minutes * 2)
        async with http.get(url) as answer:
            before = answer.headers["ETag"], answer.headers["Last-Modified"]
        for name, value in zip(("If-None-Match", "If-Modified-Since"), before, strict=True):
            async with http.get(url, headers={name: value}) as answer:
                assert (answer.status, await answer.read()) == (304, b""), name
        await console.put(replace(DATED, key=form), at=later)
        await console.withdraw(form, at=later + timedelta(minutes=1))
        async with http.get(url, headers={"If-Modified-Since": before[1]}) as answer:
            assert answer.status == 200
            assert parsedate_to_datetime(answer.headers["Last-Modified"]) == later + timedelta(minutes=1)
        await console.put(replace(DATED, key=f"{form} stays"), at=later)
        async with http.get(url, headers={"If-None-Match": before[0]}) as answer:
            assert (answer.status, answer.headers["ETag"] == before[0]) == (200, False)


async def test_what_changed_within_this_second_is_not_told_by_time(
    console: Running, http: aiohttp.ClientSession
) -> None:
    await console.put(notice("a"), at=now() + timedelta(seconds=5))
    async with http.get(f"{console.url}/board/feed.atom") as answer:
        assert "Last-Modified" not in answer.headers
    said = {"If-Modified-Since": format_datetime(now() + timedelta(seconds=6), usegmt=True)}
    async with http.get(f"{console.url}/board/feed.atom", headers=said) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("*", 304),
        ('"TAG"', 304),
        ('W/"TAG"', 304),
        ('"other", W/"TAG" , "third"', 304),
        (', "TAG",', 304),
        ('"other"', 200),
        ('"TAG1"', 200),
        ('"1TAG"', 200),
        ("TAG", 200),
        ('"other" "TAG"', 200),
        ('"a, TAG, b"', 200),
        ("", 200),
    ],
)
async def test_only_the_very_name_of_a_version_counts(
    console: Running, http: aiohttp.ClientSession, named: str, status: int
) -> None:
    await console.put(notice("a"), at=AT)
    url = f"{console.url}/board/feed.json"
    async with http.get(url) as answer:
        tag, since = answer.headers["ETag"].strip('"'), answer.headers["Last-Modified"]
    # Where versions are named, the time does not count (RFC 9110 section 13.2.2).
    asked = {"If-None-Match": named.replace("TAG", tag), "If-Modified-Since": since}
    async with http.get(url, headers=asked) as answer:
        assert answer.status == status
        assert answer.headers["ETag"] == f'"{tag}"'


async def test_dates_go_into_the_reader_s_calendar(console: Running, http: aiohttp.ClientSession) -> None:
    await _filled(console)
    for url in (f"{console.url}/board/3.ics", f"{console.url}/board/feed.ics?domain=education"):
        async with http.get(url) as answer:
            assert answer.content_type == "text/calendar"
            events: list[Any] = Calendar.from_ical(await answer.read()).walk("VEVENT")
        told = [(str(each["SUMMARY"]), each["DTSTART"].dt, each["DTEND"].dt) for each in events]
        exam = datetime(2026, 12, 20, 1, tzinfo=UTC)
        assert told == [
            ("报名：关于报名的通知", date(2026, 12, 1), date(2026, 12, 11)),
            ("举行：关于报名的通知", exam, exam + timedelta(minutes=1)),
        ]
        assert {str(each["URL"]) for each in events} == {"https://tz.example.gov.cn/board/3"}
    page = await _text(http, f"{console.url}/board/3")
    assert "加到日历" in page
    assert "加到日历" not in await _text(http, f"{console.url}/board/1")


async def test_the_directory_counts_by_domain_and_issuer(console: Running, http: aiohttp.ClientSession) -> None:
    await _filled(console)
    page = html.document_fromstring(await _text(http, f"{console.url}/board/directory"))
    assert [_words(each) for each in page.cssselect("h2")] == ["教育", "基本医疗卫生"]
    rows = [[_words(cell) for cell in row][:2] for row in page.cssselect("tbody tr")]
    assert rows == [["示范区教育体育局", "2"], ["示范区卫健委", "1"]]
    [link, _] = page.cssselect("tbody a")
    assert "关于报名的通知" in await _text(http, console.url + (link.get("href") or ""))


async def test_a_poster_says_it_in_large_type_with_a_code(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(notice("a"), warning("w", Severity.RED))
    page = html.document_fromstring(await _text(http, f"{console.url}/board/2/poster"))
    assert "红色预警" in _words(page.cssselect("h1")[0])
    assert "edge-red" in (page.cssselect("body")[0].get("class") or "")
    assert page.cssselect(".qr svg")
    await console.withdraw("a")
    await _text(http, f"{console.url}/board/1/poster", 404)


async def test_a_month_of_a_domain_is_a_handbook(console: Running, http: aiohttp.ClientSession) -> None:
    await _filled(console)
    await console.put(replace(notice("old", title="十月的通知"), published=AT - timedelta(days=40)))
    page = html.document_fromstring(await _text(http, f"{console.url}/board/handbook?domain=education&month=2026-11"))
    titles = [_words(each) for each in page.cssselect("nav li")]
    assert "关于报名的通知" in titles
    assert "十月的通知" not in titles


async def test_posters_and_handbooks_are_pdfs_with_chinese_letters(
    console: Running, http: aiohttp.ClientSession
) -> None:
    pytest.importorskip("weasyprint")
    hostile = Post(
        "h",
        "<b>标题</b>",
        "",
        '<p>正文<img src="http://127.0.0.1:1/x"><link rel="stylesheet" href="file:///etc/passwd"></p>',
    )
    await console.put(DATED, hostile)
    for path in ("/board/1/poster.pdf", "/board/2/poster.pdf", "/board/handbook.pdf?domain=education&month=2026-11"):
        async with http.get(console.url + path) as answer:
            assert (answer.status, answer.content_type) == (200, "application/pdf")
            body = await answer.read()
        assert body.startswith(b"%PDF-")
        assert b"/FontFile" in body or b"FontDescriptor" in body or len(body) > 5_000


async def test_other_sites_may_show_it_in_a_frame_only_where_the_settings_say_so(
    console: Running, http: aiohttp.ClientSession
) -> None:
    await _filled(console)
    async with http.get(f"{console.url}/board/embed?domain=education&count=1") as answer:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        page = html.document_fromstring(await answer.text())
    assert len(page.cssselect("li")) == 1
    assert page.cssselect("base")[0].get("target") == "_top"
    assert SITE.embed_on == ()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("board?domain=weapons", "参数 domain 只能是：education、health、disaster。"),
        ("board?domain=health&domain=disaster", "参数 domain 只能出现一次。"),
        ("board?area=110000", "参数 area 只能是"),
        ("board?domain=%00", "参数 domain 只能是"),
        ("board?before=0", "参数 before 应是"),
        ("board?before=" + "9" * 30, "参数 before 应是"),
        ("board?issuer=" + "x" * 65, "不超过 64 个字"),
        ("board/feed.atom?before=-1", "参数 before 应是"),
        ("board/embed?count=0", "参数 count 应是 1 到 20 之间的整数，例如 count=1。"),
        ("board/embed?count=1000", "参数 count 应是"),
        ("board/embed?count=٣", "参数 count 应是"),
        ("board/embed?count=" + "9" * 5_000, "参数 count 应是"),
        ("board/handbook?domain=education&month=2026-13", "参数 month 应是年和月，例如 month=2026-11。"),
        ("board/handbook", "请在网址里写明领域"),
    ],
)
async def test_a_value_that_cannot_be_ours_is_refused_in_one_sentence(
    console: Running, http: aiohttp.ClientSession, path: str, said: str
) -> None:
    page = html.document_fromstring(await _text(http, f"{console.url}/{path}", 400))
    assert said in _words(page.cssselect("main")[0])
    async with http.get(f"{console.url}/{path}", headers={"Accept": "application/json"}) as answer:
        assert answer.status == 400
        assert said in (text := await answer.text())
        assert (text.count("\n"), "<" in text) == (0, False)


async def test_what_others_add_to_an_address_does_no_harm(console: Running, http: aiohttp.ClientSession) -> None:
    await _filled(console)
    assert "关于报名的通知" in await _text(http, f"{console.url}/board?from=singlemessage&utm_source=x&utm_source=y")


async def test_an_address_that_leads_nowhere_says_so_in_chinese_to_people_and_briefly_to_programs(
    console: Running, http: aiohttp.ClientSession
) -> None:
    assert "没有找到这一页" in await _text(http, f"{console.url}/nowhere", 404)
    async with http.get(f"{console.url}/nowhere", headers={"Accept": "application/json"}) as answer:
        assert answer.status == 404
        assert "<html" not in await answer.text()


async def test_hostile_titles_stay_words_in_every_form(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(replace(DATED, title='"><script>alert(1)</script>\r\nX: 1', issuer="<img src=x>", key="evil"))
    for path in ("/board", "/board/directory", "/board/1/poster", "/board/embed", "/board/1"):
        assert "<script>alert" not in await _text(http, console.url + path)
    async with http.get(f"{console.url}/board/feed.json") as answer:
        assert "<script>alert(1)" in json.loads(await answer.text())["items"][0]["title"]
    async with http.get(f"{console.url}/board/1.ics") as answer:
        assert answer.status == 200
        assert [line for line in (await answer.text()).split("\r\n") if line.startswith("X:")] == []
