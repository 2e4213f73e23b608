"""Every public page by the rules of WCAG 2.2 AA, judged by axe-core in a real browser, on a phone and on a desk.

The judge is a script itself, so scripts are not switched off: the pages have none, which is proven as well, and the one
page that has is looked at with its script and without.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page

from pusher.clock import now
from pusher.console.answer import AnswerPage, Asked
from pusher.console.board_store import Posted
from pusher.console.console import add_console
from pusher.console.warnings_page import PlannedTest, Shown, Translated, WarningPages
from pusher.database import Database
from subscribers.topic import Severity
from tests.pusher.console.posts import SITE, Running, notice, warning
from tests.support.accessibility import violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PROSE = """<h2>一、对象</h2><p>详见<a href="https://example.gov.cn/a">原文</a>。</p><ul><li>一项</li></ul>
<table><tr><th>项目</th><td>标准</td></tr><tr><th>低保</th><td>810元</td></tr></table>
<p>报名时间：2026年12月1日至12月10日。</p>"""
_PAGES = (
    "/board",
    "/board?domain=education&before=4",
    "/board/directory",
    "/board/1",
    "/board/2",
    "/board/3",
    "/board/4",
    "/board/1/poster",
    "/board/2/poster",
    "/board/3/poster",
    "/board/handbook?domain=education",
    "/board/handbook.pdf?domain=nonsense",
    "/board/embed",
    "/warnings",
    "/warnings/1",
    "/warnings/2",
    "/warnings/3",
    "/u/good-1",
    "/answer/open",
    "/answer/none",
    "/answer/unknown",
    "/nowhere",
)


def _shown(number: int, **changed: Any) -> Shown:
    at = now()
    shown = Shown(
        number=number,
        headline="浔阳区气象台发布暴雨红色预警",
        level=Severity.RED,
        issuer="浔阳区气象台",
        area_words="浔阳区全区",
        description="预计未来3小时浔阳区降雨量将达100毫米以上。",
        instruction="停止户外活动，远离河边和低洼处。",
        contact="0792-8888888",
        reason="",
        sent=at,
        onset=at,
        expires=at + timedelta(hours=6),
        is_current=True,
        is_mistake=False,
        ends=False,
        drill="",
        translations=[Translated("en-US", "Rainstorm warning", "Heavy rain.", "Stay away from rivers.")],
        chain=[(2, "浔阳区气象台发布暴雨橙色预警", at)],
    )
    return replace(shown, **changed)


class _Warnings:
    """One of each: in force, over by mistake, a test, an announcement."""

    async def shown(self) -> Sequence[Shown]:
        past = _shown(2, is_current=False, is_mistake=True, level=Severity.YELLOW, reason="操作失误。")
        return [_shown(1), past, _shown(3, drill="测试", headline="【测试】浔阳区气象台发布暴雨红色预警")]

    async def one(self, number: int) -> Shown | None:
        return next((each for each in await self.shown() if each.number == number), None)

    async def watched(self) -> Sequence[Posted]:
        return []

    async def planned(self) -> Sequence[PlannedTest]:
        at = now() + timedelta(days=1)
        return [PlannedTest("5·12 试鸣", "区人防办", "浔阳区全区", at, at + timedelta(minutes=19), "会听到警报声。")]


class _Desk:
    """Answers by the word in the link."""

    async def asked(self, token: str) -> Sequence[Asked] | None:
        asked = Asked(1, "浔阳区气象台发布暴雨红色预警", "接到转移通知马上转移。", "演练")
        return {"open": [asked], "none": []}.get(token)

    async def answered(self, token: str, said: Mapping[str, str]) -> int | None:
        return 1


@dataclass
class _Town:
    url: str


@pytest_asyncio.fixture(loop_scope="session")
async def town(browsed: Database) -> AsyncIterator[_Town]:
    """Every public page, with something of each kind on the board."""
    site = replace(SITE, has_push=True)

    async def yes(_: object = "", *__: object) -> bool:
        return True

    async def none(_: str) -> list[str]:
        return []

    app = web.Application()
    add_console(app, site, browsed, unsubscribe=yes, duties=none, is_ready=yes)
    app.add_routes(AnswerPage(site, _Desk(), ("谁在指挥", "影响多少村")).routes())
    app.add_routes(WarningPages(site, _Warnings()).routes())
    console = Running("", browsed)
    await console.put(
        replace(notice("a"), html=_PROSE),
        warning("w", Severity.RED),
        replace(warning("t", Severity.ORANGE), drill="测试"),
        notice("gone"),
        *(warning(level.name, level) for level in (Severity.BLUE, Severity.YELLOW, Severity.ORANGE)),
        warning("over", Severity.RED, hours=-1),
        *(notice(f"n{number}") for number in range(20)),
    )
    await console.withdraw("gone")
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield _Town(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


async def _violations(page: Page, axe: str, address: str) -> list[str]:
    await page.goto(address)
    assert await page.evaluate("document.scripts.length") == 0
    found = await violations(page, axe)
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{address}: {name} {nodes}" for name, nodes in found] + [f"{address}: too wide"] * wide


@pytest.mark.parametrize(("width", "size"), [(390, "large"), (1280, "normal")])
async def test_no_page_breaks_a_rule_of_accessibility(
    town: _Town, axe: str, browser: Browser, width: int, size: str
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 844})
    await context.add_cookies([{"name": "size", "value": size, "url": town.url}])
    page = await context.new_page()
    found = [each for path in _PAGES for each in await _violations(page, axe, f"{town.url}{path}")]
    assert found == []


async def test_neither_does_what_comes_after_a_button(town: _Town, axe: str, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    found: list[str] = []
    for path in ("/u/good-1", "/answer/open"):
        await page.goto(f"{town.url}{path}")
        await page.click("main button")
        found += [f"{path} answered: {each}" for each in await violations(page, axe)]
    assert found == []
    # The judge is awake.
    await page.evaluate(
        "document.body.innerHTML = '<p>grey</p><img src=x><a href=/></a>';"
        "document.querySelector('p').style.color = '#bbb'"
    )
    assert {"color-contrast", "image-alt", "link-name"} <= {name for name, _ in await violations(page, axe)}
