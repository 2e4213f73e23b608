"""A browser is an address like others: the one form signs it up, with all choices, and it finds its own page again."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest
from lxml import html
from playwright.async_api import BrowserContext, Page, async_playwright
from playwright.async_api import TimeoutError as PlaywrightTimeout

from subscribers import consent
from subscribers.choices import Choices, Frequency, Quiet
from subscribers.enrol import Subscription
from subscribers.person import Person
from subscribers.topic import Severity
from tests.support.accessibility import violations
from tests.support.town_service import TownService

BROWSER = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "keys": {
        "p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
        "auth": "tBHItJI5svbpez7KI4CCXg",
    },
}
_STRANGER = {**BROWSER, "keys": {**BROWSER["keys"], "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}  # type: ignore[dict-item]
_FILLED: dict[str, str] = {
    "domain": "education",
    "warn": "some",
    "hazard": "heat",
    "least": "orange",
    "place": "360403001",
    "frequency": "daily",
    "hour": "19",
    "quiet": "on",
    "quiet_from": "22",
    "quiet_until": "6",
    "urgent": "red",
    "kind": "web_push",
    "web_push": json.dumps(BROWSER),
    "agree": "on",
}
#: What stands for the push service of the maker, which a test cannot reach.
_SERVICE = """
    const mine = () => localStorage.mine ? {toJSON: () => JSON.parse(localStorage.mine)} : null;
    PushManager.prototype.getSubscription = async () => mine();
    PushManager.prototype.subscribe = async (options) => {
        if (options.applicationServerKey.length !== 65) throw new Error("no key");
        localStorage.mine = '%s';
        return mine();
    };
"""

#: The notification that is shown, if there is one.
_SHOWN = """async () => {
    const worker = await navigator.serviceWorker.ready;
    const [found] = await worker.getNotifications();
    return found && [found.title, found.body, found.data.url];
}"""


async def _sent(
    town: TownService, http: aiohttp.ClientSession, **changes: str
) -> tuple[int, html.HtmlElement, aiohttp.ClientResponse]:
    async with http.get(f"{town.url}/subscribe") as answer:
        page = html.document_fromstring(await answer.text())
    [label], [question] = page.cssselect("label[for=answer]"), page.cssselect("input[name=question]")
    numbers = re.findall(r"\d", "".join(map(str, label.itertext())))
    fields = {"question": question.get("value", ""), "answer": str(sum(map(int, numbers))), **_FILLED, **changes}
    async with http.post(f"{town.url}/subscribe", data=fields) as answer:
        return answer.status, html.document_fromstring(await answer.text()), answer


async def _person(town: TownService) -> Person | None:
    return await town.person("web_push", json.dumps(BROWSER, separators=(",", ":")))


async def _ask(town: TownService, http: aiohttp.ClientSession, told: object, *, origin: str | None = None) -> int:
    headers = {"Origin": origin or "https://tz.example.gov.cn"}
    async with http.post(f"{town.url}/push", json=told, headers=headers) as answer:
        return answer.status


async def test_a_browser_chooses_everything_that_others_choose(town: TownService, http: aiohttp.ClientSession) -> None:
    status, page, answer = await _sent(town, http)
    assert status == 200
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    person = await _person(town)
    assert person is not None
    assert (person.choices.frequency, person.choices.hour) == (Frequency.DAILY, 19)
    assert (person.choices.quiet, person.choices.urgent) == (Quiet(22 * 60, 6 * 60), Severity.RED)
    wishes = {(wish.domain, wish.area, wish.least) for wish in person.subscriptions}
    assert wishes >= {
        ("education", "360403001", Severity.NOTICE),
        ("disaster", "360403001", Severity.RED),
    }
    assert any(domain.startswith("hazard:") and least is Severity.ORANGE for domain, _, least in wishes)
    assert "我同意按这里的选择接收" in (person.history[0].words or "")
    [own] = [str(link.get("href")) for link in page.cssselect("a[href^='/o/']")]
    async with http.get(f"{town.url}{own}", allow_redirects=False) as opened:
        key = opened.cookies["own"].value
    async with http.get(f"{town.url}/my", headers={"Cookie": f"own={key}"}) as mine:
        assert "每天汇总一次" in await mine.text()


async def test_signing_up_again_adds_and_brings_back_what_was_ended(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    await _sent(town, http, warn="none")
    person = await _person(town)
    assert person is not None
    async with town.engine.database.write() as connection:
        await consent.refuse(connection, [person.addresses[0].id], source="own page", at=town.engine.now())
    await _sent(town, http, domain="health", warn="none", frequency="at_once", quiet="")
    again = await _person(town)
    assert again is not None
    assert (again.id, again.addresses[0].standing) == (person.id, consent.Standing.OPEN)
    assert again.choices == Choices(
        [Subscription("education", "360403001"), Subscription("health", "360403001")], hour=19, urgent=Severity.RED
    )


@pytest.mark.parametrize(
    "address",
    ["", "x", "[]", "[" * 100_000, json.dumps({**BROWSER, "endpoint": "http://127.0.0.1/x"}), json.dumps({"keys": {}})],
)
async def test_what_no_browser_gives_is_refused_beside_the_field(
    town: TownService, http: aiohttp.ClientSession, address: str
) -> None:
    status, page, _ = await _sent(town, http, web_push=address)
    assert status == 422
    assert "这个浏览器没有允许通知" in "".join(map(str, page.cssselect("#kind-error")[0].itertext()))
    assert not page.cssselect("input[name=web_push]")[0].get("value")


async def test_robots_and_floods_are_held_off_as_for_all_addresses(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    assert (await _sent(town, http, answer="99"))[0] == 422
    assert (await _sent(town, http, agree=""))[0] == 422
    assert await _person(town) is None
    assert [(await _sent(town, http))[0] for _ in range(7)] == [200] * 6 + [429]


async def test_a_browser_is_led_to_its_own_page_and_nobody_else_is(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    assert await _ask(town, http, {"subscription": BROWSER}) == 404
    await _sent(town, http)
    assert await _ask(town, http, {"subscription": BROWSER}) == 200
    # The push service knows the place, and not the browser's secret.
    assert await _ask(town, http, {"subscription": _STRANGER}) == 404
    assert await _ask(town, http, {"subscription": BROWSER}, origin="https://evil.example") == 403
    place = {"endpoint": "http://127.0.0.1/x", "keys": {}}
    bad: list[object] = [{}, [], {"subscription": None}, {"subscription": place}]
    for told in bad:
        assert await _ask(town, http, told) == 400
    assert [await _ask(town, http, {}) for _ in range(5)][-1] == 429


async def test_what_comes_in_pieces_is_put_together_and_what_is_too_long_is_cut_off(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    async def pieces(more: int) -> AsyncIterator[bytes]:
        told = json.dumps({"subscription": BROWSER, "more": "x" * more}).encode()
        for start in range(0, len(told), 1_000):
            yield told[start : start + 1_000]
            # Whatever is written leaves before the next piece.
            await asyncio.sleep(0)

    await _sent(town, http)
    for more, status in ((9_000, 413), (5_000, 200)):
        headers = {"Origin": "https://tz.example.gov.cn"}
        async with http.post(f"{town.url}/push", data=pieces(more), headers=headers) as answer:
            assert (answer.status, "8192 bytes" in await answer.text()) == (status, status == 413)


async def test_the_old_address_leads_to_the_form(town: TownService, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{town.url}/push") as answer:
        page = html.document_fromstring(await answer.text())
        policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.cssselect("input[value=web_push][checked]")
    assert page.cssselect("#browser[hidden]"), "what needs a script is not shown without one"


@pytest.fixture
async def context(town: TownService, chromium: str) -> AsyncIterator[BrowserContext]:
    """A browser on a telephone that lets us show notifications."""
    if not town.engine.database.is_sqlite:
        pytest.skip("what a browser shows does not depend on the database")
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        made = await browser.new_context(permissions=["notifications"], viewport={"width": 390, "height": 844})
        await made.add_init_script(_SERVICE % json.dumps(BROWSER))
        yield made
        await browser.close()


async def _answer(page: Page) -> None:
    numbers = re.findall(r"\d", await page.inner_text("label[for=answer]"))
    await page.fill("#answer", str(sum(map(int, numbers))))


async def test_a_real_browser_signs_up_sees_its_own_page_and_shows_what_is_pushed(
    town: TownService, context: BrowserContext
) -> None:
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    registered: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registered.extend(each["registrationId"] for each in told["registrations"]),
    )
    await session.send("ServiceWorker.enable")
    await page.goto(f"{town.url}/push")
    await page.wait_for_selector("#browser", state="visible")
    assert not await page.is_visible("#this-browser")
    await page.get_by_label("教育", exact=True).check()
    await page.get_by_label("每周一汇总一次").check()
    await page.get_by_text("还要选别的地区").click()
    assert await page.get_by_label("这个浏览器，不用留地址").is_checked()
    await _answer(page)
    await page.get_by_label("我同意").check()
    await page.get_by_role("button", name="订阅", exact=True).last.click()
    await page.wait_for_selector("text=订阅已经生效")
    person = await _person(town)
    assert person is not None
    assert person.choices.frequency is Frequency.WEEKLY
    await page.goto(f"{town.url}/subscribe")
    await page.wait_for_selector("#this-browser", state="visible")
    await page.click("#mine")
    await page.wait_for_url("**/my")
    assert "浏览器" in await page.inner_text("main")
    said = {"title": "暴雨红色预警", "text": "请马上转移", "url": "/board/1", "lane": "warning"}
    push = {"origin": f"{town.url}/", "registrationId": registered[0], "data": json.dumps(said)}
    shown = None
    while shown is None:
        # What is handed to a worker that still starts is lost: a push service would hand it over again as well.
        await session.send("ServiceWorker.deliverPushMessage", push)
        with suppress(PlaywrightTimeout):
            shown = await page.wait_for_function(_SHOWN, polling=100, timeout=5_000)
    assert await shown.json_value() == ["暴雨红色预警", "请马上转移", "/board/1"]


@pytest.mark.parametrize(("width", "size"), [(390, "large"), (1280, "normal")])
async def test_no_rule_of_accessibility_is_broken_with_the_script_either(
    town: TownService, context: BrowserContext, axe: str, http: aiohttp.ClientSession, width: int, size: str
) -> None:
    await _sent(town, http)
    page = await context.new_page()
    await page.set_viewport_size({"width": width, "height": 844})
    await page.goto(f"{town.url}/subscribe?size={size}")
    await page.evaluate("browser => { localStorage.mine = browser; }", json.dumps(BROWSER))
    found = []
    for path in ("/subscribe?kind=web_push", "/my", "own"):
        if path == "own":
            await page.goto(f"{town.url}/subscribe")
            await page.wait_for_selector("#this-browser", state="visible")
            await page.click("#mine")
            await page.wait_for_url("**/my")
        else:
            await page.goto(f"{town.url}{path}")
        found += [f"{path}: {each}" for each in await violations(page, axe)]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found == []


async def test_whoever_denies_notifications_is_told_what_to_do(town: TownService, context: BrowserContext) -> None:
    await context.add_init_script('Notification.requestPermission = async () => "denied"')
    page = await context.new_page()
    await page.goto(f"{town.url}/push")
    await page.wait_for_selector("#browser", state="visible")
    await page.get_by_role("button", name="订阅", exact=True).last.click()
    await page.wait_for_function("document.querySelector('#said').textContent.includes('没有允许通知')")
    assert await _person(town) is None
