"""The board's posts as stored, on both databases."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from pusher.clock import now
from pusher.console import board_store
from pusher.console.board_store import STANDS_WITHOUT_END, Post, Posted
from pusher.database import Database
from subscribers.topic import Severity, Topic
from tests.pusher.console.posts import notice, warning

AT = now()


async def _put(database: Database, *posts: Post) -> Sequence[int]:
    async with database.write() as connection:
        return [await board_store.put_post(connection, post, at=AT) for post in posts]


async def _get(database: Database, number: int) -> Posted:
    async with database.read() as connection:
        posted = await board_store.get(connection, number)
    assert posted is not None
    return posted


async def _keys(database: Database, *, domain: str = "", area: str = "") -> list[str]:
    async with database.read() as connection:
        return [posted.post.key for posted in await board_store.latest(connection, domain=domain, area=area)]


async def _in_force(database: Database, *, area: str = "", later: timedelta = timedelta()) -> list[str]:
    async with database.read() as connection:
        return [posted.post.key for posted in await board_store.in_force(connection, at=AT + later, area=area)]


async def test_a_post_comes_back_as_it_was_put_up(database: Database) -> None:
    post = replace(notice("a"), item_id=7, expires=AT + timedelta(hours=1), change="更新", follows="earlier")
    [number] = await _put(database, post)
    posted = await _get(database, number)
    assert posted.post == post
    assert (posted.posted, posted.changed, posted.withdrawn, posted.newer, posted.older) == (AT, AT, None, None, None)


async def test_a_repeated_key_replaces_the_words_and_keeps_the_number(database: Database) -> None:
    [first] = await _put(database, notice("a"))
    async with database.write() as connection:
        again = await board_store.put_post(connection, notice("a", title="改期通知"), at=AT + timedelta(hours=1))
    posted = await _get(database, again)
    assert again == first
    assert posted.post.title == "改期通知"
    assert (posted.posted, posted.changed) == (AT, AT + timedelta(hours=1))


async def test_the_same_words_again_change_nothing(database: Database) -> None:
    post = notice("a")
    [number] = await _put(database, post)
    async with database.write() as connection:
        await board_store.put_post(connection, post, at=AT + timedelta(hours=1))
    assert (await _get(database, number)).changed == AT


async def test_one_key_posted_by_two_workers_at_once_is_one_post(database: Database) -> None:
    numbers = await asyncio.gather(*(_put(database, notice("a")) for _ in range(4)))
    assert len({number for [number] in numbers}) == 1
    assert await _keys(database) == ["a"]


async def test_a_withdrawn_post_is_not_listed_and_a_late_repeat_does_not_bring_it_back(database: Database) -> None:
    [number, _] = await _put(database, notice("a"), notice("b"))
    async with database.write() as connection:
        assert await board_store.withdraw(connection, "a", at=AT)
        assert not await board_store.withdraw(connection, "a", at=AT)
    await _put(database, notice("a", title="又来一次"))
    assert await _keys(database) == ["b"]
    assert (await _get(database, number)).withdrawn == AT


async def test_an_unknown_number_is_no_post(database: Database) -> None:
    async with database.read() as connection:
        assert await board_store.get(connection, 99) is None


@pytest.mark.parametrize(
    ("area", "found"),
    [
        ("", ["village", "street", "district", "province", "elsewhere"]),
        ("360499", ["village", "street", "district", "province"]),
        ("360499001", ["village", "street", "district", "province"]),
        ("360499002", ["district", "province"]),
        ("4419", ["elsewhere"]),
    ],
)
async def test_a_post_is_found_where_its_area_meets_the_readers(
    database: Database, area: str, found: list[str]
) -> None:
    await _put(
        database,
        notice("elsewhere", area="441900"),
        notice("province", area="36"),
        notice("district", area="360499"),
        notice("street", area="360499001"),
        notice("village", area="360499001002"),
    )
    assert await _keys(database, area=area) == found


async def test_a_post_of_several_domains_is_found_under_each(database: Database) -> None:
    both = replace(notice("both"), topic=Topic(frozenset(["education", "health"]), frozenset(["36"])))
    await _put(database, notice("one", domain="education"), both)
    assert await _keys(database, domain="education") == ["both", "one"]
    assert await _keys(database, domain="health") == ["both"]
    assert await _keys(database, domain="edu") == []


async def test_wildcards_in_a_filter_mean_themselves(database: Database) -> None:
    await _put(database, notice("a"))
    assert await _keys(database, domain="educatio_") == []
    assert await _keys(database, area="%") == []


async def test_turning_pages_shows_every_post_once(database: Database) -> None:
    await _put(database, *(notice(f"n{i}") for i in range(11)))
    seen: list[str] = []
    before: int | None = None
    while True:
        async with database.read() as connection:
            found = await board_store.latest(connection, before=before, limit=4)
        if not found:
            break
        seen += [posted.post.key for posted in found]
        before = found[-1].id
    assert seen == [f"n{i}" for i in reversed(range(11))]


async def test_the_gravest_warning_in_force_stands_first(database: Database) -> None:
    await _put(
        database,
        warning("blue", Severity.BLUE),
        warning("red", Severity.RED),
        notice("notice"),
        warning("yellow", Severity.YELLOW),
    )
    assert await _in_force(database) == ["red", "yellow", "blue"]
    assert await _in_force(database, area="360499002") == []


async def test_a_warning_past_its_time_is_not_in_force(database: Database) -> None:
    [number] = await _put(database, warning("w", Severity.BLUE, hours=6))
    assert await _in_force(database, later=timedelta(hours=5)) == ["w"]
    assert await _in_force(database, later=timedelta(hours=7)) == []
    posted = await _get(database, number)
    assert not posted.is_over(AT + timedelta(hours=5))
    assert posted.is_over(AT + timedelta(hours=7))


async def test_a_warning_without_an_end_stands_for_a_day(database: Database) -> None:
    [number] = await _put(database, warning("w", Severity.BLUE, hours=None))
    assert await _in_force(database, later=STANDS_WITHOUT_END - timedelta(minutes=1)) == ["w"]
    assert await _in_force(database, later=STANDS_WITHOUT_END) == []
    assert (await _get(database, number)).is_over(AT + STANDS_WITHOUT_END)


async def test_an_update_takes_the_place_of_the_warning_that_it_follows(database: Database) -> None:
    await _put(
        database,
        warning("first", Severity.BLUE),
        warning("second", Severity.ORANGE, follows="first", change="更新"),
    )
    assert await _in_force(database) == ["second"]


async def test_the_end_of_a_warning_is_no_warning_itself(database: Database) -> None:
    [first, end] = await _put(
        database,
        warning("first", Severity.BLUE),
        warning("end", Severity.BLUE, follows="first", change="解除"),
    )
    assert await _in_force(database) == []
    assert (await _get(database, first)).newer == end
    assert (await _get(database, end)).older == first
    assert (await _get(database, end)).is_over(AT)


async def test_a_withdrawn_update_leaves_the_first_warning_in_force(database: Database) -> None:
    await _put(
        database, warning("first", Severity.BLUE), warning("wrong", Severity.RED, follows="first", change="更新")
    )
    async with database.write() as connection:
        await board_store.withdraw(connection, "wrong", at=AT)
    assert await _in_force(database) == ["first"]


async def test_characters_that_no_database_or_page_takes_are_left_out(database: Database) -> None:
    [number] = await _put(database, notice("a", title="通\x00知\ud800\ufffe\x1b[31m\n第二行"))
    assert (await _get(database, number)).post.title == "通知[31m\n第二行"
