"""The link of a message: it leads on to the notice, carries the key to one's own page, and the notice does not."""

import re
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from lxml import html

from channels.limits import OwnLinks
from channels.message import Lane
from channels.slots import KEY, Pattern
from pusher.kinds import KINDS
from pusher.service import renderer
from subscribers.enrol import Subscription
from subscribers.people import add_subscriber
from templates.sample import DIGEST, NOTICE, WARNING
from tests.support.town_service import TownService

PHONE = ("phone", "+8613800138000")
#: What people get: a notice of every lane, and what is put together of several.
_SAID = {("default", Lane.ROUTINE): NOTICE, ("digest", Lane.ROUTINE): DIGEST, ("education", Lane.PERSONAL): NOTICE}


async def _subscriber(town: TownService) -> int:
    """Somebody who has but a telephone; the number of its address."""
    async with town.engine.database.write() as connection:
        await add_subscriber(
            connection,
            town.engine.ring,
            name="",
            addresses=[PHONE],
            subscriptions=[Subscription("education", "3604")],
            preference="first",
            language="zh",
            source="test",
            at=town.engine.now(),
            confirmed=True,
        )
    person = await town.person(*PHONE)
    assert person is not None
    return person.addresses[0].id


def _links(text: str) -> list[str]:
    return re.findall(r"https://tz\.example\.gov\.cn(/o/\S+)", text)


async def test_a_short_message_leads_to_its_notice_and_from_there_to_ones_own_page(
    town: TownService, http: aiohttp.ClientSession
) -> None:
    number = await _subscriber(town)
    await town.tell("关于开展秋季学期学生资助申请的通知")
    [link] = _links(town.sms.inbox.all()[-1].text)
    assert link == f"/o/{town.service.store.links.sign_unsubscribe(number)}/1"
    assert len(f"https://tz.example.gov.cn{link}") <= 67
    async with http.get(f"{town.url}{link}", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/n/1")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        cookie = answer.cookies["own"]
        flags = (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"], cookie["max-age"])
    assert flags == ("/my", True, "Lax", True, "3600")
    async with http.get(f"{town.url}{link}") as answer:
        notice = await answer.text()
        assert (answer.status, cookie.value in str(answer.url)) == (200, False)
    assert cookie.value not in notice
    assert html.document_fromstring(notice).cssselect("a[href='/my']")
    async with http.get(f"{town.url}/my", headers={"Cookie": f"own={cookie.value}"}) as answer:
        assert "138****8000" in await answer.text()


async def test_scanners_that_open_every_link_change_nothing(town: TownService, http: aiohttp.ClientSession) -> None:
    token = town.service.store.links.sign_unsubscribe(await _subscriber(town))
    before = await town.person(*PHONE)
    for method in ("GET", "HEAD"):
        for place in ("1", "all", "my"):
            async with http.request(method, f"{town.url}/o/{token}/{place}", allow_redirects=False) as answer:
                assert answer.status == 303
    assert await town.person(*PHONE) == before


@pytest.mark.parametrize("token", ["-", "1.AAAAAAAAAAAA", "x"])
async def test_a_damaged_link_still_leads_to_the_notice(
    town: TownService, http: aiohttp.ClientSession, token: str
) -> None:
    async with http.get(f"{town.url}/o/{token}/7", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"], "own" in answer.cookies) == (303, "/n/7", False)


async def test_whoever_has_no_link_is_told_where_to_find_one(town: TownService, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{town.url}/my") as answer:
        assert (answer.status, "任何一条信息里的链接" in await answer.text()) == (200, True)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if issubclass(kind.settings, OwnLinks)])
async def test_every_personal_message_that_carries_words_opens_ones_own_page(
    town: TownService, http: aiohttp.ClientSession, name: str
) -> None:
    kind = KINDS[name]
    number, store = await _subscriber(town), town.service.store
    token = store.links.sign_unsubscribe(number)
    said = {**_SAID, **({("warning", Lane.WARNING): WARNING} if Lane.WARNING in _lanes(name) else {})}
    for (folder, lane), notice in said.items():
        for board in (f"{store.plan.public_url}/n/7", f"{store.plan.public_url}/", ""):
            message = renderer(store.plan)(
                kind.form,
                replace(notice, board_url=board, url=notice.url if board or kind.form != "wechat" else ""),
                folder=folder,
                lane=lane,
                expires=town.engine.now() + timedelta(hours=1),
                columns=frozenset(),
                own_link=lane in _lanes(name),
            )
            told = " ".join(Pattern.of(text).fill({KEY: token}) for text in message.parts.values())
            [link] = _links(told)
            async with http.get(f"{town.url}{link}", allow_redirects=False) as answer:
                key = answer.cookies["own"].value
            async with http.get(f"{town.url}/my", headers={"Cookie": f"own={key}"}) as answer:
                assert "138****8000" in await answer.text()


def test_every_kind_that_reaches_one_person_has_links_of_his_own_or_a_reason_not_to() -> None:
    without = {name for name, kind in KINDS.items() if not issubclass(kind.settings, OwnLinks)}
    bots = {"wecom_bot", "dingtalk_bot", "feishu_bot"}
    places = {name for name in without if KINDS[name].address == "public"}
    # Mails have the link that ends everything; mass messages are the same for ten thousand; an url is a program;
    # nobody opens a link that is read out.
    assert without - bots - places == {"smtp", "log", "wechat_mass", "webhook", "apprise", "command"}


async def test_a_list_that_the_law_makes_is_given_no_link_of_ones_own(town: TownService) -> None:
    for form in ("sms", "card", "wechat"):
        message = renderer(town.service.store.plan)(
            form,
            NOTICE,
            folder="default",
            lane=Lane.ROUTINE,
            expires=town.engine.now(),
            columns=frozenset(),
            may_leave=False,
            own_link=True,
        )
        assert KEY not in [
            each for text in (*message.parts.values(), *message.fields.values()) for each in Pattern.of(text).names
        ]


def _lanes(name: str) -> frozenset[Lane]:
    lanes: frozenset[Lane] = KINDS[name].settings.model_fields["own_links"].default
    return lanes
