"""A named public test is told to everybody, and nobody can take it for real: on no page, in no feed, in no frame."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web
from lxml import etree, html

from channels.board import Board, BoardSettings
from channels.failure import TechnicalFailure
from channels.message import Address, Lane, Message
from pusher.clock import now
from pusher.console import board_store
from pusher.console.cap_feed import CapFeed
from pusher.console.console import add_console
from pusher.console.warnings_page import WarningPages
from pusher.database import Database
from pusher.deliver.tables import message
from pusher.posts import change_of, poster
from pusher.review.severity import read_warning
from pusher.warnings.public import PublicWarnings
from pusher.warnings.warning import Status, Translation, Version
from subscribers.topic import Severity
from templates.sample import NOTICE
from tests.pusher.console.posts import SITE, warning
from tests.support.engine import Engine, Hands
from tests.support.office import Town
from tests.support.outside import outside

_ATOM = {"a": "http://www.w3.org/2005/Atom"}
_WORDS = "暴雨红色预警"


@pytest.fixture
def town(database: Database) -> Town:
    return Town(Engine(database, at=now()))


@pytest.fixture
async def url(town: Town) -> AsyncIterator[str]:
    async def yes(_: str = "") -> bool:
        return True

    async def none(_: str) -> list[str]:
        return []

    app = web.Application()
    add_console(app, SITE, town.engine.database, unsubscribe=yes, duties=none, is_ready=yes)
    public = PublicWarnings(town.office)
    app.add_routes([*WarningPages(SITE, public).routes(), *CapFeed(SITE, public).routes()])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _issue(town: Town, *, status: Status, public_test: str = "") -> Version:
    draft = await town.office.draft(town.content(), by="li", status=status, public_test=public_test)
    await town.office.check(draft.id, by="wang")
    await town.office.approve(draft.id, by="wang", level=Severity.RED)
    return await town.office.approve(draft.id, by="zhao", level=Severity.RED)


def _board(town: Town, http: aiohttp.ClientSession) -> Board:
    """The channel as the service builds it."""
    return Board(BoardSettings(), replace(outside(http), post_notice=poster(town.engine.database, now)))


async def _get(url: str) -> bytes:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200
        return await answer.read()


async def _read(url: str) -> html.HtmlElement:
    return html.document_fromstring((await _get(url)).decode())


async def test_a_public_test_is_marked_everywhere_and_in_force_nowhere(town: Town, url: str) -> None:
    version = await _issue(town, status=Status.TEST, public_test="5·12 试鸣")
    async with aiohttp.ClientSession() as http:
        await town.engine.deliver(board=_board(town, http), mail=Hands())
    for path in ("/", "/board?domain=disaster", "/board/1", "/board/1/poster", "/board/embed", "/warnings"):
        page = await _read(url + path)
        assert page.cssselect("[class*=level-], [class*=edge-]") == [], path
        assert "测试，不是真实情况" in page.text_content().replace("这是", ""), path
        said = page.text_content()
        assert len(re.findall(_WORDS, said)) <= len(re.findall(f"【测试】[^【]*?{_WORDS}", said)) + 1, path
    assert not (await _read(f"{url}/")).cssselect("#warnings")
    assert "现在没有正在生效的预警" in (await _read(f"{url}/warnings")).text_content()
    for path in ("/board/feed.atom", "/cap"):
        feed = etree.fromstring(await _get(url + path))
        assert (feed.findtext("a:entry/a:title", "", _ATOM))[:4] == "【测试】", path
        category = feed.find("a:entry/a:category", _ATOM)
        assert category is not None
        assert category.get("term") in {"测试", "test"}, path
    [entry] = json.loads(await _get(f"{url}/board/feed.json"))["items"]
    assert (entry["title"][:4], entry["summary"][:4], entry["tags"][0]) == ("【测试】", "【测试】", "测试")
    for path in ("/board/feed.ics", "/board/1.ics"):
        assert b"BEGIN:VEVENT" not in await _get(url + path)
    assert b"<status>Test</status>" in await _get(f"{url}/cap/{version.id}.xml")
    assert "暴雨" not in (await _read(f"{url}/board/handbook?domain=disaster")).text_content()


async def test_whoever_reads_no_chinese_is_told_as_well(town: Town, url: str) -> None:
    english = Translation("en-US", "Rainstorm warning", "Heavy rain is coming.", "Stay away from rivers.")
    content = town.content(level=Severity.BLUE, translations=(english,))
    draft = await town.office.draft(content, by="li", status=Status.TEST, public_test="5·12 试鸣")
    version = await town.office.approve(draft.id, by="wang", level=Severity.BLUE)
    [listed] = (await _read(f"{url}/warnings")).cssselect("[lang=en-US]")
    assert "".join(map(str, listed.itertext())) == "TEST: Rainstorm warning"
    page = (await _read(f"{url}/warnings/{version.id}")).text_content()
    assert "TEST: Rainstorm warning" in page
    assert "This is a test, not a real warning." in page


async def test_a_test_neither_hides_nor_ends_a_live_warning(town: Town, url: str) -> None:
    live = warning("live", Severity.RED)
    async with town.engine.database.write() as connection:
        await board_store.put_post(connection, live, at=now())
        for change in ("更新", "解除"):
            test = replace(warning(change, Severity.RED, follows="live", change=change), drill="测试")
            await board_store.put_post(connection, test, at=now())
    page = await _read(f"{url}/")
    assert [each.get("href") for each in page.cssselect(".warnings h3 a")] == ["/board/1"]
    assert "已有新的发布" not in (await _read(f"{url}/board/1")).text_content()


async def test_the_end_of_a_false_alarm_is_no_warning_and_as_plain_to_see(town: Town, url: str) -> None:
    first = await _issue(town, status=Status.ACTUAL)
    async with aiohttp.ClientSession() as http:
        await town.engine.deliver(board=_board(town, http), mail=Hands())
        assert len((await _read(f"{url}/")).cssselect(".warnings .edge-red")) == 1
        town.engine.later(2)
        draft = await town.office.correct(first.id, by="li", reason="操作失误，没有暴雨。")
        await town.office.check(draft.id, by="wang")
        await town.office.approve(draft.id, by="wang", level=Severity.RED)
        await town.engine.deliver(board=_board(town, http), mail=Hands())
    page = await _read(f"{url}/")
    assert page.cssselect(".warnings, [class*=level-]") == []
    [note] = page.cssselect(".note")
    assert "暴雨红色预警系误发" in note.text_content()
    assert "不要再据此行动" in note.text_content()
    for path in ("/board/1", "/board/2", "/board/2/poster", "/board/embed"):
        assert (await _read(url + path)).cssselect("[class*=level-], [class*=edge-]") == [], path
    assert "系误发，请不要再据此行动" in (await _read(f"{url}/board/2")).text_content()


@pytest.mark.parametrize(
    ("title", "holds"),
    [
        ("示范区气象台撤销暴雨黄色预警", False),
        ("示范区气象台更正暴雨黄色预警", True),
        ("示范区气象台撤销暴雨黄色预警，发布暴雨橙色预警", True),
    ],
)
def test_of_corrections_only_those_that_leave_nothing_end_a_warning(title: str, holds: bool) -> None:
    read = read_warning(title)
    assert read is not None
    assert (change_of(replace(NOTICE, title=title, follows=read.follows)) not in ("撤回", "误发")) is holds


async def test_many_drills_push_no_live_warning_off_the_page(town: Town, url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("pusher.warnings.public._MOST", 1)
    await _issue(town, status=Status.ACTUAL)
    town.engine.later(2)
    await _issue(town, status=Status.EXERCISE)
    assert len((await _read(f"{url}/warnings")).cssselect(".edge-red")) == 1


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
async def test_a_drill_that_is_no_public_test_does_not_stand_on_the_board_whoever_sends_it(
    town: Town, url: str, status: Status
) -> None:
    version = await _issue(town, status=status)
    assert version.broadcast_id is not None
    async with town.engine.database.read() as connection:
        number = await connection.scalar(sa.select(message.c.id).where(message.c.broadcast_id == version.broadcast_id))
    words = Message(str(number), Lane.WARNING, "warning", {"title": "暴雨红色预警", "summary": "", "html": ""})
    async with aiohttp.ClientSession() as http:
        with pytest.raises(TechnicalFailure, match="does not stand on a public board"):
            await _board(town, http).send(words, Address(0, ""), key=f"m{number}-0")
    assert "暴雨" not in (await _read(f"{url}/")).text_content()
