"""The demo's inbox page, over a real server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from lxml import html

from pusher.console.page import CONTENT_SECURITY_POLICY
from pusher.console.site import Site
from pusher.demo.inbox import SHOWN, Inbox, Shown

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
SITE = Site("星湖区", "http://127.0.0.1:8080", {}, {})


@dataclass
class Running:
    url: str = ""
    received: list[Shown] = field(default_factory=list)
    is_running: bool = True
    scans: int = 0

    async def scan(self) -> None:
        self.scans += 1


@pytest.fixture
async def inbox() -> AsyncIterator[Running]:
    running = Running()
    app = web.Application()
    app.add_routes(Inbox(SITE, lambda: running.received, lambda: running.is_running, running.scan).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield running
    await runner.cleanup()


async def _page(url: str) -> html.HtmlElement:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        return html.document_fromstring(await answer.text())


def _sms(receiver: str, text: str, *, seconds: int = 0) -> Shown:
    return Shown("sms", receiver, AT + timedelta(seconds=seconds), text=text)


async def test_each_message_is_shown_in_the_form_in_which_it_came(inbox: Running) -> None:
    card = Shown(
        "wechat",
        "王秀兰",
        AT,
        title="政务信息通知",
        fields=[("标题", "流感疫苗"), ("时间", "2026年11月22日")],
        link="http://127.0.0.1:8080/board/3",
        sender="星湖发布",
    )
    mail = Shown(
        "mail", "周明", AT, title="环评公示", sender="星湖区 <a@example.com>", html="<p>正文</p><script>x</script>"
    )
    inbox.received += [_sms("陈桂英", "【星湖区】暴雨蓝色预警\n请注意防范"), card, mail]
    page = await _page(f"{inbox.url}/inbox")
    assert "【星湖区】暴雨蓝色预警" in page.cssselect(".sms .bubble")[0].text_content()
    assert [each.text_content() for each in page.cssselect(".wechat dd")] == ["流感疫苗", "2026年11月22日"]
    assert page.cssselect(".wechat a.open")[0].get("href") == "http://127.0.0.1:8080/board/3"
    assert page.cssselect(".mail .subject")[0].text_content() == "环评公示"
    assert page.cssselect(".mail .prose p")[0].text_content() == "正文"
    assert [each.text_content() for each in page.cssselect(".who b")] == ["陈桂英", "王秀兰", "周明"]
    assert page.cssselect("script") == []


async def test_hostile_messages_stay_words(inbox: Running) -> None:
    hostile = "<script>alert(1)</script>"
    inbox.received += [
        _sms(hostile, hostile),
        Shown("wechat", "王", AT, title=hostile, text=hostile, link="javascript:alert(1)"),
        Shown("mail", "李", AT, title=hostile, sender=hostile, text=hostile),
    ]
    page = await _page(f"{inbox.url}/inbox")
    assert page.cssselect("script, a[href^=javascript]") == []
    assert page.text_content().count(hostile) >= 6


async def test_the_newest_messages_come_first_and_the_rest_is_counted(inbox: Running) -> None:
    inbox.received += [_sms("陈桂英", f"第{number}条", seconds=number) for number in range(SHOWN + 3)]
    page = await _page(f"{inbox.url}/inbox")
    bubbles = [each.text_content().strip() for each in page.cssselect(".sms .bubble")]
    assert len(bubbles) == SHOWN
    assert bubbles[0] == f"第{SHOWN + 2}条"
    assert f"共 {SHOWN + 3} 条" in page.cssselect(".sms .rest")[0].text_content()


async def test_one_persons_messages_can_be_picked_out(inbox: Running) -> None:
    inbox.received += [_sms("陈桂英", "一"), _sms("周明", "二")]
    page = await _page(f"{inbox.url}/inbox?person=%E5%91%A8%E6%98%8E")
    assert [each.text_content() for each in page.cssselect(".who b")] == ["周明"]
    assert page.cssselect("option[selected]")[0].text_content() == "周明"


async def test_the_page_renews_itself_only_while_more_is_to_come_and_nobody_reads(inbox: Running) -> None:
    renewal = "meta[http-equiv=refresh]"
    assert (await _page(f"{inbox.url}/inbox")).cssselect(renewal)
    assert not (await _page(f"{inbox.url}/inbox?still=1")).cssselect(renewal)
    inbox.is_running = False
    assert not (await _page(f"{inbox.url}/inbox")).cssselect(renewal)


async def test_an_empty_inbox_says_so(inbox: Running) -> None:
    page = await _page(f"{inbox.url}/inbox")
    assert [each.text_content() for each in page.cssselect(".empty")] == ["还没有收到。"] * 3


async def test_a_scan_is_asked_for_by_a_button_and_shows_what_came_of_it(inbox: Running) -> None:
    async with aiohttp.ClientSession() as http, http.post(f"{inbox.url}/inbox/scan") as answer:
        assert (answer.status, answer.url.path) == (200, "/inbox")
    assert inbox.scans == 1
