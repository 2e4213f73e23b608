"""The page of a draft: its link shows everything and does nothing; name, key and level decide, as the command does."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
from lxml import html
from structlog.testing import capture_logs

from pusher.database import Database
from pusher.personal_key import key_digest
from pusher.plan.rendering import rendering
from pusher.plan.tables import broadcast
from pusher.warnings import store
from pusher.warnings.approval import Approvals, NotDoneError, Signed
from pusher.warnings.warning import Act, State, Status, Translation, Version
from subscribers.tables import group
from subscribers.topic import Severity
from templates.render import Renderer
from tests.support.approving import RING, Desk, key_of, serving
from tests.support.town_service import town_service

#: Two words of English side by side.
_ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")


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
        ("send", "yellow", "请选择要做什么"),
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


_EARLY, _LATE = timedelta(days=-2), timedelta(days=12)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"organisation": "gone"}, "发布单位：设置里没有“gone”这个单位"),
        ({"hazard": "99X99"}, "类别：没有“99X99”这个类别"),
        ({"hazard": "14A00"}, "类别：社会安全事件没有颜色级别"),
        ({"hazard": "11A01"}, "发布单位：浔阳区气象台不能发布这个类别（11A01）的预警"),
        ({"areas": ("3605",)}, "行政区划 3605 不在浔阳区气象台的范围内"),
        ({"areas": ()}, "至少要写一个行政区划代码"),
        ({"area_words": ""}, "可能影响的范围：没有填写"),
        ({"description": " "}, "警示事项：没有填写"),
        ({"instruction": ""}, "应当采取的措施：没有填写"),
        ({"contact": ""}, "咨询电话：没有填写"),
        (
            {"translations": (Translation("en-US", "Rain", "", "Stay"),)},
            "其他语言（en-US）：标题、警示事项",
        ),
        ({"translations": (Translation("not one", "Rain", "Rain", "Stay"),)}, "CAP 文件：格式不符合标准"),
        ({"onset": timedelta(0), "expires": timedelta(0)}, "结束时间不晚于开始时间"),
        ({"onset": 2 * _EARLY, "expires": _EARLY}, "已经过了结束时间"),
        ({"onset": _EARLY}, "开始时间在 24 小时以前"),
        ({"onset": _LATE, "expires": 2 * _LATE}, "开始时间在 10 天以后"),
        ({"expires": 5 * _LATE}, "持续超过 30 天"),
        ({"polygons": (*RING, "1,1 2,2 1,1")}, "第 2 个多边形不对"),
        ({"circles": ("here",)}, "第 1 个圆形不对"),
        ({"description": "【测试】暴雨"}, "【演练】【测试】由系统加上"),
        ({"description": "请找张伟，电话13800138000。"}, "文字里有个人信息（手机号"),
    ],
)
async def test_every_reason_why_a_draft_may_not_go_out_is_a_sentence_in_chinese(
    desk: Desk, changed: dict[str, object], said: str
) -> None:
    at = desk.town.engine.now()
    content = {name: at + value if isinstance(value, timedelta) else value for name, value in changed.items()}
    async with desk.town.engine.database.write() as connection:
        # As it is after the settings have changed: nobody could draft some of these.
        draft = await store.add(
            connection,
            desk.town.content(level=Severity.BLUE, **content),
            act=Act.ALERT,
            status=Status.ACTUAL,
            by="li",
            at=at,
        )
    mend = (await desk.look(desk.page(draft))).xpath("string(//section[@aria-labelledby='mend'])")
    assert said in mend
    for deed in ("check", "approve"):
        status, text = await desk.send(draft, "wang", deed, "blue")
        told = _told(text, "deed")
        assert status == 409
        assert said in told or told == "没有执行：wang 不能代表这个发布单位。"
        assert not _ENGLISH.findall(told)


@pytest.mark.parametrize(
    ("status", "changed", "said"),
    [
        (Status.EXERCISE, {"description": "这不是演习。"}, "演练或测试的文字里不能说"),
        (Status.ACTUAL, {"hazard": "11B06"}, "一次预警前后只说一个类别"),
        (Status.ACTUAL, {"organisation": "water", "hazard": "11A01"}, "只有原发布单位能更新、解除或更正它的预警"),
    ],
)
async def test_what_contradicts_the_chain_is_told_in_chinese(
    desk: Desk, status: Status, changed: dict[str, object], said: str
) -> None:
    officer = desk.town.settings.officers["li"].model_copy(update={"organisations": ("met", "water")})
    desk.town.settings.officers["li"] = officer
    content = desk.town.content(level=Severity.BLUE)
    first = await desk.town.office.draft(content, by="li", status=status)
    await desk.send(first, "wang", "approve", "blue")
    update = await desk.town.office.update(first.id, replace(content, **changed), by="li")  # type: ignore[arg-type]
    assert said in (await desk.look(desk.page(update))).xpath("string(//section[@aria-labelledby='mend'])")


async def test_what_comes_after_the_end_is_told_in_chinese(desk: Desk) -> None:
    first = await desk.draft()
    await desk.send(first, "wang", "approve", "blue")
    update = await desk.town.office.update(first.id, first.content, by="li")
    await desk.send(await desk.town.office.correct(first.id, by="li"), "wang", "approve", "blue")
    status, text = await desk.send(update, "wang", "approve", "blue")
    assert (status, "不能发出，须先改好：这次预警已经解除或更正：请另起草稿。" in text) == (409, True)


@pytest.mark.parametrize(
    ("name", "deed", "said"),
    [
        ("li", "check", "li 没有审核的权限"),
        ("li", "approve", "li 没有签发的权限"),
        ("zhao", "check", "zhao 没有审核的权限"),
        ("chen", "check", "草稿是 chen 起草的，须由别人复核"),
        ("chen", "approve", "草稿是 chen 起草的，须由别人签发"),
        ("wang", "approve", "这一级别的预警须先复核再签发"),
        ("far", "reject", "far 不能代表这个发布单位"),
        ("li", "reject", "li 没有签发的权限"),
    ],
)
async def test_whoever_may_not_do_it_is_told_why_in_chinese(desk: Desk, name: str, deed: str, said: str) -> None:
    far = desk.town.settings.officers["wang"].model_copy(
        update={"organisations": ("water",), "key": key_digest(key_of("far"))}
    )
    desk.town.settings.officers["far"] = far
    draft = await desk.town.office.draft(desk.town.content(), by="chen")
    status, text = await desk.send(draft, name, deed, "red")
    told = _told(text, "deed")
    assert (status, told) == (409, f"没有执行：{said}。")


async def test_a_template_of_the_town_that_cannot_be_used_stops_no_warning(database: Database, tmp_path: Path) -> None:
    async with serving(database) as desk:
        (tmp_path / "warning").mkdir()
        (tmp_path / "warning" / "mail.text.txt.j2").write_text("{{ nobody_knows }}", encoding="utf-8")
        draft = await desk.draft(Severity.BLUE)
        town = rendering(Renderer(tmp_path, service="浔阳区政务公开", contact="12345"))
        office = replace(desk.town.office, render=town)
        seen = await Approvals(office, desk.links).seen(desk.links.sign_draft(draft.id))
        assert seen is not None
        assert seen.preview is not None
        assert "暴雨蓝色预警" in seen.preview.words["mail"]
        with capture_logs() as logs:
            await Approvals(office, desk.links).act(
                desk.links.sign_draft(draft.id), Signed("approve", "wang", key_of("wang"), "blue", "", "::1")
            )
        [told] = [each["template"] for each in logs if each["log_level"] == "error"]
        assert told.startswith(f"{tmp_path}/warning/mail.text.txt.j2, line 1")
        assert (await desk.state(draft)).state is State.ISSUED


def _told(text: str, field: str) -> str:
    """What stands under a field of why nothing was done."""
    return str(html.fromstring(text).xpath(f"string(//*[@id='{field}-error'])"))


@pytest.fixture
async def night(database: Database) -> AsyncIterator[Desk]:
    """A desk whose officers on duty are told of what is done alone."""
    async with serving(database, duty_groups=["值班领导"]) as running:
        async with database.write() as connection:
            await connection.execute(sa.insert(group).values(name="值班领导", basis="emergency"))
        yield running


async def test_in_an_emergency_one_officer_lets_it_go_with_a_reason_that_the_others_hear(night: Desk) -> None:
    draft = await night.draft(Severity.RED)
    page = await night.look(night.page(draft))
    assert page.xpath("//input[@name='deed']/@value") == ["check", "override", "reject"]
    assert "起草后 30 分钟内有效" in page.xpath("string(//form)")
    status, text = await night.send(draft, "zhao", "override", "红色", reason=" \x00\n")
    assert (status, "必须写明原因" in _told(text, "reason")) == (422, True)
    assert (await night.send(draft, "zhao", "override", "橙色", reason="山洪已到"))[0] == 422
    assert (await night.send(draft, "zhao", "override", "红色", reason="山洪已到", key="guess"))[0] == 422
    assert (await night.state(draft)).state is State.DRAFT
    status, text = await night.send(draft, "zhao", "override", "红色", reason="山洪已到，无人接听")
    assert (status, "已单独签发，并告知值班人员" in text) == (200, True)
    assert "zhao 单独签发：山洪已到，无人接听" in text
    issued = await night.state(draft)
    assert (issued.state, issued.override_by, issued.approved_by) == (State.ISSUED, "zhao", ())
    [(actor, _, detail)] = [each for each in await night.log() if each[1] == "warning override"]
    assert (actor, detail.endswith("山洪已到，无人接听")) == ("zhao", True)
    async with night.town.engine.database.read() as connection:
        told = await connection.scalars(sa.select(broadcast.c.title).where(broadcast.c.route == "duty"))
        assert list(told) == ["紧急签发 浔阳区气象台发布暴雨红色预警"]


async def test_an_emergency_is_short_and_not_for_whoever_may_not_approve_nor_for_drills(night: Desk) -> None:
    office, content = night.town.office, night.town.content()
    own = await office.draft(content, by="chen")
    status, text = await night.send(own, "li", "override", "red", reason="山洪已到")
    assert (status, "li 没有签发的权限" in text) == (409, True)
    drill = await office.draft(content, by="li", status=Status.EXERCISE)
    assert "override" not in (await night.look(night.page(drill))).xpath("//input[@name='deed']/@value")
    status, text = await night.send(drill, "zhao", "override", "red", reason="山洪已到")
    assert (status, "演练和测试没有紧急情况" in text) == (409, True)
    night.town.engine.later(31 * 60)
    assert "override" not in (await night.look(night.page(own))).xpath("//input[@name='deed']/@value")
    status, text = await night.send(own, "zhao", "override", "red", reason="山洪已到")
    assert (status, "只能在起草后 30 分钟内单独签发" in text) == (409, True)
    assert night.town.issued == 0


async def test_where_nobody_would_be_told_one_officer_alone_can_send_nothing_from_the_page(desk: Desk) -> None:
    # A list that is named and does not exist tells nobody.
    desk.town.settings = desk.town.settings.model_copy(update={"duty_groups": ("值班领导",)})
    draft = await desk.draft(Severity.RED)
    assert "override" not in (await desk.look(desk.page(draft))).xpath("//input[@name='deed']/@value")
    status, text = await desk.send(draft, "zhao", "override", "red", reason="山洪已到")
    assert (status, "单独签发无人知晓，只能在终端上进行" in text) == (409, True)
    assert (await desk.state(draft)).state is State.DRAFT


async def test_an_update_shows_what_differs_from_the_last_version(desk: Desk) -> None:
    first = await desk.draft()
    await desk.send(first, "wang", "approve", "blue")
    content = replace(first.content, level=Severity.YELLOW, area_words="浔阳区沿江")
    update = await desk.town.office.update(first.id, content, by="li")
    changes = (await desk.look(desk.page(update))).xpath("//section[@aria-labelledby='changes']")[0]
    assert changes.xpath("h3/text()") == ["级别", "影响范围"]
    assert changes.xpath(".//dd/text()") == ["蓝色", "黄色", "浔阳区全区", "浔阳区沿江"]


async def test_the_page_tells_what_else_holds_there_and_that_nobody_would_be_called(database: Database) -> None:
    ladders = {"blue": [{"minutes": 0, "channels": ["mail"]}]}
    async with serving(database, roll_call={"groups": ["责任人"], "ladders": ladders}) as desk:
        first = await desk.draft()
        await desk.send(first, "wang", "approve", "blue")
        page = await desk.look(desk.page(await desk.draft()))
        notes = str(page.xpath("string(//section[@aria-labelledby='mend'])"))
        assert "请留意" in notes
        assert "叫应名单里没有人负责这个地区和类别" in notes
        assert f"同一地区还有同类预警有效：第 {first.id} 号 浔阳区气象台发布暴雨蓝色预警" in notes


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
