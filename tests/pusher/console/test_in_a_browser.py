"""The pages in a real browser without scripts, on a phone and on a desk."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from pusher.database import Database
from subscribers.topic import Severity
from tests.pusher.console.posts import Running, notice, serving, warning

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: Heights of everything that is pressed, in CSS pixels; links within running text are exempt (WCAG 2.5.8).
_TARGETS = """[...document.querySelectorAll("a:not(.skip), button, select")]
    .filter(target => !target.closest("p, .prose"))
    .map(target => target.getBoundingClientRect().height)"""


@pytest_asyncio.fixture(loop_scope="session")
async def console(browsed: Database) -> AsyncIterator[Running]:
    async with serving(browsed) as running:
        yield running


async def _open(browser: Browser, url: str, *, width: int) -> tuple[Page, list[str]]:
    context = await browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(url)
    return page, complaints


async def _filled(console: Running) -> None:
    long = "关于开展二〇二六年义务教育阶段家庭经济困难学生资助申请和认定工作的通知" * 2
    await console.put(
        notice("a", title=long, area="360499001"),
        notice("b", title="https://example.gov.cn/" + "very-long-address" * 12),
        warning("w", Severity.ORANGE),
    )


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("size", ["normal", "large"])
async def test_nothing_is_wider_than_the_screen_and_everything_can_be_pressed(
    console: Running, browser: Browser, width: int, size: str
) -> None:
    await _filled(console)
    least = {"normal": 44, "large": 60}[size]
    page, complaints = await _open(browser, "about:blank", width=width)
    for path in ("/board", "/board/1", "/board/2", "/u/good-1", "/board?domain=nonsense"):
        joined = "&" if "?" in path else "?"
        await page.goto(f"{console.url}{path}{joined}size={size}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert min(await page.evaluate(_TARGETS)) >= least
        assert not [complaint for complaint in complaints if "400" not in complaint]


async def test_large_type_is_eighteen_points(console: Running, browser: Browser) -> None:
    [number] = await console.put(notice("a"))
    page, _ = await _open(browser, f"{console.url}/board/{number}?size=large", width=375)
    size = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.prose p')).fontSize)")
    assert size >= 24


async def test_a_resident_finds_a_notice_and_prints_it_without_scripts(console: Running, browser: Browser) -> None:
    await _filled(console)
    page, _ = await _open(browser, f"{console.url}/", width=375)
    await page.click("text=教育")
    await page.select_option("select", "360499001")
    await page.click("text=查看")
    assert await page.locator(".notices h3 a").count() == 2
    await page.locator(".notices h3 a").last.click()
    assert "资助申请" in await page.inner_text("h1")
    await page.emulate_media(media="print")
    assert not await page.is_visible("header")
    assert await page.is_visible(".qr svg")


async def test_a_resident_ends_a_subscription_without_scripts(console: Running, browser: Browser) -> None:
    page, _ = await _open(browser, f"{console.url}/u/good-1", width=375)
    await page.click("text=确认退订")
    assert await page.inner_text("h1") == "已经为您退订"
    assert console.ended == ["good-1"]


async def test_the_keyboard_reaches_the_text_first(console: Running, browser: Browser) -> None:
    page, _ = await _open(browser, f"{console.url}/board", width=1280)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert await page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
