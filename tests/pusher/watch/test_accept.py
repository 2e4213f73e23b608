"""What becomes of what was found: one thing is one item, nobody's data are stored, no edit and no notice is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from pusher.clock import CHINA
from pusher.database import Database
from pusher.item import Item
from pusher.watch import store
from pusher.watch.store import Accepted, ItemState, StoredItem
from pusher.watch.tables import item, item_key, item_revision
from tests.support.watched import reviewed

AT = datetime(2026, 11, 23, 9, tzinfo=CHINA)
SITE = "http://www.xinghu.example/tzgg/"
NOTICE = Item(
    source="tzgg",
    key="www.xinghu.example/1",
    title="关于发放2026年冬季取暖补贴的公告",
    url=SITE + "1.html",
    published=AT,
    issuer="星湖区民政局",
    body="补贴于12月发放，请符合条件的居民留意。",
)


async def accept(database: Database, *items: Item, baseline: bool = False, names: Sequence[str] = ()) -> Accepted:
    async with database.write() as connection:
        pairs = [(each, (each.key, *names)) for each in items]
        return await store.accept(connection, pairs, at=AT, baseline=baseline, review=reviewed)


async def stored(database: Database) -> Sequence[StoredItem]:
    async with database.read() as connection:
        return (await store.latest(connection, limit=100))[::-1]


async def plan(database: Database) -> Sequence[StoredItem]:
    """What the planner would see now; afterwards it has seen it."""
    async with database.write() as connection:
        found = await store.next_to_plan(connection, limit=100)
        for each in found:
            await store.planned(connection, each.id, each.revision)
        return found


async def withdraw(database: Database, *urls: str) -> Sequence[int]:
    async with database.write() as connection:
        return await store.withdraw(connection, "tzgg", urls, at=AT)


def again(number: int, **changes: object) -> Item:
    """The same words under another address."""
    address = {"key": f"other.example/{number}", "url": f"http://other.example/{number}.html", "source": "other"}
    return replace(NOTICE, **(address | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "repeat",
    [
        again(2),
        again(2, issuer="本网"),
        again(2, title=f"（转载）{NOTICE.title}", published=AT + timedelta(days=9), body="见原文。"),
        again(2, body="全文请见附件。", issuer=""),
    ],
    ids=["the same text", "another publisher named", "marked as a repost", "another text on the same day"],
)
async def test_the_same_thing_at_another_address_is_one_item(database: Database, repeat: Item) -> None:
    await accept(database, NOTICE)
    assert await accept(database, repeat) == Accepted((), (), 1)
    async with database.read() as connection:
        assert await store.known_keys(connection, [repeat.key, "nothing"]) == {repeat.key}
        found = await store.by_key(connection, repeat.key)
    assert found is not None
    assert found.url == NOTICE.url


@pytest.mark.parametrize(
    "other",
    [
        again(2, issuer="星湖区教体局", body="教体系统的补贴另行发放。"),
        again(2, published=AT + timedelta(days=2), body="第二批补贴于下周发放。"),
        again(2, kind="warning"),
    ],
    ids=["another office on the same day", "the next issue two days later", "a warning"],
)
async def test_the_same_title_of_another_thing_is_another_item(database: Database, other: Item) -> None:
    await accept(database, NOTICE)
    assert len((await accept(database, other)).new) == 1


async def test_no_personal_data_are_stored_anywhere(database: Database) -> None:
    telling = replace(
        NOTICE,
        title="关于张小明（身份证号110101199003077758）临时救助的公示公告",
        body="姓名：张小明，手机13812345678。",
        facts={"note": "申请人：张小明，手机13812345678", "contact": "咨询电话0792-8880201"},
    )
    await accept(database, telling)
    await accept(database, replace(telling, body="姓名：张小明，手机13812345678。已更正。"))
    await plan(database)
    await accept(database, replace(telling, body="姓名：张小明，手机13812345678。再次更正。"))
    async with database.read() as connection:
        rows = [
            str(tuple(row))
            for table in (item, item_key, item_revision)
            for row in await connection.execute(sa.select(table))
        ]
    assert not [row for row in rows if "张小明" in row or "13812345678" in row or "110101199003077758" in row]
    [found] = await stored(database)
    assert found.facts["contact"] == "咨询电话0792-8880201"


async def test_the_same_masked_words_are_still_known(database: Database) -> None:
    telling = replace(NOTICE, title="关于申请人：张小明等人冬季取暖补贴的公示")
    await accept(database, telling)
    assert (await accept(database, replace(telling, key="other.example/7", url="http://other.example/7"))).new == ()


async def test_an_edit_before_the_planner_came_is_still_the_first_publication(database: Database) -> None:
    await accept(database, NOTICE)
    edited = replace(NOTICE, title=f"{NOTICE.title}（更正）", body="补贴于11月发放。")
    assert len((await accept(database, edited)).edited) == 1
    [found] = await plan(database)
    assert (found.revision, found.major, found.title) == (0, False, edited.title)


async def test_an_item_that_is_edited_while_a_person_looks_at_it_is_not_lost(database: Database) -> None:
    people = "\n".join(f"姓名：{name}" for name in ("张小明", "李小红", "王小刚"))
    await accept(database, replace(NOTICE, body=people))
    assert (await stored(database))[0].state is ItemState.HELD
    await accept(database, NOTICE)
    assert [(each.revision, each.state) for each in await plan(database)] == [(0, ItemState.READY)]


async def test_a_minor_edit_does_not_hide_the_major_one_before_it(database: Database) -> None:
    await accept(database, NOTICE)
    await plan(database)
    major = replace(NOTICE, title=f"{NOTICE.title}（更正）")
    await accept(database, major)
    await accept(database, replace(major, body="补贴于11月发放。"))
    [found] = await plan(database)
    assert (found.revision, found.major, found.notice.body) == (1, True, "补贴于11月发放。")
    async with database.read() as connection:
        [before] = (await connection.execute(sa.select(item_revision))).all()
    assert (before.revision, before.notice["title"]) == (0, NOTICE.title)


async def test_what_was_told_and_is_taken_down_is_a_major_edit(database: Database) -> None:
    await accept(database, NOTICE)
    await plan(database)
    assert await withdraw(database, NOTICE.url, "http://elsewhere/") == [1]
    [found] = await plan(database)
    assert (found.revision, found.major, found.notice.follows) == (1, True, "撤回")
    assert await withdraw(database, NOTICE.url) == []


async def test_what_was_told_edited_and_taken_down_before_the_planner_came_is_one_major_edit(
    database: Database,
) -> None:
    await accept(database, NOTICE)
    await plan(database)
    await accept(database, replace(NOTICE, body="补贴于11月发放。"))
    assert await withdraw(database, NOTICE.url) == [1]
    assert await withdraw(database, NOTICE.url) == []
    [found] = await plan(database)
    assert (found.revision, found.major, found.notice.follows) == (1, True, "撤回")


async def test_what_was_not_told_and_is_taken_down_is_not_told(database: Database) -> None:
    await accept(database, NOTICE)
    await accept(database, again(2, source="tzgg", title="关于公布特困供养机构名单的公告"), baseline=True)
    assert len(await withdraw(database, NOTICE.url, "http://other.example/2.html")) == 2
    assert await plan(database) == []
    assert {each.state for each in await stored(database)} == {ItemState.WITHDRAWN}


async def test_what_was_taken_down_untold_and_comes_back_is_told(database: Database) -> None:
    await accept(database, NOTICE)
    await withdraw(database, NOTICE.url)
    await accept(database, NOTICE)
    [found] = await plan(database)
    assert (found.revision, found.notice.follows) == (0, "")


async def test_what_was_told_to_be_gone_and_comes_back_is_a_major_edit(database: Database) -> None:
    await accept(database, NOTICE)
    await plan(database)
    await withdraw(database, NOTICE.url)
    await plan(database)
    await accept(database, NOTICE)
    [found] = await plan(database)
    assert (found.revision, found.major, found.notice.follows) == (2, True, "")


async def test_what_a_person_has_taken_back_stays_so(database: Database) -> None:
    await accept(database, NOTICE)
    async with database.write() as connection:
        assert await store.set_state(connection, 1, {ItemState.READY}, ItemState.WITHDRAWN)
        assert not await store.set_state(connection, 1, {ItemState.READY}, ItemState.HELD)
    assert (await accept(database, replace(NOTICE, body="改了。"))).edited == ()
    assert await plan(database) == []


async def test_a_page_with_forty_thousand_rows_is_looked_up(database: Database) -> None:
    await accept(database, NOTICE, names=["www.xinghu.example/39999", "k" * 1000])
    keys = [f"www.xinghu.example/{number}" for number in range(40_000)]
    async with database.read() as connection:
        assert await store.known_keys(connection, [*keys, "k" * 1000]) == {
            "www.xinghu.example/1",
            "www.xinghu.example/39999",
            "k" * 1000,
        }
        assert await store.get(connection, 77) is None
        assert await store.by_key(connection, "nothing") is None
