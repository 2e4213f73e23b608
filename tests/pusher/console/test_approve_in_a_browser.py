"""The page of a draft in a real browser, on a phone and on a desk, by the rules of WCAG 2.2 AA."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sqlalchemy as sa
from playwright.async_api import Browser, Page

from pusher.database import Database
from pusher.warnings.warning import State
from subscribers.tables import group
from subscribers.topic import Severity
from tests.support.accessibility import violations
from tests.support.approving import RING, Desk, key_of, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browsed: Database) -> AsyncIterator[Desk]:
    async with serving(browsed, duty_groups=["值班领导"]) as running:
        async with browsed.write() as connection:
            await connection.execute(sa.insert(group).values(name="值班领导", basis="emergency"))
        yield running


@pytest.mark.parametrize("width", [390, 1280])
async def test_officers_decide_in_a_browser_without_scripts(desk: Desk, browser: Browser, axe: str, width: int) -> None:
    draft = await desk.draft(Severity.YELLOW, polygons=RING)
    judge = await browser.new_page(viewport={"width": width, "height": 844})
    await judge.goto(desk.page(draft))
    assert await _faults(judge, axe) == []
    context = await browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(desk.page(draft))
    await _fill(page, "wang", "guess", "黄色")
    assert "姓名和密钥不符" in await page.inner_text("#key-error")
    assert await page.input_value("#name") == "wang"
    await _fill(page, "wang", key_of("wang"), "黄色", deed="override")
    assert "必须写明原因" in await page.inner_text("#reason-error")
    await _fill(page, "wang", key_of("wang"), "黄色")
    assert "已签发，正在发送" in await page.inner_text("[role=status]")
    assert [each for each in complaints if "422" not in each] == []
    assert await context.cookies() == []
    assert (await desk.state(draft)).state is State.ISSUED
    # And what a wrong key brings, and the end of it, by the same rules.
    again = await desk.draft(contact="")
    await judge.goto(desk.page(again))
    assert await _faults(judge, axe) == []
    await _fill(judge, "wang", "guess", "蓝色", deed="reject")
    assert await _faults(judge, axe) == []
    await judge.goto(desk.page(draft))
    assert await _faults(judge, axe) == []


async def _fill(page: Page, name: str, key: str, level: str, *, deed: str = "approve") -> None:
    await page.check(f"input[name=deed][value={deed}]")
    for field, value in (("name", name), ("key", key), ("level", level)):
        await page.fill(f"#{field}", value)
    await page.click("main button")


async def _faults(page: Page, axe: str) -> list[object]:
    assert await page.evaluate("document.scripts.length") == 0
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*await violations(page, axe), *(["too wide"] * wide)]
