"""Subscribing and changing in a real browser without scripts, on a phone and on a desk, in both sizes of type."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from subscribers.choices import Frequency
from tests.support.town_service import TownService

#: Everything that is pressed or typed into and is no link within running text; boxes count with their labels.
_TARGETS = """[...document.querySelectorAll("a, button, select, input:not([type=hidden])")]
    .filter(each => !each.matches(".skip, .unseen") && !each.closest(".away, [hidden]"))
    .filter(each => !each.closest("p:not(.links):not(.field):not(.steps)") || each.matches("button"))
    .map(each => (each.closest("label") ?? each).getBoundingClientRect())
    .map(place => Math.min(place.height, place.width))"""
#: Fields without a name that is read aloud, and headings that skip a level.
_NAMELESS = """[...document.querySelectorAll("select, input:not([type=hidden])")]
    .filter(each => !each.closest(".away") && ![...each.labels].some(label => label.textContent.trim())).length"""
_SKIPPED = """[...document.querySelectorAll("h1, h2, h3")].map(each => +each.tagName[1])
    .filter((level, place, all) => level > (all[place - 1] ?? 0) + 1).length"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a browser shows does not depend on the database."""
    return sqlite_url


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as player:
        started = await player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        await started.close()


async def _open(browser: Browser, width: int) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
    return await context.new_page()


async def _is_sound(page: Page, width: int, least: int) -> None:
    """Nothing is wider than the screen, everything can be pressed, everything has a name."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert min(await page.evaluate(_TARGETS)) >= least
    assert (await page.evaluate(_NAMELESS), await page.evaluate(_SKIPPED)) == (0, 0)
    assert await page.locator("main h1").count() == 1


@pytest.mark.parametrize(("width", "size", "least"), [(320, "large", 60), (1280, "normal", 44)])
async def test_a_resident_subscribes_changes_and_erases_without_scripts(
    town: TownService, browser: Browser, width: int, size: str, least: int
) -> None:
    page = await _open(browser, width)
    await page.goto(f"{town.url}/subscribe?size={size}")
    await _is_sound(page, width, least)
    await page.press("#email", "Enter")
    assert "请改正" in await page.title()
    await _is_sound(page, width, least)
    await page.get_by_label("教育", exact=True).check()
    await page.get_by_label("电子邮箱").check()
    await page.fill("#email", "zhang@example.com")
    await page.select_option("#place", label="甘棠街道")
    await page.click("text=还要选别的地区")
    assert await page.input_value("#email") == "zhang@example.com"
    numbers = re.findall(r"\d", await page.inner_text("label[for=answer]"))
    await page.fill("#answer", str(sum(map(int, numbers))))
    await page.get_by_label("我同意").check()
    await page.press("#answer", "Enter")
    await _is_sound(page, width, least)
    assert "example.com" not in page.url
    await town.deliver()
    [link] = re.findall(r"/confirm/\S+", town.mails.taken[-1].text("plain"))
    await page.goto(f"{town.url}{link}")
    await _is_sound(page, width, least)
    await page.get_by_role("button", name="确认").click()
    assert await page.inner_text("h1") == "订阅已经生效"
    await page.click("text=查看和修改我的订阅")
    await _is_sound(page, width, least)
    await page.get_by_label("每天汇总一次").check()
    await page.get_by_role("button", name="保存").click()
    assert "已经保存" in await page.inner_text("[role=status]")
    person = await town.person("email", "zhang@example.com")
    assert person is not None
    assert person.choices.frequency is Frequency.DAILY
    assert [(wish.domain, wish.area) for wish in person.subscriptions] == [
        ("disaster", "360403001"),
        ("education", "360403001"),
    ]
    await page.click("text=删除我的全部个人信息")
    await _is_sound(page, width, least)
    await page.get_by_role("button", name="全部删除").click()
    assert await page.inner_text("h1") == "已经删除"
    assert await town.person("email", "zhang@example.com") is None


async def test_the_keyboard_alone_fills_the_form_in_the_order_in_which_it_is_read(
    town: TownService, browser: Browser
) -> None:
    page = await _open(browser, 375)
    await page.goto(f"{town.url}/subscribe")
    reached = []
    for _ in range(80):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.name || document.activeElement.textContent"))
        if reached[-1] == "agree":
            break
    assert "company" not in reached
    order = [
        name for name in dict.fromkeys(reached) if name in ("domain", "warn", "place", "frequency", "email", "answer")
    ]
    assert order == ["domain", "warn", "place", "frequency", "email", "answer"]
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) != "none"
