"""Warnings for people: what holds, what is announced, what is over, each with its chain; never a drill."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from lxml import html
from pydantic import ValidationError

from pusher.clock import now
from pusher.console import board_store
from pusher.console.site import Site
from pusher.console.warnings_page import WarningPages
from pusher.database import Database
from pusher.warnings.public import PublicWarnings
from pusher.warnings.warning import Status, Translation, Version
from subscribers.topic import Severity
from tests.pusher.console.posts import warning
from tests.support.engine import Engine
from tests.support.office import Town, settings

SITE = Site("示范区", "https://tz.example.gov.cn", {"disaster": "灾害事故救援"}, {"360403": "全区"})


@pytest.fixture
def town(database: Database) -> Town:
    return Town(Engine(database))


@pytest.fixture
async def url(town: Town) -> AsyncIterator[str]:
    async with _serving(town) as address:
        yield address


@asynccontextmanager
async def _serving(town: Town) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(WarningPages(SITE, PublicWarnings(town.office)).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _issue(town: Town, *, status: Status = Status.ACTUAL, public_test: str = "", **changed: object) -> Version:
    content = town.content(level=Severity.BLUE, **changed)
    draft = await town.office.draft(content, by="li", status=status, public_test=public_test)
    return await town.office.approve(draft.id, by="wang", level=Severity.BLUE)


async def _text(url: str, status: int = 200) -> str:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == status
        assert answer.headers["Cache-Control"] == ("max-age=10" if status == 200 else "no-store")
        return await answer.text()


async def test_what_holds_stands_apart_from_what_is_over_and_drills_stand_nowhere(town: Town, url: str) -> None:
    assert "现在没有正在生效的预警" in await _text(f"{url}/warnings")
    first = await _issue(town)
    town.engine.later(2)
    drill = await _issue(town, status=Status.EXERCISE)
    text = await _text(f"{url}/warnings")
    assert text.count("暴雨蓝色预警") == 1
    await _text(f"{url}/warnings/{drill.id}", 404)
    town.engine.later(2)
    draft = await town.office.end(first.id, by="li", reason="降雨结束。")
    ended = await town.office.approve(draft.id, by="wang", level=Severity.BLUE)
    text = await _text(f"{url}/warnings")
    assert "现在没有正在生效的预警" in text
    assert "（已结束）" in text
    one = await _text(f"{url}/warnings/{first.id}")
    assert f"/warnings/{ended.id}" in one
    assert "已经不再生效" in one
    last = await _text(f"{url}/warnings/{ended.id}")
    assert last.index("降雨结束") < last.index("原预警内容（已不再有效）") < last.index("积水和山洪风险极高")


async def test_a_page_says_what_to_do_in_every_language_and_where_machines_find_it(town: Town, url: str) -> None:
    english = Translation("en-US", "Rainstorm warning", "Heavy rain is coming.", "Stay away from rivers.")
    version = await _issue(town, translations=(english,))
    text = await _text(f"{url}/warnings/{version.id}")
    assert text.index("请这样做") < text.index("可能发生什么")
    for words in ("停止户外活动", 'lang="en-US"', "Stay away from rivers.", f"/cap/{version.id}.xml", "0792-8888888"):
        assert words in text


async def test_a_false_alarm_says_so_on_every_page_of_its_chain(town: Town, url: str) -> None:
    first = await _issue(town)
    town.engine.later(2)
    draft = await town.office.correct(first.id, by="li", reason="操作失误。")
    corrected = await town.office.approve(draft.id, by="wang", level=Severity.BLUE)
    for number in (first.id, corrected.id):
        assert "这条预警系误发" in await _text(f"{url}/warnings/{number}")
    assert "这条预警系误发" in await _text(f"{url}/warnings")


async def test_a_public_test_is_announced_once_somebody_has_checked_it(town: Town, url: str) -> None:
    content = town.content(level=Severity.BLUE)
    draft = await town.office.draft(content, by="li", status=Status.TEST, public_test="5·12 试鸣")
    assert "试鸣" not in await _text(f"{url}/warnings")
    await town.office.check(draft.id, by="wang")
    text = await _text(f"{url}/warnings")
    assert "【测试】5·12 试鸣" in text
    assert "不是真实情况" in text
    await town.office.approve(draft.id, by="zhao", level=Severity.BLUE)
    assert "【测试】这是" not in await _text(f"{url}/warnings")
    assert "这是测试，不是真实情况" in await _text(f"{url}/warnings/{draft.id}")


async def test_what_was_read_elsewhere_stands_beside_our_own_the_gravest_first(town: Town, url: str) -> None:
    town.engine.at = now()
    english = Translation("en-US", "Rainstorm warning", "Heavy rain is coming.", "Stay away from rivers.")
    ours = await _issue(town, translations=(english,))
    on_board = replace(warning("ours", Severity.BLUE), item_id=ours.item_id)
    watched = replace(warning("watched", Severity.RED), item_id=4711)
    over = warning("over", Severity.YELLOW, hours=-1)
    test = replace(warning("test", Severity.RED), drill="测试")
    async with town.engine.database.write() as connection:
        for post in (on_board, watched, over, test):
            await board_store.put_post(connection, post, at=now())
    page = html.document_fromstring(await _text(f"{url}/warnings"))
    lines = page.cssselect("section[aria-labelledby=current] h3 a")
    assert [line.get("href") for line in lines] == ["/board/2", f"/warnings/{ours.id}"]
    assert [each.get("href") for each in page.cssselect("section[aria-labelledby=past] h3 a")] == ["/board/3"]
    links = [each.get("href") for each in page.cssselect(".links a")]
    assert links == [f"/cap/{ours.id}.xml", f"/cap/{ours.id}.json"]
    [other] = page.cssselect("[lang=en-US] a")
    assert (other.text, other.get("href")) == ("Rainstorm warning", f"/warnings/{ours.id}#en-US")
    assert 'id="en-US"' in await _text(f"{url}/warnings/{ours.id}")


async def test_tests_of_the_settings_are_announced_until_they_are_over(town: Town) -> None:
    begins = town.engine.at + timedelta(days=1)
    siren = {"name": "警报试鸣", "at": begins, "area": "浔阳区全区", "issuer": "区人防办", "words": "会听到警报声。"}
    town.settings = settings(planned_tests=[{**siren, "until": begins + timedelta(minutes=19)}])
    async with _serving(town) as url:
        text = await _text(f"{url}/warnings")
        for words in ("【测试】警报试鸣", "区人防办", "浔阳区全区", "会听到警报声。"):
            assert words in text
        town.engine.later(86_400 + 19 * 60)
        assert "警报试鸣" not in await _text(f"{url}/warnings")
    with pytest.raises(ValidationError, match="until must be later than at"):
        settings(planned_tests=[{**siren, "until": begins}])
    with pytest.raises(ValidationError, match="timezone"):
        settings(planned_tests=[{**siren, "at": begins.replace(tzinfo=None)}])
