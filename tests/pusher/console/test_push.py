"""Notifications in a browser: signed up for from our page only, shown by a real browser, ended by itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import async_playwright

from pusher.browsers import Browsers
from pusher.console.allowance import Allowance
from pusher.console.console import add_console
from pusher.console.push import WORDS, PushPages
from pusher.database import Database
from subscribers import consent
from subscribers.address_form import normalise
from subscribers.keys import KeyRing
from subscribers.people import find_by_address
from subscribers.person import Person, show
from tests.pusher.console.posts import SITE

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
BROWSER = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "keys": {
        "p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
        "auth": "tBHItJI5svbpez7KI4CCXg",
    },
}
ASKED = {"subscription": BROWSER, "domains": ["education", "disaster"], "area": "360499001"}


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture
async def address(database: Database, ring: KeyRing) -> AsyncIterator[str]:
    """Where the pages are."""
    browsers = Browsers(database, ring, lambda: AT, "360499")

    async def nothing(_token: str = "") -> bool:
        return True

    async def none(_token: str) -> list[str]:
        return []

    app = web.Application()
    push = PushPages(SITE, browsers.key, browsers.take, browsers.end, allowance=Allowance(4))
    add_console(app, SITE, database, unsubscribe=nothing, duties=none, is_ready=nothing, push=push)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _person(database: Database, ring: KeyRing) -> Person | None:
    async with database.read() as connection:
        number = await find_by_address(connection, ring, "web_push", normalise("web_push", json.dumps(BROWSER)))
        return None if number is None else await show(connection, ring, number)


async def _ask(
    http: aiohttp.ClientSession, address: str, told: object, *, method: str = "POST", origin: str | None = None
) -> int:
    headers = {"Origin": origin or "https://tz.example.gov.cn"}
    async with http.request(method, f"{address}/push", json=told, headers=headers) as answer:
        return answer.status


async def test_a_browser_signs_up_changes_its_choice_and_ends_it(
    database: Database, ring: KeyRing, address: str, http: aiohttp.ClientSession
) -> None:
    assert await _ask(http, address, ASKED) == 200
    person = await _person(database, ring)
    assert person is not None
    assert [(wish.domain, wish.area) for wish in person.subscriptions] == [
        ("disaster", "360499001"),
        ("education", "360499001"),
    ]
    assert (person.history[0].act, person.history[0].words) == ("confirmed", WORDS)
    assert await _ask(http, address, {**ASKED, "domains": ["health"], "area": ""}) == 200
    changed = await _person(database, ring)
    assert changed is not None
    assert [(wish.domain, wish.area) for wish in changed.subscriptions] == [("health", "360499")]
    assert await _ask(http, address, {"subscription": BROWSER}, method="DELETE") == 200
    ended = await _person(database, ring)
    assert ended is not None
    assert [(one.standing, one.reason) for one in ended.addresses] == [(consent.Standing.SUPPRESSED, consent.REFUSED)]
    assert await _ask(http, address, ASKED) == 200
    again = await _person(database, ring)
    assert again is not None
    assert [one.standing for one in again.addresses] == [consent.Standing.OPEN]


async def test_another_site_cannot_sign_anybody_up(
    database: Database, ring: KeyRing, address: str, http: aiohttp.ClientSession
) -> None:
    assert await _ask(http, address, ASKED, origin="https://evil.example") == 403
    assert await _person(database, ring) is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        [],
        {**ASKED, "domains": []},
        {**ASKED, "domains": ["weapons"]},
        {**ASKED, "area": "110000"},
        {**ASKED, "subscription": {"endpoint": "http://127.0.0.1/x", "keys": {}}},
        {**ASKED, "subscription": None},
        {**ASKED, "domains": [[]]},
        {**ASKED, "area": []},
    ],
)
async def test_what_the_page_would_not_send_is_refused(
    database: Database, ring: KeyRing, address: str, http: aiohttp.ClientSession, told: object
) -> None:
    assert await _ask(http, address, told) == 400
    assert await _person(database, ring) is None


async def test_what_comes_in_pieces_is_put_together_and_what_is_too_long_is_cut_off(
    database: Database, ring: KeyRing, address: str, http: aiohttp.ClientSession
) -> None:
    async def pieces(more: int) -> AsyncIterator[bytes]:
        told = json.dumps({**ASKED, "more": "x" * more}).encode()
        for start in range(0, len(told), 1_000):
            yield told[start : start + 1_000]
            # Whatever is written leaves before the next piece.
            await asyncio.sleep(0)

    origin = {"Origin": "https://tz.example.gov.cn"}
    async with http.post(f"{address}/push", data=pieces(9_000), headers=origin) as answer:
        assert (answer.status, "8192 bytes" in await answer.text()) == (413, True)
    assert await _person(database, ring) is None
    async with http.post(f"{address}/push", data=pieces(5_000), headers=origin) as answer:
        assert answer.status == 200
    assert await _person(database, ring) is not None


async def test_a_flood_is_held_off(address: str, http: aiohttp.ClientSession) -> None:
    assert [await _ask(http, address, {}) for _ in range(5)] == [400] * 4 + [429]


async def test_without_a_script_the_page_says_what_to_do_instead(address: str, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{address}/push") as answer:
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert "这个浏览器不能接收通知" in text
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


async def test_a_real_browser_shows_what_is_pushed(
    address: str, chromium: str, database: Database, ring: KeyRing
) -> None:
    if not database.is_sqlite:
        pytest.skip("what a browser shows does not depend on the database")
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = await browser.new_context(permissions=["notifications"])
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        registered: list[str] = []
        session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: registered.extend(each["registrationId"] for each in told["registrations"]),
        )
        await session.send("ServiceWorker.enable")
        await page.goto(f"{address}/push")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        assert await page.is_visible("#push")
        said = {"title": "暴雨红色预警", "text": "请马上转移", "url": "/board/1", "lane": "warning"}
        push = {"origin": f"{address}/", "registrationId": registered[0], "data": json.dumps(said)}
        await session.send("ServiceWorker.deliverPushMessage", push)
        shown = await page.evaluate(
            """async () => {
                const worker = await navigator.serviceWorker.ready;
                for (;;) {
                    const found = await worker.getNotifications();
                    if (found.length) return found.map(each => [each.title, each.body, each.data.url]);
                    await new Promise(done => requestAnimationFrame(done));
                }
            }"""
        )
        await browser.close()
    assert shown == [["暴雨红色预警", "请马上转移", "/board/1"]]
