"""Signing up with WeChat: who scans the code of the page has said that he wants it, and nobody else has."""

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import segno
import sqlalchemy as sa
from lxml import html
from playwright.async_api import async_playwright

from pusher.custody.export import everything
from pusher.database import Database
from pusher.demo.standins.script import Fault
from subscribers import consent, people
from subscribers.choices import Choices, Frequency, Quiet
from subscribers.enrol import Subscription
from subscribers.known import key_of
from subscribers.people import add_subscriber
from subscribers.person import Person
from subscribers.tables import sign_up, subscriber
from subscribers.topic import Severity
from tests.support.accessibility import violations
from tests.support.town_service import TownService, town_service

_OPENID, _OTHER = "oABCDEFGHIJKLMNOPQRSTUVWXYZ01", "oABCDEFGHIJKLMNOPQRSTUVWXYZ02"
_FILLED = {
    "domain": "education",
    "warn": "all",
    "least": "yellow",
    "place": "360403001",
    "frequency": "daily",
    "hour": "19",
    "quiet": "on",
    "quiet_from": "22",
    "quiet_until": "6",
    "urgent": "orange",
    "kind": "openid",
    "agree": "on",
}
_CHOSEN = Choices(
    [Subscription("disaster", "360403001", Severity.YELLOW), Subscription("education", "360403001")],
    Frequency.DAILY,
    hour=19,
    quiet=Quiet(22 * 60, 6 * 60),
    urgent=Severity.ORANGE,
)


@pytest.fixture
async def account(database: Database, tmp_path: Path) -> AsyncIterator[TownService]:
    """A town with an official account."""
    async with town_service(database, tmp_path, has_account=True) as running:
        yield running


async def _form(town: TownService, http: aiohttp.ClientSession, **changes: str) -> dict[str, str]:
    async with http.get(f"{town.url}/subscribe") as answer:
        page = html.document_fromstring(await answer.text())
    numbers = re.findall(r"\d", "".join(map(str, page.cssselect("label[for=answer]")[0].itertext())))
    question = page.cssselect("input[name=question]")[0].get("value", "")
    return {"question": question, "answer": str(sum(map(int, numbers))), **_FILLED, **changes}


async def _send(
    town: TownService, http: aiohttp.ClientSession, form: dict[str, str], remote: str = "198.51.100.7"
) -> tuple[int, str]:
    """Status, and the address that one is led to, or the page."""
    headers = {"X-Forwarded-For": remote}
    async with http.post(f"{town.url}/subscribe", data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()


async def _begin(town: TownService, http: aiohttp.ClientSession, **changes: str) -> str:
    """Where the page with the code is."""
    status, led_to = await _send(town, http, await _form(town, http, **changes))
    assert status == 303
    return f"{town.url}{led_to}"


async def _look(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
        return await answer.text()


def _code(town: TownService) -> str:
    """What the newest code holds."""
    return town.platform.side.scenes.codes[-1].url


async def _scan(town: TownService, openid: str, code: str) -> str:
    """Somebody scans; what WeChat answers him."""
    await town.platform.person({"from": openid, "scan": code})
    answer = town.platform.answers[-1]
    assert answer.to == openid
    return answer.text


async def _known(town: TownService, openid: str = _OPENID) -> Person:
    found = await town.person("openid", openid)
    assert found is not None
    return found


async def _add(town: TownService, *wishes: Subscription) -> int:
    async with town.engine.database.write() as connection:
        return await add_subscriber(
            connection,
            town.engine.ring,
            name="",
            addresses=[("openid", _OPENID)],
            subscriptions=wishes,
            preference="first",
            language="zh",
            source="test",
            at=town.engine.now(),
            confirmed=True,
        )


async def test_whoever_scans_and_follows_gets_what_was_chosen_and_is_told_so(
    account: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _begin(account, http)
    shown = await _look(http, url)
    assert "长按二维码" in shown
    assert "不要扫别人的二维码" in shown
    drawn = io.BytesIO()
    segno.make(_code(account), error="m").save(drawn, kind="png", scale=8, border=4)
    async with http.get(f"{url}/code.png") as picture:
        assert (await picture.read(), picture.content_type) == (drawn.getvalue(), "image/png")
    assert "还没有收到微信的消息" in await _look(http, f"{url}?look=1")
    assert await account.person("openid", _OPENID) is None
    said = await _scan(account, _OPENID, _code(account))
    person = await _known(account)
    assert person.choices == _CHOSEN
    own = account.service.store.links.sign_unsubscribe(person.addresses[0].id)
    assert said == (
        "扫码成功，订阅已经生效。您订阅了：灾害与应急（甘棠街道）；教育（甘棠街道）。"
        "每天汇总一次，22:00至6:00免打扰，橙色及以上预警随时发送。不想收的，回复 退订。"
        f"\n查看和修改：https://tz.example.gov.cn/o/{own}/my"
    )
    [words] = {act.words for act in person.history if act.act == "given"}
    assert words.startswith("我同意")
    assert words.splitlines()[1:3] == ["教育 · 甘棠街道", "灾害与应急 · 甘棠街道 · 从黄色预警开始"]
    assert {act.source for act in person.history} == {"sign-up page, wx follow"}
    done = await _look(http, f"{url}?look=1")
    assert "订阅已经生效" in done
    assert "甘棠街道" in done
    assert "/o/" not in done, "who shows a code may be another than who scans it"
    async with http.get(f"{url}/code.png") as picture:
        assert picture.status == 404


async def test_a_follower_keeps_what_he_had_and_comes_back_by_scanning(
    account: TownService, http: aiohttp.ClientSession
) -> None:
    held = Subscription("health", "360403")
    await _add(account, held)
    await account.platform.person({"from": _OPENID, "event": "subscribe"})
    await account.platform.person({"from": _OPENID, "text": "退订"})
    await _begin(account, http)
    said = await _scan(account, _OPENID, _code(account))
    person = await _known(account)
    assert "健康" in said or "医疗" in said
    assert {(each.domain, each.area) for each in person.subscriptions} == {
        (each.domain, each.area) for each in (*_CHOSEN.subscriptions, held)
    }
    assert [each.standing for each in person.addresses] == [consent.Standing.OPEN]
    assert {"wx scan"} <= {act.source.partition(", ")[2] for act in person.history}


async def test_a_code_is_good_for_one_scan_and_half_an_hour(account: TownService, http: aiohttp.ClientSession) -> None:
    await _begin(account, http)
    await _scan(account, _OPENID, _code(account))
    said = await _scan(account, _OTHER, _code(account))
    assert said.startswith("这个二维码已经用过，或者过了半小时。")
    assert "回复 订阅+名称或编号 就能订阅" in said, "whoever has just followed is welcome all the same"
    assert await account.person("openid", _OTHER) is None
    account.engine.later(-1_801)
    url = await _begin(account, http, domain="culture")
    account.engine.later(1_801)
    said = await _scan(account, _OPENID, _code(account))
    assert said.splitlines()[0] == "这个二维码已经用过，或者过了半小时。要订阅，请在网页上重新登记，再扫新的二维码。"
    assert "culture" not in {each.domain for each in (await _known(account)).subscriptions}
    async with http.get(url) as answer:
        assert answer.status == 404
        assert "确认的时间已经过了" in await answer.text()
    asked = account.platform.side.scenes.codes[0]
    assert asked.ends is not None
    assert abs(asked.ends - account.engine.at.timestamp() - timedelta(minutes=30).total_seconds()) < 60


async def test_nothing_but_a_scan_that_the_platform_has_signed_confirms(
    account: TownService, http: aiohttp.ClientSession
) -> None:
    await _begin(account, http)
    scene = account.platform.side.scenes.codes[-1].scene
    await account.platform.person({"from": _OPENID, "text": scene})
    await account.platform.person({"from": _OPENID, "event": "CLICK", "key": scene})
    body = (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>{_OPENID}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>event</MsgType><Event>SCAN</Event><EventKey>{scene}</EventKey></xml>"
    )
    async with http.post(f"{account.url}/callback/wx", data=body) as answer:
        assert answer.status == 403
    assert await account.person("openid", _OPENID) is None


async def test_what_was_filled_in_is_exported_and_erased_with_its_scanner(
    account: TownService, http: aiohttp.ClientSession
) -> None:
    await _begin(account, http)
    await _scan(account, _OPENID, _code(account))
    person, engine = await _known(account), account.engine
    async with engine.database.write() as connection:
        told = await everything(connection, engine.ring, person.id, None)
        assert told is not None
        [filled] = told["sign_ups"]
        assert (filled["state"], filled["wishes"]["hour"]) == ("confirmed", 19)
        await people.erase(connection, person.id, source="test", at=engine.now())
        assert await connection.scalar(sa.select(sa.func.count()).select_from(sign_up)) == 0
        key = key_of(engine.ring, "openid", _OPENID)
        assert await consent.reasons(connection, [key]) == {key: consent.ERASED}
    await _begin(account, http)
    await _scan(account, _OPENID, _code(account))
    assert (await _known(account)).choices == _CHOSEN, "his own scan brings him back"


async def test_codes_cost_as_much_as_other_confirmations(account: TownService, http: aiohttp.ClientSession) -> None:
    form = await _form(account, http)
    account.platform.script.next.append(Fault(code="48001"))
    status, page = await _send(account, http, form)
    assert status == 503
    assert "微信暂时没有给出二维码" in page
    assert (await _send(account, http, form))[0] == 303, "a failure of the platform uses no answer up"
    status, page = await _send(account, http, form)
    assert status == 422
    assert "这道题已经用过或过期了" in page
    assert (await _send(account, http, {**form, "answer": "99"}))[0] == 422
    asked = account.platform.counts["/cgi-bin/qrcode/create"]
    for _ in range(3):
        assert (await _send(account, http, await _form(account, http)))[0] == 303
    assert (await _send(account, http, await _form(account, http)))[0] == 429
    assert account.platform.counts["/cgi-bin/qrcode/create"] == asked + 3
    async with account.engine.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(subscriber)) == 0


async def test_where_there_is_no_account_the_way_is_not_offered(town: TownService, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{town.url}/subscribe") as answer:
        assert 'value="openid"' not in await answer.text()
    status, page = await _send(town, http, await _form(town, http))
    assert status == 422
    assert "请选择用哪种方式接收" in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_telephone_shows_the_code_large_and_says_when_it_was_scanned(
    account: TownService, chromium: str, axe: str
) -> None:
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": 390, "height": 800}, bypass_csp=True)
        page = await context.new_page()
        await page.goto(f"{account.url}/subscribe")
        assert await violations(page, axe) == []
        await page.get_by_label("教育", exact=True).check()
        await page.get_by_label("微信，不用留地址").check()
        numbers = re.findall(r"\d", await page.inner_text("label[for=answer]"))
        await page.fill("#answer", str(sum(map(int, numbers))))
        await page.get_by_label("我同意").check()
        await page.press("#answer", "Enter")
        assert await page.inner_text("h1") == "请用微信扫一扫"
        assert await violations(page, axe) == []
        picture = page.get_by_role("img", name="用来确认订阅的微信二维码")
        assert await picture.evaluate("each => each.complete && each.naturalWidth > 200")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.get_by_role("link", name="我扫过了").click()
        assert "还没有收到" in await page.inner_text("[role=status]")
        assert await violations(page, axe) == []
        await account.platform.person({"from": _OPENID, "scan": _code(account)})
        await page.get_by_role("link", name="我扫过了").click()
        assert await page.inner_text("h1") == "订阅已经生效"
        assert await violations(page, axe) == []
        await browser.close()
