"""The pages on which residents subscribe, over HTTP: both ways to confirm, and everything that somebody may send."""

import re
from datetime import timedelta

import aiohttp
from lxml import html

from subscribers import consent
from subscribers.choices import Choices, Frequency, Quiet
from subscribers.enrol import Subscription
from subscribers.known import key_of
from subscribers.people import add_subscriber
from subscribers.topic import Severity
from tests.support.town_service import TownService

_FILLED: dict[str, list[str]] = {
    "domain": ["education"],
    "warn": ["all"],
    "least": ["yellow"],
    "place": ["360403001"],
    "frequency": ["daily"],
    "hour": ["19"],
    "quiet": ["on"],
    "quiet_from": ["22"],
    "quiet_until": ["6"],
    "urgent": ["orange"],
    "kind": ["email"],
    "email": ["zhang@example.com"],
    "agree": ["on"],
}
_CHOSEN = Choices(
    [Subscription("disaster", "360403001", Severity.YELLOW), Subscription("education", "360403001")],
    Frequency.DAILY,
    hour=19,
    quiet=Quiet(22 * 60, 6 * 60),
    urgent=Severity.ORANGE,
)


def _text(element: html.HtmlElement) -> str:
    return "".join(map(str, element.itertext()))


async def _filled(town: TownService, http: aiohttp.ClientSession, **changes: str | list[str]) -> aiohttp.FormData:
    """The form as somebody fills it who reads the question."""
    async with http.get(f"{town.url}/subscribe") as answer:
        page = html.document_fromstring(await answer.text())
    [question] = page.cssselect("input[name=question]")
    [label] = page.cssselect("label[for=answer]")
    numbers = re.findall(r"\d", _text(label))
    form = aiohttp.FormData()
    given = {name: [value] if isinstance(value, str) else value for name, value in changes.items()}
    fields = {"question": [question.get("value", "")], "answer": [str(sum(map(int, numbers)))], **_FILLED, **given}
    for name, values in fields.items():
        for value in values:
            form.add_field(name, value)
    return form


async def _send(
    town: TownService,
    http: aiohttp.ClientSession,
    headers: dict[str, str] | None = None,
    /,
    **changes: str | list[str],
) -> tuple[int, str, str]:
    """Status, where one is led, and the page."""
    form = await _filled(town, http, **changes)
    async with http.post(f"{town.url}/subscribe", data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def _link(town: TownService) -> str:
    await town.deliver()
    found = re.findall(r"https://tz\.example\.gov\.cn(/confirm/\S+)", town.mails.taken[-1].text("plain"))
    return f"{town.url}{found[0]}"


async def test_a_resident_subscribes_by_mail_and_a_link_scanner_confirms_nothing(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    status, led_to, _ = await _send(town, http)
    assert status == 303
    async with http.get(f"{town.url}{led_to}") as answer:
        assert "请到邮箱里确认" in await answer.text()
    link = await _link(town)
    for method in ("GET", "HEAD", "GET"):
        async with http.request(method, link) as answer:
            assert answer.status == 200
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            shown = await answer.text()
    assert await town.person("email", "zhang@example.com") is None
    async with http.get(link) as answer:
        shown = await answer.text()
    assert "甘棠街道" in shown
    assert "从黄色预警开始" in shown
    async with http.post(link) as answer:
        confirmed = await answer.text()
    assert "订阅已经生效" in confirmed
    assert re.search(r"/o/[0-9]+\.[\w-]{12}/my", confirmed)
    person = await town.person("email", "zhang@example.com")
    assert person is not None
    assert person.choices == _CHOSEN
    [words] = {act.words for act in person.history}
    assert words.startswith("我同意")
    assert words.splitlines()[1:] == [
        "教育 · 甘棠街道",
        "灾害与应急 · 甘棠街道 · 从黄色预警开始",
        "每天汇总一次 · 19 点",
        "安静时间 22:00–6:00",
    ]
    async with http.post(link) as answer:
        assert "已经确认过了" in await answer.text()


async def test_a_resident_subscribes_by_telephone(town: TownService, http: aiohttp.ClientSession) -> None:
    _, led_to, _ = await _send(town, http, kind="phone", phone="138 0013 8000", email="")
    await town.deliver()
    [code] = re.findall(r"\b\d{6}\b", town.sms.inbox.all()[-1].text)
    async with http.post(f"{town.url}{led_to}", data={"code": "000000" if code != "000000" else "1"}) as answer:
        assert answer.status == 422
        assert "验证码不对" in await answer.text()
    async with http.post(f"{town.url}{led_to}", data={"code": code}) as answer:
        assert "订阅已经生效" in await answer.text()
    person = await town.person("phone", "13800138000")
    assert person is not None
    assert person.choices == _CHOSEN


async def test_the_answer_says_nothing_of_who_is_known(town: TownService, http: aiohttp.ClientSession) -> None:
    async with town.engine.database.write() as connection:
        for local in ("known", "refused"):
            await add_subscriber(
                connection,
                town.engine.ring,
                name="",
                addresses=[("email", f"{local}@example.com")],
                subscriptions=[],
                preference="first",
                language="zh",
                source="test",
                at=town.engine.now(),
                confirmed=True,
            )
        key = key_of(town.engine.ring, "email", "refused@example.com")
        origin = consent.Origin("test", town.engine.now())
        await consent.end(connection, [key], "erased", consent.ERASED, origin)
    said = set()
    for local in ("known", "refused", "new", "new"):
        status, led_to, _ = await _send(town, http, email=f"{local}@example.com")
        async with http.get(f"{town.url}{led_to}") as answer:
            said.add((status, (await answer.text()).replace(led_to, "")))
    assert len(said) == 1
    await town.deliver()
    assert len(town.mails.taken) == 3


_WRONG: list[tuple[dict[str, str | list[str]], str]] = [
    ({"domain": [], "warn": "none"}, "请至少选一件想知道的事"),
    ({"warn": "some"}, "请选择要接收哪些灾害的预警"),
    ({"warn": "none", "frequency": "urgent"}, "您选了“只要灾害预警”"),
    ({"quiet_from": "6"}, "安静时间的开始和结束不能相同"),
    ({"hour": "99"}, "这一项没有选对"),
    ({"email": "zhang at example"}, "邮箱地址里应当正好有一个 @"),
    ({"email": "a@mailinator.com"}, "这个邮箱几分钟后就会失效"),
    ({"kind": [], "phone": "13800138000"}, "请选择用哪种方式接收"),
    ({"kind": "openid"}, "请选择用哪种方式接收"),
    ({"agree": []}, "请在“我同意”前打勾"),
    ({"answer": "77"}, "答案不对"),
    ({"question": "x"}, "这道题已经用过或过期了"),
    ({"company": "ACME"}, "请把最后一格清空"),
]


async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    for changes, sentence in _WRONG:
        status, led_to, text = await _send(town, http, None, **changes)
        assert (status, led_to) == (422, "")
        page = html.document_fromstring(text)
        [summary] = page.cssselect("[role=alert]")
        [error] = [each for each in page.cssselect(".error") if sentence in _text(each)]
        [target] = [each.get("href", "") for each in summary.cssselect("a") if sentence in (each.text or "")]
        assert error.get("id") == f"{target.removeprefix('#')}-error"
        assert page.cssselect(target)
        [mailbox] = page.cssselect("#email")
        assert mailbox.get("value") == changes.get("email", "zhang@example.com")
        assert page.cssselect("input[name=domain][value=education][checked]") or "domain" in changes
    await town.deliver()
    assert town.mails.taken == []


async def test_the_form_is_taken_from_our_own_page_only(town: TownService, http: aiohttp.ClientSession) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        status, _, _ = await _send(town, http, headers)
        assert status == 422
    status, _, _ = await _send(town, http, {"Origin": "https://tz.example.gov.cn"})
    assert status == 303


async def test_what_no_browser_sends_is_refused_in_a_sentence(town: TownService, http: aiohttp.ClientSession) -> None:
    form = "application/x-www-form-urlencoded"
    for body, kind in (
        (b"email=\xff\xfe", form),
        (b"a=b", f"{form}; charset=klingon"),
        (b"--x", "multipart/form-data"),
    ):
        for path in ("/subscribe", "/subscribe/sent/1.x"):
            async with http.post(f"{town.url}{path}", data=body, headers={"Content-Type": kind}) as answer:
                assert answer.status in (400, 404, 422)
    many = "&".join(f"area=36040300{number}" for number in range(20_000))
    async with http.post(f"{town.url}/subscribe", data=many, headers={"Content-Type": form}) as answer:
        assert answer.status in (413, 422)


async def test_limits_count_the_people_behind_a_trusted_proxy_and_nobody_can_pose_as_another(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    for number in range(6):
        forwarded = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.9"}
        status, _, _ = await _send(town, http, forwarded, email=f"r{number}@example.com")
        assert status == 303
    status, _, text = await _send(town, http, {"X-Forwarded-For": "198.51.100.9"}, email="r7@example.com")
    assert status == 429
    assert "从这里提交得太多了" in text
    status, _, _ = await _send(town, http, {"X-Forwarded-For": "198.51.100.10"}, email="r7@example.com")
    assert status == 303


async def test_areas_are_chosen_step_by_step_and_several_together(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    status, _, text = await _send(town, http, step="add")
    page = html.document_fromstring(text)
    assert status == 200
    assert [each.get("value") for each in page.cssselect("input[name=area][checked]")] == ["360403001"]
    assert not page.cssselect(".error")
    status, _, _ = await _send(town, http, area=["360403001"], place="360403002", domain=["health"], warn="none")
    async with http.post(await _link(town)):
        person = await town.person("email", "zhang@example.com")
    assert person is not None
    assert [(wish.domain, wish.area) for wish in person.subscriptions] == [
        ("health", "360403001"),
        ("health", "360403002"),
    ]


async def test_hazards_are_chosen_by_plain_words_and_red_warnings_pass_nobody_by(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    await _send(town, http, domain=[], warn="some", hazard=["heat"], least="orange", place="")
    async with http.post(await _link(town)) as answer:
        assert "高温" in await answer.text()
    person = await town.person("email", "zhang@example.com")
    assert person is not None
    assert {(wish.domain, wish.area, wish.least) for wish in person.subscriptions} == {
        ("disaster", "360403", Severity.RED),
        *((f"hazard:11B{code}", "360403", Severity.ORANGE) for code in ("09", "10", "24")),
    }


async def test_the_pages_speak_english_to_whoever_asks_for_it(town: TownService, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{town.url}/subscribe?lang=en") as answer:
        page = html.document_fromstring(await answer.text())
    assert page.get("lang") == "en"
    assert page.cssselect("h1")[0].text == "Subscribe to notices and warnings"
    status, _, text = await _send(town, http, {"Cookie": "lang=en"}, email="")
    assert status == 422
    assert "The e-mail address is missing." in text
    await _send(town, http, {"Cookie": "lang=en"})
    async with http.get(await _link(town)) as answer:
        assert "Please check and confirm" in await answer.text()


async def test_a_link_is_over_after_three_days_and_says_what_to_do(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    await _send(town, http)
    link = await _link(town)
    town.engine.later(timedelta(days=3, seconds=1).total_seconds())
    for method in ("GET", "POST"):
        async with http.request(method, link) as answer:
            assert answer.status == 404
            assert "请重新登记一次" in await answer.text()
    assert await town.person("email", "zhang@example.com") is None
