"""The page of one's own: everything can be changed, taken along and ended by the link of a message, and by it alone."""

import json
import re

import aiohttp
import sqlalchemy as sa
from lxml import html

from subscribers import consent
from subscribers.choices import Choices, Frequency, Quiet
from subscribers.consent import Standing
from subscribers.enrol import Subscription
from subscribers.instant import to_instant
from subscribers.people import add_subscriber
from subscribers.tables import group, membership, subscriber
from subscribers.topic import Severity
from tests.support.town_service import TownService

EDUCATION, RAIN = Subscription("education", "360403001"), Subscription("hazard:11C", "360403", Severity.ORANGE)
MAIL, PHONE = ("email", "zhang.san@example.com"), ("phone", "13800138000")


async def _add(town: TownService, http: aiohttp.ClientSession) -> str:
    """Somebody with a mailbox and a telephone, who has opened the link of a message; where his page is."""
    async with town.engine.database.write() as connection:
        await add_subscriber(
            connection,
            town.engine.ring,
            name="张三丰先生",
            addresses=[MAIL, PHONE],
            subscriptions=[EDUCATION, RAIN],
            preference="first",
            language="zh",
            source="group 低保户",
            at=town.engine.now(),
            confirmed=True,
        )
    person = await town.person(*MAIL)
    assert person is not None
    await _open(town, http, town.service.store.links.sign_unsubscribe(person.addresses[0].id))
    return f"{town.url}/my"


async def _open(town: TownService, http: aiohttp.ClientSession, token: str) -> None:
    """Open the link of a message, as a browser that has come over https."""
    async with http.get(f"{town.url}/o/{token}/my", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/my")
        http.headers["Cookie"] = f"own={answer.cookies['own'].value}"


async def _mark(http: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """What the forms of a page bear, so that it can be sent from it alone."""
    return {"page": (await _look(http, url)).cssselect("[name=page]")[0].get("value", "")}


def _fields(page: html.HtmlElement) -> dict[str, list[str]]:
    """What the browser would send if nothing were touched."""
    [form] = [each for each in page.cssselect("form.choose") if each.cssselect("[name=frequency]")]
    found: dict[str, list[str]] = {}
    for field in form.cssselect("input[name], select[name]"):
        name, kind = field.get("name", ""), field.get("type", "")
        if field.tag == "select":
            options = field.cssselect("option[selected]") or field.cssselect("option")
            found.setdefault(name, []).append(options[0].get("value", ""))
        elif kind not in ("checkbox", "radio") or field.get("checked") is not None:
            found.setdefault(name, []).append(field.get("value", ""))
    return found


async def _look(http: aiohttp.ClientSession, url: str) -> html.HtmlElement:
    async with http.get(url) as answer:
        assert answer.status == 200
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
        return html.document_fromstring(await answer.text())


async def _save(http: aiohttp.ClientSession, url: str, fields: dict[str, list[str]]) -> int:
    form = [(name, value) for name, values in fields.items() for value in values]
    async with http.post(url, data=form) as answer:
        return answer.status


async def test_nothing_personal_is_shown_in_full_and_looking_changes_nothing(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _add(town, http)
    before = await town.person(*MAIL)
    for path in ("", "/erase", "/data.json"):
        async with http.get(url + path) as answer:
            assert answer.status == 200
            text = await answer.text()
            assert not [each for each in ("zhang.san", "13800138000", "张三丰", "低保户") if each in text]
    shown = html.tostring(await _look(http, url), encoding="unicode")
    assert [each for each in ("z***@example.com", "138****8000", "甘棠街道", "教育") if each not in shown] == []
    assert await town.person(*MAIL) == before


async def test_saving_without_a_change_changes_nothing(town: TownService, http: aiohttp.ClientSession) -> None:
    url = await _add(town, http)
    before = await town.person(*MAIL)
    assert await _save(http, url, _fields(await _look(http, url))) == 200
    assert await town.person(*MAIL) == before


async def test_a_person_drops_one_thing_adds_another_and_says_when(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _add(town, http)
    fields = _fields(await _look(http, url))
    fields["keep"] = [key for key in fields["keep"] if key.startswith("hazard")]
    fields |= {"domain": ["health"], "place": ["360403002"], "frequency": ["weekly"], "hour": ["9"], "quiet": ["on"]}
    fields |= {"quiet_from": ["21"], "quiet_until": ["8"], "language": ["en"], "preference": ["all"], "name": ["老张"]}
    assert await _save(http, url, fields) == 200
    person = await town.person(*MAIL)
    assert person is not None
    assert person.choices == Choices(
        [RAIN, Subscription("health", "360403002")],
        Frequency.WEEKLY,
        hour=9,
        quiet=Quiet(21 * 60, 8 * 60),
        language="en",
    )
    assert (person.name, person.preference) == ("老张", "all")
    assert {(act.act, act.about) for act in person.history if act.source == "own page"} == {
        ("given", "health 360403002"),
        ("ended", "education 360403001"),
    }


async def test_keeping_nothing_is_asked_about_once_more(town: TownService, http: aiohttp.ClientSession) -> None:
    url = await _add(town, http)
    fields = _fields(await _look(http, url))
    del fields["keep"]
    assert await _save(http, url, fields) == 422
    person = await town.person(*MAIL)
    assert person is not None
    assert len(person.subscriptions) == 2


async def test_whoever_wants_warnings_only_keeps_some(town: TownService, http: aiohttp.ClientSession) -> None:
    url = await _add(town, http)
    fields = _fields(await _look(http, url)) | {"frequency": ["urgent"]}
    without = fields | {"keep": [key for key in fields["keep"] if key.startswith("education")]}
    assert await _save(http, url, without) == 422
    person = await town.person(*MAIL)
    assert person is not None
    assert person.choices.frequency is Frequency.AT_ONCE
    assert await _save(http, url, fields) == 200


async def test_one_address_is_ended_and_never_one_of_somebody_else(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _add(town, http)
    async with town.engine.database.write() as connection:
        await add_subscriber(
            connection,
            town.engine.ring,
            name="",
            addresses=[("email", "other@example.com")],
            subscriptions=[],
            preference="first",
            language="zh",
            source="test",
            at=town.engine.now(),
            confirmed=True,
        )
    other, mine = await town.person("email", "other@example.com"), await town.person(*MAIL)
    assert other is not None
    assert mine is not None
    mark = await _mark(http, url)
    for number, status in ((other.addresses[0].id, 404), ("x", 404), (mine.addresses[1].id, 200)):
        async with http.post(f"{url}/address", data={"address": str(number), **mark}) as answer:
            assert answer.status == status
    other, mine = await town.person("email", "other@example.com"), await town.person(*MAIL)
    assert other is not None
    assert mine is not None
    assert other.addresses[0].standing is Standing.OPEN
    assert [(each.standing, each.reason) for each in mine.addresses] == [
        (Standing.OPEN, ""),
        (Standing.SUPPRESSED, consent.REFUSED),
    ]


async def test_a_new_address_is_his_once_its_owner_has_said_so(town: TownService, http: aiohttp.ClientSession) -> None:
    url = await _add(town, http)
    before = await town.person(*MAIL)
    new = {"kind": "phone", "phone": "139 0013 9000", **await _mark(http, url)}
    async with http.post(f"{url}/add", data=new, allow_redirects=False) as answer:
        assert answer.status == 303
        led_to = answer.headers["Location"]
    await town.deliver()
    assert await town.person(*MAIL) == before
    [code] = re.findall(r"\b\d{6}\b", town.sms.inbox.all()[-1].text)
    async with http.post(f"{town.url}{led_to}", data={"code": code}) as answer:
        assert "订阅已经生效" in await answer.text()
    person = await town.person("phone", "13900139000")
    assert person is not None
    assert before is not None
    assert (person.id, person.name, person.choices) == (before.id, before.name, before.choices)
    assert [each.hint for each in person.addresses] == ["z***@example.com", "138****8000", "139****9000"]


async def test_what_was_ended_meanwhile_does_not_come_back_with_a_further_address(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _add(town, http)
    new = {"kind": "email", "email": "second@example.com", **await _mark(http, url)}
    async with http.post(f"{url}/add", data=new):
        await town.deliver()
    fields = _fields(await _look(http, url))
    fields["keep"] = [key for key in fields["keep"] if key.startswith("hazard")]
    assert await _save(http, url, fields | {"frequency": ["weekly"]}) == 200
    [link] = re.findall(r"/confirm/\S+", town.mails.taken[-1].text("plain"))
    async with http.post(f"{town.url}{link}") as answer:
        assert answer.status == 200
    person = await town.person(*MAIL)
    assert person is not None
    assert [each.hint for each in person.addresses][-1] == "s***@example.com"
    assert person.choices == Choices([RAIN], Frequency.WEEKLY)


async def test_a_stopped_address_is_resumed_by_its_owner(town: TownService, http: aiohttp.ClientSession) -> None:
    url = await _add(town, http)
    person = await town.person(*MAIL)
    assert person is not None
    mark = await _mark(http, url)
    async with http.post(f"{url}/address", data={"address": str(person.addresses[0].id), **mark}):
        pass
    async with http.post(f"{url}/add", data={"kind": "email", "email": MAIL[1], **mark}):
        await town.deliver()
    [link] = re.findall(r"/confirm/\S+", town.mails.taken[-1].text("plain"))
    async with http.get(f"{town.url}{link}") as answer:
        assert "会和填写它的人现有的地址放在一起" in await answer.text()
    async with http.post(f"{town.url}{link}") as answer:
        assert "订阅已经生效" in await answer.text()
    resumed = await town.person(*MAIL)
    assert resumed is not None
    assert (resumed.id, resumed.choices) == (person.id, person.choices)
    assert [each.standing for each in resumed.addresses] == [Standing.OPEN, Standing.OPEN]


async def test_what_is_wrong_with_a_new_address_stands_beside_it(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _add(town, http)
    for sent, sentence in (({}, "请选择用哪种方式接收"), ({"kind": "email", "email": "x"}, "正好有一个 @")):
        async with http.post(f"{url}/add", data={**sent, **await _mark(http, url)}) as answer:
            assert answer.status == 422
            page = html.document_fromstring(await answer.text())
        assert [each for each in page.cssselect(".error") if sentence in "".join(map(str, each.itertext()))]


async def test_a_person_takes_his_data_along(town: TownService, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{await _add(town, http)}/data.json") as answer:
        assert "attachment" in answer.headers["Content-Disposition"]
        told = json.loads(await answer.text())
    assert [each["address"] for each in told["addresses"]] == ["z***@example.com", "138****8000"]
    assert {each["domain"] for each in told["subscriptions"]} == {"education", "hazard:11C"}
    assert {each["source"] for each in told["history"]} == {"list of a department"}


async def test_erasing_asks_once_more_and_then_nothing_is_left(town: TownService, http: aiohttp.ClientSession) -> None:
    url = await _add(town, http)
    assert "要删除全部个人信息吗" in html.tostring(await _look(http, f"{url}/erase"), encoding="unicode")
    async with http.post(f"{url}/erase", data=await _mark(http, url)) as answer:
        assert "已经删除" in await answer.text()
    async with town.engine.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(subscriber)) == 0
    for path in ("", "/erase", "/data.json"):
        async with http.get(url + path) as answer:
            assert answer.status == 404


async def test_whom_the_law_has_on_a_list_is_not_erased_by_his_page(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _add(town, http)
    person = await town.person(*MAIL)
    assert person is not None
    async with town.engine.database.write() as connection:
        await connection.execute(sa.insert(group).values(id=1, name="防汛责任人", basis="statutory"))
        await connection.execute(sa.insert(membership).values(group_id=1, subscriber_id=person.id))
    mark = await _mark(http, url)
    for method in ("GET", "POST"):
        async with http.request(method, f"{url}/erase", data=mark) as answer:
            assert "请联系这个部门" in await answer.text()
    assert await town.person(*MAIL) is not None
    async with town.engine.database.write() as connection:
        await connection.execute(sa.update(group).values(ends_at=to_instant(town.engine.now())))
    async with http.post(f"{url}/erase", data=mark) as answer:
        assert "已经删除" in await answer.text()
    assert await town.person(*MAIL) is None


async def test_a_link_that_is_not_ours_opens_nothing(town: TownService, http: aiohttp.ClientSession) -> None:
    await _add(town, http)
    for token in ("1", "forged.token", "-", "a" * 512):
        async with http.get(f"{town.url}/o/{token}/my", allow_redirects=False) as answer:
            assert (answer.status, "Set-Cookie" in answer.headers) == (303, False)
        http.headers["Cookie"] = f"own={token}"
        for path in ("", "/erase", "/data.json"):
            async with http.get(f"{town.url}/my{path}") as answer:
                assert answer.status == 404
        for path in ("", "/erase", "/address", "/add"):
            async with http.post(f"{town.url}/my{path}") as answer:
                assert answer.status == 403


async def test_only_the_page_itself_presses_its_buttons(town: TownService, http: aiohttp.ClientSession) -> None:
    url = await _add(town, http)
    mark = await _mark(http, url)
    for path in ("", "/erase", "/address", "/add"):
        async with http.post(url + path, data=mark, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            assert answer.status == 403
        for data in ({}, {"page": ""}, {"page": "é" * 32}, {"page": "0" * 32}):
            async with http.post(url + path, data=data) as answer:
                assert answer.status == 403
    assert await town.person(*MAIL) is not None


async def test_what_was_opened_for_one_does_not_change_another_on_the_same_telephone(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    url = await _add(town, http)
    of_one = _fields(await _look(http, url))
    async with town.engine.database.write() as connection:
        await add_subscriber(
            connection,
            town.engine.ring,
            name="",
            addresses=[("phone", "13900139000")],
            subscriptions=[EDUCATION],
            preference="first",
            language="zh",
            source="test",
            at=town.engine.now(),
            confirmed=True,
        )
    other = await town.person("phone", "13900139000")
    assert other is not None
    await _open(town, http, town.service.store.links.sign_unsubscribe(other.addresses[0].id))
    assert await _save(http, url, of_one) == 403
    assert await town.person("phone", "13900139000") == other


async def test_both_pages_say_of_each_domain_what_it_brings_and_how_often_it_did_last_month(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    own = await _add(town, http)
    await town.tell("招生工作的通知")
    said = []
    for url in (f"{town.url}/subscribe", own):
        async with http.get(url) as answer:
            page = html.document_fromstring(await answer.text())
        found = {code: page.cssselect(f"#about-{code}")[0] for code in ("education", "culture")}
        said.append({code: " ".join("".join(map(str, each.itertext())).split()) for code, each in found.items()})
    assert said[0] == said[1]
    assert said[0]["education"].endswith("。 最近三十天有 1 条。")
    assert said[0]["culture"].endswith("。 最近三十天有 0 条。")
