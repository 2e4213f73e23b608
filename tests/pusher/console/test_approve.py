"""The page of a draft: its link shows everything and does nothing; name, key and level decide, as the command does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from lxml import html

from pusher.database import Database
from pusher.warnings.approval import Approvals, NotDoneError, Signed
from pusher.warnings.warning import State, Status, Version
from subscribers.topic import Severity
from tests.support.approving import RING, Desk, key_of, serving
from tests.support.town_service import town_service


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with serving(database) as running:
        yield running


async def test_the_link_shows_what_the_command_shows_and_lets_nobody_act(desk: Desk) -> None:
    await desk.add_people(7)
    draft = await desk.draft(polygons=RING)
    async with aiohttp.ClientSession() as http, http.get(desk.page(draft)) as answer:
        headers, text = answer.headers, await answer.text()
        assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert headers["X-Robots-Tag"] == "none"
        assert "Set-Cookie" not in headers
    for words in ("真实发布（LIVE）", "浔阳区气象台发布暴雨蓝色预警", "预计未来3小时", "0792-8888888", "<polygon"):
        assert words in text
    page = await desk.look(desk.page(draft))
    assert page.xpath("//section[@aria-labelledby='words']/h3/text()") == ["mail", "board"]
    assert page.xpath("(//section[@aria-labelledby='people']//table)[1]//td/text()") == ["7", "0"]
    assert page.xpath("//th[text()='全区（360403）']/../td/text()") == ["mail 7"]
    assert "停止户外活动" in page.xpath("string(//section[@aria-labelledby='words'])")
    assert page.xpath("//input[@name='deed']/@value") == ["check", "approve", "reject"]
    assert not page.xpath("//script")
    assert (await desk.state(draft)).state is State.DRAFT
    for path in ("/approve/1.AAAAAAAAAAAA", f"/approve/{desk.links.sign_answer(draft.id)}", "/approve/1"):
        async with aiohttp.ClientSession() as http, http.get(desk.url + path) as answer:
            assert (answer.status, "已经失效" in await answer.text()) == (404, True)


async def test_a_drill_is_told_from_the_real_thing_in_large_words(desk: Desk) -> None:
    drill = await desk.town.office.draft(desk.town.content(), by="li", status=Status.EXERCISE)
    page = await desk.look(desk.page(drill))
    assert page.xpath("string(//p[contains(@class, 'mode')])") == "【演练】不是真实预警，只发给演练名单"
    test = await desk.town.office.draft(desk.town.content(), by="li", status=Status.TEST, public_test="5·12 试鸣")
    page = await desk.look(desk.page(test))
    assert "公众会收到" in page.xpath("string(//p[contains(@class, 'mode')])")


async def test_a_red_warning_is_checked_by_one_and_approved_by_two(desk: Desk) -> None:
    draft = await desk.draft(Severity.RED)
    page = await desk.look(desk.page(draft))
    assert page.xpath("//input[@name='deed']/@value") == ["check", "reject"]
    assert "共需 2 人" in page.xpath("string(//dl)")
    status, text = await desk.send(draft, "wang", "approve", "红色")
    assert (status, "这一级别的预警须先复核再签发" in text) == (409, True)
    status, text = await desk.send(draft, "wang", "check", "红")
    assert (status, "已记下您的复核" in text) == (200, True)
    status, text = await desk.send(draft, "wang", "approve", "RED")
    assert (status, "已有人签发，还须别人签发" in text) == (200, True)
    status, text = await desk.send(draft, "wang", "approve", "red")
    assert (status, "wang 已经签发过" in text) == (409, True)
    status, text = await desk.send(draft, "zhao", "approve", " 红色 ")
    assert (status, "已签发，正在发送" in text) == (200, True)
    issued = await desk.state(draft)
    assert (issued.state, issued.checked_by, issued.approved_by) == (State.ISSUED, "wang", ("wang", "zhao"))
    assert desk.town.issued == 1
    assert [(actor, action) for actor, action, _ in await desk.log()] == [
        ("li", "warning draft"),
        ("wang", "warning check"),
        ("wang", "warning approve"),
        ("zhao", "warning approve"),
    ]
    assert "不能再从这里改变" in (await desk.look(desk.page(draft))).text_content()
    assert (await desk.send(draft, "chen", "reject", "red"))[0] == 409


async def test_whoever_gives_a_draft_up_says_why_in_the_audit_log(desk: Desk) -> None:
    draft = await desk.draft()
    status, _ = await desk.send(draft, "wang", "reject", "蓝色", reason="数字\x00有误\n请重拟")
    assert (status, (await desk.state(draft)).state) == (200, State.REJECTED)
    assert (await desk.log())[-1] == ("wang", "warning reject", "actual blue 11B03 is rejected; 数字 有误 请重拟")


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("wang", "", "approve, as wang"),
        ("wang", key_of("zhao"), "approve, as wang"),
        ("keyless", "", "approve, as keyless, who has no key in the settings"),
        ("keyless", "-" * 64, "approve, as keyless, who has no key in the settings"),
        (key_of("wang"), "wang", "approve, as nobody of the settings"),
    ],
)
async def test_a_wrong_key_does_nothing_and_stands_in_the_audit_log(desk: Desk, name: str, key: str, said: str) -> None:
    draft = await desk.draft()
    status, text = await desk.send(draft, name, "approve", "blue", key=key)
    assert (status, "姓名和密钥不符" in text) == (422, True)
    assert (await desk.state(draft)).state is State.DRAFT
    log = await desk.log()
    assert log[1:] == [("approval page", "wrong key", said)]
    assert key_of("wang") not in repr(log)
    # A key is not shown again.
    assert not html.fromstring(text).xpath("//input[@type='password']/@value")


async def test_the_wrong_level_and_no_deed_are_told_and_do_nothing(desk: Desk) -> None:
    draft = await desk.draft(Severity.YELLOW)
    for deed, level, words in (
        ("approve", "red", "输入的级别和这份草稿不一致"),
        ("check", "", "输入的级别和这份草稿不一致"),
        ("override", "yellow", "请选择要做什么"),
    ):
        status, text = await desk.send(draft, "wang", deed, level)
        assert (status, words in text) == (422, True)
    status, text = await desk.send(draft, "li", "approve", "yellow")
    assert (status, "li 没有签发的权限" in text) == (409, True)
    assert (await desk.state(draft)).state is State.DRAFT


async def test_what_must_be_mended_can_only_be_given_up(desk: Desk) -> None:
    draft = await desk.draft(contact="")
    page = await desk.look(desk.page(draft))
    assert "咨询电话" in page.xpath("string(//section[@aria-labelledby='mend'])")
    assert page.xpath("//input[@name='deed']/@value") == ["reject"]
    assert (await desk.send(draft, "wang", "approve", "blue"))[0] == 409


async def test_an_update_shows_what_differs_from_the_last_version(desk: Desk) -> None:
    first = await desk.draft()
    await desk.send(first, "wang", "approve", "blue")
    content = replace(first.content, level=Severity.YELLOW, area_words="浔阳区沿江")
    update = await desk.town.office.update(first.id, content, by="li")
    changes = (await desk.look(desk.page(update))).xpath("//section[@aria-labelledby='changes']")[0]
    assert changes.xpath("h3/text()") == ["级别", "影响范围"]
    assert changes.xpath(".//dd/text()") == ["蓝色", "黄色", "浔阳区全区", "浔阳区沿江"]


async def test_wrong_keys_of_one_line_are_few_and_do_not_close_the_draft_to_others(desk: Desk) -> None:
    draft, other = await desk.draft(), await desk.draft()
    approvals = Approvals(desk.town.office, desk.links)
    tries = [await desk.send(draft, "wang", "approve", "blue", key=f"guess {number}") for number in range(10)]
    assert {status for status, _ in tries} == {422}
    for version in (draft, other):
        status, text = await desk.send(version, "wang", "approve", "blue")
        assert (status, "次数太多" in text) == (429, True)
    assert len([each for each in await desk.log() if each[1] == "wrong key"]) == 10
    assert (await _from(approvals, desk, draft, "198.51.100.7")) == "done"
    desk.town.engine.later(3601)
    assert (await desk.send(other, "wang", "approve", "blue"))[0] == 200


async def test_wrong_keys_for_one_draft_are_few_wherever_they_come_from(desk: Desk) -> None:
    draft, other = await desk.draft(), await desk.draft()
    approvals = Approvals(desk.town.office, desk.links)
    for number in range(30):
        said = await _from(approvals, desk, draft, f"198.51.100.{number // 5}", key="guess")
        assert said == "wrong key"
    assert await _from(approvals, desk, draft, "203.0.113.1") == "too many"
    assert await _from(approvals, desk, other, "203.0.113.1") == "done"


async def _from(approvals: Approvals, desk: Desk, version: Version, remote: str, *, key: str = "") -> str:
    signed = Signed("approve", "wang", key or key_of("wang"), "blue", "", remote)
    try:
        await approvals.act(desk.links.sign_draft(version.id), signed)
    except NotDoneError as refused:
        return refused.reason.value
    return "done"


async def test_of_many_guesses_at_once_no_more_are_looked_at(desk: Desk) -> None:
    draft = await desk.draft()
    approvals = Approvals(desk.town.office, desk.links)
    said = await asyncio.gather(*(_from(approvals, desk, draft, "198.51.100.7", key="guess") for _ in range(14)))
    assert sorted(said) == ["too many"] * 4 + ["wrong key"] * 10


async def test_two_who_approve_at_once_are_one_after_the_other(desk: Desk) -> None:
    draft = await desk.draft()
    answers = await asyncio.gather(*(desk.send(draft, name, "approve", "blue") for name in ("wang", "zhao", "chen")))
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    assert desk.town.issued == 1
    assert len((await desk.state(draft)).approved_by) == 1


async def test_only_the_page_itself_may_send_the_form(desk: Desk) -> None:
    draft = await desk.draft()
    for header, value in (
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://elsewhere.example"),
    ):
        sent = await desk.send(draft, "wang", "approve", "blue", **{f"header_{header}": value})
        assert sent[0] == 403
    assert (await desk.state(draft)).state is State.DRAFT
    # An older browser calls the origin so, because the page asks it to say nothing of it.
    assert (await desk.send(draft, "wang", "approve", "blue", header_Origin="null"))[0] == 200


async def test_the_service_has_the_page(database: Database, tmp_path: Path) -> None:
    async with town_service(database, tmp_path) as town, aiohttp.ClientSession() as http:
        address = town.service.office.approval_page(1)
        assert address.startswith("https://tz.example.gov.cn/approve/1.")
        async with http.get(address.replace("https://tz.example.gov.cn", town.url)) as answer:
            assert (answer.status, "这个链接已经失效" in await answer.text()) == (404, True)
