"""One token for all: fetched once, shared, renewed early, and never asked for without end."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from channels.access_token import AccessToken, life
from channels.channel import TokenStore
from channels.failure import TechnicalFailure, TemporaryFailure
from tests.support.outside import Tokens


class Platform:
    """Gives out tokens "T1", "T2" …: the same one until it is rotated or a new one is forced."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, tzinfo=UTC)
        self.number = 1
        self.asked: list[bool] = []
        self.life = 7200.0
        self.failure: Exception | None = None
        self.asking = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self, *, force: bool) -> tuple[str, float]:
        self.asked.append(force)
        self.asking.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.number += force
        return f"T{self.number}", self.life

    def token(self, store: TokenStore) -> AccessToken:
        return AccessToken(self.fetch, store, name="wechat:wx1", now=lambda: self.now)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def store() -> Tokens:
    return Tokens()


async def test_many_who_ask_at_once_cause_one_fetch(platform: Platform, store: Tokens) -> None:
    token = platform.token(store)
    assert set(await asyncio.gather(*(token.get() for _ in range(100)))) == {"T1"}
    assert platform.asked == [False]


async def test_a_token_that_another_process_has_stored_is_used(platform: Platform, store: Tokens) -> None:
    await store.put("wechat:wx1", "T9", platform.now + timedelta(hours=1))
    assert await platform.token(store).get() == "T9"
    assert platform.asked == []


async def test_a_fetched_token_is_stored_with_its_end(platform: Platform, store: Tokens) -> None:
    await platform.token(store).get()
    assert store.kept == {"wechat:wx1": ("T1", platform.now + timedelta(seconds=7200))}


async def test_it_is_renewed_five_minutes_before_its_end(platform: Platform, store: Tokens) -> None:
    token = platform.token(store)
    await token.get()
    platform.number = 2
    platform.now += timedelta(seconds=6899)
    assert await token.get() == "T1"
    platform.now += timedelta(seconds=1)
    assert await token.get() == "T2"
    assert platform.asked == [False, False]


async def test_a_life_of_few_seconds_does_not_cause_a_fetch_for_every_send(platform: Platform, store: Tokens) -> None:
    platform.life = 10
    token = platform.token(store)
    for _ in range(5):
        await token.get()
    assert platform.asked == [False]


async def test_a_refused_token_is_replaced_by_the_one_that_another_has_fetched(
    platform: Platform, store: Tokens
) -> None:
    token = platform.token(store)
    await token.get()
    await store.put("wechat:wx1", "T7", platform.now + timedelta(hours=2))
    assert await token.renewed("T1") == "T7"
    assert await token.renewed("T1") == "T7"
    assert platform.asked == [False]


async def test_many_whose_token_is_refused_cause_one_fetch(platform: Platform, store: Tokens) -> None:
    token = platform.token(store)
    await token.get()
    platform.number = 2
    assert set(await asyncio.gather(*(token.renewed("T1") for _ in range(50)))) == {"T2"}
    assert platform.asked == [False, False]


async def test_a_new_token_is_forced_once_if_the_platform_repeats_the_refused_one(
    platform: Platform, store: Tokens
) -> None:
    token = platform.token(store)
    await token.get()
    assert await token.renewed("T1") == "T2"
    assert platform.asked == [False, False, True]
    with pytest.raises(TechnicalFailure, match="just given out"):
        await token.renewed("T2")
    assert platform.asked == [False, False, True, False]
    platform.now += timedelta(hours=2)
    assert await token.renewed("T2") == "T3"


async def test_those_who_waited_for_a_failed_fetch_share_its_failure(platform: Platform, store: Tokens) -> None:
    token = platform.token(store)
    platform.failure = TemporaryFailure("no connection")
    platform.gate.clear()
    waiting = [asyncio.create_task(token.get()) for _ in range(20)]
    await platform.asking.wait()
    platform.gate.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(end) for end in ended} == {TemporaryFailure}
    assert platform.asked == [False]
    platform.failure = None
    assert await token.get() == "T1"


async def test_who_is_cancelled_while_fetching_leaves_the_fetch_to_the_next(platform: Platform, store: Tokens) -> None:
    token = platform.token(store)
    platform.gate.clear()
    first, second = asyncio.create_task(token.get()), asyncio.create_task(token.get())
    await platform.asking.wait()
    first.cancel()
    platform.gate.set()
    assert await second == "T1"
    assert platform.asked == [False, False]


async def test_an_answer_without_a_token_is_technical(platform: Platform, store: Tokens) -> None:
    async def fetch(*, force: bool) -> tuple[str, float]:
        return "", 0.0

    with pytest.raises(TechnicalFailure, match="base_url"):
        await AccessToken(fetch, store, name="x", now=lambda: platform.now).get()


async def test_a_process_that_died_while_fetching_keeps_the_others_from_it_for_a_while_only(
    platform: Platform, store: Tokens
) -> None:
    await store.claim("wechat:wx1 is fetched", at=platform.now, until=platform.now + timedelta(seconds=40))
    platform.now += timedelta(seconds=40)
    assert await platform.token(store).get() == "T1"
    assert store.claimed == {}


def test_a_life_that_is_none_is_short_and_an_endless_one_ends() -> None:
    assert [life(told) for told in (7200, 300.5)] == [7200.0, 300.5]
    assert [life(told) for told in (None, "7200", -1, float("nan"), [7200])] == [0.0] * 5
    assert [life(told) for told in (1e308, 10**400, float("inf"))] == [86_400.0] * 3
