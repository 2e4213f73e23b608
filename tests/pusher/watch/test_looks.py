"""Looks at sites in trouble: what is left for the next look, what was taken down, and that nobody waits for them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from pusher.watch.poll import Outcome
from pusher.watch.store import ItemState
from tests.support.site import Posted
from tests.support.watched import NEW, OLD, Town

MANY = [Posted(200 + number, f"关于第{number}批临时救助对象的公示公告", "2026-11-23") for number in range(30)]


async def plan(town: Town) -> None:
    """As if all that is ready had been told."""
    async with town.database.write() as connection:
        for item in await town.items():
            await connection.exec_driver_sql(f"UPDATE item SET to_plan = 0 WHERE id = {item.id}")


def take_down(town: Town, *notices: Posted) -> None:
    for one in notices:
        del town.site.pages["/tzgg" + one.path]


async def test_a_notice_that_is_taken_down_is_withdrawn_at_the_second_look(town: Town) -> None:
    await town.look()
    town.site.publish([NEW, *OLD])
    await town.look()
    await plan(town)
    town.site.publish(OLD)
    take_down(town, NEW)
    assert (await town.look()).edited == ()
    assert len((await town.look()).edited) == 1
    item = next(item for item in await town.items() if item.title == NEW.title)
    assert (item.revision, item.major, item.notice.follows) == (1, True, "撤回")
    assert [await town.look() for _ in range(3)] == [Outcome("tzgg")] * 3


async def test_a_page_that_is_missing_while_the_list_still_names_it_is_not_withdrawn(town: Town) -> None:
    await town.look()
    take_down(town, *OLD)
    assert [await town.look() for _ in range(4)] == [Outcome("tzgg")] * 4
    assert len(await town.titles(ItemState.BASELINE)) == 3


async def test_a_site_that_moves_to_other_addresses_has_withdrawn_nothing(town: Town) -> None:
    await town.look()
    moved = [replace(one, number=one.number + 500) for one in OLD]
    town.site.publish(moved)
    take_down(town, *OLD)
    for _ in range(4):
        outcome = await town.look()
        assert (outcome.new, outcome.failure) == ((), "")
    assert len(await town.titles(ItemState.BASELINE)) == 3


async def test_a_page_that_is_missing_once_is_not_withdrawn(town: Town) -> None:
    await town.look()
    town.site.publish(OLD[:2])
    path = "/tzgg" + OLD[2].path
    page = town.site.pages.pop(path)
    await town.look()
    town.site.pages[path] = page
    assert [await town.look() for _ in range(3)] == [Outcome("tzgg")] * 3
    assert (await town.standing()).tries == {}


async def test_an_edit_whose_article_cannot_be_read_is_read_at_a_later_look(town: Town) -> None:
    await town.look()
    edited = replace(OLD[1], title=f"{OLD[1].title}（更正）", body="　　复核时间延长至2026年12月31日，请相互转告。")
    town.site.publish([OLD[0], edited, OLD[2]])
    town.site.pages["/tzgg" + edited.path] = failing
    assert (await town.look(later=timedelta(days=9))).edited == ()
    town.site.pages["/tzgg" + edited.path] = edited.page()
    assert len((await town.look()).edited) == 1
    assert await town.look() == Outcome("tzgg")


async def test_a_site_that_fails_twice_is_not_asked_for_the_other_articles(town: Town) -> None:
    await town.look()
    town.site.publish([*MANY, *OLD])
    for one in MANY:
        town.site.pages["/tzgg" + one.path] = failing
    town.site.asked.clear()
    assert (await town.look()).new == ()
    assert sum(town.site.visits["/tzgg" + one.path] for one in MANY) == 2
    for one in MANY:
        town.site.pages["/tzgg" + one.path] = one.page()
    assert len((await town.look()).new) == 30
    assert {item.notice.issuer for item in await town.items()} == {"星湖区民政局"}


async def test_two_bad_articles_hold_the_others_up_for_one_look_only(town: Town) -> None:
    await town.look()
    town.site.publish([*MANY[:4], *OLD])
    for one in MANY[:2]:
        town.site.pages["/tzgg" + one.path] = failing
    assert len((await town.look()).new) == 0
    await town.look()
    assert await town.titles() == [MANY[2].title, MANY[3].title]


async def failing(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


@pytest.mark.parametrize("kind", ["cap", "listing"])
async def test_the_columns_of_a_slow_site_hold_up_nobody_else(town: Town, kind: str) -> None:
    release, looked = asyncio.Event(), asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.Response(status=500)

    async def answer(_request: web.Request) -> web.StreamResponse:
        looked.set()
        return web.Response(status=500)

    town.sources.clear()
    for number in range(40):
        town.watch(f"slow{number}", f"/slow{number}/")
        town.site.pages[f"/slow{number}/"] = hang
    town.watch("other", "/other/", kind=kind)
    town.sources["other"] = town.sources["other"].model_copy(
        update={"url": town.sources["other"].url.replace("127.0.0.1", "localhost")}
    )
    town.site.pages["/other/"] = answer
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(town.watcher().once())
        await looked.wait()
        release.set()
