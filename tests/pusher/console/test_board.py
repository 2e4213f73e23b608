"""The board's pages, over a real server and both databases."""

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import aiohttp
import pytest
from lxml import html
from typing_extensions import override

from pusher.console.board import PAGE_LENGTH
from pusher.console.board_store import Post
from pusher.console.page import CONTENT_SECURITY_POLICY
from subscribers.topic import Severity
from tests.pusher.console.posts import Running, notice, warning

_VOID = {"meta", "link", "br", "hr", "input", "img"}


class _Balance(HTMLParser):
    """Notes every element that is closed in the wrong order or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


async def _page(http: aiohttp.ClientSession, url: str, *, status: int = 200) -> html.HtmlElement:
    async with http.get(url) as answer:
        text = await answer.text()
        assert answer.status == status
    balance = _Balance()
    balance.feed(text)
    assert (balance.faults, balance.open) == ([], [])
    return html.document_fromstring(text)


def _titles(page: html.HtmlElement) -> list[str]:
    return [" ".join(link.text_content().split()) for link in page.cssselect(".notices h3 a")]


async def test_an_empty_board_says_so(console: Running, http: aiohttp.ClientSession) -> None:
    page = await _page(http, f"{console.url}/board")
    assert page.cssselect(".empty")[0].text_content() == "这里暂时没有公告。"


async def test_the_board_shows_the_newest_notice_first(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(notice("a", title="第一条"), notice("b", title="第二条"))
    assert _titles(await _page(http, f"{console.url}/")) == ["第二条", "第一条"]


async def test_every_page_of_the_board_is_reached_by_its_links(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(*(notice(f"n{i}", title=f"通知{i}") for i in range(PAGE_LENGTH * 2 + 1)))
    seen: list[str] = []
    address = "/board?domain=education"
    while address:
        page = await _page(http, console.url + address)
        seen += _titles(page)
        address = next((link.get("href", "") for link in page.cssselect("a[rel=next]")), "")
        assert not address or "domain=education" in address
    assert seen == [f"通知{i}" for i in reversed(range(PAGE_LENGTH * 2 + 1))]


async def test_the_filters_narrow_the_board_and_say_so(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(
        notice("a", domain="education", area="360499001", title="学校"),
        notice("b", domain="health", area="360499001", title="医院"),
        notice("c", domain="health", area="360499002", title="诊所"),
    )
    page = await _page(http, f"{console.url}/board?domain=health&area=360499001")
    assert _titles(page) == ["医院"]
    assert page.cssselect("h1")[0].text_content() == "示范区公告栏：基本医疗卫生、湖滨街道"
    assert [link.text_content() for link in page.cssselect(".domains [aria-current]")] == ["基本医疗卫生"]
    assert page.cssselect("select option[selected]")[0].get("value") == "360499001"


async def test_a_warning_in_force_stands_on_top_with_colour_and_word(
    console: Running, http: aiohttp.ClientSession
) -> None:
    await console.put(warning("w", Severity.ORANGE), notice("a", title="通知"))
    page = await _page(http, f"{console.url}/board")
    [tag] = page.cssselect(".warnings .tag.level-orange")
    assert tag.text_content() == "橙色预警"
    assert _titles(page) == ["通知"]


async def test_a_warning_that_is_over_is_listed_as_ended(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(warning("w", Severity.RED, hours=-1))
    page = await _page(http, f"{console.url}/board")
    assert page.cssselect(".warnings") == []
    assert page.cssselect(".notices .tag.over")[0].text_content() == "红色预警（已结束）"


async def test_a_notice_has_a_page_of_its_own(console: Running, http: aiohttp.ClientSession) -> None:
    [number] = await console.put(notice("a", title="资助通知"))
    page = await _page(http, f"{console.url}/board/{number}")
    assert page.cssselect("h1")[0].text_content().strip() == "资助通知"
    assert page.cssselect(".prose p")[0].text_content() == "各中小学校："
    assert "示范区教育体育局" in page.cssselect(".facts")[0].text_content()
    assert page.cssselect(".qr svg path")
    assert page.cssselect(".qr .address")[0].text_content() == f"https://tz.example.gov.cn/board/{number}"


async def test_a_notice_points_to_what_follows_it_and_back(console: Running, http: aiohttp.ClientSession) -> None:
    [first, second] = await console.put(
        warning("a", Severity.BLUE), warning("b", Severity.BLUE, follows="a", change="解除")
    )
    older = await _page(http, f"{console.url}/board/{first}")
    newer = await _page(http, f"{console.url}/board/{second}")
    assert [link.get("href") for link in older.cssselect(".note a")] == [f"/board/{second}"]
    assert "解除" in newer.cssselect(".note")[0].text_content()
    assert [link.get("href") for link in newer.cssselect(".note a")] == [f"/board/{first}"]


async def test_a_withdrawn_notice_says_that_it_was_withdrawn_and_nothing_else(
    console: Running, http: aiohttp.ClientSession
) -> None:
    [number] = await console.put(notice("a", title="不该公开的名单"))
    await console.withdraw("a")
    page = await _page(http, f"{console.url}/board/{number}", status=410)
    assert "已由发布单位于" in page.text_content()
    assert "名单" not in page.text_content()


async def test_an_unknown_notice_is_not_found(console: Running, http: aiohttp.ClientSession) -> None:
    await _page(http, f"{console.url}/board/{'9' * 18}", status=404)
    async with http.get(f"{console.url}/board/{'9' * 19}") as answer:
        assert answer.status == 404


HOSTILE = "</title><script>alert(1)</script>{{ 7*7 }}\"'><img src=x onerror=alert(1)>"


async def test_hostile_words_stay_words(console: Running, http: aiohttp.ClientSession) -> None:
    [number] = await console.put(notice("a", title=HOSTILE))
    for path in ("/board", f"/board/{number}"):
        page = await _page(http, console.url + path)
        assert page.cssselect("script, img") == []
        assert HOSTILE in page.text_content()


async def test_hostile_html_is_cleaned_when_it_is_shown(console: Running, http: aiohttp.ClientSession) -> None:
    body = (
        '<p style="position:fixed" onclick="x()">正文</p><script>x()</script><iframe src="//e"></iframe>'
        '<a href="javascript:x()">一</a><a href="https://example.gov.cn/">二</a><form action="/u"><input></form>'
        "<style>*{display:none}</style><svg onload=x()><table><tr><td colspan=2>格</td></tr></table></div></main>"
    )
    [number] = await console.put(Post(key="a", title="题", summary="", html=body))
    [prose] = (await _page(http, f"{console.url}/board/{number}")).cssselect(".prose")
    elements = [element.tag for element in prose.iter() if element is not prose]
    assert set(elements) <= {"p", "a", "table", "tbody", "tr", "td"}
    assert {name for element in prose.iter() for name in element.keys() if element is not prose} <= {  # noqa: SIM118
        "href",
        "rel",
        "colspan",
    }
    assert [link.get("href") for link in prose.cssselect("a[href]")] == ["https://example.gov.cn/"]


async def test_a_notice_without_body_shows_its_summary(console: Running, http: aiohttp.ClientSession) -> None:
    [number] = await console.put(Post(key="a", title="题", summary="一段<b>话", html=" "))
    [prose] = (await _page(http, f"{console.url}/board/{number}")).cssselect(".prose p")
    assert prose.text_content() == "一段<b>话"


@pytest.mark.parametrize("path", ["/", "/board", "/board?domain=health", "/u/abc", "/board?area=nowhere"])
async def test_every_page_forbids_scripts_and_foreign_content(
    console: Running, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(console.url + path) as answer:
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        text = await answer.text()
    assert " style=" not in text
    assert "<script" not in text


async def test_pages_are_made_for_everybody(console: Running, http: aiohttp.ClientSession) -> None:
    [number, _] = await console.put(notice("a"), warning("w", Severity.RED))
    for path in ("/board", "/board?area=360499001", f"/board/{number}", "/u/abc"):
        page = await _page(http, console.url + path)
        assert page.get("lang") == "zh-CN"
        assert len(page.cssselect("h1")) == len(page.cssselect("main#main")) == 1
        assert page.cssselect("a.skip")[0].get("href") == "#main"
        ids = Counter(element.get("id") for element in page.cssselect("[id]"))
        assert all(count == 1 for count in ids.values())
        assert {element.get("aria-labelledby") for element in page.cssselect("[aria-labelledby]")} <= set(ids)
        assert {label.get("for") for label in page.cssselect("label")} == {
            control.get("id") for control in page.cssselect("select, input:not([type=hidden])")
        }
        levels = [int(heading.tag[1]) for heading in page.cssselect("h1, h2, h3, h4")]
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


async def test_the_style_sheet_may_be_kept_for_ever(console: Running, http: aiohttp.ClientSession) -> None:
    page = await _page(http, f"{console.url}/board")
    [link] = page.cssselect("link[rel=stylesheet]")
    async with http.get(console.url + link.get("href", "")) as answer:
        assert answer.content_type == "text/css"
        assert "immutable" in answer.headers["Cache-Control"]


async def test_a_reader_chooses_large_type_once(console: Running, http: aiohttp.ClientSession) -> None:
    page = await _page(http, f"{console.url}/board?domain=health")
    assert page.get("data-size") == "normal"
    [switch] = page.cssselect("a.switch")
    assert switch.get("href") == "/board?domain=health&size=large"
    assert (await _page(http, console.url + switch.get("href", ""))).get("data-size") == "large"
    kept = await _page(http, f"{console.url}/board")
    assert kept.get("data-size") == "large"
    [back] = kept.cssselect("a.switch")
    assert (await _page(http, console.url + back.get("href", ""))).get("data-size") == "normal"


async def test_a_size_that_is_none_is_ignored_and_not_kept(console: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{console.url}/board?size=%22onload=x", headers={"Cookie": "size=huge"}) as answer:
        assert "Set-Cookie" not in answer.headers
        assert 'data-size="normal"' in await answer.text()


async def test_a_page_that_sets_the_size_is_kept_by_nobody(console: Running, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{console.url}/board?size=large") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "HttpOnly" in answer.headers["Set-Cookie"]
    async with http.get(f"{console.url}/board") as answer:
        assert answer.headers["Cache-Control"] == "max-age=15"
        assert answer.headers["Vary"] == "Cookie"


async def test_a_message_s_address_leads_to_the_post_of_its_item(console: Running, http: aiohttp.ClientSession) -> None:
    await console.put(replace(notice("item-7"), item_id=7))
    async with http.get(f"{console.url}/n/7") as answer:
        assert (answer.status, answer.url.path) == (200, "/board/1")
    async with http.get(f"{console.url}/n/8") as answer:
        assert answer.status == 404
